package main

import (
	"encoding/json"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
)

type read struct {
	Table       string
	Key         []cell
	Keys        [][]cell
	Start, End  []cell
	Direction   string
	Limit       int32
	Columns     []string
	MaxVersions int32   `json:"max_versions"`
	Times       []int64 // start and end, or the one moment
	Filter      *filter
	StartColumn *string `json:"start_column"`
	EndColumn   *string `json:"end_column"`
}

func (r *read) timeRange() *tablestore.TimeRange {
	switch len(r.Times) {
	case 1:
		return &tablestore.TimeRange{Specific: r.Times[0]}
	case 2:
		return &tablestore.TimeRange{Start: r.Times[0], End: r.Times[1]}
	}
	return nil
}

func (r *read) columnFilter() (tablestore.ColumnFilter, error) {
	if r.Filter == nil {
		return nil, nil
	}
	return r.Filter.build()
}

func (d *driver) getRow(line []byte) (interface{}, error) {
	var in read
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	key, err := primaryKey(in.Key)
	if err != nil {
		return nil, err
	}
	criteria := &tablestore.SingleRowQueryCriteria{TableName: in.Table, PrimaryKey: key,
		ColumnsToGet: in.Columns, MaxVersion: in.MaxVersions, TimeRange: in.timeRange(),
		StartColumn: in.StartColumn, EndColumn: in.EndColumn}
	if criteria.Filter, err = in.columnFilter(); err != nil {
		return nil, err
	}
	response, err := d.client.GetRow(&tablestore.GetRowRequest{SingleRowQueryCriteria: criteria})
	if err != nil {
		return nil, err
	}
	made, err := rowOf(&response.PrimaryKey, response.Columns)
	return result{OK: true, Consumed: consumed(response.ConsumedCapacityUnit), Row: made}, err
}

func (d *driver) batchGetRow(line []byte) (interface{}, error) {
	var in struct{ Tables []read }
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	request := new(tablestore.BatchGetRowRequest)
	var order []string
	for i := range in.Tables {
		part := &in.Tables[i]
		criteria := &tablestore.MultiRowQueryCriteria{TableName: part.Table, ColumnsToGet: part.Columns,
			MaxVersion: int(part.MaxVersions), TimeRange: part.timeRange(),
			StartColumn: part.StartColumn, EndColumn: part.EndColumn}
		for _, cells := range part.Keys {
			key, err := primaryKey(cells)
			if err != nil {
				return nil, err
			}
			criteria.AddRow(key)
			order = append(order, part.Table)
		}
		var err error
		if criteria.Filter, err = part.columnFilter(); err != nil {
			return nil, err
		}
		request.MultiRowQueryCriteria = append(request.MultiRowQueryCriteria, criteria)
	}
	response, err := d.client.BatchGetRow(request)
	if err != nil {
		return nil, err
	}
	return results(order, response.TableToRowsResult)
}

func (d *driver) getRange(line []byte) (interface{}, error) {
	var in read
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	start, err := primaryKey(in.Start)
	if err != nil {
		return nil, err
	}
	end, err := primaryKey(in.End)
	if err != nil {
		return nil, err
	}
	criteria := &tablestore.RangeRowQueryCriteria{TableName: in.Table, StartPrimaryKey: start,
		EndPrimaryKey: end, ColumnsToGet: in.Columns, MaxVersion: in.MaxVersions,
		TimeRange: in.timeRange(), Limit: in.Limit,
		StartColumn: in.StartColumn, EndColumn: in.EndColumn}
	if in.Direction == "backward" {
		criteria.Direction = tablestore.BACKWARD
	}
	if criteria.Filter, err = in.columnFilter(); err != nil {
		return nil, err
	}
	response, err := d.client.GetRange(&tablestore.GetRangeRequest{RangeRowQueryCriteria: criteria})
	if err != nil {
		return nil, err
	}
	rows := []*row{}
	for _, got := range response.Rows {
		made, err := rowOf(got.PrimaryKey, got.Columns)
		if err != nil {
			return nil, err
		}
		rows = append(rows, made)
	}
	next, err := keyCells(response.NextStartPrimaryKey)
	return map[string]interface{}{"rows": rows, "next": next}, err
}

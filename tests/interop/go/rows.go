package main

import (
	"encoding/json"
	"fmt"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
)

type condition struct {
	Row    string // ignore, exist, not_exist
	Filter *filter
}

type write struct {
	Op        string // of a batch: put, update, delete
	Table     string
	Key       []cell
	Cells     []cell
	Condition condition
	Return    string   // none, key, after
	Columns   []string // that an increment is to return
}

// result is what one write or one read gave; a batch has one a row.
type result struct {
	OK       bool      `json:"ok"`
	Error    *otsError `json:"error,omitempty"`
	Consumed []int32   `json:"consumed,omitempty"` // read, write
	Row      *row      `json:"row"`
}

var existence = map[string]tablestore.RowExistenceExpectation{
	"": tablestore.RowExistenceExpectation_IGNORE, "ignore": tablestore.RowExistenceExpectation_IGNORE,
	"exist":     tablestore.RowExistenceExpectation_EXPECT_EXIST,
	"not_exist": tablestore.RowExistenceExpectation_EXPECT_NOT_EXIST,
}

func (w *write) rowCondition() (*tablestore.RowCondition, error) {
	made := &tablestore.RowCondition{RowExistenceExpectation: existence[w.Condition.Row]}
	var err error
	if w.Condition.Filter != nil {
		made.ColumnCondition, err = w.Condition.Filter.build()
	}
	return made, err
}

func (w *write) put() (*tablestore.PutRowChange, error) {
	key, err := primaryKey(w.Key)
	if err != nil {
		return nil, err
	}
	change := &tablestore.PutRowChange{TableName: w.Table, PrimaryKey: key}
	for _, c := range w.Cells {
		plain, err := c.Value.plain()
		if err != nil {
			return nil, err
		}
		if c.Time != nil {
			change.AddColumnWithTimestamp(c.Name, plain, *c.Time)
		} else {
			change.AddColumn(c.Name, plain)
		}
	}
	if w.Return == "key" {
		change.SetReturnPk()
	}
	change.Condition, err = w.rowCondition()
	return change, err
}

func (w *write) update() (*tablestore.UpdateRowChange, error) {
	key, err := primaryKey(w.Key)
	if err != nil {
		return nil, err
	}
	change := &tablestore.UpdateRowChange{TableName: w.Table, PrimaryKey: key}
	for _, c := range w.Cells {
		if err := addChange(change, &c); err != nil {
			return nil, err
		}
	}
	if w.Return == "after" {
		change.SetReturnIncrementValue()
		for _, name := range w.Columns {
			change.AppendIncrementColumnToReturn(name)
		}
	}
	change.Condition, err = w.rowCondition()
	return change, err
}

func addChange(change *tablestore.UpdateRowChange, c *cell) error {
	switch c.Do {
	case "delete":
		change.DeleteColumnWithTimestamp(c.Name, *c.Time)
		return nil
	case "delete_all":
		change.DeleteColumn(c.Name)
		return nil
	}
	plain, err := c.Value.plain()
	if err != nil {
		return err
	}
	switch {
	case c.Do == "increment":
		change.IncrementColumn(c.Name, plain.(int64))
	case c.Time != nil:
		change.PutColumnWithTimestamp(c.Name, plain, *c.Time)
	default:
		change.PutColumn(c.Name, plain)
	}
	return nil
}

func (w *write) delete() (*tablestore.DeleteRowChange, error) {
	key, err := primaryKey(w.Key)
	if err != nil {
		return nil, err
	}
	change := &tablestore.DeleteRowChange{TableName: w.Table, PrimaryKey: key}
	change.Condition, err = w.rowCondition()
	return change, err
}

func (w *write) change() (tablestore.RowChange, error) {
	switch w.Op {
	case "put":
		return w.put()
	case "update":
		return w.update()
	case "delete":
		return w.delete()
	}
	return nil, fmt.Errorf("no such change: %s", w.Op)
}

func consumed(unit *tablestore.ConsumedCapacityUnit) []int32 {
	if unit == nil {
		return nil
	}
	return []int32{unit.Read, unit.Write}
}

func (d *driver) putRow(line []byte) (interface{}, error) {
	var in write
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	change, err := in.put()
	if err != nil {
		return nil, err
	}
	response, err := d.client.PutRow(&tablestore.PutRowRequest{PutRowChange: change})
	if err != nil {
		return nil, err
	}
	made, err := rowOf(&response.PrimaryKey, nil)
	return result{OK: true, Consumed: consumed(response.ConsumedCapacityUnit), Row: made}, err
}

func (d *driver) updateRow(line []byte) (interface{}, error) {
	var in write
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	change, err := in.update()
	if err != nil {
		return nil, err
	}
	response, err := d.client.UpdateRow(&tablestore.UpdateRowRequest{UpdateRowChange: change})
	if err != nil {
		return nil, err
	}
	made, err := rowOf(nil, response.Columns)
	return result{OK: true, Consumed: consumed(response.ConsumedCapacityUnit), Row: made}, err
}

func (d *driver) deleteRow(line []byte) (interface{}, error) {
	var in write
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	change, err := in.delete()
	if err != nil {
		return nil, err
	}
	response, err := d.client.DeleteRow(&tablestore.DeleteRowRequest{DeleteRowChange: change})
	if err != nil {
		return nil, err
	}
	return result{OK: true, Consumed: consumed(response.ConsumedCapacityUnit)}, nil
}

func (d *driver) batchWriteRow(line []byte) (interface{}, error) {
	var in struct{ Rows []write }
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	request := new(tablestore.BatchWriteRowRequest)
	var order []string // the SDK's answer is a map by table; rows of a table keep their order
	for i := range in.Rows {
		change, err := in.Rows[i].change()
		if err != nil {
			return nil, err
		}
		request.AddRowChange(change)
		order = append(order, in.Rows[i].Table)
	}
	response, err := d.client.BatchWriteRow(request)
	if err != nil {
		return nil, err
	}
	return results(order, response.TableToRowsResult)
}

// results puts rows that are grouped by table back into the order of the request.
func results(order []string, byTable map[string][]tablestore.RowResult) (interface{}, error) {
	out := []result{}
	next := map[string]int{}
	for _, table := range order {
		if next[table] >= len(byTable[table]) {
			return nil, fmt.Errorf("fewer rows came back than were sent to %s", table)
		}
		got := byTable[table][next[table]]
		next[table]++
		one := result{OK: got.IsSucceed, Consumed: consumed(got.ConsumedCapacityUnit)}
		if !got.IsSucceed {
			one.Error = &otsError{Code: got.Error.Code, Message: got.Error.Message}
		}
		var err error
		if one.Row, err = rowOf(&got.PrimaryKey, got.Columns); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return map[string][]result{"rows": out}, nil
}

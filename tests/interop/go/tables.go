package main

import (
	"encoding/json"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
)

type keyColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Auto bool   `json:"auto"`
}

type options struct {
	TTL         *int   `json:"ttl,omitempty"`
	Versions    *int   `json:"versions,omitempty"`
	Deviation   *int64 `json:"deviation,omitempty"`
	AllowUpdate *bool  `json:"allow_update,omitempty"`
}

type table struct {
	Table      string      `json:"table"`
	Key        []keyColumn `json:"key"`
	Options    *options    `json:"options,omitempty"`
	Throughput []int       `json:"throughput,omitempty"` // read, write
}

var keyTypes = map[string]tablestore.PrimaryKeyType{
	"INTEGER": tablestore.PrimaryKeyType_INTEGER,
	"STRING":  tablestore.PrimaryKeyType_STRING,
	"BINARY":  tablestore.PrimaryKeyType_BINARY,
}

func (o *options) build() *tablestore.TableOption {
	made := new(tablestore.TableOption)
	if o.TTL != nil {
		made.TimeToAlive = *o.TTL
	}
	if o.Versions != nil {
		made.MaxVersion = *o.Versions
	}
	if o.Deviation != nil {
		made.DeviationCellVersionInSec = *o.Deviation
	}
	made.AllowUpdate = o.AllowUpdate
	return made
}

func optionsOf(o *tablestore.TableOption) *options {
	return &options{&o.TimeToAlive, &o.MaxVersion, &o.DeviationCellVersionInSec, o.AllowUpdate}
}

func (d *driver) createTable(line []byte) (interface{}, error) {
	var in table
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	meta := &tablestore.TableMeta{TableName: in.Table}
	for _, column := range in.Key {
		if column.Auto {
			meta.AddPrimaryKeyColumnOption(column.Name, keyTypes[column.Type], tablestore.AUTO_INCREMENT)
		} else {
			meta.AddPrimaryKeyColumn(column.Name, keyTypes[column.Type])
		}
	}
	_, err := d.client.CreateTable(&tablestore.CreateTableRequest{
		TableMeta: meta, TableOption: in.Options.build(),
		ReservedThroughput: &tablestore.ReservedThroughput{
			Readcap: in.Throughput[0], Writecap: in.Throughput[1]},
	})
	return struct{}{}, err
}

func (d *driver) listTables(_ []byte) (interface{}, error) {
	response, err := d.client.ListTable()
	if err != nil {
		return nil, err
	}
	return map[string][]string{"tables": append([]string{}, response.TableNames...)}, nil
}

func (d *driver) describeTable(line []byte) (interface{}, error) {
	var in table
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	response, err := d.client.DescribeTable(&tablestore.DescribeTableRequest{TableName: in.Table})
	if err != nil {
		return nil, err
	}
	out := table{Table: response.TableMeta.TableName, Options: optionsOf(response.TableOption),
		Throughput: []int{response.ReservedThroughput.Readcap, response.ReservedThroughput.Writecap}}
	for _, column := range response.TableMeta.SchemaEntry {
		made := keyColumn{Name: *column.Name,
			Auto: column.Option != nil && *column.Option == tablestore.AUTO_INCREMENT}
		for name, number := range keyTypes {
			if number == *column.Type {
				made.Type = name
			}
		}
		out.Key = append(out.Key, made)
	}
	return out, nil
}

func (d *driver) updateTable(line []byte) (interface{}, error) {
	var in table
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	request := &tablestore.UpdateTableRequest{TableName: in.Table}
	if in.Options != nil {
		request.TableOption = in.Options.build()
	}
	if in.Throughput != nil {
		request.ReservedThroughput = &tablestore.ReservedThroughput{
			Readcap: in.Throughput[0], Writecap: in.Throughput[1]}
	}
	response, err := d.client.UpdateTable(request)
	if err != nil {
		return nil, err
	}
	return table{Table: in.Table, Options: optionsOf(response.TableOption),
		Throughput: []int{response.ReservedThroughput.Readcap, response.ReservedThroughput.Writecap},
	}, nil
}

func (d *driver) deleteTable(line []byte) (interface{}, error) {
	var in table
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	_, err := d.client.DeleteTable(&tablestore.DeleteTableRequest{TableName: in.Table})
	return struct{}{}, err
}

func (d *driver) computeSplits(line []byte) (interface{}, error) {
	var in struct {
		Table string
		Size  int64
		Unit  *int64
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	response, err := d.client.ComputeSplitPointsBySize(&tablestore.ComputeSplitPointsBySizeRequest{
		TableName: in.Table, SplitSize: in.Size, SplitSizeUnitInByte: in.Unit})
	if err != nil {
		return nil, err
	}
	return map[string]int{"splits": len(response.Splits)}, nil
}

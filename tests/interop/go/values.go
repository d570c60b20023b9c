package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
)

// value is one typed value; exactly one member is set. Dbl is the bits in hex, so that every NaN
// comes through.
type value struct {
	Int  *string `json:"int,omitempty"`
	Dbl  *string `json:"dbl,omitempty"`
	Bool *bool   `json:"bool,omitempty"`
	Str  *string `json:"str,omitempty"`
	Bin  *[]byte `json:"bin,omitempty"`
	Inf  string  `json:"inf,omitempty"` // min, max, auto: keys only
}

type cell struct {
	Name  string `json:"name"`
	Do    string `json:"do,omitempty"` // put when empty; delete, delete_all, increment
	Value *value `json:"value,omitempty"`
	Time  *int64 `json:"time,omitempty"`
}

type row struct {
	Key   []cell `json:"key"`
	Cells []cell `json:"cells"`
}

func (v *value) plain() (interface{}, error) {
	switch {
	case v.Int != nil:
		return strconv.ParseInt(*v.Int, 10, 64)
	case v.Dbl != nil:
		bits, err := strconv.ParseUint(*v.Dbl, 16, 64)
		return math.Float64frombits(bits), err
	case v.Bool != nil:
		return *v.Bool, nil
	case v.Str != nil:
		return *v.Str, nil
	case v.Bin != nil:
		return *v.Bin, nil
	}
	return nil, fmt.Errorf("a value without a type")
}

func typed(plain interface{}) (*value, error) {
	v := new(value)
	switch x := plain.(type) {
	case int64:
		text := strconv.FormatInt(x, 10)
		v.Int = &text
	case float64:
		var bytes [8]byte
		binary.BigEndian.PutUint64(bytes[:], math.Float64bits(x))
		text := hex.EncodeToString(bytes[:])
		v.Dbl = &text
	case bool:
		v.Bool = &x
	case string:
		v.Str = &x
	case []byte:
		v.Bin = &x
	default:
		return nil, fmt.Errorf("the SDK gave a %T", plain)
	}
	return v, nil
}

func primaryKey(cells []cell) (*tablestore.PrimaryKey, error) {
	key := new(tablestore.PrimaryKey)
	for _, c := range cells {
		switch c.Value.Inf {
		case "min":
			key.AddPrimaryKeyColumnWithMinValue(c.Name)
		case "max":
			key.AddPrimaryKeyColumnWithMaxValue(c.Name)
		case "auto":
			key.AddPrimaryKeyColumnWithAutoIncrement(c.Name)
		default:
			plain, err := c.Value.plain()
			if err != nil {
				return nil, err
			}
			key.AddPrimaryKeyColumn(c.Name, plain)
		}
	}
	return key, nil
}

func keyCells(key *tablestore.PrimaryKey) ([]cell, error) {
	if key == nil {
		return nil, nil
	}
	var cells []cell
	for _, column := range key.PrimaryKeys {
		if column.PrimaryKeyOption == tablestore.MAX {
			cells = append(cells, cell{Name: column.ColumnName, Value: &value{Inf: "max"}})
			continue
		}
		v, err := typed(column.Value)
		if err != nil {
			return nil, err
		}
		cells = append(cells, cell{Name: column.ColumnName, Value: v})
	}
	return cells, nil
}

func rowOf(key *tablestore.PrimaryKey, columns []*tablestore.AttributeColumn) (*row, error) {
	cells, err := keyCells(key)
	if err != nil || len(cells) == 0 && len(columns) == 0 {
		return nil, err
	}
	out := &row{Key: cells, Cells: []cell{}}
	for _, column := range columns {
		v, err := typed(column.Value)
		if err != nil {
			return nil, err
		}
		time := column.Timestamp
		out.Cells = append(out.Cells, cell{Name: column.ColumnName, Value: v, Time: &time})
	}
	return out, nil
}

// filter is one column's condition, a tree (All, Any, Not) or a page of columns.
type filter struct {
	Column        string
	Is            string
	Value         *value
	PassIfMissing bool `json:"pass_if_missing"`
	LatestOnly    bool `json:"latest_only"`
	All, Any, Not []*filter
	Page          []int32 // offset, limit
}

var comparators = map[string]tablestore.ComparatorType{
	"==": tablestore.CT_EQUAL, "!=": tablestore.CT_NOT_EQUAL,
	">": tablestore.CT_GREATER_THAN, ">=": tablestore.CT_GREATER_EQUAL,
	"<": tablestore.CT_LESS_THAN, "<=": tablestore.CT_LESS_EQUAL,
}

func composite(operator tablestore.LogicalOperator, subs []*filter) (tablestore.ColumnFilter, error) {
	whole := tablestore.NewCompositeColumnCondition(operator)
	for _, sub := range subs {
		made, err := sub.build()
		if err != nil {
			return nil, err
		}
		whole.AddFilter(made)
	}
	return whole, nil
}

func (f *filter) build() (tablestore.ColumnFilter, error) {
	switch {
	case f.All != nil:
		return composite(tablestore.LO_AND, f.All)
	case f.Any != nil:
		return composite(tablestore.LO_OR, f.Any)
	case f.Not != nil:
		return composite(tablestore.LO_NOT, f.Not)
	case f.Page != nil:
		return &tablestore.PaginationFilter{Offset: f.Page[0], Limit: f.Page[1]}, nil
	}
	plain, err := f.Value.plain()
	if err != nil {
		return nil, err
	}
	single := tablestore.NewSingleColumnCondition(f.Column, comparators[f.Is], plain)
	single.FilterIfMissing = !f.PassIfMissing
	single.LatestVersionOnly = f.LatestOnly
	return single, nil
}

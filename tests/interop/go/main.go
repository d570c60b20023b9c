// The Go SDK behind lines of JSON: one call a line in, one answer a line out (../drivers.py says
// which). It decides nothing: what a call must give is written once, in the tests.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
)

// A line may hold several values of 2 MiB in base64.
const maxLineBytes = 64 << 20

type driver struct {
	client *tablestore.TableStoreClient
}

type call func(*driver, []byte) (interface{}, error)

var calls = map[string]call{
	"connect":         (*driver).connect,
	"create_table":    (*driver).createTable,
	"list_tables":     (*driver).listTables,
	"describe_table":  (*driver).describeTable,
	"update_table":    (*driver).updateTable,
	"delete_table":    (*driver).deleteTable,
	"put_row":         (*driver).putRow,
	"update_row":      (*driver).updateRow,
	"delete_row":      (*driver).deleteRow,
	"get_row":         (*driver).getRow,
	"batch_get_row":   (*driver).batchGetRow,
	"batch_write_row": (*driver).batchWriteRow,
	"get_range":       (*driver).getRange,
	"compute_splits":  (*driver).computeSplits,
}

type otsError struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Status    int    `json:"status"`
	RequestID string `json:"request_id"`
}

// answer runs one line. The SDK panics on some wrong arguments, which is an answer like another.
func (d *driver) answer(line []byte) (answer interface{}) {
	defer func() {
		if cause := recover(); cause != nil {
			answer = map[string]string{"failed": fmt.Sprint(cause)}
		}
	}()
	var head struct{ Call string }
	if err := json.Unmarshal(line, &head); err != nil {
		return map[string]string{"failed": err.Error()}
	}
	run, known := calls[head.Call]
	if !known {
		return map[string]string{"failed": "no such call: " + head.Call}
	}
	result, err := run(d, line)
	var refused *tablestore.OtsError
	if errors.As(err, &refused) {
		return map[string]otsError{"error": {
			refused.Code, refused.Message, refused.HttpStatusCode, refused.RequestId}}
	}
	if err != nil {
		return map[string]string{"failed": err.Error()}
	}
	return result
}

func (d *driver) connect(line []byte) (interface{}, error) {
	var in struct{ URL, Instance, ID, Secret, Token string }
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	config := tablestore.NewDefaultTableStoreConfig()
	config.RetryTimes = 0
	d.client = tablestore.NewClientWithConfig(in.URL, in.Instance, in.ID, in.Secret, in.Token, config)
	return struct{}{}, nil
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<16), maxLineBytes)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	var d driver
	for in.Scan() {
		if err := out.Encode(d.answer(in.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

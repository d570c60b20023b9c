// The job of tools/bench/send_bench.c by the official Go SDK: BatchWriteRow of 200 rows a request, in
// rows a second of this process's CPU time. The requests are made before the clock starts.
// Usage: peer URL INSTANCE CA ROWS CONNECTIONS; CA a file, or - for what the system trusts.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
)

const (
	batches   = 64
	batchRows = 200
	warm      = 64
	seed      = 5
)

func need(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// The generator of bench_rows.c, so that all clients send the same rows.
type random uint64

func (r *random) next() uint64 {
	*r = *r*6364136223846793005 + 1442695040888963407
	return uint64(*r) >> 33
}

func (r *random) letters(count int) string {
	text := make([]byte, count)
	for i := range text {
		text[i] = byte('a' + r.next()%26)
	}
	return string(text)
}

func change(number uint64) *tablestore.PutRowChange {
	r := random(seed ^ number)
	key := new(tablestore.PrimaryKey)
	key.AddPrimaryKeyColumn("pk_s", fmt.Sprintf("order-%014d", number))
	key.AddPrimaryKeyColumn("pk_i", int64(number))
	put := &tablestore.PutRowChange{TableName: "bench", PrimaryKey: key}
	for _, name := range []string{"string_a", "string_b", "string_c", "string_d", "string_e"} {
		r.next()
		put.AddColumn(name, r.letters(32))
	}
	for _, name := range []string{"int_a", "int_b", "int_c"} {
		put.AddColumn(name, int64(r.next()))
	}
	put.AddColumn("double_a", float64(r.next())/8)
	put.AddColumn("bool1", r.next()%2 == 0)
	put.SetCondition(tablestore.RowExistenceExpectation_IGNORE)
	return put
}

func prepare() []*tablestore.BatchWriteRowRequest {
	requests := make([]*tablestore.BatchWriteRowRequest, batches)
	for b := range requests {
		requests[b] = new(tablestore.BatchWriteRowRequest)
		for i := 0; i < batchRows; i++ {
			requests[b].AddRowChange(change(uint64(b*batchRows + i)))
		}
	}
	return requests
}

func run(client *tablestore.TableStoreClient, requests []*tablestore.BatchWriteRowRequest, count, connections int) {
	var next int64
	var all sync.WaitGroup
	for c := 0; c < connections; c++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				number := int(atomic.AddInt64(&next, 1)) - 1
				if number >= count {
					return
				}
				reply, err := client.BatchWriteRow(requests[number%batches])
				need(err)
				rows := 0
				for _, results := range reply.TableToRowsResult {
					for _, row := range results {
						if !row.IsSucceed {
							need(fmt.Errorf("%s: %s", row.Error.Code, row.Error.Message))
						}
						rows++
					}
				}
				if rows != batchRows {
					need(fmt.Errorf("%d results", rows))
				}
			}
		}()
	}
	all.Wait()
}

func cpu() time.Duration {
	var usage syscall.Rusage
	need(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	if len(os.Args) != 6 {
		need(fmt.Errorf("usage: peer URL INSTANCE CA ROWS CONNECTIONS"))
	}
	rows, err := strconv.Atoi(os.Args[4])
	need(err)
	connections, err := strconv.Atoi(os.Args[5])
	need(err)
	transport := &http.Transport{MaxIdleConnsPerHost: connections}
	if os.Args[3] != "-" {
		pem, err := os.ReadFile(os.Args[3])
		need(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	config := tablestore.NewDefaultTableStoreConfig()
	config.RetryTimes = 0
	config.Transport = transport
	client := tablestore.NewClientWithConfig(os.Args[1], os.Args[2], "otsfs-local", "otsfs-local-secret", "", config)
	requests := prepare()
	run(client, requests, warm, connections)
	count := rows / batchRows
	before, start := cpu(), time.Now()
	run(client, requests, count, connections)
	spent, wall := (cpu() - before).Seconds(), time.Since(start).Seconds()
	sent := float64(count * batchRows)
	fmt.Printf("{\"client\":\"go\",\"rows\":%.0f,\"cpu_s\":%.4f,\"wall_s\":%.4f,\"rows_per_cpu_s\":%.0f,\"rows_per_wall_s\":%.0f}\n",
		sent, spent, wall, sent/spent, sent/wall)
}

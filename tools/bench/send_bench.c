/* Our client's way out: records → BatchWriteRow → TLS → a service elsewhere, 200 rows of
 * bench_rows.h a request, in rows a second of this process's CPU time (user and system) and of the
 * clock. Meant for `otsfs serve --discard --tls` on another core. The rows come from memory, more
 * of them than fit the processor's caches, as a decoder would have left them. Usage: send URL [CA
 * [ROWS [THREADS]]]; URL as --to takes it, CA the ready line's "ca" or -. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/net/credentials.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/write.h>

#include "bench_rows.h"

#define BATCHES ((size_t)64)
#define THREADS_MAX 16
#define WARM_BATCHES 64

struct work {
	struct ots_client *client;
	struct ots_batch rows[BATCHES];
	atomic_size_t next; /* batches that were taken */
	size_t count;       /* batches to send */
};

static void prepare(struct work *work)
{
	for (size_t b = 0; b < BATCHES; b++) {
		ots_batch_init(&work->rows[b], (size_t)1024 * 1024);
		for (size_t i = 0; i < BENCH_BATCH_ROWS; i++)
			bench_row_add(&work->rows[b], b * BENCH_BATCH_ROWS + i);
	}
}

static void send_batch(struct work *work, size_t number)
{
	static _Thread_local struct ots_row_result results[BENCH_BATCH_ROWS];
	const struct ots_record *rows[BENCH_BATCH_ROWS];
	struct ots_error err = {.status = OTS_OK};

	for (size_t i = 0; i < BENCH_BATCH_ROWS; i++)
		rows[i] = &work->rows[number % BATCHES].records[i];
	bench_need(ots_client_batch_write(work->client, BENCH_TABLE, rows, BENCH_BATCH_ROWS,
					  results, NULL, &err) == OTS_OK,
		   err.text);
	for (size_t i = 0; i < BENCH_BATCH_ROWS; i++)
		bench_need(results[i].status == OTS_OK, results[i].error.text);
}

static void *sender(void *arg)
{
	struct work *work = arg;
	size_t number;

	while ((number = atomic_fetch_add(&work->next, 1)) < work->count) /* ends with the count */
		send_batch(work, number);
	return NULL;
}

static void create_table(struct ots_client *client)
{
	struct ots_schema schema;
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status;

	ots_schema_init(&schema);
	schema.table = ots_bytes_of(BENCH_TABLE);
	schema.key_count = 2;
	schema.key[0] =
		(struct ots_schema_column){.name = ots_bytes_of("pk_s"), .type = OTS_STRING};
	schema.key[1] =
		(struct ots_schema_column){.name = ots_bytes_of("pk_i"), .type = OTS_INTEGER};
	status = ots_client_create_table(client, &schema, NULL, &err);
	bench_need(status == OTS_OK || status == OTS_EXISTS, err.text);
	ots_schema_release(&schema);
}

static void run(struct work *work, size_t batches, size_t threads)
{
	pthread_t senders[THREADS_MAX];

	work->count = batches;
	atomic_store(&work->next, 0);
	for (size_t i = 1; i < threads; i++)
		bench_need(pthread_create(&senders[i], NULL, sender, work) == 0, "no thread");
	(void)sender(work);
	for (size_t i = 1; i < threads; i++)
		(void)pthread_join(senders[i], NULL);
}

static void measure(struct work *work, size_t rows, size_t threads)
{
	const double cpu = bench_cpu_us();
	const int64_t clock = ots_clock_monotonic_ms(&ots_clock_system);
	double cpu_us, clock_us;

	run(work, rows / BENCH_BATCH_ROWS, threads);
	cpu_us = bench_cpu_us() - cpu;
	clock_us = 1e3 * (double)(ots_clock_monotonic_ms(&ots_clock_system) - clock);
	(void)printf("{\"client\":\"otsfs\",\"rows\":%zu,\"cpu_s\":%.4f,\"wall_s\":%.4f,"
		     "\"rows_per_cpu_s\":%.0f,\"rows_per_wall_s\":%.0f}\n",
		     rows, cpu_us / 1e6, clock_us / 1e6, 1e6 * (double)rows / cpu_us,
		     1e6 * (double)rows / clock_us);
}

int main(int argc, char **argv)
{
	const size_t asked = argc > 3 ? strtoul(argv[3], NULL, 10) : 1000000;
	const size_t threads = argc > 4 ? strtoul(argv[4], NULL, 10) : 2;
	const bool trusted = argc < 3 || strcmp(argv[2], "-") == 0;
	const struct ots_http_options options = {.ca_file = trusted ? NULL : argv[2]};
	static struct work work;
	struct ots_credential_options key = {.use = OTS_FOR_TABLESTORE};
	struct ots_credential_chain *chain = NULL;
	struct ots_error err = {.status = OTS_OK};
	struct ots_http *http = NULL;
	struct ots_endpoint endpoint;

	bench_need(argc > 1 && threads >= 1 && threads <= THREADS_MAX,
		   "usage: send URL [CA [ROWS [THREADS]]]");
	bench_need(ots_endpoint_parse(argv[1], &endpoint, &err) == OTS_OK &&
			   ots_http_global_init(&err) == OTS_OK &&
			   ots_http_new(&options, &http, &err) == OTS_OK,
		   err.text);
	key.loopback = endpoint.loopback;
	key.http = http;
	bench_need(ots_credential_chain_open(&key, &chain, &err) == OTS_OK &&
			   ots_client_new(http, &endpoint, chain, NULL, &work.client, &err) ==
				   OTS_OK,
		   err.text);
	prepare(&work);
	create_table(work.client);
	run(&work, WARM_BATCHES, threads); /* connections, buffers */
	measure(&work, asked / BENCH_BATCH_ROWS * BENCH_BATCH_ROWS, threads);
	for (size_t b = 0; b < BATCHES; b++)
		ots_batch_release(&work.rows[b]);
	ots_client_free(work.client);
	ots_credential_chain_free(chain);
	ots_http_free(http);
	return 0;
}

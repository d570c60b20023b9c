/* BatchWriteRow through the service's engine on one core, without HTTP: decode, check, apply,
 * store, reply. 200 rows of 297 bytes a request, keys ascending or shuffled, in memory or in a
 * folder; the median of rounds, each into a new table, in rows a second of CPU time. Usage: service
 * [ROWS [DIR]]; rows of one round; without DIR the memory storage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/tablestore/wire/batch_write.h"
#include "../service/engine.h"
#include "bench_rows.h"

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#define ROUNDS 7
#define SEED 5

struct work {
	struct ots_bytes *bodies;
	size_t count;
	size_t bytes;
	size_t row_bytes; /* as the service counts them */
};

static uint64_t *row_numbers(size_t rows, bool shuffled)
{
	uint64_t *numbers = calloc(rows, sizeof *numbers);
	uint64_t state = SEED;

	bench_need(numbers != NULL, "no memory");
	for (size_t i = 0; i < rows; i++)
		numbers[i] = i;
	for (size_t i = rows; shuffled && i > 1; i--) {
		const size_t other = bench_random(&state) % i;
		const uint64_t held = numbers[i - 1];

		numbers[i - 1] = numbers[other];
		numbers[other] = held;
	}
	return numbers;
}

static void encode(struct work *work, const uint64_t *numbers, size_t at)
{
	const struct ots_record *rows[BENCH_BATCH_ROWS];
	struct ots_batch batch;
	struct ots_buffer body;

	ots_batch_init(&batch, (size_t)16 * 1024 * 1024);
	ots_buffer_init(&body, OTS_BODY_MAX_BYTES);
	for (size_t i = 0; i < BENCH_BATCH_ROWS; i++)
		bench_row_add(&batch, numbers[i]);
	for (size_t i = 0; i < BENCH_BATCH_ROWS; i++)
		rows[i] = &batch.records[i];
	bench_need(ots_batch_write_encode(&body, ots_bytes_of(BENCH_TABLE), rows, BENCH_BATCH_ROWS,
					  NULL) == OTS_OK,
		   "a batch cannot be encoded");
	work->bodies[at] = (struct ots_bytes){body.bytes, body.len}; /* kept to the end */
	work->bytes += body.len;
	work->row_bytes = ots_record_data_bytes(rows[0]);
	ots_batch_release(&batch);
}

static void prepare(struct work *work, size_t rows, bool shuffled)
{
	uint64_t *numbers = row_numbers(rows, shuffled);

	*work = (struct work){.count = rows / BENCH_BATCH_ROWS};
	if (work->count == 0)
		bench_end("at least 200 rows");
	work->bodies = calloc(work->count, sizeof *work->bodies);
	bench_need(work->bodies != NULL, "no memory");
	for (size_t i = 0; i < work->count; i++)
		encode(work, numbers + i * BENCH_BATCH_ROWS, i);
	free(numbers);
}

static void call(struct ots_engine *engine, const char *action, struct ots_bytes body,
		 struct ots_buffer *reply)
{
	static struct ots_fault fault;

	reply->len = 0;
	bench_need(ots_engine_call(engine, ots_bytes_of(action), body, reply, &fault),
		   fault.message);
}

static void create_table(struct ots_engine *engine, struct ots_buffer *reply)
{
	Ots__Wire__CreateTableRequest request = OTS__WIRE__CREATE_TABLE_REQUEST__INIT;
	Ots__Wire__TableMeta meta = OTS__WIRE__TABLE_META__INIT;
	Ots__Wire__ReservedThroughput throughput = OTS__WIRE__RESERVED_THROUGHPUT__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	Ots__Wire__PrimaryKeySchema text = OTS__WIRE__PRIMARY_KEY_SCHEMA__INIT;
	Ots__Wire__PrimaryKeySchema integer = OTS__WIRE__PRIMARY_KEY_SCHEMA__INIT;
	Ots__Wire__PrimaryKeySchema *columns[] = {&text, &integer};
	char table_name[] = BENCH_TABLE, text_name[] = "pk_s", integer_name[] = "pk_i";
	uint8_t body[1024];

	text.name = text_name;
	text.type = OTS__WIRE__PRIMARY_KEY_TYPE__STRING;
	integer.name = integer_name;
	integer.type = OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER;
	meta.table_name = table_name;
	meta.n_primary_key = 2;
	meta.primary_key = columns;
	throughput.capacity_unit = &unit;
	request.table_meta = &meta;
	request.reserved_throughput = &throughput;
	request.table_options = &options;
	bench_need(ots__wire__create_table_request__get_packed_size(&request) <= sizeof body,
		   "the table's request is too long");
	call(engine, "CreateTable",
	     (struct ots_bytes){body, ots__wire__create_table_request__pack(&request, body)},
	     reply);
}

static double round_us(const struct work *work, const char *dir, struct ots_buffer *reply)
{
	const struct ots_engine_options options = {.clock = &ots_clock_system};
	struct ots_engine *engine = NULL;
	struct ots_storage storage;
	struct ots_error err = {.status = OTS_OK};
	double begin, spent;

	bench_need((dir != NULL ? ots_storage_open_sqlite(dir, &storage, &err)
				: ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &storage,
							  &err)) == OTS_OK,
		   err.text);
	bench_need(ots_engine_new(&storage, &options, &engine, &err) == OTS_OK, err.text);
	create_table(engine, reply);
	begin = bench_cpu_us();
	for (size_t i = 0; i < work->count; i++)
		call(engine, "BatchWriteRow", work->bodies[i], reply);
	spent = bench_cpu_us() - begin;
	if (dir != NULL)
		call(engine, "DeleteTable", (struct ots_bytes){(const uint8_t *)"\n\005bench", 7},
		     reply);
	ots_engine_free(engine);
	return spent;
}

static void measure(const char *order, bool shuffled, size_t rows, const char *dir)
{
	double spent[ROUNDS];
	struct ots_buffer reply;
	struct work work;
	double row_us;

	prepare(&work, rows, shuffled);
	ots_buffer_init(&reply, ots_engine_reply_max_bytes);
	for (size_t i = 0; i < ROUNDS; i++)
		spent[i] = round_us(&work, dir, &reply);
	row_us = bench_median(spent, ROUNDS) / (double)rows;
	(void)printf("%-8s %-8s %8zu rows of %zu bytes  %10.0f rows/s (%.0f to %.0f)  %6.3f us/row "
		     " %7.1f MB/s of body\n",
		     dir != NULL ? "folder" : "memory", order, rows, work.row_bytes, 1e6 / row_us,
		     1e6 * (double)rows / spent[ROUNDS - 1], 1e6 * (double)rows / spent[0], row_us,
		     (double)work.bytes / spent[ROUNDS / 2]);
	ots_buffer_release(&reply);
	for (size_t i = 0; i < work.count; i++)
		free((void *)(uintptr_t)work.bodies[i].at);
	free(work.bodies);
}

int main(int argc, char **argv)
{
	const size_t asked = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
	const size_t rows = asked / BENCH_BATCH_ROWS * BENCH_BATCH_ROWS;
	const char *dir = argc > 2 ? argv[2] : NULL;

	measure("in order", false, rows, dir);
	measure("random", true, rows, dir);
	return 0;
}

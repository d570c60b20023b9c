/* BatchWriteRow through the service's engine on one core, without HTTP: decode, check, apply,
 * store, reply. 200 rows of bench_rows.h a request, keys ascending or shuffled, in memory or in a
 * folder; the median of rounds, each into a new table, in rows a second of CPU time and, for the
 * folder, of the clock. Usage: service [ROWS [DIR [ROUNDS]]]; rows of one round; without DIR the
 * memory storage. A body takes 500 bytes a row of memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/tablestore/wire/batch_write.h"
#include "../service/engine.h"
#include "bench_rows.h"

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/tablestore/wire.h>

#define ROUNDS_MAX ((size_t)7)
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

	if (numbers == NULL)
		bench_end("no memory");
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

/* Of one round: all of it, and its last tenth, when the table is as large as it gets. */
struct spent {
	double cpu_us, clock_us, last_cpu_us;
};

static struct spent write_all(struct ots_engine *engine, const struct work *work,
			      struct ots_buffer *reply)
{
	const size_t last = work->count - work->count / 10;
	const int64_t clock = ots_clock_monotonic_ms(&ots_clock_system);
	const double begin = bench_cpu_us();
	double late = begin;

	for (size_t i = 0; i < work->count; i++) {
		if (i == last)
			late = bench_cpu_us();
		call(engine, "BatchWriteRow", work->bodies[i], reply);
	}
	return (struct spent){
		.cpu_us = bench_cpu_us() - begin,
		.clock_us = 1e3 * (double)(ots_clock_monotonic_ms(&ots_clock_system) - clock),
		.last_cpu_us = bench_cpu_us() - late,
	};
}

static struct spent round_of(const struct work *work, const char *dir, struct ots_buffer *reply)
{
	const struct ots_engine_options options = {.clock = &ots_clock_system};
	struct ots_engine *engine = NULL;
	struct ots_storage storage;
	struct ots_error err = {.status = OTS_OK};
	struct spent spent;

	bench_need((dir != NULL ? ots_storage_open_sqlite(dir, &storage, &err)
				: ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &storage,
							  &err)) == OTS_OK,
		   err.text);
	bench_need(ots_engine_new(&storage, &options, &engine, &err) == OTS_OK, err.text);
	create_table(engine, reply);
	spent = write_all(engine, work, reply);
	if (dir != NULL)
		call(engine, "DeleteTable", (struct ots_bytes){(const uint8_t *)"\n\005bench", 7},
		     reply);
	ots_engine_free(engine);
	return spent;
}

static void measure(const char *order, bool shuffled, size_t rows, const char *dir, size_t rounds)
{
	double cpu[ROUNDS_MAX], clock[ROUNDS_MAX], last[ROUNDS_MAX];
	struct ots_buffer reply;
	struct work work;

	prepare(&work, rows, shuffled);
	ots_buffer_init(&reply, ots_engine_reply_max_bytes);
	for (size_t i = 0; i < rounds; i++) {
		const struct spent spent = round_of(&work, dir, &reply);

		cpu[i] = (double)rows / spent.cpu_us;
		clock[i] = (double)rows / spent.clock_us;
		last[i] = (double)rows / 10 / spent.last_cpu_us;
	}
	(void)printf("%-6s %-8s %8zu rows of %zu bytes: %7.0f rows/s of CPU, its last tenth %7.0f, "
		     "%7.0f by the clock (%zu rounds)\n",
		     dir != NULL ? "folder" : "memory", order, rows, work.row_bytes,
		     1e6 * bench_median(cpu, rounds), 1e6 * bench_median(last, rounds),
		     1e6 * bench_median(clock, rounds), rounds);
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
	const size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : ROUNDS_MAX;

	bench_need(rounds >= 1 && rounds <= ROUNDS_MAX, "1 to 7 rounds");
	measure("in order", false, rows, dir, rounds);
	measure("random", true, rows, dir, rounds);
	return 0;
}

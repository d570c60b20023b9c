/* BatchWriteRow through the service's engine on one core, without HTTP: decode, check, apply,
 * store, reply. 200 rows of 297 bytes a request, keys ascending or shuffled, in memory or in a
 * folder; the median of rounds, each into a new table, in rows a second of CPU time. Usage: service
 * [ROWS [DIR]]; rows of one round; without DIR the memory storage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../core/tablestore/wire/batch_write.h"
#include "../service/engine.h"

#include <otsfs/base/bytes.h>
#include <otsfs/record/batch.h>
#include <otsfs/tablestore/wire.h>

#define ATTRIBUTES ((size_t)10)
#define BATCH_ROWS ((size_t)200)
#define ROUNDS 7
#define SEED 5

struct work {
	struct ots_bytes *bodies;
	size_t count;
	size_t bytes;
	size_t row_bytes; /* as the service counts them */
};

static _Noreturn void end(const char *what)
{
	(void)fprintf(stderr, "service_bench: %s\n", what);
	exit(1);
}

static void need(bool good, const char *what)
{
	if (!good)
		end(what);
}

/* CPU time, so that what else runs on the machine does not count. */
static double cpu_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static uint64_t *row_numbers(size_t rows, bool shuffled)
{
	uint64_t *numbers = calloc(rows, sizeof *numbers);
	uint64_t state = SEED;

	need(numbers != NULL, "no memory");
	for (size_t i = 0; i < rows; i++)
		numbers[i] = i;
	for (size_t i = rows; shuffled && i > 1; i--) {
		const size_t other = next_random(&state) % i;
		const uint64_t held = numbers[i - 1];

		numbers[i - 1] = numbers[other];
		numbers[other] = held;
	}
	return numbers;
}

static struct ots_bytes letters(struct ots_batch *batch, size_t len, uint64_t *state)
{
	char *at = ots_arena_alloc(&batch->arena, len);

	need(at != NULL, "no memory");
	for (size_t i = 0; i < len; i++)
		at[i] = (char)('a' + next_random(state) % 26);
	return (struct ots_bytes){(const uint8_t *)at, len};
}

static struct ots_value value_of(struct ots_batch *batch, size_t column, uint64_t *state)
{
	struct ots_value value = ots_value_integer((int64_t)next_random(state));
	struct ots_bytes text;

	if (column < 5) {
		text = letters(batch, 32, state);
		return ots_value_string(text.at, text.len);
	}
	if (column == 8) {
		value.as.real = (double)value.as.integer / 8;
		value.type = OTS_DOUBLE;
	} else if (column == 9) {
		value.as.boolean = value.as.integer % 2 == 0;
		value.type = OTS_BOOLEAN;
	}
	return value;
}

/* The row of the published comparison: key of a STRING of 20 bytes and an INTEGER; 5 STRINGs of 32
 * bytes, 3 INTEGERs, a DOUBLE, a BOOLEAN; 297 bytes of names and values. */
static void add_row(struct ots_batch *batch, uint64_t number)
{
	static const char *const names[ATTRIBUTES] = {
		"string_a", "string_b", "string_c", "string_d", "string_e",
		"int_a",    "int_b",    "int_c",    "double_a", "bool1"};
	struct ots_record *record = ots_batch_add(batch);
	char *key = ots_arena_alloc(&batch->arena, 21);
	uint64_t state = SEED ^ number;

	if (record == NULL || key == NULL)
		end("no memory");
	(void)snprintf(key, 21, "order-%014llu", (unsigned long long)number);
	record->op = OTS_PUT;
	record->key_count = 2;
	record->key[0].name = ots_bytes_of("pk_s");
	record->key[0].value = ots_value_string((const uint8_t *)key, 20);
	record->key[1].name = ots_bytes_of("pk_i");
	record->key[1].value = ots_value_integer((int64_t)number);
	record->cell_count = ATTRIBUTES;
	record->cells = ots_arena_alloc(&batch->arena, ATTRIBUTES * sizeof *record->cells);
	if (record->cells == NULL)
		end("no memory");
	for (size_t i = 0; i < ATTRIBUTES; i++)
		record->cells[i] = (struct ots_cell){.name = ots_bytes_of(names[i]),
						     .action = OTS_CELL_PUT,
						     .value = value_of(batch, i, &state)};
}

static void encode(struct work *work, const uint64_t *numbers, size_t at)
{
	const struct ots_record *rows[BATCH_ROWS];
	struct ots_batch batch;
	struct ots_buffer body;

	ots_batch_init(&batch, (size_t)16 * 1024 * 1024);
	ots_buffer_init(&body, OTS_BODY_MAX_BYTES);
	for (size_t i = 0; i < BATCH_ROWS; i++)
		add_row(&batch, numbers[i]);
	for (size_t i = 0; i < BATCH_ROWS; i++)
		rows[i] = &batch.records[i];
	need(ots_batch_write_encode(&body, ots_bytes_of("bench"), rows, BATCH_ROWS, NULL) == OTS_OK,
	     "a batch cannot be encoded");
	work->bodies[at] = (struct ots_bytes){body.bytes, body.len}; /* kept to the end */
	work->bytes += body.len;
	work->row_bytes = ots_record_data_bytes(rows[0]);
	ots_batch_release(&batch);
}

static void prepare(struct work *work, size_t rows, bool shuffled)
{
	uint64_t *numbers = row_numbers(rows, shuffled);

	*work = (struct work){.count = rows / BATCH_ROWS};
	if (work->count == 0)
		end("at least 200 rows");
	work->bodies = calloc(work->count, sizeof *work->bodies);
	need(work->bodies != NULL, "no memory");
	for (size_t i = 0; i < work->count; i++)
		encode(work, numbers + i * BATCH_ROWS, i);
	free(numbers);
}

static void call(struct ots_engine *engine, const char *action, struct ots_bytes body,
		 struct ots_buffer *reply)
{
	static struct ots_fault fault;

	reply->len = 0;
	need(ots_engine_call(engine, ots_bytes_of(action), body, reply, &fault), fault.message);
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
	char table_name[] = "bench", text_name[] = "pk_s", integer_name[] = "pk_i";
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
	need(ots__wire__create_table_request__get_packed_size(&request) <= sizeof body,
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

	need((dir != NULL ? ots_storage_open_sqlite(dir, &storage, &err)
			  : ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &storage, &err)) ==
		     OTS_OK,
	     err.text);
	need(ots_engine_new(&storage, &options, &engine, &err) == OTS_OK, err.text);
	create_table(engine, reply);
	begin = cpu_us();
	for (size_t i = 0; i < work->count; i++)
		call(engine, "BatchWriteRow", work->bodies[i], reply);
	spent = cpu_us() - begin;
	if (dir != NULL)
		call(engine, "DeleteTable", (struct ots_bytes){(const uint8_t *)"\n\005bench", 7},
		     reply);
	ots_engine_free(engine);
	return spent;
}

static int ascending(const void *a, const void *b)
{
	const double left = *(const double *)a;
	const double right = *(const double *)b;

	return (left > right) - (left < right);
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
	qsort(spent, ROUNDS, sizeof spent[0], ascending);
	row_us = spent[ROUNDS / 2] / (double)rows;
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
	const size_t rows = asked / BATCH_ROWS * BATCH_ROWS;
	const char *dir = argc > 2 ? argv[2] : NULL;

	measure("in order", false, rows, dir);
	measure("random", true, rows, dir);
	return 0;
}

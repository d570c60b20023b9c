#include "bench_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <otsfs/base/bytes.h>

#define ATTRIBUTES ((size_t)10)
#define SEED 5
#define KEY_BYTES 20

void bench_end(const char *what)
{
	(void)fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

void bench_need(bool good, const char *what)
{
	if (!good)
		bench_end(what);
}

double bench_cpu_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

uint64_t bench_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static int ascending(const void *a, const void *b)
{
	const double left = *(const double *)a;
	const double right = *(const double *)b;

	return (left > right) - (left < right);
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, ascending);
	return values[count / 2];
}

static void *take(struct ots_batch *batch, size_t len)
{
	void *at = ots_arena_alloc(&batch->arena, len);

	bench_need(at != NULL, "no memory");
	return at;
}

static struct ots_bytes letters(struct ots_batch *batch, size_t len, uint64_t *state)
{
	char *at = take(batch, len);

	for (size_t i = 0; i < len; i++)
		at[i] = (char)('a' + bench_random(state) % 26);
	return (struct ots_bytes){(const uint8_t *)at, len};
}

static struct ots_value value_of(struct ots_batch *batch, size_t column, uint64_t *state)
{
	struct ots_value value = ots_value_integer((int64_t)bench_random(state));
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

void bench_row_add(struct ots_batch *batch, uint64_t number)
{
	static const char *const names[ATTRIBUTES] = {
		"string_a", "string_b", "string_c", "string_d", "string_e",
		"int_a",    "int_b",    "int_c",    "double_a", "bool1"};
	struct ots_record *record = ots_batch_add(batch);
	char *key = take(batch, KEY_BYTES + 1);
	uint64_t state = SEED ^ number;

	if (record == NULL)
		bench_end("no memory");
	(void)snprintf(key, KEY_BYTES + 1, "order-%014llu", (unsigned long long)number);
	record->op = OTS_PUT;
	record->key_count = 2;
	record->key[0].name = ots_bytes_of("pk_s");
	record->key[0].value = ots_value_string((const uint8_t *)key, KEY_BYTES);
	record->key[1].name = ots_bytes_of("pk_i");
	record->key[1].value = ots_value_integer((int64_t)number);
	record->cell_count = ATTRIBUTES;
	record->cells = take(batch, ATTRIBUTES * sizeof *record->cells);
	for (size_t i = 0; i < ATTRIBUTES; i++)
		record->cells[i] = (struct ots_cell){.name = ots_bytes_of(names[i]),
						     .action = OTS_CELL_PUT,
						     .value = value_of(batch, i, &state)};
}

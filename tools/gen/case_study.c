#include "case_study.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/csv.h>
#include <otsfs/text/number.h>

#define BASE_VERSION_MS INT64_C(1700000000000)
#define BASE_TS_US INT64_C(1700000000000000)
#define KEY_TEXT_BYTES 20
#define TEXT_BYTES 32

/* splitmix64: small, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static struct ots_bytes random_text(struct ots_batch *batch, uint64_t *state, size_t len)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _";
	char *text = ots_arena_alloc(&batch->arena, len);

	for (size_t i = 0; text != NULL && i < len; i++)
		text[i] = letters[next_random(state) & 63];
	return (struct ots_bytes){(const uint8_t *)text, text == NULL ? 0 : len};
}

static const struct {
	const char *name;
	enum ots_type type;
} columns[] = {
	{"address_line", OTS_STRING},  {"amount_cents", OTS_INTEGER},
	{"channel_name", OTS_STRING},  {"created_at_ms", OTS_INTEGER},
	{"customer_name", OTS_STRING}, {"discount_rate", OTS_DOUBLE},
	{"is_paid", OTS_BOOLEAN},      {"order_note", OTS_STRING},
	{"quantity", OTS_INTEGER},     {"warehouse_code", OTS_STRING},
};

#define COLUMN_COUNT (sizeof columns / sizeof *columns)

static bool fill_value(struct ots_batch *batch, uint64_t *state, enum ots_type type,
		       struct ots_value *value)
{
	value->type = type;
	switch (type) {
	case OTS_STRING:
	case OTS_BINARY:
		value->as.bytes = random_text(batch, state, TEXT_BYTES);
		return value->as.bytes.len > 0;
	case OTS_INTEGER:
		value->as.integer = (int64_t)(next_random(state) % UINT64_C(1000000000000));
		return true;
	case OTS_DOUBLE:
		value->as.real = (double)(next_random(state) % 1000000) / 10000.0;
		return true;
	case OTS_BOOLEAN: value->as.boolean = (next_random(state) & 1) != 0; return true;
	}
	return false;
}

bool case_study_row(struct ots_batch *batch, uint64_t seed, uint64_t row)
{
	struct ots_record *record = ots_batch_add(batch);
	struct ots_cell *cells = ots_arena_alloc(&batch->arena, COLUMN_COUNT * sizeof *cells);
	char *key = ots_arena_alloc(&batch->arena, KEY_TEXT_BYTES + 1);
	uint64_t state = seed ^ row * UINT64_C(0xd1342543de82ef95);

	if (record == NULL || cells == NULL || key == NULL)
		return false;
	memset(cells, 0, COLUMN_COUNT * sizeof *cells);
	(void)snprintf(key, KEY_TEXT_BYTES + 1, "order-%014llu", (unsigned long long)row);
	record->op = OTS_PUT;
	record->ts_us = BASE_TS_US + (int64_t)row;
	record->key_count = 2;
	record->key[0] = (struct ots_key_column){{(const uint8_t *)"order_id", 8},
						 ots_value_string(key, KEY_TEXT_BYTES)};
	record->key[1] = (struct ots_key_column){{(const uint8_t *)"line_no", 7},
						 ots_value_integer((int64_t)(row % 100))};
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		cells[i].name = (struct ots_bytes){(const uint8_t *)columns[i].name,
						   strlen(columns[i].name)};
		cells[i].has_version = true;
		cells[i].version = BASE_VERSION_MS + (int64_t)(row / 1000);
		if (!fill_value(batch, &state, columns[i].type, &cells[i].value))
			return false;
	}
	record->cells = cells;
	record->cell_count = COLUMN_COUNT;
	return true;
}

#define SCRATCH_BYTES ((size_t)1024 * 1024)
#define SHOWN_BYTES 256

/* The pieces of one value, as JSON. */
struct shown {
	char value[SHOWN_BYTES];
	char raw[SHOWN_BYTES]; /* the member rawData with a comma in front, or nothing */
};

/* Gson escapes the padding of base64. */
static void show_raw(struct ots_bytes bytes, struct shown *shown)
{
	char text[SHOWN_BYTES / 2];
	const size_t len = ots_base64_length(bytes.len);
	size_t pads = 0;

	ots_base64_encode(bytes.at, bytes.len, text);
	while (pads < 2 && text[len - 1 - pads] == '=')
		pads++;
	(void)snprintf(shown->raw, sizeof shown->raw, ",\"rawData\":\"%.*s%s\"", (int)(len - pads),
		       text, &"\\u003d\\u003d"[(2 - pads) * 6]);
}

/* @param quoted  INTEGER as text */
static void show_value(const struct ots_value *value, bool quoted, struct shown *shown)
{
	char number[OTS_DOUBLE_TEXT_BYTES];

	shown->raw[0] = '\0';
	switch (value->type) {
	case OTS_STRING:
	case OTS_BINARY: /* the rows have none */
		(void)snprintf(shown->value, sizeof shown->value, "\"%.*s\"",
			       (int)value->as.bytes.len, (const char *)value->as.bytes.at);
		show_raw(value->as.bytes, shown);
		break;
	case OTS_INTEGER:
		(void)snprintf(shown->value, sizeof shown->value,
			       quoted ? "\"%" PRId64 "\"" : "%" PRId64, value->as.integer);
		break;
	case OTS_DOUBLE:
		(void)snprintf(shown->value, sizeof shown->value, "%.*s",
			       (int)ots_print_double(value->as.real, number), number);
		break;
	case OTS_BOOLEAN:
		(void)snprintf(shown->value, sizeof shown->value, "%s",
			       value->as.boolean ? "true" : "false");
		break;
	}
}

enum shape { GSON, WHOLE_KEY, CAPITALISED };

static bool put_key_column(struct ots_buffer *out, enum shape shape,
			   const struct ots_key_column *column)
{
	const char *const type = ots_type_word(column->value.type);
	const int len = (int)column->name.len;
	const char *const name = (const char *)column->name.at;
	struct shown shown;

	show_value(&column->value, shape != CAPITALISED, &shown);
	if (shape == CAPITALISED)
		return ots_buffer_printf(out,
					 "{\"Name\": \"%.*s\", \"Type\": \"%s\", \"Value\": %s}",
					 len, name, type, shown.value);
	return ots_buffer_printf(
		out,
		"{\"name\":\"%.*s\",\"value\":{\"value\":%s%s,\"type\":\"%s\",\"dataSize\":8},"
		"\"dataSize\":-1}",
		len, name, shown.value, shown.raw, type);
}

static bool put_cell(struct ots_buffer *out, enum shape shape, const struct ots_cell *cell)
{
	const char *const type = ots_type_word(cell->value.type);
	const int len = (int)cell->name.len;
	const char *const name = (const char *)cell->name.at;
	struct shown shown;

	show_value(&cell->value, shape != CAPITALISED, &shown);
	if (shape == CAPITALISED)
		return ots_buffer_printf(
			out,
			"{\"ColumnType\": \"PUT\", \"Column\": {\"Name\": \"%.*s\", \"Timestamp\": "
			"%" PRId64 ", \"Value\": {\"Type\": \"%s\", \"Value\": %s}}}",
			len, name, cell->version, type, shown.value);
	return ots_buffer_printf(
		out,
		"{\"column\":{\"name\":\"%.*s\",\"value\":{\"value\":%s%s,\"type\":\"%s\","
		"\"dataSize\":-1},\"timestamp\":{\"name\":\"Timestamp\",\"value\":\"%" PRId64
		"\",\"isSet\":true},\"dataSize\":-1},\"columnType\":\"PUT\"}",
		len, name, shown.value, shown.raw, type, cell->version);
}

static bool put_key(struct ots_buffer *out, enum shape shape, const struct ots_record *record)
{
	bool ok = ots_buffer_puts(out, shape == WHOLE_KEY ? "{\"primaryKey\":[" : "[");

	for (size_t i = 0; ok && i < record->key_count; i++)
		ok = (i == 0 || ots_buffer_puts(out, shape == CAPITALISED ? ", " : ",")) &&
		     put_key_column(out, shape, &record->key[i]);
	return ok && ots_buffer_puts(out, shape == WHOLE_KEY ? "],\"dataSize\":-1}" : "]");
}

static bool put_cells(struct ots_buffer *out, enum shape shape, const struct ots_record *record)
{
	bool ok = ots_buffer_puts(out, "[");

	for (size_t i = 0; ok && i < record->cell_count; i++)
		ok = (i == 0 || ots_buffer_puts(out, shape == CAPITALISED ? ", " : ",")) &&
		     put_cell(out, shape, &record->cells[i]);
	return ok && ots_buffer_puts(out, "]");
}

static enum ots_status put_line(struct ots_buffer *out, enum shape shape,
				const struct ots_record *record, struct ots_error *err)
{
	const size_t before = out->len;
	struct ots_buffer key;
	struct ots_buffer cells;
	bool ok;

	ots_buffer_init(&key, SCRATCH_BYTES);
	ots_buffer_init(&cells, SCRATCH_BYTES);
	ok = put_key(&key, shape, record) && put_cells(&cells, shape, record) &&
	     ots_buffer_printf(out, "%" PRId64 ",%s,", record->ts_us, ots_op_word(record->op)) &&
	     ots_csv_put_field(out, (struct ots_bytes){key.bytes, key.len}) &&
	     ots_buffer_puts(out, ",") &&
	     ots_csv_put_field(out, (struct ots_bytes){cells.bytes, cells.len}) &&
	     ots_buffer_puts(out, "\n");
	ots_buffer_release(&key);
	ots_buffer_release(&cells);
	if (ok)
		return OTS_OK;
	out->len = before;
	return ots_fail(err, OTS_NO_MEMORY, "no memory for a line");
}

static enum ots_status put_gson(const struct ots_record *record, struct ots_buffer *out,
				struct ots_error *err)
{
	return put_line(out, GSON, record, err);
}

static enum ots_status put_whole_key(const struct ots_record *record, struct ots_buffer *out,
				     struct ots_error *err)
{
	return put_line(out, WHOLE_KEY, record, err);
}

static enum ots_status put_capitalised(const struct ots_record *record, struct ots_buffer *out,
				       struct ots_error *err)
{
	return put_line(out, CAPITALISED, record, err);
}

/* Without a header line, as the samples of these shapes. */
const struct ots_encoder case_study_gson = {.name = "gson-csv", .record = put_gson};
const struct ots_encoder case_study_whole_key = {.name = "whole-key-csv", .record = put_whole_key};
const struct ots_encoder case_study_capitalised = {.name = "capitalised-csv",
						   .record = put_capitalised};

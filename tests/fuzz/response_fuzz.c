/* Answers of the service through the client's decoders: the first byte says which call, the rest is
 * the body. Property: a refusal says why, a success says nothing; the walk over a batch answer in
 * place takes no message that the generated unpacker refuses for its table or its counts; rows are
 * those that were asked for, a page goes on, ranges of a table leave nothing out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/tablestore/answer.h"
#include "../../core/tablestore/read/decode.h"
#include "../../core/tablestore/tables/decode.h"
#include "../../core/tablestore/write/decode.h"
#include <otsfs/tablestore/wire.h>

#define ROWS 3
#define BATCH_BYTES ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_name(void *arg, struct ots_bytes name)
{
	*(size_t *)arg += name.len;
	return true;
}

static enum ots_status list_tables(struct ots_bytes body, struct ots_error *err)
{
	size_t bytes = 0;

	return ots_decode_list_tables(body, take_name, &bytes, err);
}

static enum ots_status describe_table(struct ots_bytes body, struct ots_error *err)
{
	struct ots_schema schema;
	enum ots_status status;

	ots_schema_init(&schema);
	status = ots_decode_describe_table(body, "t1", &schema, NULL, err);
	if (status == OTS_OK && (schema.key_count == 0 || schema.key_count > OTS_KEY_COLUMNS_MAX))
		abort();
	ots_schema_release(&schema);
	return status;
}

static enum ots_status update_table(struct ots_bytes body, struct ots_error *err)
{
	struct ots_table_settings settings;

	return ots_decode_update_table(body, &settings, err);
}

/* The key that is asked for: pk = 7 as INTEGER; a bound, or a placeholder. */
static struct ots_wire_row key_of(enum ots_variant kind)
{
	static const uint8_t name[] = {'p', 'k'};
	struct ots_wire_row row = {.key_count = 1};

	row.key[0] = (struct ots_wire_cell){.name = {name, sizeof name},
					    .has_value = true,
					    .value = {.kind = kind, .as.integer = 7}};
	return row;
}

static const struct ots_wire_row *key_seven(struct ots_wire_row *row)
{
	*row = key_of(OTS_VT_INTEGER);
	return row;
}

static void check_seven(const struct ots_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->records[i].key[0].value.as.integer != 7)
			abort();
	}
}

static enum ots_status get_row(struct ots_bytes body, struct ots_error *err)
{
	struct ots_batch batch;
	struct ots_wire_row key;
	enum ots_status status;

	ots_batch_init(&batch, BATCH_BYTES);
	status = ots_decode_get_row(body, key_seven(&key), &batch, NULL, err);
	if (status == OTS_OK && batch.count > 1)
		abort();
	if (status == OTS_OK)
		check_seven(&batch);
	ots_batch_release(&batch);
	return status;
}

static enum ots_status batch_get(struct ots_bytes body, struct ots_error *err)
{
	const struct ots_wire_row keys[ROWS] = {key_of(OTS_VT_INTEGER), key_of(OTS_VT_INTEGER),
						key_of(OTS_VT_INTEGER)};
	const struct batch_get_asked asked = {"t1", keys, ROWS, "id"};
	struct ots_row_found found[ROWS] = {{.status = OTS_OK}};
	struct ots_batch batch;
	enum ots_status status;

	ots_batch_init(&batch, BATCH_BYTES);
	status = ots_decode_batch_get(body, &asked, found, &batch, err);
	for (size_t i = 0; status == OTS_OK && i < ROWS; i++) {
		if ((found[i].status == OTS_OK) != (found[i].error.text[0] == '\0') ||
		    (found[i].record != OTS_NO_ROW && found[i].record >= batch.count))
			abort();
	}
	if (status == OTS_OK)
		check_seven(&batch);
	ots_batch_release(&batch);
	return status;
}

static enum ots_status page(struct ots_bytes body, bool backward, struct ots_error *err)
{
	const enum ots_variant first = backward ? OTS_VT_INF_MAX : OTS_VT_INF_MIN;
	const enum ots_variant last = backward ? OTS_VT_INF_MIN : OTS_VT_INF_MAX;
	const struct ots_wire_row low = key_of(first), high = key_of(last);
	struct ots_buffer start, end, next;
	struct ots_batch batch;
	enum ots_status status;

	ots_batch_init(&batch, BATCH_BYTES);
	ots_buffer_init(&start, 65536);
	ots_buffer_init(&end, 65536);
	ots_buffer_init(&next, 65536);
	if (!ots_plainbuffer_put_row(&start, &low) || !ots_plainbuffer_put_row(&end, &high))
		abort();
	status = ots_decode_get_range(body,
				      &(struct ots_range){.start = {start.bytes, start.len},
							  .end = {end.bytes, end.len},
							  .backward = backward},
				      &batch, &next, NULL, err);
	for (size_t i = 1; status == OTS_OK && i < batch.count; i++) {
		const int order = ots_record_key_compare(&batch.records[i - 1], &batch.records[i]);

		if (backward ? order <= 0 : order >= 0)
			abort();
	}
	ots_buffer_release(&next);
	ots_buffer_release(&end);
	ots_buffer_release(&start);
	ots_batch_release(&batch);
	return status;
}

static enum ots_status get_range(struct ots_bytes body, struct ots_error *err)
{
	return page(body, false, err);
}

static enum ots_status get_range_backward(struct ots_bytes body, struct ots_error *err)
{
	return page(body, true, err);
}

static enum ots_status splits(struct ots_bytes body, struct ots_error *err)
{
	struct ots_splits ranges;
	enum ots_status status;

	ots_splits_init(&ranges);
	status = ots_decode_splits(body, &ranges, NULL, err);
	if (status == OTS_OK && ranges.count == 0)
		abort();
	for (size_t i = 1; status == OTS_OK && i < ranges.count; i++) {
		if (ranges.ranges[i].start.at != ranges.ranges[i - 1].end.at)
			abort();
	}
	ots_splits_release(&ranges);
	return status;
}

static struct ots_row_change change_of(const struct ots_wire_row *row)
{
	return (struct ots_row_change){.op = OTS_PUT, .row = row, .returns = OTS_RETURN_KEY};
}

static enum ots_status write_row(struct ots_bytes body, struct ots_error *err)
{
	const struct ots_wire_row row = key_of(OTS_VT_AUTO_INCREMENT);
	const struct ots_row_change change = change_of(&row);
	struct ots_capacity consumed;
	struct ots_batch batch;
	enum ots_status status;

	ots_batch_init(&batch, BATCH_BYTES);
	status = ots_decode_write_row(body, &change, &consumed, &batch, err);
	if (status == OTS_OK && batch.count > 1)
		abort();
	ots_batch_release(&batch);
	return status;
}

static enum ots_status batch_change(struct ots_bytes body, struct ots_error *err)
{
	const struct ots_wire_row row = key_of(OTS_VT_INTEGER);
	const struct ots_row_change changes[ROWS] = {change_of(&row), change_of(&row),
						     change_of(&row)};
	struct ots_row_result results[ROWS] = {{.status = OTS_OK}};
	struct ots_row_rest rest[ROWS] = {{.row.len = 0}};
	struct ots_row_effect effects[ROWS];
	struct ots_batch batch;
	enum ots_status status;

	ots_batch_init(&batch, BATCH_BYTES);
	status = ots_decode_batch_write(body, "t1", "id", results, rest, ROWS, err);
	if (status == OTS_OK)
		status = ots_decode_batch_rest(rest, changes, results, ROWS, effects, &batch, err);
	if (status == OTS_OK)
		check_seven(&batch);
	ots_batch_release(&batch);
	return status;
}

/* What the generated unpacker says to the same bytes. */
static bool same_counts(struct ots_bytes body)
{
	Ots__Wire__BatchWriteRowResponse *message;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	bool same = true;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	message = ots__wire__batch_write_row_response__unpack(&allocator, body.len, body.at);
	if (message != NULL)
		same = message->n_tables == 1 && message->tables[0]->n_rows == ROWS;
	ots_arena_release(&arena);
	return same;
}

static enum ots_status batch_write(struct ots_bytes body, struct ots_error *err)
{
	struct ots_row_result results[ROWS] = {{.status = OTS_OK}};
	enum ots_status status = ots_decode_batch_write(body, "t1", "id", results, NULL, ROWS, err);

	if (status == OTS_OK && !same_counts(body))
		abort();
	for (size_t i = 0; status == OTS_OK && i < ROWS; i++) {
		if ((results[i].status == OTS_OK) != (results[i].error.text[0] == '\0'))
			abort();
	}
	return status;
}

static enum ots_status error_body(struct ots_bytes body, struct ots_error *err)
{
	const enum ots_status status = ots_answer_error(body, 503, err);

	if (status == OTS_OK)
		abort();
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static enum ots_status (*const calls[])(struct ots_bytes, struct ots_error *) = {
		list_tables, describe_table, write_row, get_row, get_range,    batch_write,
		error_body,  update_table,   batch_get, splits,  batch_change, get_range_backward};
	struct ots_error err = {0};
	enum ots_status status;

	if (size == 0)
		return 0;
	status = calls[data[0] % (sizeof calls / sizeof *calls)](
		(struct ots_bytes){data + 1, size - 1}, &err);
	if ((status == OTS_OK) != (err.text[0] == '\0') || err.status != status)
		abort();
	return 0;
}

#include "batch_write.h"

#include <stdint.h>
#include <string.h>

#include <otsfs/tablestore/wire/fields.h>
#include <otsfs/tablestore/wire/plainbuffer.h>

#include "put_record.h"

/* Field number and wire type, one byte each: all numbers are below 16. */
#define FIELD_TABLES 0x0A     /* BatchWriteRowRequest 1 */
#define FIELD_TABLE_NAME 0x0A /* TableInBatchWriteRowRequest 1 */
#define FIELD_ROWS 0x12       /* TableInBatchWriteRowRequest 2 */
#define FIELD_TYPE 0x08       /* RowInBatchWriteRowRequest 1 */
#define FIELD_ROW_CHANGE 0x12 /* RowInBatchWriteRowRequest 2 */

/* RowInBatchWriteRowRequest 3: a Condition of two bytes, row_existence IGNORE, which is 0 and still
 * written because it is required. */
static const uint8_t condition_ignore[] = {0x1A, 0x02, 0x08, 0x00};

/* What a batch is made of, known before the first byte is written. */
struct plan {
	size_t row_bytes[OTS_BATCH_ROWS_MAX]; /* of each PlainBuffer */
	size_t table_bytes;                   /* of the one TableInBatchWriteRowRequest */
	size_t body_bytes;
};

static size_t row_message_size(size_t row_bytes)
{
	return 2 + 1 + ots_varint_size(row_bytes) + row_bytes + sizeof condition_ignore;
}

static bool deletes_unnamed_version(const struct ots_record *record)
{
	/* A version that is to go must be told: without it the service refuses all rows. */
	for (size_t i = 0; record->op != OTS_DELETE && i < record->cell_count; i++) {
		if (record->cells[i].action == OTS_CELL_DELETE_VERSION &&
		    !record->cells[i].has_version)
			return true;
	}
	return false;
}

/* The service counts names, values and versions (section 5, "data per BatchWriteRow"). Each of them
 * is in the body too, so a body within the limit needs no second count. */
static enum ots_status check_data_bytes(const struct plan *plan,
					const struct ots_record *const *records, size_t count,
					struct ots_error *err)
{
	size_t data_bytes = 0;

	if (plan->body_bytes > OTS_BODY_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT,
				"BatchWriteRow of %zu rows: body of %zu bytes, limit %zu", count,
				plan->body_bytes, OTS_BODY_MAX_BYTES);
	if (plan->body_bytes <= OTS_BATCH_DATA_MAX_BYTES)
		return OTS_OK;
	for (size_t i = 0; i < count; i++)
		data_bytes += ots_record_data_bytes(records[i]);
	if (data_bytes > OTS_BATCH_DATA_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT,
				"BatchWriteRow of %zu rows: %zu data bytes, limit %zu", count,
				data_bytes, OTS_BATCH_DATA_MAX_BYTES);
	return OTS_OK;
}

static enum ots_status make_plan(struct plan *plan, struct ots_bytes table,
				 const struct ots_record *const *records, size_t count,
				 struct ots_error *err)
{
	plan->table_bytes = 1 + ots_varint_size(table.len) + table.len;
	plan->body_bytes = 0;
	if (count == 0 || table.len == 0)
		return ots_fail(err, OTS_USAGE, "BatchWriteRow without %s",
				count == 0 ? "rows" : "a table");
	if (count > OTS_BATCH_ROWS_MAX)
		return ots_fail(err, OTS_LIMIT, "BatchWriteRow of %zu rows, limit %d", count,
				OTS_BATCH_ROWS_MAX);
	if (table.len > OTS_NAME_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT, "table name of %zu bytes, limit %d", table.len,
				OTS_NAME_MAX_BYTES);
	for (size_t i = 0; i < count; i++) {
		const size_t row_bytes = ots_plainbuffer_record_size(records[i]);
		size_t message_bytes;

		if (deletes_unnamed_version(records[i]))
			return ots_fail(err, OTS_USAGE,
					"BatchWriteRow: row %zu deletes a version without "
					"saying which",
					i);
		if (row_bytes > OTS_BODY_MAX_BYTES)
			return ots_fail(err, OTS_LIMIT,
					"BatchWriteRow: row %zu alone is above the body limit "
					"of %zu bytes",
					i, OTS_BODY_MAX_BYTES);
		message_bytes = row_message_size(row_bytes);
		plan->row_bytes[i] = row_bytes;
		plan->table_bytes += 1 + ots_varint_size(message_bytes) + message_bytes;
	}
	plan->body_bytes = 1 + ots_varint_size(plan->table_bytes) + plan->table_bytes;
	return check_data_bytes(plan, records, count, err);
}

static uint8_t operation(enum ots_op op)
{
	switch (op) {
	case OTS_PUT: return 1;
	case OTS_UPDATE:
	case OTS_BASE: return 2;
	case OTS_DELETE: return 3;
	}
	return 1;
}

static uint8_t *put_row_message(uint8_t *at, const struct ots_record *record, size_t row_bytes)
{
	*at++ = FIELD_ROWS;
	at = ots_varint_write(at, row_message_size(row_bytes));
	*at++ = FIELD_TYPE;
	*at++ = operation(record->op);
	*at++ = FIELD_ROW_CHANGE;
	at = ots_varint_write(at, row_bytes);
	at = ots_plainbuffer_write_record(at, record);
	memcpy(at, condition_ignore, sizeof condition_ignore);
	return at + sizeof condition_ignore;
}

enum ots_status ots_batch_write_encode(struct ots_buffer *out, struct ots_bytes table,
				       const struct ots_record *const *records, size_t count,
				       struct ots_error *err)
{
	struct plan plan = {0};
	enum ots_status status = make_plan(&plan, table, records, count, err);
	uint8_t *at;

	if (status != OTS_OK)
		return status;
	if (!ots_buffer_reserve(out, plan.body_bytes))
		return ots_buffer_fail(out, plan.body_bytes, "BatchWriteRow", err);
	at = out->bytes + out->len;
	*at++ = FIELD_TABLES;
	at = ots_varint_write(at, plan.table_bytes);
	*at++ = FIELD_TABLE_NAME;
	at = ots_varint_write(at, table.len);
	memcpy(at, table.at, table.len);
	at += table.len;
	for (size_t i = 0; i < count; i++)
		at = put_row_message(at, records[i], plan.row_bytes[i]);
	out->len += plan.body_bytes;
	return OTS_OK;
}

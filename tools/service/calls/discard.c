/* BatchWriteRow into a service that keeps no rows, for measuring clients: it must cost less than
 * any of them. The frames of the message are walked, row by row, as far as an answer needs them;
 * what is inside a row is not decoded. Whatever is out of the ordinary is left to the full call,
 * which answers it as it always does. Source: tablestore-protocol 2.4, 4.5. */
#include "../call.h"

#include <string.h>

/* The frame of a plain batch. */
struct frame {
	struct ots_bytes table;
	size_t row_count;
	int32_t units[OTS_LIMIT_BATCH_ROWS]; /* what each row is said to have cost */
	size_t data_bytes;
};

/* The four bytes that a PlainBuffer starts with (3.1). */
static const uint8_t plainbuffer_header[] = {0x75, 0, 0, 0};

/* The Condition {row_existence IGNORE}: another one wants to know what is there. */
static const uint8_t ignore[] = {0x08, 0};

/* RowInBatchWriteRowRequest: 1 type, 2 row_change, 3 condition; 4 return_content is not plain. */
static bool walk_row(struct ots_cursor in, struct frame *frame)
{
	uint64_t type = 0;
	struct ots_cursor row = {.left = 0};
	bool condition = false;
	struct ots_field field;

	while (in.left > 0) { /* ends: a field takes at least two bytes */
		if (!ots_field_take(&in, &field))
			return false;
		if (field.number == 1 && field.type == OTS_FIELD_VARINT)
			type = field.varint;
		else if (field.number == 2 && field.type == OTS_FIELD_BYTES)
			row = field.bytes;
		else if (field.number == 3 && field.type == OTS_FIELD_BYTES)
			condition = field.bytes.left == sizeof ignore &&
				    memcmp(field.bytes.at, ignore, sizeof ignore) == 0;
		else
			return false;
	}
	if (frame->row_count == OTS_LIMIT_BATCH_ROWS || type < OTS__WIRE__OPERATION_TYPE__PUT ||
	    type > OTS__WIRE__OPERATION_TYPE__DELETE || !condition ||
	    row.left < sizeof plainbuffer_header ||
	    memcmp(row.at, plainbuffer_header, sizeof plainbuffer_header) != 0)
		return false;
	frame->units[frame->row_count++] = ots_capacity_units(row.left);
	frame->data_bytes += row.left; /* of a body of 5 MB at most */
	return true;
}

/* TableInBatchWriteRowRequest: 1 table_name, 2 rows. */
static bool walk_table(struct ots_cursor in, struct frame *frame)
{
	struct ots_field field;

	while (in.left > 0) { /* ends: a field takes at least two bytes */
		if (!ots_field_take(&in, &field) || field.type != OTS_FIELD_BYTES)
			return false;
		if (field.number == 1)
			frame->table = (struct ots_bytes){field.bytes.at, field.bytes.left};
		else if (field.number != 2 || !walk_row(field.bytes, frame))
			return false;
	}
	return frame->row_count > 0;
}

/* BatchWriteRowRequest: 1 tables. Rows of so many bytes may be too many for one request: a
 * PlainBuffer is longer than the data that counts, so below the limit nothing needs counting. */
static bool walk_message(struct ots_bytes body, struct frame *frame)
{
	struct ots_cursor in = {body.at, body.len, 0};
	struct ots_field field;

	return ots_field_take(&in, &field) && in.left == 0 && field.number == 1 &&
	       field.type == OTS_FIELD_BYTES && walk_table(field.bytes, frame) &&
	       frame->data_bytes <= OTS_LIMIT_WRITE_BYTES;
}

static bool has_table(struct ots_call *call, struct ots_bytes name)
{
	char text[OTS_NAME_MAX_BYTES + 1];
	bool found;

	if (name.len == 0 || name.len > OTS_NAME_MAX_BYTES || memchr(name.at, 0, name.len) != NULL)
		return false;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	(void)pthread_mutex_lock(&call->engine->mutex);
	found = ots_catalog_find(&call->engine->locked.catalog, text) != NULL;
	(void)pthread_mutex_unlock(&call->engine->mutex);
	return found;
}

/* RowInBatchWriteRowResponse: 1 is_ok, 3 consumed {1 capacity_unit {1 read, 2 write}}. */
static uint8_t *write_row(uint8_t *at, int32_t units)
{
	const size_t units_len = ots_varint_size((uint64_t)units);

	*at++ = 0x12; /* TableInBatchWriteRowResponse 2 rows */
	at = ots_varint_write(at, 9 + units_len);
	*at++ = 0x08;
	*at++ = 1;
	*at++ = 0x1A;
	at = ots_varint_write(at, 5 + units_len);
	*at++ = 0x0A;
	at = ots_varint_write(at, 3 + units_len);
	*at++ = 0x08;
	*at++ = 0;
	*at++ = 0x10;
	return ots_varint_write(at, (uint64_t)units);
}

static bool write_reply(const struct frame *frame, struct ots_buffer *reply)
{
	size_t table_len = 1 + ots_varint_size(frame->table.len) + frame->table.len;
	uint8_t *at;

	for (size_t i = 0; i < frame->row_count; i++)
		table_len += 2 + 9 + ots_varint_size((uint64_t)frame->units[i]);
	if (!ots_buffer_reserve(reply, 1 + ots_varint_size(table_len) + table_len))
		return false;
	at = reply->bytes + reply->len;
	*at++ = 0x0A; /* BatchWriteRowResponse 1 tables */
	at = ots_varint_write(at, table_len);
	*at++ = 0x0A; /* TableInBatchWriteRowResponse 1 table_name */
	at = ots_varint_write(at, frame->table.len);
	memcpy(at, frame->table.at, frame->table.len);
	at += frame->table.len;
	for (size_t i = 0; i < frame->row_count; i++)
		at = write_row(at, frame->units[i]);
	reply->len = (size_t)(at - reply->bytes);
	return true;
}

bool ots_call_discard_batch(struct ots_call *call)
{
	struct frame frame;

	frame.table = (struct ots_bytes){NULL, 0};
	frame.row_count = frame.data_bytes = 0;
	return walk_message(call->body, &frame) && has_table(call, frame.table) &&
	       write_reply(&frame, call->reply);
}

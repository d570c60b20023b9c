/* The answer to BatchWriteRow is on the hot path: 200 results, each of which the generated unpacker
 * would build from three messages to learn one boolean. Here the fields are walked in place, and
 * only a failed row's Error is unpacked. */
#include "decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "../answer.h"

static enum ots_status damaged(const struct ots_cursor *in, const char *what, struct ots_error *err)
{
	return ots_fail_at(err, OTS_CORRUPT, 0, in->offset, "BatchWriteRowResponse: bad %s", what);
}

/* The service's words about one row. @return false: no Error, or one without a code */
static bool take_row_error(struct ots_cursor bytes, const char *request_id,
			   struct ots_row_result *result)
{
	ProtobufCAllocator allocator;
	Ots__Wire__Error *error;
	struct ots_arena arena;
	bool ok;

	ots_arena_init(&arena, ots_wire_arena_cap(bytes.left));
	allocator = ots_wire_allocator(&arena);
	error = ots__wire__error__unpack(&allocator, bytes.left, bytes.at);
	ok = error != NULL && error->code[0] != '\0';
	if (ok) {
		result->status = ots_answer_fail(error->code, error->message, 0, &result->error);
		(void)snprintf(result->error.request_id, sizeof result->error.request_id, "%s",
			       request_id);
	}
	ots_arena_release(&arena);
	return ok;
}

static void take_rest(const struct ots_field *field, struct ots_row_rest *rest)
{
	const struct ots_bytes bytes = {field->bytes.at, field->bytes.left};

	if (field->number == 3)
		rest->consumed = bytes;
	else if (field->number == 4)
		rest->row = bytes;
}

/* RowInBatchWriteRowResponse: 1 is_ok, 2 error; 3 consumed and 4 row are for whoever wants them. */
static enum ots_status take_row(struct ots_cursor in, const char *request_id,
				struct ots_row_result *result, struct ots_row_rest *rest,
				struct ots_error *err)
{
	struct ots_cursor error = {.left = 0};
	bool told = false, ok = false, has_error = false;
	struct ots_field field;

	while (in.left > 0) { /* ends: each turn takes at least two bytes or returns */
		if (!ots_field_take(&in, &field))
			return damaged(&in, "row", err);
		if (field.number == 1 && field.type == OTS_FIELD_VARINT) {
			told = true;
			ok = field.varint != 0;
		} else if (field.number == 2 && field.type == OTS_FIELD_BYTES) {
			has_error = true;
			error = field.bytes;
		} else if (rest != NULL && field.type == OTS_FIELD_BYTES) {
			take_rest(&field, rest);
		}
	}
	if (!told)
		return damaged(&in, "row, it does not tell whether it was written", err);
	if (ok) {
		result->status = OTS_OK;
		result->error.status = OTS_OK;
		result->error.text[0] = '\0';
		result->error.code[0] = '\0';
		result->error.request_id[0] = '\0';
	} else if (!has_error || !take_row_error(error, request_id, result)) {
		return damaged(&in, "row, it failed and does not say why", err);
	}
	return OTS_OK;
}

/* TableInBatchWriteRowResponse: 1 table_name, 2 rows. */
static enum ots_status take_table(struct ots_cursor in, const char *table, const char *request_id,
				  struct ots_row_result *results, struct ots_row_rest *rest,
				  size_t count, struct ots_error *err)
{
	struct ots_cursor name = {.left = 0};
	size_t found = 0;
	struct ots_field field;

	while (in.left > 0) { /* ends: each turn takes at least two bytes or returns */
		enum ots_status status = OTS_OK;

		if (!ots_field_take(&in, &field))
			return damaged(&in, "table", err);
		if (field.number == 1 && field.type == OTS_FIELD_BYTES)
			name = field.bytes;
		if (field.number != 2 || field.type != OTS_FIELD_BYTES)
			continue;
		if (found < count)
			status = take_row(field.bytes, request_id, &results[found],
					  rest != NULL ? &rest[found] : NULL, err);
		if (status != OTS_OK)
			return status;
		found++;
	}
	if (!ots_bytes_are((struct ots_bytes){name.at, name.left}, table))
		return ots_fail(err, OTS_CORRUPT,
				"BatchWriteRowResponse: wrote to '%s', the answer is about '%.*s'",
				table, (int)(name.left < 255 ? name.left : 255),
				name.left > 0 ? (const char *)name.at : "");
	if (found != count)
		return ots_fail(err, OTS_CORRUPT,
				"BatchWriteRowResponse: %zu rows sent, %zu results came", count,
				found);
	return OTS_OK;
}

enum ots_status ots_decode_batch_write(struct ots_bytes body, const char *table,
				       const char *request_id, struct ots_row_result *results,
				       struct ots_row_rest *rest, size_t count,
				       struct ots_error *err)
{
	struct ots_cursor in = {body.at, body.len, 0};
	size_t tables = 0;
	struct ots_field field;

	while (in.left > 0) { /* ends: each turn takes at least two bytes or returns */
		enum ots_status status;

		if (!ots_field_take(&in, &field))
			return damaged(&in, "message", err);
		if (field.number != 1 || field.type != OTS_FIELD_BYTES)
			continue;
		if (tables++ > 0)
			return ots_fail(err, OTS_CORRUPT,
					"BatchWriteRowResponse: wrote to one table, the answer "
					"is about more");
		status = take_table(field.bytes, table, request_id, results, rest, count, err);
		if (status != OTS_OK)
			return status;
	}
	if (tables == 0)
		return ots_fail(err, OTS_CORRUPT,
				"BatchWriteRowResponse: %zu rows sent, no result came", count);
	return OTS_OK;
}

#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "../answer.h"
#include "../decode_rows.h"

/* The one row of @p bytes, if there is any, which must be that of @p key. */
static enum ots_status take_row(ProtobufCBinaryData bytes, const struct ots_wire_row *key,
				struct ots_batch *batch, struct ots_error *err)
{
	const size_t before = batch->count;
	enum ots_status status =
		ots_decode_rows((struct ots_bytes){bytes.data, bytes.len}, 1, batch, err);

	if (status == OTS_OK && batch->count > before &&
	    !ots_decoded_key_is(&batch->records[before], key->key, key->key_count))
		status = ots_fail(err, OTS_CORRUPT,
				  "the row that came is not the one that was asked for");
	return status;
}

/* The rest of a row that is too wide for one answer would have to be asked for with a token of the
 * service's own, which nothing here needs yet; half a row must not pass for one. */
static enum ots_status check_token(ProtobufCBinaryData token, struct ots_error *err)
{
	return token.len == 0 ? OTS_OK
			      : ots_fail(err, OTS_UNSUPPORTED, "the row is wider than one answer");
}

enum ots_status ots_decode_get_row(struct ots_bytes body, const struct ots_wire_row *key,
				   struct ots_batch *batch, struct ots_capacity *consumed,
				   struct ots_error *err)
{
	Ots__Wire__GetRowResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__get_row_response__unpack(&allocator, body.len, body.at);
	if (from == NULL) {
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no GetRowResponse", body.len);
		goto out;
	}
	if (consumed != NULL)
		*consumed = ots_decoded_capacity(from->consumed);
	status = check_token(from->next_token, err);
	if (status == OTS_OK)
		status = take_row(from->row, key, batch, err);
out:
	ots_arena_release(&arena);
	return status;
}

/* The service's words about one key. */
static enum ots_status take_failure(const Ots__Wire__Error *error, const char *request_id,
				    struct ots_row_found *found, struct ots_error *err)
{
	if (error == NULL || error->code[0] == '\0')
		return ots_fail(err, OTS_CORRUPT, "a row failed and does not say why");
	found->error = (struct ots_error){.status = OTS_OK};
	found->status = ots_answer_fail(error->code, error->message, 0, &found->error);
	(void)snprintf(found->error.request_id, sizeof found->error.request_id, "%s", request_id);
	return OTS_OK;
}

static enum ots_status take_result(const Ots__Wire__RowInBatchGetRowResponse *from,
				   const struct ots_wire_row *key, const char *request_id,
				   struct ots_row_found *found, struct ots_batch *batch,
				   struct ots_error *err)
{
	const size_t before = batch->count;
	enum ots_status status;

	found->record = OTS_NO_ROW;
	found->consumed = ots_decoded_capacity(from->consumed);
	if (!from->is_ok)
		return take_failure(from->error, request_id, found, err);
	found->status = found->error.status = OTS_OK;
	found->error.text[0] = found->error.code[0] = found->error.request_id[0] = '\0';
	status = check_token(from->next_token, err);
	if (status == OTS_OK)
		status = take_row(from->row, key, batch, err);
	if (status == OTS_OK && batch->count > before)
		found->record = before;
	return status;
}

static enum ots_status take_batch(const Ots__Wire__BatchGetRowResponse *from,
				  const struct batch_get_asked *asked, struct ots_row_found *found,
				  struct ots_batch *batch, struct ots_error *err)
{
	const Ots__Wire__TableInBatchGetRowResponse *table;

	if (from->n_tables != 1)
		return ots_fail(err, OTS_CORRUPT, "asked for one table, %zu came", from->n_tables);
	table = from->tables[0];
	if (strcmp(table->table_name, asked->table) != 0)
		return ots_fail(err, OTS_CORRUPT, "asked for table '%s', the answer is about '%s'",
				asked->table, table->table_name);
	if (table->n_rows != asked->count)
		return ots_fail(err, OTS_CORRUPT, "%zu keys sent, %zu results came", asked->count,
				table->n_rows);
	for (size_t i = 0; i < asked->count; i++) {
		enum ots_status status = take_result(table->rows[i], &asked->keys[i],
						     asked->request_id, &found[i], batch, err);

		if (status != OTS_OK) {
			(void)ots_context(err, "result %zu of the answer", i);
			return status;
		}
	}
	return OTS_OK;
}

enum ots_status ots_decode_batch_get(struct ots_bytes body, const struct batch_get_asked *asked,
				     struct ots_row_found *found, struct ots_batch *batch,
				     struct ots_error *err)
{
	Ots__Wire__BatchGetRowResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__batch_get_row_response__unpack(&allocator, body.len, body.at);
	if (from == NULL)
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no BatchGetRowResponse",
				  body.len);
	else
		status = take_batch(from, asked, found, batch, err);
	ots_arena_release(&arena);
	return status;
}

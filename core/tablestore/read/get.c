/* GetRow and BatchGetRow. */
#include <otsfs/tablestore/read.h>

#include <string.h>

#include <otsfs/base/bytes.h>

#include "../client_call.h"
#include "../names.h"
#include "decode.h"
#include "selection.h"

static enum ots_status pack_get(const char *table, const struct selection_parts *parts,
				struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__GetRowRequest request = OTS__WIRE__GET_ROW_REQUEST__INIT;
	struct client_name name;
	enum ots_status status = ots_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	request.table_name = name.text;
	request.primary_key = (ProtobufCBinaryData){scratch->text.len, scratch->text.bytes};
	SELECTION_PUT(parts, &request);
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_get_row(struct ots_client *client, const char *table,
				   struct ots_row_key key,
				   const struct ots_row_selection *selection,
				   struct ots_batch *batch, struct ots_capacity *consumed,
				   struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct selection_parts parts;
	struct ots_wire_row row;
	struct ots_arena arena;
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	ots_arena_init(&arena, SELECTION_MAX_BYTES);
	ots_batch_reset(batch);
	status = ots_selection_fill(selection, &arena, &parts, err);
	if (status == OTS_OK)
		status = ots_key_put_plainbuffer(key, &scratch->text, &row, err);
	if (status == OTS_OK)
		status = pack_get(table, &parts, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/GetRow", CLIENT_ROWS_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK)
		status = ots_decode_get_row(client_answer(scratch), &row, batch, consumed, err);
	ots_arena_release(&arena);
	return ots_client_done(client, scratch, "GetRow", ots_bytes_of(table), status, err);
}

/* The keys of a batch, as they were asked for. */
static enum ots_status put_keys(const struct ots_row_key *keys, size_t count,
				struct ots_wire_row *rows, ProtobufCBinaryData *list,
				struct ots_buffer *text, struct ots_error *err)
{
	size_t offset = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t before = text->len;
		enum ots_status status = ots_key_put_plainbuffer(keys[i], text, &rows[i], err);

		if (status != OTS_OK)
			return status;
		list[i].len = text->len - before;
	}
	for (size_t i = 0; i < count; i++) { /* now that the buffer moves no more */
		list[i].data = text->bytes + offset;
		offset += list[i].len;
	}
	return OTS_OK;
}

static enum ots_status pack_batch(const char *table, const struct selection_parts *parts,
				  ProtobufCBinaryData *keys, size_t count,
				  struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__TableInBatchGetRowRequest part = OTS__WIRE__TABLE_IN_BATCH_GET_ROW_REQUEST__INIT;
	Ots__Wire__BatchGetRowRequest request = OTS__WIRE__BATCH_GET_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchGetRowRequest *list[] = {&part};
	struct client_name name;
	enum ots_status status = ots_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	part.table_name = name.text;
	part.n_primary_key = count;
	part.primary_key = keys;
	SELECTION_PUT(parts, &part);
	request.n_tables = 1;
	request.tables = list;
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_batch_get(struct ots_client *client, const char *table,
				     const struct ots_row_key *keys, size_t count,
				     const struct ots_row_selection *selection,
				     struct ots_row_found *found, struct ots_batch *batch,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct ots_wire_row rows[OTS_BATCH_GET_ROWS_MAX];
	ProtobufCBinaryData list[OTS_BATCH_GET_ROWS_MAX];
	char request_id[sizeof err->request_id] = "";
	const struct batch_get_asked asked = {table, rows, count, request_id};
	struct selection_parts parts;
	struct ots_bytes id = {NULL, 0};
	struct ots_arena arena;
	enum ots_status status = OTS_OK;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	ots_arena_init(&arena, SELECTION_MAX_BYTES);
	ots_batch_reset(batch);
	if (count == 0)
		status = ots_fail(err, OTS_USAGE, "no keys");
	else if (count > OTS_BATCH_GET_ROWS_MAX)
		status = ots_fail(err, OTS_LIMIT, "%zu keys, limit %d", count,
				  OTS_BATCH_GET_ROWS_MAX);
	if (status == OTS_OK)
		status = ots_selection_fill(selection, &arena, &parts, err);
	if (status == OTS_OK)
		status = put_keys(keys, count, rows, list, &scratch->text, err);
	if (status == OTS_OK)
		status = pack_batch(table, &parts, list, count, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/BatchGetRow", CLIENT_ROWS_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK) {
		if (ots_http_response_header(&scratch->response, "x-ots-requestid", &id) &&
		    id.len < sizeof request_id)
			memcpy(request_id, id.at, id.len);
		status = ots_decode_batch_get(client_answer(scratch), &asked, found, batch, err);
	}
	ots_arena_release(&arena);
	return ots_client_done(client, scratch, "BatchGetRow", ots_bytes_of(table), status, err);
}

/* BatchWriteRow: of records, which is the hot path of a restore, and of changes. */
#include <otsfs/tablestore/write.h>

#include <string.h>

#include <otsfs/base/bytes.h>

#include "../client_call.h"
#include "../names.h"
#include "../wire/batch_write.h"
#include "change.h"
#include "decode.h"

#define PARTS_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* Send what is in the scratch; results and @p rest are those of its answer, which lives with it. */
static enum ots_status send(struct ots_client *client, const char *table,
			    struct ots_row_result *results, struct ots_row_rest *rest, size_t count,
			    struct ots_cancel *cancel, struct client_scratch *scratch,
			    struct ots_error *err)
{
	struct ots_bytes id = {NULL, 0};
	char request_id[sizeof err->request_id] = "";
	enum ots_status status =
		ots_client_call(client, "/BatchWriteRow",
				rest != NULL ? CLIENT_ROWS_ANSWER_BYTES : CLIENT_SMALL_ANSWER_BYTES,
				cancel, scratch, err);

	if (status != OTS_OK)
		return status;
	if (ots_http_response_header(&scratch->response, "x-ots-requestid", &id) &&
	    id.len < sizeof request_id)
		memcpy(request_id, id.at, id.len);
	return ots_decode_batch_write(client_answer(scratch), table, request_id, results, rest,
				      count, err);
}

enum ots_status ots_client_batch_write(struct ots_client *client, const char *table,
				       const struct ots_record *const *records, size_t count,
				       struct ots_row_result *results, struct ots_cancel *cancel,
				       struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	status = ots_batch_write_encode(&scratch->body, ots_bytes_of(table), records, count, err);
	if (status == OTS_OK)
		status = send(client, table, results, NULL, count, cancel, scratch, err);
	return ots_client_done(client, scratch, "BatchWriteRow", ots_bytes_of(table), status, err);
}

/* The messages of one change, side by side so that one allocation serves a batch. */
struct row_request {
	Ots__Wire__RowInBatchWriteRowRequest row;
	struct change_parts parts;
};

static Ots__Wire__OperationType operation(enum ots_op op)
{
	switch (op) {
	case OTS_PUT: return OTS__WIRE__OPERATION_TYPE__PUT;
	case OTS_DELETE: return OTS__WIRE__OPERATION_TYPE__DELETE;
	case OTS_UPDATE:
	case OTS_BASE: break;
	}
	return OTS__WIRE__OPERATION_TYPE__UPDATE;
}

static enum ots_status fill_rows(const struct ots_row_change *changes, size_t count,
				 struct row_request *rows, struct ots_arena *arena,
				 struct ots_buffer *text, struct ots_error *err)
{
	enum ots_status status;
	size_t offset = 0;

	for (size_t i = 0; i < count; i++) {
		status = ots_change_fill(&changes[i], arena, text, &rows[i].parts, err);
		if (status != OTS_OK) {
			(void)ots_context(err, "change %zu", i);
			return status;
		}
	}
	for (size_t i = 0; i < count; i++) {
		Ots__Wire__RowInBatchWriteRowRequest *row = &rows[i].row;

		ots__wire__row_in_batch_write_row_request__init(row);
		row->type = operation(changes[i].op);
		row->row_change =
			(ProtobufCBinaryData){rows[i].parts.row_len, text->bytes + offset};
		row->condition = &rows[i].parts.condition;
		row->return_content = rows[i].parts.return_content;
		offset += rows[i].parts.row_len;
	}
	return OTS_OK;
}

static enum ots_status pack_changes(const char *table, const struct ots_row_change *changes,
				    size_t count, struct ots_arena *arena,
				    struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__BatchWriteRowRequest request = OTS__WIRE__BATCH_WRITE_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchWriteRowRequest part =
		OTS__WIRE__TABLE_IN_BATCH_WRITE_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchWriteRowRequest *list[] = {&part};
	Ots__Wire__RowInBatchWriteRowRequest *row_list[OTS_BATCH_ROWS_MAX];
	struct row_request *rows;
	struct client_name name;
	enum ots_status status = ots_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	if (count == 0)
		return ots_fail(err, OTS_USAGE, "no rows");
	if (count > OTS_BATCH_ROWS_MAX)
		return ots_fail(err, OTS_LIMIT, "%zu rows, limit %d", count, OTS_BATCH_ROWS_MAX);
	rows = ots_arena_alloc(arena, count * sizeof *rows);
	if (rows == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request of %zu rows", count);
	status = fill_rows(changes, count, rows, arena, &scratch->text, err);
	if (status != OTS_OK)
		return status;
	for (size_t i = 0; i < count; i++)
		row_list[i] = &rows[i].row;
	part.table_name = name.text;
	part.n_rows = count;
	part.rows = row_list;
	request.n_tables = 1;
	request.tables = list;
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_batch_change(struct ots_client *client, const char *table,
					const struct ots_row_change *changes, size_t count,
					struct ots_row_result *results,
					struct ots_row_effect *effects, struct ots_batch *returned,
					struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct ots_row_rest rest[OTS_BATCH_ROWS_MAX] = {{.consumed.len = 0}};
	struct ots_arena arena;
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	ots_arena_init(&arena, PARTS_MAX_BYTES);
	ots_batch_reset(returned);
	status = pack_changes(table, changes, count, &arena, scratch, err);
	if (status == OTS_OK)
		status = send(client, table, results, rest, count, cancel, scratch, err);
	if (status == OTS_OK)
		status = ots_decode_batch_rest(rest, changes, results, count, effects, returned,
					       err);
	ots_arena_release(&arena);
	return ots_client_done(client, scratch, "BatchWriteRow", ots_bytes_of(table), status, err);
}

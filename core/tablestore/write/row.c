/* PutRow, UpdateRow, DeleteRow. */
#include <otsfs/tablestore/write.h>

#include <otsfs/base/bytes.h>

#include "../client_call.h"
#include "../names.h"
#include "change.h"
#include "decode.h"

/* Names of columns to return and the column condition. */
#define PARTS_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* The three requests have the same fields under the same numbers, so one message is all of them on
 * the wire. */
static enum ots_status pack(const char *table, const struct ots_row_change *change,
			    struct ots_arena *arena, struct client_scratch *scratch,
			    struct ots_error *err)
{
	Ots__Wire__PutRowRequest request = OTS__WIRE__PUT_ROW_REQUEST__INIT;
	struct change_parts parts;
	struct client_name name;
	enum ots_status status = ots_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status == OTS_OK)
		status = ots_change_fill(change, arena, &scratch->text, &parts, err);
	if (status != OTS_OK)
		return status;
	request.table_name = name.text;
	request.row = (ProtobufCBinaryData){parts.row_len, scratch->text.bytes};
	request.condition = &parts.condition;
	request.return_content = parts.return_content;
	return ots_client_pack(&request.base, scratch, err);
}

static const char *path_of(enum ots_op op)
{
	switch (op) {
	case OTS_PUT: return "/PutRow";
	case OTS_DELETE: return "/DeleteRow";
	case OTS_UPDATE:
	case OTS_BASE: break;
	}
	return "/UpdateRow";
}

enum ots_status ots_client_write_row(struct ots_client *client, const char *table,
				     const struct ots_row_change *change,
				     struct ots_capacity *consumed, struct ots_batch *returned,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	const char *path = path_of(change->op);
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct ots_arena arena;
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	ots_arena_init(&arena, PARTS_MAX_BYTES);
	if (returned != NULL)
		ots_batch_reset(returned);
	status = pack(table, change, &arena, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, path, CLIENT_ROWS_ANSWER_BYTES, cancel, scratch,
					 err);
	if (status == OTS_OK)
		status = ots_decode_write_row(client_answer(scratch), change, consumed, returned,
					      err);
	ots_arena_release(&arena);
	return ots_client_done(client, scratch, path + 1, ots_bytes_of(table), status, err);
}

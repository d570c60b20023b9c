/* GetRange. */
#include <otsfs/tablestore/range.h>

#include <otsfs/base/bytes.h>

#include "../client_call.h"
#include "../names.h"
#include "decode.h"
#include "selection.h"

static enum ots_status pack_range(const char *table, const struct ots_range *range,
				  const struct selection_parts *parts,
				  struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__GetRangeRequest request = OTS__WIRE__GET_RANGE_REQUEST__INIT;
	struct ots_buffer *text = &scratch->text;
	struct client_name name;
	enum ots_status status = ots_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	if (range->start.len == 0 || range->end.len == 0)
		return ots_fail(err, OTS_USAGE, "a range without bounds");
	if (range->limit < 0)
		return ots_fail(err, OTS_USAGE, "a page of %d rows", range->limit);
	if (!ots_buffer_put(text, range->start.at, range->start.len) ||
	    !ots_buffer_put(text, range->end.at, range->end.len))
		return ots_buffer_fail(text, range->end.len, "bounds of the range", err);
	request.table_name = name.text;
	request.direction =
		range->backward ? OTS__WIRE__DIRECTION__BACKWARD : OTS__WIRE__DIRECTION__FORWARD;
	request.inclusive_start_primary_key = (ProtobufCBinaryData){range->start.len, text->bytes};
	request.exclusive_end_primary_key =
		(ProtobufCBinaryData){range->end.len, text->bytes + range->start.len};
	request.has_limit = range->limit > 0;
	request.limit = range->limit;
	SELECTION_PUT(parts, &request);
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_get_range(struct ots_client *client, const char *table,
				     const struct ots_range *range, struct ots_batch *batch,
				     struct ots_buffer *next, struct ots_capacity *consumed,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct selection_parts parts;
	struct ots_arena arena;
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	ots_arena_init(&arena, SELECTION_MAX_BYTES);
	ots_batch_reset(batch);
	status = ots_selection_fill(&range->selection, &arena, &parts, err);
	if (status == OTS_OK)
		status = pack_range(table, range, &parts, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/GetRange", CLIENT_ROWS_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK)
		status = ots_decode_get_range(client_answer(scratch), range, batch, next, consumed,
					      err);
	ots_arena_release(&arena);
	return ots_client_done(client, scratch, "GetRange", ots_bytes_of(table), status, err);
}

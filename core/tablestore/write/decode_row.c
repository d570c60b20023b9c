#include "decode.h"

#include "../decode_rows.h"
#include "change.h"

enum ots_status ots_decode_write_row(struct ots_bytes body, const struct ots_row_change *change,
				     struct ots_capacity *consumed, struct ots_batch *returned,
				     struct ots_error *err)
{
	Ots__Wire__PutRowResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status = OTS_OK;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__put_row_response__unpack(&allocator, body.len, body.at);
	if (from == NULL) {
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no answer to a write", body.len);
		goto out;
	}
	if (consumed != NULL)
		*consumed = ots_decoded_capacity(from->consumed);
	if (returned != NULL)
		status = ots_change_take_returned(
			change, (struct ots_bytes){from->row.data, from->row.len}, returned, err);
out:
	ots_arena_release(&arena);
	return status;
}

static enum ots_status take_capacity(struct ots_bytes bytes, struct ots_capacity *consumed,
				     struct ots_error *err)
{
	Ots__Wire__ConsumedCapacity *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;

	*consumed = (struct ots_capacity){0, 0};
	if (bytes.len == 0)
		return OTS_OK;
	ots_arena_init(&arena, ots_wire_arena_cap(bytes.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__consumed_capacity__unpack(&allocator, bytes.len, bytes.at);
	if (from != NULL)
		*consumed = ots_decoded_capacity(from);
	ots_arena_release(&arena);
	return from != NULL
		       ? OTS_OK
		       : ots_fail(err, OTS_CORRUPT, "%zu bytes are no ConsumedCapacity", bytes.len);
}

enum ots_status ots_decode_batch_rest(const struct ots_row_rest *rest,
				      const struct ots_row_change *changes,
				      const struct ots_row_result *results, size_t count,
				      struct ots_row_effect *effects, struct ots_batch *returned,
				      struct ots_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const size_t before = returned->count;
		enum ots_status status;

		effects[i] = (struct ots_row_effect){.returned = OTS_NO_ROW};
		if (results[i].status != OTS_OK)
			continue;
		status = take_capacity(rest[i].consumed, &effects[i].consumed, err);
		if (status == OTS_OK)
			status = ots_change_take_returned(&changes[i], rest[i].row, returned, err);
		if (status != OTS_OK) {
			(void)ots_context(err, "result %zu of the answer", i);
			return status;
		}
		if (returned->count > before)
			effects[i].returned = before;
	}
	return OTS_OK;
}

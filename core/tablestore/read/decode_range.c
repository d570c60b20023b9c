#include "decode.h"

#include "../decode_rows.h"
#include "bound.h"

/* What the page is held against. */
struct bounds {
	struct ots_wire_row start;
	struct ots_wire_row end;
	bool backward;
};

/* @return <0: a comes before b as the range goes */
static int order(const struct bounds *bounds, const struct ots_wire_row *a,
		 const struct ots_wire_row *b)
{
	const int forward = ots_bound_compare(a, b);

	return bounds->backward ? -forward : forward;
}

static enum ots_status read_bounds(const struct ots_range *range, struct bounds *bounds,
				   struct ots_error *err)
{
	enum ots_status status = ots_decode_key(range->start, &bounds->start, err);

	bounds->backward = range->backward;
	if (status == OTS_OK)
		status = ots_decode_key(range->end, &bounds->end, err);
	if (status == OTS_OK)
		return OTS_OK;
	/* They are the caller's, no answer's. */
	(void)ots_context(err, "bounds of the range");
	if (err != NULL)
		err->status = OTS_USAGE;
	return OTS_USAGE;
}

/* Rows from the start on, each behind the one before, all before the end. */
static enum ots_status check_rows(const struct bounds *bounds, const struct ots_batch *batch,
				  struct ots_error *err)
{
	struct ots_wire_row before = bounds->start;

	for (size_t i = 0; i < batch->count; i++) {
		const struct ots_wire_row row = ots_bound_of(&batch->records[i]);
		const int behind = order(bounds, &before, &row);

		if (behind > 0 || (behind == 0 && i > 0) || order(bounds, &row, &bounds->end) >= 0)
			return ots_fail(err, OTS_CORRUPT,
					"row %zu of the page is out of order or out of the range",
					i + 1);
		before = row;
	}
	return OTS_OK;
}

/* A page that does not get on would be asked for again for ever. */
static enum ots_status check_next(const struct bounds *bounds, const struct ots_batch *batch,
				  struct ots_bytes bytes, struct ots_error *err)
{
	struct ots_wire_row next, last = bounds->start;
	enum ots_status status = ots_decode_key(bytes, &next, err);

	if (status != OTS_OK) {
		(void)ots_context(err, "start of the next page");
		return status;
	}
	if (batch->count > 0)
		last = ots_bound_of(&batch->records[batch->count - 1]);
	if (order(bounds, &last, &next) >= 0)
		return ots_fail(err, OTS_CORRUPT,
				"the page of %zu rows ends where it began or before its last row",
				batch->count);
	return OTS_OK;
}

static enum ots_status take_page(const Ots__Wire__GetRangeResponse *from,
				 const struct bounds *bounds, struct ots_batch *batch,
				 struct ots_buffer *next, struct ots_error *err)
{
	const struct ots_bytes next_start = {from->next_start_primary_key.data,
					     from->next_start_primary_key.len};
	enum ots_status status;

	if ((from->has_data_block_type &&
	     (int)from->data_block_type != OTS__WIRE__DATA_BLOCK_TYPE__DBT_PLAIN_BUFFER) ||
	    (from->has_compress_type &&
	     (int)from->compress_type != OTS__WIRE__COMPRESS_TYPE__CPT_NONE))
		return ots_fail(err, OTS_CORRUPT,
				"the answer's rows are in a form that was not asked for");
	if (from->next_token.len > 0)
		return ots_fail(err, OTS_UNSUPPORTED, "the last row is wider than one answer");
	status = ots_decode_rows((struct ots_bytes){from->rows.data, from->rows.len}, SIZE_MAX,
				 batch, err);
	if (status == OTS_OK)
		status = check_rows(bounds, batch, err);
	if (status == OTS_OK && next_start.len > 0)
		status = check_next(bounds, batch, next_start, err);
	if (status != OTS_OK)
		return status;
	next->len = 0; /* what range->start may point at is not looked at from here on */
	if (!ots_buffer_put(next, next_start.at, next_start.len))
		return ots_buffer_fail(next, next_start.len, "start of the next page", err);
	return OTS_OK;
}

enum ots_status ots_decode_get_range(struct ots_bytes body, const struct ots_range *range,
				     struct ots_batch *batch, struct ots_buffer *next,
				     struct ots_capacity *consumed, struct ots_error *err)
{
	Ots__Wire__GetRangeResponse *from;
	ProtobufCAllocator allocator;
	struct bounds bounds;
	struct ots_arena arena;
	enum ots_status status = read_bounds(range, &bounds, err);

	if (status != OTS_OK)
		return status;
	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__get_range_response__unpack(&allocator, body.len, body.at);
	if (from == NULL) {
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no GetRangeResponse", body.len);
		goto out;
	}
	if (consumed != NULL)
		*consumed = ots_decoded_capacity(from->consumed);
	status = take_page(from, &bounds, batch, next, err);
out:
	ots_arena_release(&arena);
	return status;
}

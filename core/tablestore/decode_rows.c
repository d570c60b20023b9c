#include "decode.h"

#include <string.h>

#include <otsfs/tablestore/wire.h>

/* A stored row has no limit of columns; the arena's cap ends it long before this. */
#define CELLS_MAX ((size_t)1 << 20)

/* Wire cells take at most some 20 times their bytes, records somewhat less; rows come one by one.
 */
static size_t rows_arena_cap(size_t len)
{
	return (size_t)64 * 1024 + (len < SIZE_MAX / 64 ? len * 64 : SIZE_MAX / 2);
}

/* Append the rows of a PlainBuffer to the batch.
 * @param row_limit  more rows are OTS_CORRUPT: nobody asked for them */
static enum ots_status take_rows(ProtobufCBinaryData rows, size_t row_limit,
				 struct ots_batch *batch, struct ots_error *err)
{
	struct ots_plainbuffer_reader reader = {.in = {rows.data, rows.len, 0}};
	struct ots_wire_row row;
	struct ots_record record;
	struct ots_arena arena;
	enum ots_status status;
	size_t count = 0;
	bool more = true;

	ots_arena_init(&arena, rows_arena_cap(rows.len));
	for (;;) { /* ends: each turn takes a row from the buffer or leaves */
		ots_arena_reset(&arena);
		status = ots_plainbuffer_next(&reader, CELLS_MAX, &arena, &row, &more, err);
		if (status != OTS_OK || !more)
			break;
		if (count++ == row_limit) {
			status = ots_fail(err, OTS_CORRUPT, "more than %zu rows", row_limit);
			break;
		}
		status = ots_wire_row_to_record(&row, &arena, &record, err);
		if (status == OTS_OK)
			status = ots_batch_add_copy(batch, &record, err);
		if (status != OTS_OK)
			break;
	}
	if (status != OTS_OK)
		(void)ots_context(err, "row %zu of the answer", count);
	ots_arena_release(&arena);
	return status;
}

enum ots_status ots_decode_put_row(struct ots_bytes body, struct ots_error *err)
{
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status = OTS_OK;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	if (ots__wire__put_row_response__unpack(&allocator, body.len, body.at) == NULL)
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no PutRowResponse", body.len);
	ots_arena_release(&arena);
	return status;
}

enum ots_status ots_decode_get_row(struct ots_bytes body, struct ots_batch *batch,
				   struct ots_error *err)
{
	Ots__Wire__GetRowResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__get_row_response__unpack(&allocator, body.len, body.at);
	if (from == NULL)
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no GetRowResponse", body.len);
	else
		status = take_rows(from->row, 1, batch, err);
	ots_arena_release(&arena);
	return status;
}

static bool same_key(const struct ots_buffer *start, ProtobufCBinaryData next)
{
	return start != NULL && start->len == next.len && next.len > 0 &&
	       memcmp(start->bytes, next.data, next.len) == 0;
}

/* A page that neither holds a row nor gets on would be asked for again for ever. */
static enum ots_status take_page(const Ots__Wire__GetRangeResponse *from,
				 const struct ots_buffer *start, struct ots_buffer *next,
				 struct ots_batch *batch, struct ots_error *err)
{
	const bool has_next =
		from->has_next_start_primary_key && from->next_start_primary_key.len > 0;
	enum ots_status status;

	if ((from->has_data_block_type &&
	     (int)from->data_block_type != OTS__WIRE__DATA_BLOCK_TYPE__DBT_PLAIN_BUFFER) ||
	    (from->has_compress_type &&
	     (int)from->compress_type != OTS__WIRE__COMPRESS_TYPE__CPT_NONE))
		return ots_fail(err, OTS_CORRUPT,
				"the answer's rows are in a form that was not asked for");
	status = take_rows(from->rows, SIZE_MAX, batch, err);
	if (status != OTS_OK)
		return status;
	if (has_next && batch->count == 0 && same_key(start, from->next_start_primary_key))
		return ots_fail(err, OTS_CORRUPT, "the page has no row and ends where it began");
	next->len = 0;
	if (has_next && !ots_buffer_put(next, from->next_start_primary_key.data,
					from->next_start_primary_key.len))
		return ots_buffer_fail(next, from->next_start_primary_key.len,
				       "start of the next "
				       "page",
				       err);
	return OTS_OK;
}

enum ots_status ots_decode_get_range(struct ots_bytes body, const struct ots_buffer *start,
				     struct ots_buffer *next, struct ots_batch *batch,
				     struct ots_error *err)
{
	Ots__Wire__GetRangeResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__get_range_response__unpack(&allocator, body.len, body.at);
	if (from == NULL)
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no GetRangeResponse", body.len);
	else
		status = take_page(from, start, next, batch, err);
	ots_arena_release(&arena);
	return status;
}

/* A page of data: its payload decompressed, its levels and values found. Source: parquet-format,
 * section 3.3. */
#include "column.h"

#include <inttypes.h>

#include <zlib.h>

static enum ots_status bad(const struct column *c, struct ots_error *err, const char *what)
{
	return ots_fail_at(err, OTS_CORRUPT, 0, c->page_offset, "bad page: %s", what);
}

/* A failure that does not know yet which page it is about. */
static enum ots_status at_page(const struct column *c, enum ots_status status,
			       struct ots_error *err)
{
	(void)ots_context(err, "bad page");
	ots_place(err, c->page_offset);
	return status;
}

enum ots_status column_payload(struct column *c, const struct page_header *header, struct room *own,
			       struct ots_bytes *out, struct ots_error *err)
{
	const enum ots_status status =
		stream_take(&c->stream, (size_t)header->compressed_bytes, own, out, err);

	if (status != OTS_OK)
		return status;
	if (header->has_crc && (uint32_t)crc32_z(0, out->at, out->len) != header->crc)
		return bad(c, err, "page CRC mismatch");
	return OTS_OK;
}

/* Decompress all of @p in, or leave it where it lies where nothing is compressed. */
static enum ots_status open_payload(struct column *c, struct ots_bytes in, size_t size,
				    bool is_compressed, struct ots_cursor *out,
				    struct ots_error *err)
{
	enum ots_status status;

	if (!is_compressed) {
		if (in.len != size)
			return bad(c, err, "uncompressed, with two different sizes");
		*out = (struct ots_cursor){in.at, in.len, 0};
		return OTS_OK;
	}
	if (size > 0 && in.len == 0)
		return bad(c, err, "nothing, where bytes are expected");
	status = room_reserve(&c->page, c->account, size, "a page", err);
	if (status == OTS_OK && size > 0)
		status = ots_decompress(c->decompressor, (enum ots_codec)c->chunk->codec, in,
					c->page.bytes, size, err);
	if (status != OTS_OK)
		return at_page(c, status, err);
	*out = (struct ots_cursor){c->page.bytes, size, 0};
	return OTS_OK;
}

/* One kind of levels of a v1 page, at the front of @p body. */
static enum ots_status take_levels(const struct column *c, struct ots_cursor *body, uint8_t max,
				   int32_t encoding, uint32_t count, struct levels *levels,
				   struct ots_error *err)
{
	struct ots_cursor bytes = {0};

	if (max == 0)
		return OTS_OK;
	if (encoding == ENCODING_BIT_PACKED) {
		const uint64_t size = levels_packed_bytes(max, count);

		if (size > body->left || !ots_take(body, (size_t)size, &bytes))
			return bad(c, err, "levels past its end");
	} else if (encoding == ENCODING_RLE) {
		uint32_t size;

		if (!ots_u32le(body, &size) || !ots_take(body, size, &bytes))
			return bad(c, err, "levels past its end");
	} else {
		return ots_fail_at(err, OTS_UNSUPPORTED, 0, c->page_offset,
				   "levels of encoding %d are not supported", (int)encoding);
	}
	levels_init(levels, max, encoding == ENCODING_BIT_PACKED,
		    (struct ots_bytes){bytes.at, bytes.left});
	return OTS_OK;
}

static bool is_coded(const struct column *c)
{
	return c->chunk->codec != OTS_CODEC_NONE;
}

static enum ots_status begin_v1(struct column *c, const struct page_header *h,
				struct ots_cursor *body, struct ots_error *err)
{
	const uint32_t count = (uint32_t)h->value_count;
	struct ots_bytes payload;
	enum ots_status status =
		column_payload(c, h, is_coded(c) ? c->payload : &c->page, &payload, err);

	if (status == OTS_OK)
		status = open_payload(c, payload, (size_t)h->uncompressed_bytes, is_coded(c), body,
				      err);
	if (status == OTS_OK)
		status = take_levels(c, body, c->leaf->max_rep, h->rep_encoding, count, &c->reps,
				     err);
	if (status == OTS_OK)
		status = take_levels(c, body, c->leaf->max_def, h->def_encoding, count, &c->defs,
				     err);
	return status;
}

/* Levels stand in front, never compressed. They lie in the payload, which stays where it is while
 * the page is read: in the stream's window, or in a room of the column's own. */
static enum ots_status begin_v2(struct column *c, const struct page_header *h,
				struct ots_cursor *body, struct ots_error *err)
{
	const bool compressed = is_coded(c) && (h->is_compressed || c->quirks.v2_always_compressed);
	const size_t levels = (size_t)h->rep_bytes + (size_t)h->def_bytes;
	struct ots_cursor stored, reps, defs;
	struct ots_bytes payload;
	enum ots_status status = column_payload(c, h, &c->stored_v2, &payload, err);

	if (status != OTS_OK)
		return status;
	stored = (struct ots_cursor){payload.at, payload.len, 0};
	if (!ots_take(&stored, (size_t)h->rep_bytes, &reps) ||
	    !ots_take(&stored, (size_t)h->def_bytes, &defs))
		return bad(c, err, "levels past its end");
	levels_init(&c->reps, c->leaf->max_rep, false, (struct ots_bytes){reps.at, reps.left});
	levels_init(&c->defs, c->leaf->max_def, false, (struct ots_bytes){defs.at, defs.left});
	if (schema_is_flat(c->leaf)) {
		if (h->row_count != h->value_count)
			return bad(c, err, "other rows than values of a flat column");
		c->page_values_told = (uint64_t)h->value_count - (uint64_t)h->null_count;
	}
	return open_payload(c, (struct ots_bytes){stored.at, stored.left},
			    (size_t)h->uncompressed_bytes - levels, compressed, body, err);
}

enum ots_status column_begin_page(struct column *c, const struct page_header *h,
				  struct ots_error *err)
{
	struct ots_cursor body = {0};
	enum ots_status status;

	if (h->value_count > c->entries_left)
		return ots_fail_at(err, OTS_CORRUPT, 0, c->page_offset,
				   "bad page: %d values, %" PRId64 " are left of the chunk",
				   h->value_count, c->entries_left);
	if (h->value_count == 0) {
		stream_skip(&c->stream, (size_t)h->compressed_bytes);
		return OTS_OK;
	}
	c->page_values = 0;
	c->page_values_told = UINT64_MAX;
	status = h->type == PAGE_DATA ? begin_v1(c, h, &body, err) : begin_v2(c, h, &body, err);
	if (status != OTS_OK)
		return status;
	status = values_begin(&c->values, h->encoding, body, c->dictionary.count,
			      c->dictionary.is_there, err);
	if (status != OTS_OK)
		return at_page(c, status, err);
	c->page_left = (uint32_t)h->value_count;
	c->entries_left -= h->value_count;
	return OTS_OK;
}

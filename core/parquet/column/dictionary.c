#include "column.h"

#include <otsfs/base/checked.h>

static enum ots_status bad(const struct column *c, struct ots_error *err, const char *what)
{
	return ots_fail_at(err, OTS_CORRUPT, 0, c->page_offset, "bad dictionary: %s", what);
}

/* The page's bytes, in a room of the dictionary's own: it outlives the pages behind it. */
static enum ots_status open_page(struct column *c, const struct page_header *h,
				 struct ots_cursor *body, struct ots_error *err)
{
	struct dictionary *d = &c->dictionary;
	const size_t size = (size_t)h->uncompressed_bytes;
	struct ots_bytes payload;
	enum ots_status status = column_payload(c, h, c->payload, &payload, err);

	if (status == OTS_OK)
		status = room_reserve(&d->page, c->account, size, "a dictionary", err);
	if (status == OTS_OK && c->chunk->codec == OTS_CODEC_NONE && payload.len != size)
		return bad(c, err, "uncompressed, with two different sizes");
	if (status == OTS_OK && size > 0)
		status = ots_decompress(c->decompressor, (enum ots_codec)c->chunk->codec, payload,
					d->page.bytes, size, err);
	if (status != OTS_OK) {
		(void)ots_context(err, "dictionary");
		ots_place(err, c->page_offset);
		return status;
	}
	*body = (struct ots_cursor){d->page.bytes, size, 0};
	return OTS_OK;
}

static enum ots_status find_bytes(struct column *c, struct ots_cursor *body, struct ots_error *err)
{
	struct dictionary *d = &c->dictionary;
	struct ots_bytes *places;
	enum ots_status status;
	const char *why;
	size_t size;

	if (d->count > body->left / 4 || !ots_size_mul(d->count, sizeof *places, &size))
		return bad(c, err, "more entries than its bytes can hold");
	status = room_reserve(&d->places, c->account, size, "a dictionary's places", err);
	if (status != OTS_OK)
		return status;
	places = (struct ots_bytes *)(void *)d->places.bytes;
	why = values_plain_bytes(body, places, d->count);
	if (why != NULL)
		return bad(c, err, why);
	d->bytes = places;
	return OTS_OK;
}

/* Booleans are bits here, too: a byte each, as everywhere else. */
static enum ots_status find_bits(struct column *c, const struct ots_cursor *body,
				 struct ots_error *err)
{
	struct dictionary *d = &c->dictionary;
	enum ots_status status;

	if (((uint64_t)d->count + 7) / 8 > body->left)
		return bad(c, err, "more entries than its bytes can hold");
	status = room_reserve(&d->spare, c->account, d->count, "a dictionary", err);
	for (uint32_t i = 0; status == OTS_OK && i < d->count; i++)
		d->spare.bytes[i] = body->at[i / 8] >> (i % 8) & 1;
	d->fixed = d->spare.bytes;
	return status;
}

enum ots_status column_begin_dictionary(struct column *c, const struct page_header *h,
					struct ots_error *err)
{
	struct dictionary *d = &c->dictionary;
	const uint32_t width = c->leaf->width;
	struct ots_cursor body = {(const uint8_t *)"", 0, 0};
	enum ots_status status;

	if (d->is_there)
		return bad(c, err, "a second one in one chunk");
	if (h->encoding != ENCODING_PLAIN && h->encoding != ENCODING_PLAIN_DICTIONARY)
		return ots_fail_at(err, OTS_UNSUPPORTED, 0, c->page_offset,
				   "a dictionary of encoding %d is not supported",
				   (int)h->encoding);
	status = open_page(c, h, &body, err);
	if (status != OTS_OK)
		return status;
	d->count = (uint32_t)h->value_count;
	d->fixed = body.at;
	d->bytes = NULL;
	if (c->leaf->type == TYPE_BYTES)
		status = find_bytes(c, &body, err);
	else if (c->leaf->type == TYPE_BOOLEAN)
		status = find_bits(c, &body, err);
	else if (d->count > body.left / width)
		status = bad(c, err, "more entries than its bytes can hold");
	d->is_there = status == OTS_OK;
	d->generation++;
	return status;
}

#include "strip.h"

#include <string.h>

#include "../encoding/load.h"

void strip_release(struct strip *strip)
{
	struct account *account = strip->column.account;

	if (account == NULL)
		return;
	room_release(&strip->text_room, account);
	room_release(&strip->texts_room, account);
	room_release(&strip->slot_room, account);
	room_release(&strip->gathered, account);
	column_release(&strip->column);
}

static struct ots_bytes entry(const struct strip *strip, uint32_t index)
{
	const struct dictionary *d = &strip->column.dictionary;
	const uint32_t width = strip->column.leaf->width;

	if (d->bytes != NULL)
		return d->bytes[index];
	return (struct ots_bytes){d->fixed + (size_t)index * width, width};
}

/* What the text of all entries takes at most; false above what is worth it. */
static bool fits(const struct strip *strip, size_t *bytes)
{
	const struct dictionary *d = &strip->column.dictionary;

	*bytes = 0;
	if ((int64_t)d->count > strip->column.chunk->value_count)
		return false;
	for (uint32_t i = 0; i < d->count; i++) {
		const size_t len = entry(strip, i).len;

		if (len > RENDERED_MAX_BYTES)
			return false;
		*bytes += cell_bound(&strip->cell, len);
		if (*bytes > RENDERED_MAX_BYTES)
			return false;
	}
	return true;
}

/* The same texts in slots, where all are short and there is memory for them. */
static void make_slots(struct strip *strip, size_t longest)
{
	const uint32_t count = strip->column.dictionary.count;

	strip->slots = NULL;
	if (longest > SLOT_TEXT_MAX || count > RENDERED_MAX_BYTES / SLOT_BYTES ||
	    room_reserve(&strip->slot_room, strip->column.account, count * SLOT_BYTES,
			 "a dictionary's text", NULL) != OTS_OK)
		return;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *slot = strip->slot_room.bytes + i * SLOT_BYTES;

		if (strip->texts[i].len > 0)
			memcpy(slot, strip->texts[i].at, strip->texts[i].len);
		memset(slot + strip->texts[i].len, 0, SLOT_BYTES - strip->texts[i].len);
		slot[SLOT_TEXT_MAX] = (uint8_t)strip->texts[i].len;
	}
	strip->slots = strip->slot_room.bytes;
}

/* Print every entry. Where memory is short, values are printed one by one instead. */
static bool render(struct strip *strip)
{
	const struct dictionary *d = &strip->column.dictionary;
	struct account *account = strip->column.account;
	struct ots_bytes *texts;
	size_t bytes, at = 0, longest = 0;

	if (!fits(strip, &bytes) ||
	    room_reserve(&strip->text_room, account, bytes, "a dictionary's text", NULL) !=
		    OTS_OK ||
	    room_reserve(&strip->texts_room, account, d->count * sizeof *texts,
			 "a dictionary's text", NULL) != OTS_OK)
		return false;
	texts = (struct ots_bytes *)(void *)strip->texts_room.bytes;
	for (uint32_t i = 0; i < d->count; i++) {
		const struct ots_bytes value = entry(strip, i);
		uint8_t *to = strip->text_room.bytes + at;

		texts[i].at = to;
		texts[i].len = cell_put(&strip->cell, value.at, value.len, (char *)to);
		at += texts[i].len;
		longest = texts[i].len > longest ? texts[i].len : longest;
	}
	strip->texts = texts;
	make_slots(strip, longest);
	return true;
}

/* Indices become the values they stand for. */
static enum ots_status gather(struct strip *strip, struct ots_error *err)
{
	struct value_run *run = &strip->column.window.values;
	const struct dictionary *d = &strip->column.dictionary;
	const uint32_t width = strip->column.leaf->width;
	const size_t size = width > 0 ? width : sizeof(struct ots_bytes);
	const enum ots_status status =
		room_reserve(&strip->gathered, strip->column.account, run->count * size,
			     "a dictionary's values", err);

	if (status != OTS_OK)
		return status;
	if (d->bytes != NULL) {
		struct ots_bytes *places = (struct ots_bytes *)(void *)strip->gathered.bytes;

		for (uint32_t i = 0; i < run->count; i++)
			places[i] = d->bytes[run->indices[i]];
		run->layout = LAYOUT_BYTES;
		run->bytes = places;
		return OTS_OK;
	}
	for (uint32_t i = 0; i < run->count; i++)
		memcpy(strip->gathered.bytes + (size_t)i * width,
		       d->fixed + (size_t)run->indices[i] * width, width);
	run->layout = LAYOUT_FIXED;
	run->fixed = strip->gathered.bytes;
	return OTS_OK;
}

/* A decimal of thousands of digits costs the square of its length: nobody has one. */
static enum ots_status check_decimals(const struct strip *strip, struct ots_error *err)
{
	const struct value_run *run = &strip->column.window.values;

	if (strip->cell.leaf->meaning != MEANS_DECIMAL)
		return OTS_OK;
	for (uint32_t i = 0; run->layout == LAYOUT_BYTES && i < run->count; i++) {
		if (run->bytes[i].len > DECIMAL_MAX_BYTES)
			return ots_fail_at(err, OTS_LIMIT, 0, strip->column.page_offset,
					   "column %.*s: a decimal of %zu bytes, above %d",
					   (int)strip->cell.leaf->name.len,
					   (const char *)strip->cell.leaf->name.at,
					   run->bytes[i].len, DECIMAL_MAX_BYTES);
	}
	return OTS_OK;
}

/* FIXED_LEN_BYTE_ARRAY of a length that no decimal has is refused as a longer one would be. */
static bool renders(const struct strip *strip)
{
	return strip->cell.leaf->meaning != MEANS_DECIMAL || strip->column.dictionary.bytes == NULL;
}

/* Make the window at hand ready to be printed. */
static enum ots_status prepare(struct strip *strip, struct ots_error *err)
{
	struct column *column = &strip->column;
	enum ots_status status;

	strip->lane = (int)strip->cell.kind;
	if (column->window.values.layout != LAYOUT_INDICES)
		return check_decimals(strip, err);
	if (strip->texts_generation != column->dictionary.generation) {
		strip->texts_fit = renders(strip) && render(strip);
		strip->texts_generation = column->dictionary.generation;
	}
	if (strip->texts_fit && strip->cell.kind != CELL_NULL) {
		strip->lane = strip->slots != NULL ? LANE_SLOTS : LANE_RENDERED;
		return OTS_OK;
	}
	status = gather(strip, err);
	return status == OTS_OK ? check_decimals(strip, err) : status;
}

enum ots_status strip_fill(struct strip *strip, struct ots_error *err)
{
	const enum ots_status status = column_fill(&strip->column, err);

	if (status != OTS_OK || strip_left(strip) == 0)
		return status;
	return prepare(strip, err);
}

enum ots_status strip_skip(struct strip *strip, uint64_t rows, struct ots_error *err)
{
	const enum ots_status status = column_skip(&strip->column, rows, err);

	if (status != OTS_OK || strip_left(strip) == 0)
		return status;
	return prepare(strip, err);
}

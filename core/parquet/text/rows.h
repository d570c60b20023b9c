/** @file rows.h
 *  The loop over rows: a step after the other, a cell after the other. It is compiled once for each
 *  set of instructions: whoever includes it names the function by ROWS_PRINT. */
#include "reader.h"

#include <string.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>
#include <otsfs/text/utf8.h>

#include "../encoding/load.h"
#include "vector.h"

/* How far ahead slots are fetched: indices are readable PAGE_SLACK_BYTES behind their end. */
#define PREFETCH_ROWS 8

#define INLINE static inline __attribute__((always_inline))

/* Behind what is written there is always room for a wide copy to run over, and for a small cell. */
#define SLACK_BYTES ((size_t)CELL_MAX_BYTES + VECTOR_BYTES)

/* A cell of text. There is room for 6 * text.len + SLACK_BYTES. */
INLINE char *put_text_cell(bool json, struct ots_bytes text, char *to)
{
	unsigned marks;

	if (!json) {
		marks = copy_csv(text.at, text.len, to);
		if (marks == 0 && text.len > 0)
			return to + text.len;
		return to + cell_put_quoted(text.at, text.len, to);
	}
	*to = '"';
	marks = copy_json(text.at, text.len, to + 1);
	if (marks == 0 || (marks == MARK_WIDE && ots_utf8_valid(text))) {
		to[1 + text.len] = '"';
		return to + text.len + 2;
	}
	return to + cell_put_json_text(text.at, text.len, to);
}

/* As above: 2 * bytes.len. */
INLINE char *put_binary_cell(bool json, struct ots_bytes bytes, char *to)
{
	const bool quoted = json || bytes.len == 0;

	*to = '"';
	to += quoted;
	ots_base64_encode(bytes.at, bytes.len, to);
	to += ots_base64_length(bytes.len);
	*to = '"';
	return to + quoted;
}

/* Values that have a place of their own, or one of a fixed width. */
INLINE struct ots_bytes value_bytes(const struct strip *s, const struct value_run *run, uint32_t v)
{
	const uint32_t width = s->column.leaf->width;

	if (run->layout == LAYOUT_BYTES)
		return run->bytes[v];
	return (struct ots_bytes){run->fixed + (size_t)v * width, width};
}

INLINE char *put_word(const char *word, size_t len, char *to)
{
	memcpy(to, word, len);
	return to + len;
}

/* Value number @p v of the window. There is room for SLACK_BYTES. */
INLINE char *put_value(struct strip *s, uint32_t v, struct pen *pen, char *to)
{
	const struct value_run *run = &s->column.window.values;
	double wide;
	float narrow;

	switch (s->lane) {
	case LANE_RENDERED: {
		const struct ots_bytes text = s->texts[run->indices[v]];

		to = pen_room(pen, to, text.len + SLACK_BYTES);
		if (to == NULL)
			return NULL;
		copy_text(text.at, text.len, to);
		return to + text.len;
	}
	case LANE_SLOTS: {
		const uint8_t *slot = s->slots + run->indices[v] * SLOT_BYTES;

		copy_text(slot, SLOT_BYTES, to);
		return to + slot[SLOT_TEXT_MAX];
	}
	case CELL_TEXT:
		to = pen_room(pen, to, 6 * run->bytes[v].len + SLACK_BYTES);
		return to == NULL ? NULL : put_text_cell(s->cell.json, run->bytes[v], to);
	case CELL_INT64:
		return to + ots_print_i64((int64_t)load_u64(run->fixed + (size_t)v * 8), to);
	case CELL_INT32:
		return to + ots_print_i64((int32_t)load_u32(run->fixed + (size_t)v * 4), to);
	case CELL_DOUBLE:
		memcpy(&wide, run->fixed + (size_t)v * 8, 8);
		return to + cell_put_double(&s->cell, wide, to);
	case CELL_FLOAT:
		memcpy(&narrow, run->fixed + (size_t)v * 4, 4);
		return to + cell_put_float(&s->cell, narrow, to);
	case CELL_BOOLEAN:
		return run->fixed[v] != 0 ? put_word("true", 4, to) : put_word("false", 5, to);
	case CELL_UINT32: return to + ots_print_u64(load_u32(run->fixed + (size_t)v * 4), to);
	case CELL_UINT64: return to + ots_print_u64(load_u64(run->fixed + (size_t)v * 8), to);
	case CELL_BINARY: {
		const struct ots_bytes bytes = value_bytes(s, run, v);

		to = pen_room(pen, to, 2 * bytes.len + SLACK_BYTES);
		return to == NULL ? NULL : put_binary_cell(s->cell.json, bytes, to);
	}
	case CELL_NULL: return s->cell.json ? put_word("null", 4, to) : to;
	default: break;
	}
	{
		const struct ots_bytes value = value_bytes(s, run, v);

		to = pen_room(pen, to, cell_bound(&s->cell, value.len) + SLACK_BYTES);
		return to == NULL ? NULL : to + s->cell.print(&s->cell, value.at, value.len, to);
	}
}

/* The next entry of a leaf. @return NULL: pen->status says why */
INLINE char *put_cell(struct strip *s, struct pen *pen, char *to)
{
	struct window *w = &s->column.window;

	if (!s->is_flat && w->at == w->count && !strip_need(s, pen))
		return NULL;
	if (w->defs != NULL && w->defs[w->at++] != s->max_def)
		return s->cell.json ? put_word("null", 4, to) : to;
	w->at += w->defs == NULL;
	return put_value(s, w->value_at++, pen, to);
}

/* One row. @return where its text ends; NULL: pen->status says why */
INLINE char *put_row(struct ots_parquet_reader *reader, struct pen *pen, char *to)
{
	const struct step *step = reader->plan->steps;

	for (;;) { /* ends: steps go on to STEP_END, and what jumps back consumed entries */
		to = pen_room(pen, to, step->text.len + SLACK_BYTES + CELL_MAX_BYTES);
		if (to == NULL)
			return NULL;
		copy_text(step->text.at, step->text.len, to);
		to += step->text.len;
		switch (step->code) {
		case STEP_CELL:
			to = put_cell(&reader->strips[step->first], pen, to);
			if (to == NULL)
				return NULL;
			step++;
			break;
		case STEP_TEXT: step++; break;
		case STEP_COLUMN: step = step_column(reader, pen, step); break;
		case STEP_OPTION: step = step_option(reader, pen, step, &to); break;
		case STEP_LIST: step = step_list(reader, pen, step, &to); break;
		case STEP_NEXT: step = step_next(reader, pen, step, &to); break;
		case STEP_KEY: step = step_key(reader, pen, step, &to); break;
		case STEP_QUOTE_BEGIN:
			pen->quote_begin = (size_t)(to - (char *)pen->out->bytes);
			step++;
			break;
		case STEP_QUOTE_END: step = step_quote_end(pen, step, &to); break;
		case STEP_END: return to;
		}
		if (step == NULL)
			return NULL;
	}
}

/* The next value of a lane; what the commonest kinds need stands in the lane itself. */
INLINE char *put_lane_value(struct lane *lane, struct pen *pen, size_t row_bytes, char *to)
{
	switch (lane->code) {
	case LANE_SLOTS: {
		const uint8_t *slot = lane->slots + *lane->indices * SLOT_BYTES;

		/* Where the next cell goes depends on this slot's length: it had better be near.
		 * Behind the window's last index stand bytes of any value, which is no harm. */
		lane->indices++;
		__builtin_prefetch((const void *)((uintptr_t)lane->slots +
						  lane->indices[PREFETCH_ROWS] * SLOT_BYTES));
		copy_text(slot, SLOT_BYTES, to);
		return to + slot[SLOT_TEXT_MAX];
	}
	case CELL_TEXT: {
		const struct ots_bytes text = *lane->bytes++;

		to = pen_room(pen, to, 6 * text.len + row_bytes);
		return to == NULL ? NULL : put_text_cell(lane->json, text, to);
	}
	case CELL_INT64: {
		const int64_t n = (int64_t)load_u64(lane->fixed);

		lane->fixed += 8;
		return to + ots_print_i64(n, to);
	}
	case CELL_INT32: {
		const int32_t n = (int32_t)load_u32(lane->fixed);

		lane->fixed += 4;
		return to + ots_print_i64(n, to);
	}
	case CELL_DOUBLE: {
		double x;

		memcpy(&x, lane->fixed, 8);
		lane->fixed += 8;
		return to + cell_put_double(&lane->strip->cell, x, to);
	}
	case CELL_BOOLEAN:
		return *lane->fixed++ != 0 ? put_word("true", 4, to) : put_word("false", 5, to);
	default: break;
	}
	to = put_value(lane->strip, lane->strip->column.window.value_at++, pen, to);
	return to == NULL ? NULL : pen_room(pen, to, row_bytes);
}

/* One row of a table without nested columns. */
INLINE char *put_flat_row(struct ots_parquet_reader *reader, struct pen *pen, size_t row_bytes,
			  char *to)
{
	struct lane *const end = reader->lanes + reader->plan->strip_count;

	to = pen_room(pen, to, row_bytes);
	for (struct lane *lane = reader->lanes; to != NULL && lane < end; lane++) {
		copy_text(lane->text.at, lane->text.len, to);
		to += lane->text.len;
		if (lane->defs != NULL && *lane->defs++ != lane->max_def)
			to = lane->json ? put_word("null", 4, to) : to;
		else
			to = put_lane_value(lane, pen, row_bytes, to);
	}
	return to;
}

static uint32_t print_flat(struct ots_parquet_reader *reader, struct pen *pen, uint32_t rows)
{
	const struct ots_bytes last = reader->plan->steps[reader->plan->step_count - 1].text;
	const size_t row_bytes = reader->lane_bytes;
	char *to = (char *)pen->out->bytes + pen->out->len;

	for (uint32_t i = 0; i < rows; i++) {
		pen->row_begin = (size_t)(to - (char *)pen->out->bytes);
		to = put_flat_row(reader, pen, row_bytes, to);
		if (to == NULL) {
			pen->out->len = pen->row_begin;
			return i;
		}
		copy_text(last.at, last.len, to);
		to += last.len;
	}
	pen->out->len = (size_t)(to - (char *)pen->out->bytes);
	return rows;
}

static uint32_t print_nested(struct ots_parquet_reader *reader, struct pen *pen, uint32_t rows)
{
	char *to = (char *)pen->out->bytes + pen->out->len;

	for (uint32_t i = 0; i < rows; i++) {
		pen->row_begin = (size_t)(to - (char *)pen->out->bytes);
		to = put_row(reader, pen, to);
		if (to == NULL) {
			pen->out->len = pen->row_begin;
			return i;
		}
	}
	pen->out->len = (size_t)(to - (char *)pen->out->bytes);
	return rows;
}

rows_print_fn ROWS_PRINT;

uint32_t ROWS_PRINT(struct ots_parquet_reader *reader, struct pen *pen, uint32_t rows)
{
	return reader->lanes != NULL ? print_flat(reader, pen, rows)
				     : print_nested(reader, pen, rows);
}

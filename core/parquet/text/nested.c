/* Rows of nested columns, put together from levels. Each strip below a node stands at an entry; all
 * of them must tell the same of the node, or the file is damaged. Source: parquet-format, 4.9. */
#include "reader.h"

#include <string.h>

#include <otsfs/text/json_write.h>

static const struct step *corrupt(struct pen *pen, const struct strip *strip, const char *what)
{
	const struct schema_node *leaf = strip->column.leaf;

	pen->status =
		ots_fail_at(pen->err, OTS_CORRUPT, 0, strip->column.page_offset, "column %.*s: %s",
			    (int)leaf->name.len, (const char *)leaf->name.at, what);
	return NULL;
}

bool strip_need(struct strip *strip, struct pen *pen)
{
	pen->status = strip_fill(strip, pen->err);
	if (pen->status != OTS_OK)
		return false;
	if (strip_left(strip) == 0) {
		(void)corrupt(pen, strip, "bad row group: its values end inside a row");
		return false;
	}
	return true;
}

/* Definition level of the entry that a strip stands at. */
static uint8_t def_at(const struct strip *s)
{
	const struct window *w = &s->column.window;

	return w->defs == NULL ? s->max_def : w->defs[w->at];
}

static uint8_t rep_at(const struct strip *s)
{
	const struct window *w = &s->column.window;

	return w->reps == NULL ? 0 : w->reps[w->at];
}

/* Pass an entry that stands for something absent. */
static void pass(struct strip *s)
{
	struct window *w = &s->column.window;

	w->value_at += w->defs == NULL || w->defs[w->at] == s->max_def;
	w->at++;
}

/* Whether the node of @p step is present. @return false: pen->status says why */
static bool present(struct ots_parquet_reader *reader, struct pen *pen, const struct step *step,
		    bool *out)
{
	for (uint32_t i = step->first; i < step->end; i++) {
		struct strip *s = &reader->strips[i];
		bool here;

		if (strip_left(s) == 0 && !strip_need(s, pen))
			return false;
		here = def_at(s) >= step->def;
		if (i == step->first)
			*out = here;
		else if (here != *out) {
			(void)corrupt(pen, s, "its levels contradict those of its siblings");
			return false;
		}
	}
	return true;
}

static void pass_all(struct ots_parquet_reader *reader, const struct step *step)
{
	for (uint32_t i = step->first; i < step->end; i++)
		pass(&reader->strips[i]);
}

/* Short text: there is room for CELL_MAX_BYTES. */
static void put(struct ots_bytes text, char **to)
{
	if (text.len > 0)
		memcpy(*to, text.at, text.len);
	*to += text.len;
}

static const struct step *target(const struct ots_parquet_reader *reader, const struct step *step)
{
	return reader->plan->steps + step->jump;
}

const struct step *step_column(struct ots_parquet_reader *reader, struct pen *pen,
			       const struct step *step)
{
	for (uint32_t i = step->first; i < step->end; i++) {
		struct strip *s = &reader->strips[i];

		if (strip_left(s) == 0 && !strip_need(s, pen))
			return NULL;
		if (rep_at(s) != 0)
			return corrupt(pen, s, "its levels go on where a row ends");
	}
	return step + 1;
}

const struct step *step_option(struct ots_parquet_reader *reader, struct pen *pen,
			       const struct step *step, char **to)
{
	bool here = true;

	if (!present(reader, pen, step, &here))
		return NULL;
	if (here)
		return step + 1;
	put(step->other, to);
	pass_all(reader, step);
	return target(reader, step);
}

const struct step *step_list(struct ots_parquet_reader *reader, struct pen *pen,
			     const struct step *step, char **to)
{
	bool here = true;

	if (!present(reader, pen, step, &here))
		return NULL;
	if (here) {
		*(*to)++ = step->open;
		return step + 1;
	}
	put(step->other, to);
	pass_all(reader, step);
	return target(reader, step);
}

const struct step *step_next(struct ots_parquet_reader *reader, struct pen *pen,
			     const struct step *step, char **to)
{
	bool more = false;

	for (uint32_t i = step->first; i < step->end; i++) {
		struct strip *s = &reader->strips[i];
		bool goes_on;

		if (strip_left(s) == 0) {
			pen->status = strip_fill(s, pen->err);
			if (pen->status != OTS_OK)
				return NULL;
		}
		goes_on = strip_left(s) > 0 && rep_at(s) >= step->rep;
		if (i > step->first && goes_on != more)
			return corrupt(pen, s, "its levels contradict those of its siblings");
		if (goes_on && (rep_at(s) != step->rep || def_at(s) < step->def))
			return corrupt(pen, s, "its levels repeat what is not there");
		more = goes_on;
	}
	*(*to)++ = more ? ',' : step->close;
	return more ? target(reader, step) : step + 1;
}

/* Any value as the key of an object: its text in quotes. */
static char *put_key(struct strip *s, struct ots_bytes value, struct pen *pen, char *to)
{
	size_t len;

	to = pen_room(pen, to, cell_bound(&s->cell, value.len) + 2 * CELL_MAX_BYTES);
	if (to == NULL)
		return NULL;
	len = cell_put(&s->cell, value.at, value.len, to + 1);
	if (to[1] == '"') {
		memmove(to, to + 1, len);
		return to + len;
	}
	if (to[1] == '{') { /* text that is not UTF-8: keys have no other form than text */
		struct ots_buffer *out = pen->out;

		out->len = (size_t)(to - (char *)out->bytes);
		if (!ots_json_put_string(out, value) || !ots_buffer_reserve(out, CELL_MAX_BYTES)) {
			pen->status = ots_buffer_fail(out, value.len, "a row", pen->err);
			return NULL;
		}
		pen->limit = (char *)out->bytes + out->cap;
		return (char *)out->bytes + out->len;
	}
	to[0] = '"';
	to[len + 1] = '"';
	return to + len + 2;
}

const struct step *step_key(struct ots_parquet_reader *reader, struct pen *pen,
			    const struct step *step, char **to)
{
	struct strip *s = &reader->strips[step->first];
	const struct window *w = &s->column.window;
	const struct value_run *run = &w->values;
	struct ots_bytes value;

	if (strip_left(s) == 0 && !strip_need(s, pen))
		return NULL;
	if (def_at(s) < s->max_def) { /* a key should not be null; some are */
		put((struct ots_bytes){(const uint8_t *)"\"null\"", 6}, to);
		pass(s);
		return step + 1;
	}
	if (s->lane == LANE_RENDERED || s->lane == LANE_SLOTS) {
		const uint32_t index = run->indices[w->value_at];
		const struct dictionary *d = &s->column.dictionary;
		const size_t width = s->column.leaf->width;

		value = d->bytes != NULL ? d->bytes[index]
					 : (struct ots_bytes){d->fixed + index * width, width};
	} else if (run->layout == LAYOUT_BYTES) {
		value = run->bytes[w->value_at];
	} else {
		const size_t width = s->column.leaf->width;

		value = (struct ots_bytes){run->fixed + w->value_at * width, width};
	}
	pass(s);
	*to = put_key(s, value, pen, *to);
	return *to == NULL ? NULL : step + 1;
}

/* JSON text as one field of CSV: it never is empty, but where the column is null. */
const struct step *step_quote_end(struct pen *pen, const struct step *step, char **to)
{
	char *begin = (char *)pen->out->bytes + pen->quote_begin;
	const size_t len = (size_t)(*to - begin);
	size_t quotes = 0, specials = 0, at;

	for (size_t i = 0; i < len; i++) {
		quotes += begin[i] == '"';
		specials += begin[i] == ',' || begin[i] == '\n' || begin[i] == '\r';
	}
	if (quotes + specials == 0)
		return step + 1;
	*to = pen_room(pen, *to, quotes + 2 + CELL_MAX_BYTES);
	if (*to == NULL)
		return NULL;
	begin = (char *)pen->out->bytes + pen->quote_begin;
	at = len + quotes + 2;
	*to = begin + at;
	begin[--at] = '"';
	for (size_t i = len; i > 0; i--) {
		begin[--at] = begin[i - 1];
		if (begin[i - 1] == '"')
			begin[--at] = '"';
	}
	begin[0] = '"';
	return step + 1;
}

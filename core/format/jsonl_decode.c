/* Record JSONL in: lines out of a window, each to a record. Source: product.md, "Records as text".
 */
#include <otsfs/format/jsonl.h>

#include <stdlib.h>

#include "jsonl_line.h"
#include "window.h"

struct jsonl {
	struct ots_window window;
	struct ots_jsonl_line line;
};

/* A line in the window. */
struct span {
	struct ots_bytes text; /* without its end */
	size_t used_bytes;     /* with it */
	size_t line_feeds;
};

/* @return false: the line's end is not in hand, and more bytes will come */
static bool find_line(const struct ots_window *w, struct span *span)
{
	const struct ots_bytes bytes = ots_window_bytes(w);
	const uint8_t *end = memchr(bytes.at, '\n', bytes.len);

	if (end == NULL && !ots_window_at_end(w))
		return false;
	span->line_feeds = end != NULL;
	span->text.at = bytes.at;
	span->text.len = end == NULL ? bytes.len : (size_t)(end - bytes.at);
	span->used_bytes = span->text.len + span->line_feeds;
	if (span->text.len > 0 && span->text.at[span->text.len - 1] == '\r')
		span->text.len--;
	return true;
}

static bool is_blank(struct ots_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != ' ' && text.at[i] != '\t' && text.at[i] != '\r')
			return false;
	}
	return true;
}

/* One line to one record at the batch's end; what fails leaves the batch as it was. */
static enum ots_status decode_line(struct jsonl *j, const struct span *span,
				   struct ots_batch *batch, struct ots_error *err)
{
	struct ots_record *record;
	enum ots_status status;

	j->line.text = span->text;
	j->line.place = j->window.place;
	j->line.arena = &batch->arena;
	j->line.err = err;
	record = ots_batch_add(batch);
	if (record == NULL)
		return ots_jsonl_no_memory(&j->line);
	status = ots_jsonl_line_decode(&j->line, record);
	if (status != OTS_OK)
		ots_batch_drop_last(batch);
	return status;
}

static enum ots_status fill_batch(struct jsonl *j, struct ots_batch *batch, struct ots_error *err)
{
	struct ots_window *w = &j->window;

	/* ends: each turn consumes a line, has more in hand, or returns */
	while (!ots_window_batch_full(w, batch) || batch->count == 0) {
		struct span span;
		enum ots_status status;

		if (ots_window_bytes(w).len == 0 && ots_window_at_end(w))
			return OTS_OK;
		if (ots_window_bytes(w).len == 0 || !find_line(w, &span)) {
			if (batch->count > 0)
				return OTS_OK;
			status = ots_window_more(w, err);
			if (status != OTS_OK)
				return status;
			continue;
		}
		if (!is_blank(span.text)) {
			status = decode_line(j, &span, batch, err);
			/* What stands before a bad record is handed out first; the next call meets
			 * the record again, with an empty arena. */
			if (status != OTS_OK)
				return batch->count > 0 ? OTS_OK : status;
		}
		ots_window_consume(w, span.used_bytes, span.line_feeds);
	}
	return OTS_OK;
}

static enum ots_status next(void *self, struct ots_batch *batch, struct ots_error *err)
{
	struct jsonl *j = self;
	enum ots_status status = ots_window_fill(&j->window, err);
	size_t arena_cap;

	if (status != OTS_OK)
		return status;
	batch->begin = j->window.place;
	status = ots_window_skip_mark(&j->window, err);
	if (status != OTS_OK)
		return status;
	arena_cap = ots_window_cap_arena(&j->window, batch);
	status = fill_batch(j, batch, err);
	(void)ots_arena_set_cap(&batch->arena, arena_cap);
	batch->end = j->window.place;
	return status;
}

static void close_jsonl(void *self)
{
	struct jsonl *j = self;

	ots_jsonl_line_release(&j->line);
	ots_window_close(&j->window);
	free(j);
}

static const struct ots_source_ops ops = {next, close_jsonl};

enum ots_status ots_jsonl_open(struct ots_input *input, const struct ots_records_options *options,
			       struct ots_source **out, struct ots_error *err)
{
	struct jsonl *j = calloc(1, sizeof *j);
	enum ots_status status;

	if (j == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "JSONL decoder");
	j->line.object = ots_input_entry(input)->key;
	status = ots_window_open(&j->window, input, options, err);
	if (status != OTS_OK)
		goto out;
	j->line.cell_limit = j->window.memory_bytes / 2 / sizeof(struct ots_cell);
	status = ots_source_new(&ops, j, out, err);
	if (status == OTS_OK)
		j = NULL;
out:
	if (j != NULL)
		close_jsonl(j);
	return status;
}

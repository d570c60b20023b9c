#include "render.h"

#include <inttypes.h>

#include "memory.h"
#include "pass.h"

static enum ots_status fail_changed(const struct ots_text *text, const struct chunk *chunk,
				    const char *what, struct ots_error *err)
{
	return ots_fail_at(err, OTS_CHANGED, chunk->begin.line, chunk->begin.offset,
			   "%.*s: changed since it was opened: its records read again give %s "
			   "than the %zu bytes of text that were counted",
			   (int)text->key_len, text->key, what, chunk->text_len);
}

static enum ots_status check_length(const struct ots_text *text, const struct chunk *chunk,
				    const struct pass *pass, struct ots_error *err)
{
	if (pass->out.len == chunk->text_len)
		return OTS_OK;
	return fail_changed(text, chunk, pass->out.len < chunk->text_len ? "less" : "more", err);
}

/* Every row of the chunk into pass->out. */
static enum ots_status render_rows(struct ots_text *text, const struct chunk *chunk,
				   struct pass *pass, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	uint64_t left = chunk->record_count;

	while (left > 0) { /* ends: each turn gives rows, or fails */
		uint64_t rows = 0;
		enum ots_status status;

		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "%.*s: reading was cancelled",
					(int)text->key_len, text->key);
		status = rows_next(&pass->rows, left, &pass->out, &rows, err);
		if (status != OTS_OK)
			return status;
		if (rows == 0)
			return fail_changed(text, chunk, "less", err);
		left -= rows;
	}
	return check_length(text, chunk, pass, err);
}

/* Every record of the chunk into pass->out. */
static enum ots_status render_records(struct ots_text *text, const struct chunk *chunk,
				      struct pass *pass, struct ots_cancel *cancel,
				      struct ots_error *err)
{
	const struct ots_encoder *encoder = pass_encoder(text->form);
	uint64_t skip = chunk->skip_count;
	uint64_t left = chunk->record_count;

	if (text->format == OTS_FORMAT_PARQUET)
		return render_rows(text, chunk, pass, cancel, err);
	while (left > 0) { /* ends: each batch holds records, or the source ends or fails */
		enum ots_status status;

		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "%.*s: reading was cancelled",
					(int)text->key_len, text->key);
		status = ots_source_next(pass->source, &pass->batch, err);
		if (status != OTS_OK)
			return status;
		if (pass->batch.count == 0)
			return fail_changed(text, chunk, "less", err);
		for (size_t i = 0; i < pass->batch.count && left > 0; i++) {
			if (skip > 0) {
				skip--;
				continue;
			}
			status = encoder->record(&pass->batch.records[i], &pass->out, err);
			if (status != OTS_OK)
				return status;
			left--;
		}
	}
	return check_length(text, chunk, pass, err);
}

/* Bytes that were good when they were counted and are not now are other bytes. */
static enum ots_status as_changed(const struct ots_text *text, const struct chunk *chunk,
				  enum ots_status status, struct ots_error *err)
{
	if (status == OTS_CORRUPT || status == OTS_UNSUPPORTED || status == OTS_LIMIT)
		return fail_changed(text, chunk, "other", err);
	return status;
}

enum ots_status render_chunk(struct ots_text *text, size_t index, struct ots_cancel *cancel,
			     struct page **out, struct ots_error *err)
{
	struct ots_view *view = text->view;
	const struct chunk *chunk = &text->locked.chunks[index]; /* its place never changes now */
	const struct allowance *allowance = chunk->large ? &view->large : pass_allowance(text);
	struct pass pass = {0};
	struct page *page;
	enum ots_status status;

	for (;;) { /* ends: the second turn has the large allowance */
		status = pass_open(&pass, text, allowance, chunk->begin, chunk->end_offset, cancel,
				   err);
		if (status == OTS_OK && !ots_buffer_reserve(&pass.out, chunk->text_len))
			status = ots_buffer_fail(&pass.out, chunk->text_len, "text", err);
		if (status == OTS_OK)
			status = render_records(text, chunk, &pass, cancel, err);
		if (!pass_needs_more(&pass, view, status))
			break;
		pass_close(&pass, view);
		allowance = &view->large;
	}
	if (status != OTS_OK) {
		status = as_changed(text, chunk, status, err);
		goto out;
	}
	page = page_new(text, index, &pass.out);
	if (page == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory for %zu bytes of text",
				  (int)text->key_len, text->key, chunk->text_len);
		goto out;
	}
	pass_close_keep_reserved(&pass); /* the reservation becomes the page's in one step */
	memory_keep_pinned(view, page, allowance);
	*out = page;
out:
	pass_close(&pass, view);
	return status;
}

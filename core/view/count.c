#include "count.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/checked.h>

#include "memory.h"
#include "pass.h"

struct count {
	struct pass pass;
	struct ots_place at;  /* where the next batch begins */
	uint64_t skip_count;  /* records of it that are counted already */
	bool wants_large;     /* the record at hand is above the small allowance */
	bool no_room;         /* a page was not kept: nor will those behind it be */
	struct chunk current; /* its text is in pass.out */
	uint64_t size, record_count;
};

struct count *count_new(void)
{
	struct count *count = calloc(1, sizeof *count);

	if (count != NULL)
		count->at.line = 1;
	return count;
}

void count_free(struct count *count, struct ots_view *view)
{
	if (count == NULL)
		return;
	pass_close(&count->pass, view);
	free(count);
}

/* Room for one chunk more. The new array is made outside the lock, since pages point into the index
 * from every thread that gives them up. */
static bool index_reserve(struct ots_text *text)
{
	struct ots_view *view = text->view;
	const size_t cap = text->locked.chunk_cap > 0 ? text->locked.chunk_cap * 2 : 4;
	struct chunk *chunks;
	struct chunk *old;
	size_t size;

	if (text->locked.chunk_count < text->locked.chunk_cap) /* only this thread changes them */
		return true;
	if (!ots_size_mul(cap, sizeof *chunks, &size))
		return false;
	chunks = malloc(size);
	if (chunks == NULL)
		return false;
	view_lock(view);
	old = text->locked.chunks;
	if (old != NULL)
		memcpy(chunks, old, text->locked.chunk_count * sizeof *chunks);
	text->locked.chunks = chunks;
	text->locked.chunk_cap = cap;
	view_unlock(view);
	free(old);
	return true;
}

/* The chunk at hand into the index, its text kept if there is room. */
static enum ots_status finish_chunk(struct ots_text *text, struct ots_error *err)
{
	struct count *count = text->count;
	struct ots_view *view = text->view;
	const size_t text_len = count->pass.out.len;
	struct page *page = NULL;

	if (text_len == 0)
		return OTS_OK;
	if (!index_reserve(text))
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory for its index",
				(int)text->key_len, text->key);
	count->current.text_offset = count->size;
	count->current.text_len = text_len;
	count->current.large = count->pass.allowance == &view->large;
	count->size += text_len;
	count->record_count += count->current.record_count;
	view_lock(view);
	text->locked.chunks[text->locked.chunk_count++] = count->current;
	view_unlock(view);
	count->current = (struct chunk){0};
	if (!count->no_room)
		page = page_new(text, text->locked.chunk_count - 1, &count->pass.out);
	if (page != NULL && !memory_keep(view, page)) {
		/* The bytes serve as the next chunk's buffer. */
		count->no_room = true;
		count->pass.out.bytes = page->bytes;
		count->pass.out.cap = page->len;
		free(page);
	}
	count->pass.out.len = 0;
	/* The next chunk is about as long: growing there step by step would copy it. A refusal
	 * shows again where the room is needed. */
	(void)ots_buffer_reserve(&count->pass.out, text_len + text_len / 8 < count->pass.out.limit
							   ? text_len + text_len / 8
							   : count->pass.out.limit);
	return OTS_OK;
}

static enum ots_status add_record(struct ots_text *text, const struct ots_record *record,
				  uint64_t index, struct ots_error *err)
{
	struct count *count = text->count;
	const struct ots_encoder *encoder = pass_encoder(text->form);
	enum ots_status status = encoder->record(record, &count->pass.out, err);

	if (status == OTS_LIMIT && count->current.record_count > 0) { /* this chunk is full */
		status = finish_chunk(text, err);
		if (status == OTS_OK)
			status = encoder->record(record, &count->pass.out, err);
	}
	if (status != OTS_OK)
		return status;
	if (count->current.record_count == 0) {
		count->current.begin = count->pass.batch.begin;
		count->current.skip_count = index;
	}
	count->current.record_count++;
	count->current.end_offset = count->pass.batch.end.offset;
	return OTS_OK;
}

/* Render the batch at hand. When a record fails, at and skip_count tell where. */
static enum ots_status add_batch(struct ots_text *text, struct ots_error *err)
{
	struct count *count = text->count;
	const struct ots_batch *batch = &count->pass.batch;
	const size_t first =
		count->skip_count < batch->count ? (size_t)count->skip_count : batch->count;

	count->skip_count -= first;
	count->at = batch->begin;
	for (size_t i = first; i < batch->count; i++) {
		const enum ots_status status = add_record(text, &batch->records[i], i, err);

		if (status != OTS_OK) {
			count->skip_count = i;
			return status;
		}
	}
	count->at = batch->end;
	if (batch->end.offset - count->current.begin.offset + count->pass.allowance->batch_bytes >
		    text->view->chunk_bytes ||
	    count->pass.out.len >= text->view->small.text_bytes)
		return finish_chunk(text, err);
	return OTS_OK;
}

/* As `cat`: of a damaged row group whose text is small so far, nothing is shown. */
static void drop_damaged_group(struct ots_text *text)
{
	struct count *count = text->count;

	if (text->format == OTS_FORMAT_PARQUET && count->current.begin.line == 1 &&
	    count->pass.out.len < OTS_PARQUET_HOLD_BYTES) {
		count->pass.out.len = 0;
		count->current = (struct chunk){0};
	}
}

static bool is_damage(enum ots_status status)
{
	return status == OTS_CORRUPT || status == OTS_LIMIT || status == OTS_UNSUPPORTED;
}

/* The decoder, opened or reopened where counting stands. */
static enum ots_status ensure_pass(struct ots_text *text, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	struct count *count = text->count;
	struct ots_view *view = text->view;
	const struct allowance *wanted = count->wants_large ? &view->large : pass_allowance(text);
	enum ots_status status;

	if (count->pass.allowance == wanted)
		return OTS_OK;
	if (count->pass.allowance != NULL) {
		status = finish_chunk(text, err);
		if (status != OTS_OK)
			return status;
	}
	pass_close(&count->pass, view);
	return pass_open(&count->pass, text, wanted, count->at, 0, cancel, err);
}

/* Count some rows of Parquet. A chunk never spans two row groups. */
static enum ots_status add_rows(struct ots_text *text, bool *ended, struct ots_error *err)
{
	struct count *count = text->count;
	struct pass *pass = &count->pass;
	enum ots_status status = OTS_OK;
	uint64_t rows = 0;

	if (pass->rows.reader == NULL ||
	    count->at.offset >= ots_parquet_group_count(pass->rows.file)) {
		*ended = true; /* a file without rows */
		return OTS_OK;
	}
	if (count->current.record_count == 0)
		count->current.begin = count->at;
	status = rows_next(&pass->rows, UINT64_MAX, &pass->out, &rows, err);
	count->current.record_count += rows;
	count->at.line += rows;
	if (status != OTS_OK)
		return status;
	if (rows > 0)
		return pass->out.len >= pass->allowance->text_bytes / 2 ? finish_chunk(text, err)
									: OTS_OK;
	status = finish_chunk(text, err);
	count->at = (struct ots_place){count->at.offset + 1, 1};
	*ended = status == OTS_OK && !rows_begin(&pass->rows, count->at.offset, &status, err);
	return status;
}

/* The next batch of records. *ended: that was all. */
static enum ots_status next_batch(struct ots_text *text, bool *ended, struct ots_error *err)
{
	struct pass *pass = &text->count->pass;
	const enum ots_status status = ots_source_next(pass->source, &pass->batch, err);

	if (status != OTS_OK)
		return status;
	if (pass->batch.count > 0)
		return add_batch(text, err);
	*ended = true;
	return finish_chunk(text, err);
}

/* Count some of it. *ended: that was all. */
static enum ots_status step(struct ots_text *text, struct ots_cancel *cancel, bool *ended,
			    struct ots_error *err)
{
	struct count *count = text->count;
	enum ots_status status;
	struct pass *pass = &count->pass;

	if (ots_cancel_asked(cancel))
		return ots_fail(err, OTS_CANCELLED, "%.*s: opening was cancelled",
				(int)text->key_len, text->key);
	status = ensure_pass(text, cancel, err);
	if (status != OTS_OK)
		return status;
	status = text->format == OTS_FORMAT_PARQUET ? add_rows(text, ended, err)
						    : next_batch(text, ended, err);
	if (status == OTS_OK)
		count->wants_large = false; /* the one record that needed it is behind us */
	if (pass_needs_more(pass, text->view, status)) {
		count->wants_large = true;
		status = OTS_OK;
	}
	return status;
}

static enum ots_status keep_damage(struct ots_text *text, const struct ots_error *fault,
				   struct ots_error *err)
{
	struct count *count = text->count;
	enum ots_status status = OTS_OK;

	drop_damaged_group(text);
	if (count->pass.allowance != NULL)
		status = finish_chunk(text, err);
	if (status != OTS_OK)
		return status;
	if (count->size == 0) {
		if (err != NULL)
			*err = *fault;
		return fault->status;
	}
	text->damage = malloc(sizeof *text->damage);
	if (text->damage == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory to open it",
				(int)text->key_len, text->key);
	*text->damage = *fault;
	return OTS_OK;
}

enum ots_status count_run(struct ots_text *text, struct ots_cancel *cancel, struct ots_error *err)
{
	struct ots_error fault = {0};
	enum ots_status status = OTS_OK;
	bool ended = ots_input_entry(text->input)->size == 0;

	while (status == OTS_OK && !ended) /* ends: each step passes a batch or asks for the large
					      allowance, which is asked for once a batch */
		status = step(text, cancel, &ended, &fault);
	if (is_damage(status)) {
		status = keep_damage(text, &fault, err);
	} else if (status != OTS_OK && err != NULL) {
		*err = fault;
	}
	if (status != OTS_OK)
		return status;
	text->size = text->count->size;
	text->record_count = text->count->record_count;
	count_free(text->count, text->view);
	text->count = NULL;
	return OTS_OK;
}

#include <otsfs/view/view.h>

#include <string.h>

#include "memory.h"
#include "render.h"

uint64_t ots_text_size(const struct ots_text *text)
{
	return text->size;
}

uint64_t ots_text_identity(const struct ots_text *text)
{
	return text->identity;
}

uint64_t ots_text_records(const struct ots_text *text)
{
	return text->record_count;
}

const struct ots_error *ots_text_damage(const struct ots_text *text)
{
	return text->damage;
}

/* The chunk that holds a byte of the text: the last that begins at or before it. */
static size_t find_chunk(const struct ots_text *text, uint64_t offset)
{
	const struct chunk *chunks = text->locked.chunks; /* complete: nobody changes its places */
	size_t low = 0;
	size_t high = text->locked.chunk_count;

	while (high - low > 1) { /* ends: the range halves */
		const size_t middle = low + (high - low) / 2;

		if (chunks[middle].text_offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The page of a chunk, pinned; rendered here unless somebody else is at it. */
static enum ots_status pin(struct ots_text *text, size_t index, struct ots_cancel *cancel,
			   struct page **out, struct ots_error *err)
{
	struct ots_view *view = text->view;
	struct chunk *chunk = &text->locked.chunks[index];
	enum ots_status status = OTS_OK;
	bool is_mine = false;

	view_lock(view);
	while (chunk->page == NULL && chunk->rendering && status == OTS_OK) { /* ends: they do */
		if (ots_cancel_asked(cancel))
			status = ots_fail(err, OTS_CANCELLED, "%.*s: reading was cancelled",
					  (int)text->key_len, text->key);
		else
			view_wait_locked(view);
	}
	if (status == OTS_OK && chunk->page != NULL) {
		*out = chunk->page;
		(*out)->pins++;
		page_touch_locked(view, *out);
	} else if (status == OTS_OK) {
		chunk->rendering = true;
		is_mine = true;
	}
	view_unlock(view);
	if (!is_mine)
		return status;
	status = render_chunk(text, index, cancel, out, err);
	view_lock(view);
	chunk->rendering = false;
	view_tell_locked(view);
	view_unlock(view);
	return status;
}

static void unpin(struct ots_view *view, struct page *page)
{
	view_lock(view);
	page->pins--;
	if (page->pins == 0 && view->locked.memory_waiting > 0)
		view_tell_locked(view);
	view_unlock(view);
}

static enum ots_status read_pages(struct ots_text *text, uint64_t offset, uint8_t *buf, size_t len,
				  struct ots_cancel *cancel, struct ots_error *err)
{
	size_t index = find_chunk(text, offset);
	size_t done = 0;

	while (done < len) { /* ends: each chunk has bytes at the offset, and they lie one by one */
		struct page *page = NULL;
		const struct chunk *chunk = &text->locked.chunks[index];
		const size_t skip = (size_t)(offset + done - chunk->text_offset);
		const enum ots_status status = pin(text, index, cancel, &page, err);
		size_t n;

		if (status != OTS_OK)
			return status;
		n = page->len - skip;
		if (n > len - done)
			n = len - done;
		memcpy(buf + done, page->bytes + skip, n);
		unpin(text->view, page);
		done += n;
		index++;
	}
	return OTS_OK;
}

enum ots_status ots_text_read(struct ots_text *text, uint64_t offset, void *buf, size_t len,
			      size_t *got, struct ots_cancel *cancel, struct ots_error *err)
{
	enum ots_status status;

	*got = 0;
	if (ots_cancel_asked(cancel))
		return ots_fail(err, OTS_CANCELLED, "%.*s: reading was cancelled",
				(int)text->key_len, text->key);
	if (text->form == OTS_NODE_FORM_RAW)
		return ots_input_read_until(text->input, offset, buf, len, got, cancel, err);
	if (offset >= text->size) {
		if (text->damage == NULL)
			return OTS_OK;
		if (err != NULL)
			*err = *text->damage;
		return text->damage->status;
	}
	if (len > text->size - offset)
		len = (size_t)(text->size - offset);
	if (len == 0)
		return OTS_OK;
	status = read_pages(text, offset, buf, len, cancel, err);
	if (status == OTS_OK)
		*got = len;
	return status;
}

bool ots_text_is_remote(const struct ots_text *text)
{
	return text->form == OTS_NODE_FORM_RAW && ots_input_is_remote(text->input);
}

void ots_text_begin(struct ots_text *text, uint64_t offset, size_t len, ots_input_done_fn *done,
		    void *arg, struct ots_input_read **out)
{
	ots_input_begin(text->input, offset, len, done, arg, out);
}

void ots_text_cancel(struct ots_input_read *read)
{
	ots_input_cancel(read);
}

void ots_text_end(struct ots_input_read *read)
{
	ots_input_end(read);
}

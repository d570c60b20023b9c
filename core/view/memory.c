#include "memory.h"

#include <stdlib.h>

#include <otsfs/base/wait.h>

#define WAIT_MS 20

void view_wait_locked(struct ots_view *view)
{
	ots_wait(&view->locked.changed, &view->locked.mutex, WAIT_MS);
}

void page_free_chain(struct page *chain)
{
	while (chain != NULL) { /* ends: the chain does */
		struct page *next = chain->older;

		free(chain->bytes);
		free(chain);
		chain = next;
	}
}

static void unlink_locked(struct ots_view *view, struct page *page)
{
	if (page->newer != NULL)
		page->newer->older = page->older;
	else
		view->locked.newest = page->older;
	if (page->older != NULL)
		page->older->newer = page->newer;
	else
		view->locked.oldest = page->newer;
	page->newer = NULL;
	page->older = NULL;
}

static void link_newest_locked(struct ots_view *view, struct page *page)
{
	page->newer = NULL;
	page->older = view->locked.newest;
	if (page->older != NULL)
		page->older->newer = page;
	else
		view->locked.oldest = page;
	view->locked.newest = page;
}

void page_touch_locked(struct ots_view *view, struct page *page)
{
	if (view->locked.newest == page)
		return;
	unlink_locked(view, page);
	link_newest_locked(view, page);
}

/* Out of the account and out of its chunk, onto @p chain. */
static void give_up_locked(struct ots_view *view, struct page *page, struct page **chain)
{
	unlink_locked(view, page);
	view->locked.page_bytes -= page->len;
	page->text->locked.chunks[page->index].page = NULL;
	page->older = *chain;
	*chain = page;
}

static bool fits_locked(const struct ots_view *view, size_t bytes)
{
	const size_t used = view->locked.page_bytes + view->locked.reserved_bytes;

	return used <= view->memory_bytes && bytes <= view->memory_bytes - used;
}

/* Give up pages, the oldest first, until @p bytes fit; none that is pinned or of @p but, and none
 * at all where what is reserved would still be in the way.
 * @return whether they fit now */
static bool make_room_locked(struct ots_view *view, size_t bytes, const struct ots_text *but,
			     struct page **chain)
{
	struct page *page = view->locked.oldest;

	if (bytes > view->memory_bytes - view->locked.reserved_bytes)
		return false;
	while (page != NULL && !fits_locked(view, bytes)) { /* ends: at the newest page */
		struct page *newer = page->newer;

		if (page->pins == 0 && page->text != but)
			give_up_locked(view, page, chain);
		page = newer;
	}
	return fits_locked(view, bytes);
}

/* The memory of pages that were given up is in no account any more: it goes before anybody waits,
 * else others would fill its place a second time. */
static void free_given_up_locked(struct ots_view *view, struct page **chain)
{
	struct page *pages = *chain;

	*chain = NULL;
	view_unlock(view);
	page_free_chain(pages);
	view_lock(view);
}

/* Who counts a long object holds its allowance to the end, and many may do so at once: as much as
 * two others need is left to short opens and to reads. */
static bool leaves_enough_locked(const struct ots_view *view, size_t bytes)
{
	const size_t wanted = bytes + 2 * view->small.total_bytes;

	return view->locked.reserved_bytes == 0 ||
	       (wanted <= view->memory_bytes &&
		view->locked.reserved_bytes <= view->memory_bytes - wanted);
}

enum ots_status memory_reserve(struct ots_view *view, const struct allowance *allowance,
			       bool is_long, struct ots_cancel *cancel, struct ots_error *err)
{
	const bool is_large = allowance == &view->large;
	struct page *chain = NULL;
	bool fits = false;

	view_lock(view);
	view->locked.memory_waiting++;
	if (is_large)
		view->locked.large_waiting++;
	while (!fits && !ots_cancel_asked(cancel)) { /* ends: others end, or cancelled */
		if ((is_large || view->locked.large_waiting == 0) &&
		    (!is_long || leaves_enough_locked(view, allowance->total_bytes)))
			fits = make_room_locked(view, allowance->total_bytes, NULL, &chain);
		if (!fits && chain != NULL)
			free_given_up_locked(view, &chain); /* and look again: the lock was open */
		else if (!fits)
			view_wait_locked(view);
	}
	view->locked.memory_waiting--;
	if (is_large) {
		view->locked.large_waiting--;
		view_tell_locked(view);
	}
	if (fits)
		view->locked.reserved_bytes += allowance->total_bytes;
	view_unlock(view);
	page_free_chain(chain);
	return fits ? OTS_OK
		    : ots_fail(err, OTS_CANCELLED, "cancelled while waiting for memory to decode");
}

void memory_release(struct ots_view *view, const struct allowance *allowance)
{
	view_lock(view);
	view->locked.reserved_bytes -= allowance->total_bytes;
	view_tell_locked(view);
	view_unlock(view);
}

struct page *page_new(struct ots_text *text, size_t index, struct ots_buffer *out)
{
	struct page *page = calloc(1, sizeof *page);
	uint8_t *bytes;

	if (page == NULL)
		return NULL;
	bytes = out->len > 0 ? realloc(out->bytes, out->len) : NULL; /* shrinks */
	if (bytes == NULL) {
		free(page);
		return NULL;
	}
	page->text = text;
	page->index = index;
	page->bytes = bytes;
	page->len = out->len;
	ots_buffer_init(out, out->limit);
	return page;
}

static void add_locked(struct ots_view *view, struct page *page)
{
	view->locked.page_bytes += page->len;
	link_newest_locked(view, page);
	page->text->locked.chunks[page->index].page = page;
}

bool memory_keep(struct ots_view *view, struct page *page)
{
	struct page *chain = NULL;
	bool fits;

	view_lock(view);
	fits = make_room_locked(view, page->len, page->text, &chain);
	if (fits)
		add_locked(view, page);
	view_unlock(view);
	page_free_chain(chain);
	return fits;
}

void memory_keep_pinned(struct ots_view *view, struct page *page, const struct allowance *allowance)
{
	view_lock(view);
	view->locked.reserved_bytes -= allowance->total_bytes;
	page->pins = 1;
	add_locked(view, page); /* no more than the allowance that has just ended */
	view_tell_locked(view);
	view_unlock(view);
}

struct page *memory_drop_text_locked(struct ots_view *view, struct ots_text *text)
{
	struct page *chain = NULL;

	for (size_t i = 0; i < text->locked.chunk_count; i++)
		if (text->locked.chunks[i].page != NULL)
			give_up_locked(view, text->locked.chunks[i].page, &chain);
	return chain;
}

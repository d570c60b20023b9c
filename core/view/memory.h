/** @file memory.h
 *  The account of a view's memory: pages kept, the least recently used given up first, and what
 *  decoding under way may take.
 *  Threads: locked inside, but for `_locked`. Nobody waits here with a page pinned or an allowance
 *  held, so that what is waited for always comes. */
#ifndef OTSFS_CORE_VIEW_MEMORY_H
#define OTSFS_CORE_VIEW_MEMORY_H

#include "state.h"

/** Wait until @p allowance fits, giving up pages for it. It will in the end: none is above the
 * view's memory, and what stands in its way is let go by others.
 *  @param is_long  it will be held for long: what two others need is left to them
 *  @return OTS_OK, OTS_CANCELLED */
enum ots_status memory_reserve(struct ots_view *view, const struct allowance *allowance,
			       bool is_long, struct ots_cancel *cancel,
			       struct ots_error *err) OTS_MUST_USE;
void memory_release(struct ots_view *view, const struct allowance *allowance);

/** A page over bytes taken from @p out, which is empty then. @return NULL without memory */
struct page *page_new(struct ots_text *text, size_t index, struct ots_buffer *out);

/** Keep a page of a text that is being counted, if it fits without giving up pages of that text:
 *  its front is read first.
 *  @return whether it was kept; else it is still the caller's */
bool memory_keep(struct ots_view *view, struct page *page);

/** Keep a page that was rendered under @p allowance, which ends in the same step; it is pinned
 *  for the caller. */
void memory_keep_pinned(struct ots_view *view, struct page *page,
			const struct allowance *allowance);

void page_touch_locked(struct ots_view *view, struct page *page);

/** Take all pages of a text that nobody reads out of the account. @return for page_free_chain() */
struct page *memory_drop_text_locked(struct ots_view *view, struct ots_text *text);

#endif

/** @file render.h
 *  Making the text of one chunk again from its place in the object.
 *  Threads: any; one at a time for one chunk (chunk.rendering). */
#ifndef OTSFS_CORE_VIEW_RENDER_H
#define OTSFS_CORE_VIEW_RENDER_H

#include "state.h"

/** @param out  a page in the account, pinned once for the caller
 *  @return OTS_OK, OTS_CANCELLED, OTS_NO_MEMORY, OTS_CHANGED (the text is another than the one that
 *          was counted), or the store's */
enum ots_status render_chunk(struct ots_text *text, size_t index, struct ots_cancel *cancel,
			     struct page **out, struct ots_error *err) OTS_MUST_USE;

#endif

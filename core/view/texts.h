/** @file texts.h
 *  Which texts a view has: those open, and those closed of late, whose index and pages still serve
 *  when they are opened again.
 *  Threads: `_locked` with the view's lock held; the others without. */
#ifndef OTSFS_CORE_VIEW_TEXTS_H
#define OTSFS_CORE_VIEW_TEXTS_H

#include "state.h"

/** A text that nobody knows yet.
 *  @param place  of its schema
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status text_new(struct ots_view *view, const struct ots_object *object,
			 enum ots_node_form form, const struct ots_schema_place *place,
			 struct ots_text **out, struct ots_error *err) OTS_MUST_USE;

/** Ends it, its pages too. In no list any more; nobody refers to it. NULL does nothing. */
void text_free(struct ots_text *text);

/** NULL does nothing. */
void text_schema_free(struct ots_schema *schema);

struct ots_text *text_find_locked(struct ots_view *view, const struct ots_text *like);
void text_list_locked(struct ots_view *view, struct ots_text *text);
void text_unlist_locked(struct ots_view *view, struct ots_text *text);

/** From idle back to work. */
void text_wake_locked(struct ots_view *view, struct ots_text *text);

/** Into the list of idle ones.
 *  @return those that must go for it, unlisted, chained by older_idle, for text_free() each */
struct ots_text *text_idle_locked(struct ots_view *view, struct ots_text *text);

#endif

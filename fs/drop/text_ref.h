/** @file text_ref.h
 *  An open text of the backups that several may hold: the handle that opened it, and dropped files
 *  that refer to a range of it instead of copying.
 *  Threads: hold and release from any thread; the fields are immutable. */
#ifndef OTSFS_FS_TEXT_REF_H
#define OTSFS_FS_TEXT_REF_H

#include <stdatomic.h>

#include <otsfs/catalog/catalog.h>
#include <otsfs/view/view.h>

struct text_ref {
	atomic_uint holders;
	uint64_t number;
	struct ots_object object;
	struct ots_text *text;
};

/** Open what a file node shows. Blocks.
 *  @return as ots_catalog_object() and ots_text_open() */
enum ots_status ots_text_ref_open(struct ots_catalog *catalog, struct ots_view *view,
				  uint64_t number, struct ots_cancel *cancel, struct text_ref **out,
				  struct ots_error *err) OTS_MUST_USE;
struct text_ref *ots_text_ref_hold(struct text_ref *ref);
/** NULL does nothing. */
void ots_text_ref_release(struct text_ref *ref);

#endif

/* One listing: of one folder of the source, or of all of it. New rows for what is new or changed,
 * recognised, and taken into the tree.
 * Threads: listings of several folders may run at once; the catalog sees to it that no folder is
 * listed twice at a time. The catalog's lock is taken inside and not held during I/O. */
#ifndef CORE_CATALOG_LISTING_H
#define CORE_CATALOG_LISTING_H

#include "handle.h"

/* @param folder  of the source
 * @param whole   everything below it, too; then it is the top
 * @param looks   at objects whose names say nothing; else they stay unseen
 * @param unseen  whether there are such

 * @return OTS_OK, OTS_CANCELLED, OTS_NO_MEMORY, OTS_LIMIT (2^30 objects), or what
 * ots_store_list() returns */
enum ots_status ots_listing_run(struct ots_catalog *catalog, uint32_t folder, bool whole,
				bool looks, struct ots_cancel *cancel, bool *unseen,
				struct ots_error *err) OTS_MUST_USE;

/* Look at the rows that were not looked at yet, or at their names only. */
enum ots_status ots_recognise_rows(struct ots_catalog *catalog, const struct ots_list *rows,
				   bool looks, struct ots_cancel *cancel,
				   struct ots_error *err) OTS_MUST_USE;

/* What one row is, by its front.
 * @return OTS_OK, or why it could not be read */
enum ots_status ots_recognise_row(struct ots_catalog *catalog, uint32_t row,
				  struct ots_cancel *cancel, enum ots_format *format,
				  struct ots_error *err) OTS_MUST_USE;

#endif

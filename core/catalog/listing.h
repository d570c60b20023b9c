/* One listing of the source: new rows for what is new or changed, recognised by the bytes at their
 * front, and a snapshot of what lives.
 * Threads: one run at a time; the catalog gives out the turn. */
#ifndef CORE_CATALOG_LISTING_H
#define CORE_CATALOG_LISTING_H

#include "snapshot.h"

struct ots_lister {
	struct ots_store *store;            /* borrowed */
	struct ots_catalog_options options; /* what they point at is borrowed */
	struct ots_index index;
	uint32_t looked_at; /* rows below it have been looked at, but for `retries` of them */
	size_t retries;
};

/* List, recognise, build. Blocks on I/O; no lock is held.
 * @param before  the snapshot of the listing before, or NULL: held again and handed back when
 *                nothing has changed
 * @return OTS_OK, OTS_CANCELLED, OTS_NO_MEMORY, OTS_LIMIT (2^30 objects), or what
 * ots_store_list() returns */
enum ots_status ots_lister_run(struct ots_lister *lister, struct ots_cancel *cancel,
			       struct ots_snapshot *before, struct ots_snapshot **out,
			       struct ots_error *err) OTS_MUST_USE;

/* The row for an entry: the one it has, or a new one, placed by the layout.
 * @return OTS_ROW_NONE without memory */
uint32_t ots_lister_row(struct ots_lister *lister, uint32_t raw_folder, struct ots_bytes name,
			const struct ots_entry *entry);

/* Look at the rows that live and were not looked at yet.
 * *changed: some row that was known before has another format now. */
enum ots_status ots_lister_recognise(struct ots_lister *lister, const uint64_t *alive,
				     struct ots_cancel *cancel, bool *changed,
				     struct ots_error *err) OTS_MUST_USE;

#endif

/** @file listing.h
 *  The names of a folder as they were when it was opened: an index is a directory offset that is
 *  valid at any time. Either a folder of the catalog, or names put together here.
 *  Threads: immutable once filled. */
#ifndef OTSFS_FS_LISTING_H
#define OTSFS_FS_LISTING_H

#include <otsfs/catalog/catalog.h>

struct listing;

struct listing_item {
	struct ots_bytes name;
	uint64_t number;
	enum ots_node_kind kind;
};

/** @return NULL without memory */
struct listing *ots_listing_new(uint64_t number, uint64_t parent);
/** NULL does nothing. */
void ots_listing_free(struct listing *listing);

/** @param folder  taken over */
void ots_listing_set_folder(struct listing *listing, struct ots_folder *folder);
/** @return false without memory, or for an empty name */
bool ots_listing_add(struct listing *listing, const char *name, uint64_t number,
		     enum ots_node_kind kind);
/** Sort what was added by name, and let go of all but one of equal names. */
void ots_listing_sort(struct listing *listing);

/** With `.` and `..`. */
size_t ots_listing_count(const struct listing *listing);
struct listing_item ots_listing_at(const struct listing *listing, size_t index);

#endif

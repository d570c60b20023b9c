/** @file index.h
 *  Things by name in byte order: pages of pointers, so that a million are sought and walked fast
 *  and one more costs a move of a few hundred.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_OSS_INDEX_INDEX_H
#define OTSFS_SERVICE_OSS_INDEX_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** The first member of whatever is kept. */
struct ots_oss_item {
	struct ots_bytes key; /**< the order; its bytes are the thing's own */
	size_t name_len;      /**< so much of it is the name that listings show */
};

struct ots_oss_page;

struct ots_oss_index {
	struct ots_oss_page **pages;
	size_t page_count, page_cap;
	size_t count;
	uint64_t changes; /**< counted, so that a walker sees that places have moved */
};

/** A place in the order; good until the next change. */
struct ots_oss_place {
	size_t page, at;
};

/** Frees the index, not the things. */
void ots_oss_index_release(struct ots_oss_index *index);

struct ots_oss_item *ots_oss_index_find(const struct ots_oss_index *index, struct ots_bytes key);

/** Put a thing where its key belongs. @param replaced  the thing of that key until now, or NULL
 *  @return false without memory: nothing has changed */
bool ots_oss_index_put(struct ots_oss_index *index, struct ots_oss_item *item,
		       struct ots_oss_item **replaced);

/** @return the thing that was there, or NULL */
struct ots_oss_item *ots_oss_index_remove(struct ots_oss_index *index, struct ots_bytes key);

/** The first place whose key is not below @p key. */
struct ots_oss_place ots_oss_index_seek(const struct ots_oss_index *index, struct ots_bytes key);

/** What stands there; NULL behind the last. */
struct ots_oss_item *ots_oss_index_at(const struct ots_oss_index *index,
				      struct ots_oss_place place);
struct ots_oss_place ots_oss_index_next(const struct ots_oss_index *index,
					struct ots_oss_place place);

/** Byte order. @return below, at or above 0 */
int ots_oss_compare_keys(struct ots_bytes a, struct ots_bytes b);

#endif

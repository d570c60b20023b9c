/** @file names.h
 *  The names of one folder, as a listing needs them: filtered by its prefix and sorted as they
 *  stand in keys, a subfolder with its '/'.
 *
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_OBJECT_DIR_NAMES_H
#define OTSFS_CORE_OBJECT_DIR_NAMES_H

#include <otsfs/base/arena.h>

#include "folder.h"

struct name {
	const uint8_t *at; /* with '/' at the end when it is a folder; in the level's arena */
	size_t len;
};

/* One folder on the way down. */
struct level {
	struct ots_arena arena;
	struct name *names;
	size_t count, cap;
	size_t next;       /* the name whose turn it is */
	size_t prefix_len; /* of the key so far: the folder's own with its '/' */
};

/** Fill @p level, whose prefix_len is set and the rest zero, with the names of the folder behind
 *  @p fd, which stays the caller's.
 *  @param key          the folder's own key, level->prefix_len bytes
 *  @param passed_over  what is no object is added to it
 *  @return OTS_OK, OTS_CANCELLED, OTS_NO_MEMORY, or the errno's; to be released in any case */
enum ots_status level_fill(struct level *level, const struct folder *folder,
			   const struct ots_list_request *request, const uint8_t *key, int fd,
			   struct ots_store_counts *passed_over,
			   struct ots_error *err) OTS_MUST_USE;
void level_release(struct level *level);

#endif

/** @file walk.h
 *  What a listing shows of an index, in order: names below a prefix, folded at a delimiter.
 *  Source: oss-protocol 3.1.
 *  Threads: the caller serialises, for as long as the walk goes on. */
#ifndef OTSFS_SERVICE_OSS_INDEX_WALK_H
#define OTSFS_SERVICE_OSS_INDEX_WALK_H

#include "index.h"

/** Borrowed for as long as the walk goes on. */
struct ots_oss_walk_query {
	struct ots_bytes prefix;
	struct ots_bytes delimiter; /**< empty: nothing is folded */
	struct ots_bytes after;     /**< shown are only names and folded prefixes above it */
	bool with_after;            /**< a name equal to after is shown too */
};

struct ots_oss_walk {
	const struct ots_oss_index *index;
	struct ots_oss_walk_query query;
	struct ots_oss_place place;
};

void ots_oss_walk_begin(struct ots_oss_walk *walk, const struct ots_oss_index *index,
			const struct ots_oss_walk_query *query);

/** The next to show.
 *  @param folded  the common prefix, cut after the delimiter: bytes of the item's name; empty when
 *                 the item itself is shown
 *  @return NULL at the end. With a folded prefix the first item below it */
struct ots_oss_item *ots_oss_walk_next(struct ots_oss_walk *walk, struct ots_bytes *folded);

#endif

/* The catalog behind its header: the tree, and who lists.
 * Threads: `locked` belongs to the holder of its mutex. */
#ifndef CORE_CATALOG_HANDLE_H
#define CORE_CATALOG_HANDLE_H

#include <pthread.h>

#include <otsfs/base/cancel.h>
#include <otsfs/base/pool.h>

#include "tree/tree.h"

struct ots_catalog {
	struct ots_store *store;            /* borrowed */
	struct ots_catalog_options options; /* what they point at is borrowed */
	struct ots_pool *pool;              /* lazy only */
	struct ots_cancel closing; /* asked when listings that nobody waits for shall end */
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t listed; /* on CLOCK_MONOTONIC */
		struct ots_tree tree;
		uint64_t turn;            /* listings that have ended */
		uint64_t expiries;        /* how often a listing was found to be behind */
		uint32_t failed_folder;   /* of the listing that failed last, */
		uint64_t failed_turn;     /* as which it ended, */
		struct ots_error failure; /* and why */
		int64_t listed_us;
		struct ots_store_counts passed_over;
	} locked;
};

static inline bool ots_catalog_is_whole_locked(const struct ots_catalog *catalog)
{
	return !catalog->options.lazy || catalog->locked.tree.mixed;
}

/* Everything that a folder needs, listed now where it is stale. Blocks on I/O or on the listings of
 * others, with the lock given up; it is held on return. */
enum ots_status ots_catalog_ready_locked(struct ots_catalog *catalog, uint32_t folder,
					 struct ots_cancel *cancel,
					 struct ots_error *err) OTS_MUST_USE;

/* The folders of the source that @p folder needs and that are stale, or were listed no later than
 * as turn @p since.
 * @param want      room for @p most; when more are needed some are left out
 * @param until_ms  how long what is fresh stays so
 * @return how many; -1 without memory */
int ots_catalog_needs_locked(struct ots_catalog *catalog, uint32_t folder, uint64_t since,
			     uint32_t *want, size_t most, int64_t *until_ms);

/* Whether one folder of the source was listed later than as turn @p since, or is fresh anyway.
 * @param seen  and its objects looked at */
bool ots_catalog_is_listed_locked(const struct ots_catalog *catalog, uint32_t folder,
				  uint64_t since, bool seen);

/* One part of a path: *node, a folder, becomes the child of that name; `latest` is followed. */
enum ots_status ots_catalog_step_locked(struct ots_catalog *catalog, struct ots_bytes part,
					struct ots_cancel *cancel, struct ots_node *node,
					struct ots_error *err) OTS_MUST_USE;

#endif

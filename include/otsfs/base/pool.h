/** @file pool.h
 *  Workers with one bounded queue.
 *  Threads: all functions from any thread but ots_pool_free(), which comes last, from outside. */
#ifndef OTSFS_BASE_POOL_H
#define OTSFS_BASE_POOL_H

#include <stddef.h>

#include <otsfs/base/error.h>

struct ots_pool;

typedef void ots_pool_fn(void *arg);

/** @param threads      from 1
 *  @param queue_limit  tasks that may wait; from 1
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_pool_new(size_t threads, size_t queue_limit, struct ots_pool **out,
			     struct ots_error *err) OTS_MUST_USE;

/** Runs what is queued, then ends the threads. NULL does nothing. */
void ots_pool_free(struct ots_pool *pool);

/** Queue @p fn; it runs once, on a worker. Blocks while the queue is full.
 *  Never call it from a worker of the same pool: with a full queue that would wait for itself.
 *  @return OTS_OK, or OTS_CANCELLED when the pool is being freed */
enum ots_status ots_pool_submit(struct ots_pool *pool, ots_pool_fn *fn, void *arg,
				struct ots_error *err) OTS_MUST_USE;

/** As ots_pool_submit(), but OTS_LIMIT at once when the queue is full. */
enum ots_status ots_pool_try_submit(struct ots_pool *pool, ots_pool_fn *fn, void *arg,
				    struct ots_error *err) OTS_MUST_USE;

#endif

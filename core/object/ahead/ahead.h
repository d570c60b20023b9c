/** @file ahead.h
 *  Reading ahead of whoever reads an object whose reads wait for a network.
 *
 *  An object is fetched in segments, each one range request into a buffer of its own. A read pins
 *  the segments it touches, asks for those that are missing, and is over when its bytes have come,
 *  which may be before its segments are complete. Readers that go on where they stopped are
 *  followed by a window that grows with what they have read (2 MiB, then four times that, up to
 *  32 MiB in eight segments), so that at most five times as much is fetched as was asked for. A
 *  segment whose bytes have all been handed out is dropped; the others stay until memory is needed,
 *  the least recently used go first.
 *
 *  Bytes that were fetched through one input from the object's first to its last are held against
 *  the store's checksum: a read of the last byte waits for that, and fails when they differ.
 *
 *  Memory: segments of all inputs of a store stay within the pool's limit, but for those that
 *  somebody waits for: a read may always have the bytes it asked for.
 *  Threads: one lock a pool, held for bookkeeping only: no I/O, no copying, no callback under it.
 */
#ifndef OTSFS_CORE_OBJECT_AHEAD_H
#define OTSFS_CORE_OBJECT_AHEAD_H

#include <pthread.h>

#include <otsfs/object/input.h>

struct ahead_pool; /* of a store */
struct ahead;      /* of an input */

enum ots_status ahead_pool_new(struct ahead_pool **out, struct ots_error *err) OTS_MUST_USE;
void ahead_pool_set_limit(struct ahead_pool *pool, size_t bytes);
/* Waits for the ends of what was cancelled. NULL does nothing. */
void ahead_pool_free(struct ahead_pool *pool);

struct ahead_options {
	const struct ots_store_ops *ops;
	void *self, *handle;           /* of the backend; the handle outlives the ahead */
	const struct ots_entry *entry; /* borrowed as long */
	const char *store_name;        /* as long */
	bool sparse;
};

enum ots_status ahead_open(struct ahead_pool *pool, const struct ahead_options *options,
			   struct ahead **out, struct ots_error *err) OTS_MUST_USE;
/* After the last read has ended. */
void ahead_close(struct ahead *ahead);

/* As ots_input_read_until(), ots_input_begin(), inside the object. */
enum ots_status ahead_read(struct ahead *ahead, uint64_t offset, void *buf, size_t len,
			   struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;
void ahead_begin(struct ahead *ahead, uint64_t offset, size_t len, ots_input_done_fn *done,
		 void *arg, struct ots_input_read **out);

#endif

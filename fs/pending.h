/** @file pending.h
 *  A request that is answered later, by a worker: exactly one reply on every path.
 *
 *  An operation allocates its own struct with a struct pending as its first member, fills it, and
 *  starts it; from then on it belongs to the worker, whose function ends with ots_pending_take()
 *  and one fuse_reply_…(). The kernel's INTERRUPT becomes a wish to stop on `cancel`. The callback
 *  may run inside its own registration, under the request's lock: besides the wish it only queues
 *  the answer to a request that no worker has begun. */
#ifndef OTSFS_FS_PENDING_H
#define OTSFS_FS_PENDING_H

#include <stdatomic.h>

#include <otsfs/base/cancel.h>

#include "mount_state.h"

struct pending {
	fuse_req_t request;
	struct mount *mount;
	struct ots_cancel cancel;
	void (*run)(struct pending *pending);
	void (*recalled)(struct pending *pending); /* started elsewhere: stop that */
	void (*dispose)(struct pending *pending);  /* NULL: it holds nothing */
	bool recallable;

	struct pending *previous, *next; /* recallable ones that are not answered yet */
	atomic_int state;                /* enum of pending.c */
	atomic_uint holders;             /* the queue, and who answers instead of it */
};

/** @param size  of the operation's struct; zeroed
 *  @return NULL without memory: the request has been answered ENOMEM then */
void *ots_pending_new(fuse_req_t request, size_t size);

/** Hand over to a worker of @p pool. Blocks while its queue is full. */
void ots_pending_start(struct pending *pending, struct ots_pool *pool,
		       void (*run)(struct pending *pending));

/** As ots_pending_start(), for work that need not run at all: interrupted while it is queued, it is
 *  answered EINTR at once, however many workers are busy. Only for structs that hold nothing that
 *  @p run would have to let go. */
void ots_pending_start_recallable(struct pending *pending, struct ots_pool *pool,
				  void (*run)(struct pending *pending));

/** Hand over to something that will call ots_pending_claim() once, from any thread, maybe before
 *  this returns. Interrupted before that, it is answered EINTR and @p recalled is called.
 *  @param begin     starts it; touches nothing that the answer may let go once it has
 *  @param dispose   called at the very end, before the memory goes */
void ots_pending_start_elsewhere(struct pending *pending, void (*begin)(struct pending *pending),
				 void (*recalled)(struct pending *pending),
				 void (*dispose)(struct pending *pending));

/** What was started elsewhere has ended. @return true: answer it, by ots_pending_take(); false: it
 *  has been answered, and is gone */
bool ots_pending_claim(struct pending *pending);

/** The mount ends: all that was started recallable is to stop. */
void ots_pending_end_all(struct mount *mount);
/** As that, and return when nothing that was started elsewhere is left. */
void ots_pending_await_all(struct mount *mount);

/** Whether the caller was interrupted: then it is answered EINTR whatever came out. */
bool ots_pending_interrupted(const struct pending *pending);

/** Let go of @p pending, whole, and give its request to be answered: no interrupt comes after. */
fuse_req_t ots_pending_take(struct pending *pending);

/** Take and answer an errno; 0 is success. */
void ots_pending_reply_errno(struct pending *pending, int error);

#endif

#include "pending.h"

#include <errno.h>
#include <stdlib.h>

#define AWAIT_STEP_MS 5

/* Who answers is settled once, by who moves the state on from QUEUED; work elsewhere may also end
 * while it is STARTING. */
enum { STATE_QUEUED, STATE_RUNNING, STATE_RECALLED, STATE_STARTING };

static void let_go(struct pending *pending)
{
	if (atomic_fetch_sub_explicit(&pending->holders, 1, memory_order_acq_rel) != 1)
		return;
	if (pending->dispose != NULL)
		pending->dispose(pending);
	ots_cancel_release(&pending->cancel);
	free(pending);
}

static bool claim(struct pending *pending, int state)
{
	int queued = STATE_QUEUED;

	return atomic_compare_exchange_strong(&pending->state, &queued, state);
}

/* The queue's part stays: a worker meets it later and passes it over. */
static void recall_run(void *arg)
{
	struct pending *pending = arg;

	if (!claim(pending, STATE_RECALLED)) {
		let_go(pending);
		return;
	}
	if (pending->recalled != NULL)
		pending->recalled(pending);
	ots_pending_reply_errno(pending, EINTR);
}

/* Without a place in that queue it is answered when its turn in the other comes. */
static void recall(struct pending *pending)
{
	(void)atomic_fetch_add_explicit(&pending->holders, 1, memory_order_relaxed);
	if (ots_pool_try_submit(pending->mount->recalls, recall_run, pending, NULL) != OTS_OK)
		let_go(pending);
}

static void interrupted(fuse_req_t request, void *data)
{
	struct pending *pending = data;

	(void)request;
	ots_cancel_ask(&pending->cancel);
	if (pending->recallable && atomic_load(&pending->state) == STATE_QUEUED)
		recall(pending);
}

static void work(void *arg)
{
	struct pending *pending = arg;

	if (claim(pending, STATE_RUNNING))
		pending->run(pending);
	else
		let_go(pending);
}

void *ots_pending_new(fuse_req_t request, size_t size)
{
	struct pending *pending = calloc(1, size);

	if (pending == NULL) {
		(void)fuse_reply_err(request, ENOMEM);
		return NULL;
	}
	pending->request = request;
	pending->mount = fuse_req_userdata(request);
	ots_cancel_init(&pending->cancel);
	atomic_init(&pending->state, STATE_QUEUED);
	atomic_init(&pending->holders, 1);
	return pending;
}

void ots_pending_start(struct pending *pending, struct ots_pool *pool,
		       void (*run)(struct pending *pending))
{
	pending->run = run;
	fuse_req_interrupt_func(pending->request, interrupted, pending);
	if (ots_pool_submit(pool, work, pending, NULL) != OTS_OK) {
		/* The workers are ending: told to stop, the work is short, and it still replies. */
		ots_cancel_ask(&pending->cancel);
		work(pending);
	}
}

static void put_in(struct pending *pending)
{
	struct mount *mount = pending->mount;

	pending->recallable = true;
	(void)pthread_mutex_lock(&mount->locked.mutex);
	pending->next = mount->locked.pendings;
	if (pending->next != NULL)
		pending->next->previous = pending;
	mount->locked.pendings = pending;
	(void)pthread_mutex_unlock(&mount->locked.mutex);
}

void ots_pending_start_recallable(struct pending *pending, struct ots_pool *pool,
				  void (*run)(struct pending *pending))
{
	put_in(pending);
	ots_pending_start(pending, pool, run);
}

void ots_pending_start_elsewhere(struct pending *pending, void (*begin)(struct pending *pending),
				 void (*recalled)(struct pending *pending),
				 void (*dispose)(struct pending *pending))
{
	int starting = STATE_STARTING;

	pending->recalled = recalled;
	pending->dispose = dispose;
	atomic_store(&pending->state, STATE_STARTING);
	/* Ours, besides that of whoever answers. */
	(void)atomic_fetch_add_explicit(&pending->holders, 1, memory_order_relaxed);
	put_in(pending);
	fuse_req_interrupt_func(pending->request, interrupted, pending);
	begin(pending);
	/* An interrupt that came meanwhile could not recall it yet. */
	if (atomic_compare_exchange_strong(&pending->state, &starting, STATE_QUEUED) &&
	    ots_cancel_asked(&pending->cancel))
		recall(pending);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the holder added above is ours until here. */
	let_go(pending);
}

bool ots_pending_claim(struct pending *pending)
{
	int starting = STATE_STARTING;

	/* NOLINTBEGIN(clang-analyzer-unix.Malloc): the holder of whoever ends it is let go below.
	 */
	if (atomic_compare_exchange_strong(&pending->state, &starting, STATE_RUNNING) ||
	    claim(pending, STATE_RUNNING))
		return true;
	/* NOLINTEND(clang-analyzer-unix.Malloc) */
	let_go(pending);
	return false;
}

void ots_pending_end_all(struct mount *mount)
{
	(void)pthread_mutex_lock(&mount->locked.mutex);
	for (struct pending *p = mount->locked.pendings; p != NULL; p = p->next) {
		ots_cancel_ask(&p->cancel);
		if (p->recalled != NULL && atomic_load(&p->state) == STATE_QUEUED)
			recall(p);
	}
	(void)pthread_mutex_unlock(&mount->locked.mutex);
}

void ots_pending_await_all(struct mount *mount)
{
	bool any = true;

	while (any) { /* ends: each is recalled, or answered by who has its answer */
		ots_pending_end_all(mount);
		(void)ots_cancel_wait(NULL, AWAIT_STEP_MS);
		(void)pthread_mutex_lock(&mount->locked.mutex);
		any = mount->locked.pendings != NULL;
		(void)pthread_mutex_unlock(&mount->locked.mutex);
	}
}

static void take_out(struct pending *pending)
{
	struct mount *mount = pending->mount;

	(void)pthread_mutex_lock(&mount->locked.mutex);
	if (pending->previous != NULL)
		pending->previous->next = pending->next;
	else
		mount->locked.pendings = pending->next;
	if (pending->next != NULL)
		pending->next->previous = pending->previous;
	(void)pthread_mutex_unlock(&mount->locked.mutex);
}

bool ots_pending_interrupted(const struct pending *pending)
{
	return ots_cancel_asked(&pending->cancel);
}

fuse_req_t ots_pending_take(struct pending *pending)
{
	fuse_req_t request = pending->request;

	/* Waits for a callback at work, which holds the request's lock. */
	fuse_req_interrupt_func(request, NULL, NULL);
	if (pending->recallable)
		take_out(pending);
	let_go(pending);
	return request;
}

void ots_pending_reply_errno(struct pending *pending, int error)
{
	(void)fuse_reply_err(ots_pending_take(pending), error);
}

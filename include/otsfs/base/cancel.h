/** @file cancel.h
 *  A wish to stop, shared between who asks and who works. Whoever works looks at it between
 *  pieces, and waits on it instead of sleeping.
 *  Threads: all functions from any thread; a token outlives everybody who was handed it. */
#ifndef OTSFS_BASE_CANCEL_H
#define OTSFS_BASE_CANCEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ots_cancel {
	atomic_bool asked;
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed; /* on CLOCK_MONOTONIC */
	} wait;
};

void ots_cancel_init(struct ots_cancel *cancel);
void ots_cancel_release(struct ots_cancel *cancel);

/** Ask to stop. Never blocks for longer than a waiter needs to begin its wait. */
void ots_cancel_ask(struct ots_cancel *cancel);

/** @param cancel  may be NULL: nobody can ask */
static inline bool ots_cancel_asked(const struct ots_cancel *cancel)
{
	return cancel != NULL && atomic_load_explicit(&cancel->asked, memory_order_acquire);
}

/** Wait @p ms, or less when somebody asks to stop. @p cancel may be NULL.
 *  @return whether stopping was asked */
bool ots_cancel_wait(struct ots_cancel *cancel, int64_t ms);

#endif

/** @file wake.h
 *  How a job's driver is woken: by an answer, by a control, by time.
 *  Threads: locked inside; `mutex` also guards the list of answers (send/senders.h). */
#ifndef OTSFS_CORE_RESTORE_WAKE_H
#define OTSFS_CORE_RESTORE_WAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct ots_wake {
	pthread_mutex_t mutex;
	pthread_cond_t cond; /* on CLOCK_MONOTONIC */
	bool nudged;
};

void ots_wake_init(struct ots_wake *wake);
void ots_wake_release(struct ots_wake *wake);
void ots_wake_nudge(struct ots_wake *wake);
void ots_wake_nudge_locked(struct ots_wake *wake);
/** Wait for a nudge, at most @p ms. A nudge that came before counts. */
void ots_wake_wait(struct ots_wake *wake, int64_t ms);

#endif

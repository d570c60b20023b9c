/** @file wait.h
 *  Condition variables that wait a while on CLOCK_MONOTONIC, which nobody sets.
 *  Threads: as pthread conditions. */
#ifndef OTSFS_BASE_WAIT_H
#define OTSFS_BASE_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/** The moment @p ms from now on CLOCK_MONOTONIC; below 0 is now. */
struct timespec ots_wait_until(int64_t ms);

/** A condition for ots_wait(); pthread_cond_destroy() ends it. */
void ots_wait_init(pthread_cond_t *cond);

/** Wait on @p cond, of ots_wait_init(), at most @p ms with @p mutex held. May end early, as such
 *  waits do: the caller asks its question again. */
void ots_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t ms);

#endif

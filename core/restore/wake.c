#include "wake.h"

#include <otsfs/base/wait.h>

void ots_wake_init(struct ots_wake *wake)
{
	(void)pthread_mutex_init(&wake->mutex, NULL);
	ots_wait_init(&wake->cond);
	wake->nudged = false;
}

void ots_wake_release(struct ots_wake *wake)
{
	(void)pthread_cond_destroy(&wake->cond);
	(void)pthread_mutex_destroy(&wake->mutex);
}

void ots_wake_nudge_locked(struct ots_wake *wake)
{
	wake->nudged = true;
	(void)pthread_cond_signal(&wake->cond);
}

void ots_wake_nudge(struct ots_wake *wake)
{
	(void)pthread_mutex_lock(&wake->mutex);
	ots_wake_nudge_locked(wake);
	(void)pthread_mutex_unlock(&wake->mutex);
}

void ots_wake_wait(struct ots_wake *wake, int64_t ms)
{
	(void)pthread_mutex_lock(&wake->mutex);
	if (!wake->nudged && ms > 0)
		ots_wait(&wake->cond, &wake->mutex, ms);
	wake->nudged = false;
	(void)pthread_mutex_unlock(&wake->mutex);
}

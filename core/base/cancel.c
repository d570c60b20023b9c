#include <otsfs/base/cancel.h>

#include <errno.h>
#include <time.h>

#include <otsfs/base/wait.h>

void ots_cancel_init(struct ots_cancel *cancel)
{
	atomic_init(&cancel->asked, false);
	(void)pthread_mutex_init(&cancel->wait.mutex, NULL);
	ots_wait_init(&cancel->wait.changed);
}

void ots_cancel_release(struct ots_cancel *cancel)
{
	(void)pthread_cond_destroy(&cancel->wait.changed);
	(void)pthread_mutex_destroy(&cancel->wait.mutex);
}

void ots_cancel_ask(struct ots_cancel *cancel)
{
	(void)pthread_mutex_lock(&cancel->wait.mutex);
	atomic_store_explicit(&cancel->asked, true, memory_order_release);
	(void)pthread_cond_broadcast(&cancel->wait.changed);
	(void)pthread_mutex_unlock(&cancel->wait.mutex);
}

bool ots_cancel_wait(struct ots_cancel *cancel, int64_t ms)
{
	const struct timespec until = ots_wait_until(ms);

	if (cancel == NULL) {
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
			/* ends: the moment is absolute */
		}
		return false;
	}
	(void)pthread_mutex_lock(&cancel->wait.mutex);
	while (!atomic_load_explicit(&cancel->asked, memory_order_acquire)) {
		if (pthread_cond_timedwait(&cancel->wait.changed, &cancel->wait.mutex, &until) ==
		    ETIMEDOUT)
			break;
	}
	(void)pthread_mutex_unlock(&cancel->wait.mutex);
	return ots_cancel_asked(cancel);
}

#include <otsfs/base/wait.h>

struct timespec ots_wait_until(int64_t ms)
{
	struct timespec until;

	if (ms < 0)
		ms = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	return until;
}

void ots_wait_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

void ots_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t ms)
{
	const struct timespec until = ots_wait_until(ms);

	(void)pthread_cond_timedwait(cond, mutex, &until);
}

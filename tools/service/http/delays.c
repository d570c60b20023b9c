#include "delays.h"

#include <pthread.h>
#include <stdlib.h>

#include <microhttpd.h>

#include <otsfs/base/clock.h>
#include <otsfs/base/wait.h>

#define IDLE_MS INT64_C(3600000)

struct waiting {
	struct MHD_Connection *connection;
	int64_t due_ms;
};

struct ots_delays {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t waiting_max;
	struct {
		struct waiting *waiting;
		size_t count;
		bool ending;
	} locked;
};

static int64_t now_ms(void)
{
	return ots_clock_monotonic_ms(&ots_clock_system);
}

/* The next to wake, taken out.
 *  @param wait_ms  until the first is due, when none is yet */
static struct MHD_Connection *take_due_locked(struct ots_delays *delays, int64_t *wait_ms)
{
	struct MHD_Connection *connection;
	size_t first = 0;

	*wait_ms = IDLE_MS;
	if (delays->locked.count == 0)
		return NULL;
	for (size_t i = 1; i < delays->locked.count; i++)
		if (delays->locked.waiting[i].due_ms < delays->locked.waiting[first].due_ms)
			first = i;
	*wait_ms = delays->locked.waiting[first].due_ms - now_ms();
	if (*wait_ms > 0 && !delays->locked.ending)
		return NULL;
	connection = delays->locked.waiting[first].connection;
	delays->locked.waiting[first] = delays->locked.waiting[--delays->locked.count];
	return connection;
}

static void *wake(void *arg)
{
	struct ots_delays *delays = arg;
	bool over = false;

	while (!over) { /* ends: when asked to, with nobody left */
		struct MHD_Connection *connection;
		int64_t wait_ms;

		(void)pthread_mutex_lock(&delays->mutex);
		connection = take_due_locked(delays, &wait_ms);
		over = connection == NULL && delays->locked.ending;
		if (connection == NULL && !over)
			ots_wait(&delays->changed, &delays->mutex, wait_ms);
		(void)pthread_mutex_unlock(&delays->mutex);
		if (connection != NULL)
			MHD_resume_connection(connection);
	}
	return NULL;
}

enum ots_status ots_delays_start(size_t waiting_max, struct ots_delays **out, struct ots_error *err)
{
	struct ots_delays *delays = calloc(1, sizeof *delays);

	if (delays != NULL)
		delays->locked.waiting = calloc(waiting_max, sizeof *delays->locked.waiting);
	if (delays == NULL || delays->locked.waiting == NULL)
		goto fail;
	delays->waiting_max = waiting_max;
	(void)pthread_mutex_init(&delays->mutex, NULL);
	ots_wait_init(&delays->changed);
	if (pthread_create(&delays->thread, NULL, wake, delays) == 0) {
		*out = delays;
		return OTS_OK;
	}
	(void)pthread_cond_destroy(&delays->changed);
	(void)pthread_mutex_destroy(&delays->mutex);
fail:
	if (delays != NULL)
		free(delays->locked.waiting);
	free(delays);
	return ots_fail(err, OTS_NO_MEMORY, "service");
}

bool ots_delays_wait(struct ots_delays *delays, struct MHD_Connection *connection, int64_t ms)
{
	bool waits;

	(void)pthread_mutex_lock(&delays->mutex);
	waits = !delays->locked.ending && delays->locked.count < delays->waiting_max;
	if (waits) {
		/* Under the lock, which whoever resumes must pass first: the other order of the two
		 * would resume a connection that is not suspended yet. */
		MHD_suspend_connection(connection);
		delays->locked.waiting[delays->locked.count++] =
			(struct waiting){connection, now_ms() + ms};
		(void)pthread_cond_signal(&delays->changed);
	}
	(void)pthread_mutex_unlock(&delays->mutex);
	return waits;
}

void ots_delays_wake_all(struct ots_delays *delays)
{
	(void)pthread_mutex_lock(&delays->mutex);
	delays->locked.ending = true;
	(void)pthread_cond_signal(&delays->changed);
	(void)pthread_mutex_unlock(&delays->mutex);
	(void)pthread_join(delays->thread, NULL);
}

void ots_delays_stop(struct ots_delays *delays)
{
	if (delays == NULL)
		return;
	(void)pthread_cond_destroy(&delays->changed);
	(void)pthread_mutex_destroy(&delays->mutex);
	free(delays->locked.waiting);
	free(delays);
}

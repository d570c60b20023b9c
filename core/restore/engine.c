#include <otsfs/restore/engine.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <otsfs/base/wait.h>

#include "job.h"
#include "send/run.h"
#include "documents.h"
#include "staging.h"

#define BATCHES_IN_FLIGHT 8
#define MEMORY_BYTES ((size_t)128 * 1024 * 1024)
#define ROW_DEADLINE_MS INT64_C(1800000)
#define STAGING_LIMIT_BYTES (UINT64_C(64) * 1024 * 1024 * 1024)
#define WAIT_MAX_MS 1000

/* Who writes the keys must not be able to choose collisions of their hashes. */
static uint64_t random_seed(const struct ots_clock *clock)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)ots_clock_wall_us(clock) * UINT64_C(0x9e3779b97f4a7c15);
	return seed;
}

static void fill_in(struct ots_engine *engine)
{
	struct ots_engine_options *options = &engine->options;
	struct ots_engine_tuning *tuning = &engine->tuning;

	options->state_dir = NULL; /* borrowed for the call only; root_path is what is kept */
	if (options->batches_in_flight == 0)
		options->batches_in_flight = BATCHES_IN_FLIGHT;
	if (options->memory_bytes == 0)
		options->memory_bytes = MEMORY_BYTES;
	if (options->row_deadline_ms == 0)
		options->row_deadline_ms = ROW_DEADLINE_MS;
	if (options->staging_limit_bytes == 0)
		options->staging_limit_bytes = STAGING_LIMIT_BYTES;
	if (tuning->seed == 0)
		tuning->seed = random_seed(options->clock);
	if (tuning->held_rows_max == 0)
		tuning->held_rows_max = OTS_HELD_ROWS_MAX;
	if (tuning->wait_max_ms == 0)
		tuning->wait_max_ms = WAIT_MAX_MS;
}

enum ots_status ots_engine_open_tuned(const struct ots_engine_options *options,
				      const struct ots_engine_tuning *tuning,
				      struct ots_engine **out, struct ots_error *err)
{
	struct ots_engine *engine = calloc(1, sizeof *engine);
	enum ots_status status;

	if (engine == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "restore engine");
	status = ots_job_folder_root(options->state_dir, true, &engine->root_path, &engine->root_fd,
				     err);
	if (status != OTS_OK) {
		free(engine);
		return status;
	}
	engine->options = *options;
	engine->tuning = *tuning;
	fill_in(engine);
	(void)pthread_mutex_init(&engine->locked.mutex, NULL);
	ots_wait_init(&engine->locked.changed);
	ots_staging_sweep(engine);
	*out = engine;
	return OTS_OK;
}

enum ots_status ots_engine_open(const struct ots_engine_options *options, struct ots_engine **out,
				struct ots_error *err)
{
	const struct ots_engine_tuning tuning = {.delay_percent = 100};

	return ots_engine_open_tuned(options, &tuning, out, err);
}

/* By microseconds, each later than the one before: also two drivers that follow one another within
 * a second, as an unmount and a mount do, give ids in order. */
void ots_engine_id(struct ots_engine *engine, char id[OTS_JOB_ID_BYTES])
{
	const struct ots_clock *clock = engine->options.clock;
	const uint64_t mark = random_seed(clock);
	int64_t us = ots_clock_wall_us(clock);
	struct ots_civil at;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	if (us <= engine->locked.last_id_us)
		us = engine->locked.last_id_us + 1;
	engine->locked.last_id_us = us;
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	at = ots_civil_from_us(us);
	(void)snprintf(id, OTS_JOB_ID_BYTES, "%04d%02u%02uT%02u%02u%02uZ-%06u-%06x",
		       (int)(at.year % 10000), at.month % 100u, at.day % 100u, at.hour % 100u,
		       at.minute % 100u, at.second % 100u, at.microsecond % 1000000u,
		       (unsigned)(mark & 0xffffff));
}

/* Out of the list of unfinished jobs, so that the next one of its table may start. */
static void unlink_job_locked(struct ots_engine *engine, struct ots_job *job)
{
	struct ots_job **at = &engine->locked.jobs;

	while (*at != NULL && *at != job)
		at = &(*at)->next;
	if (*at != NULL)
		*at = job->next;
}

static void *run_job(void *arg)
{
	struct ots_job *job = arg;
	struct ots_engine *engine = job->engine;
	struct ots_error error = {0};
	enum ots_job_state state;

	job->started_us = ots_clock_wall_us(engine->options.clock);
	job->started_ms = ots_clock_monotonic_ms(engine->options.clock);
	ots_job_enter(job, OTS_JOB_RUNNING, NULL);
	state = ots_job_run(job, &error);
	(void)pthread_mutex_lock(&engine->locked.mutex);
	unlink_job_locked(engine, job);
	engine->locked.running--;
	(void)pthread_cond_broadcast(&engine->locked.changed);
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	ots_job_end(job, state, error.status != OTS_OK ? &error : NULL);
	ots_engine_schedule(engine);
	(void)pthread_mutex_lock(&engine->locked.mutex);
	job->next = engine->locked.ended;
	engine->locked.ended = job;
	(void)pthread_cond_broadcast(&engine->locked.changed);
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	return NULL;
}

/* Threads that have come to their end; the job is let go with its thread. */
static void join_ended(struct ots_engine *engine)
{
	struct ots_job *job;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	job = engine->locked.ended;
	engine->locked.ended = NULL;
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	while (job != NULL) { /* ends: the list was taken whole */
		struct ots_job *next = job->next;

		(void)pthread_join(job->thread, NULL);
		(void)pthread_mutex_lock(&engine->locked.mutex);
		engine->locked.threads--;
		(void)pthread_mutex_unlock(&engine->locked.mutex);
		ots_job_release(job);
		job = next;
	}
}

/* The first queued job that no earlier one of its table is in the way of. */
static struct ots_job *next_job_locked(struct ots_engine *engine)
{
	if (engine->locked.closing || engine->locked.running >= OTS_JOBS_AT_ONCE)
		return NULL;
	for (struct ots_job *job = engine->locked.jobs; job != NULL; job = job->next) {
		const struct ots_job *earlier = engine->locked.jobs;

		if (job->has_thread)
			continue;
		while (earlier != job && strcmp(earlier->table, job->table) != 0)
			earlier = earlier->next;
		if (earlier == job)
			return job;
	}
	return NULL;
}

void ots_engine_schedule(struct ots_engine *engine)
{
	join_ended(engine); /* a job's own thread is not among them yet */
	for (;;) {          /* ends: nothing may start */
		struct ots_job *job;
		struct ots_error err = {0};

		(void)pthread_mutex_lock(&engine->locked.mutex);
		job = next_job_locked(engine);
		if (job != NULL) {
			/* Created under the lock: whoever joins must find job->thread set, and the
			 * new thread does nothing that waits for this lock before it runs. */
			job->has_thread = pthread_create(&job->thread, NULL, run_job, job) == 0;
			if (job->has_thread) {
				engine->locked.running++;
				engine->locked.threads++;
			} else {
				unlink_job_locked(engine, job);
			}
		}
		(void)pthread_mutex_unlock(&engine->locked.mutex);
		if (job == NULL)
			return;
		if (job->has_thread)
			continue;
		(void)ots_fail(&err, OTS_NO_MEMORY, "no thread for job %s", job->id);
		ots_job_end(job, OTS_JOB_FAILED, &err);
		ots_job_release(job);
	}
}

void ots_engine_place_leave(struct ots_engine *engine)
{
	(void)pthread_mutex_lock(&engine->locked.mutex);
	engine->locked.running--;
	(void)pthread_cond_broadcast(&engine->locked.changed);
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	ots_engine_schedule(engine);
}

static bool is_cancelled(struct ots_job *job)
{
	bool cancelled;

	(void)pthread_mutex_lock(&job->locked.mutex);
	cancelled = job->locked.want_cancel;
	(void)pthread_mutex_unlock(&job->locked.mutex);
	return cancelled;
}

bool ots_engine_place_take(struct ots_engine *engine, struct ots_job *job)
{
	bool cancelled;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	while (!(cancelled = is_cancelled(job)) && engine->locked.running >= OTS_JOBS_AT_ONCE)
		ots_wait(&engine->locked.changed, &engine->locked.mutex, WAIT_MAX_MS);
	engine->locked.running++; /* a cancelled one too: it ends as a running one does */
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	return !cancelled;
}

/* All jobs are told; those that have no thread yet end here. */
static struct ots_job *cancel_all(struct ots_engine *engine)
{
	struct ots_job *queued = NULL, **at, **tail = &queued;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	engine->locked.closing = true;
	at = &engine->locked.jobs;
	while (*at != NULL) { /* ends: each turn moves on, or takes a job out */
		struct ots_job *job = *at;

		(void)pthread_mutex_lock(&job->locked.mutex);
		job->locked.want_cancel = true;
		(void)pthread_mutex_unlock(&job->locked.mutex);
		ots_wake_nudge(&job->wake);
		if (job->has_thread) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		job->next = NULL;
		*tail = job;
		tail = &job->next;
	}
	(void)pthread_cond_broadcast(&engine->locked.changed);
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	return queued;
}

void ots_engine_close(struct ots_engine *engine)
{
	struct ots_job *job;
	bool more = true;

	if (engine == NULL)
		return;
	job = cancel_all(engine);
	while (job != NULL) { /* ends: the list was taken whole */
		struct ots_job *next = job->next;

		ots_job_end(job, OTS_JOB_CANCELLED, NULL);
		ots_job_release(job);
		job = next;
	}
	while (more) { /* ends: cancelled jobs end */
		join_ended(engine);
		(void)pthread_mutex_lock(&engine->locked.mutex);
		more = engine->locked.threads > 0;
		if (more && engine->locked.ended == NULL)
			(void)pthread_cond_wait(&engine->locked.changed, &engine->locked.mutex);
		(void)pthread_mutex_unlock(&engine->locked.mutex);
	}
	ots_staging_free_all(engine);
	(void)pthread_cond_destroy(&engine->locked.changed);
	(void)pthread_mutex_destroy(&engine->locked.mutex);
	(void)close(engine->root_fd);
	free(engine->root_path);
	free(engine);
}

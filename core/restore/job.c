#include "job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/base/wait.h>

#include "documents.h"

/* How long a waiter looks away from its own cancel. */
#define WAIT_SLICE_MS 100

struct ots_job *ots_job_new(struct ots_engine *engine)
{
	struct ots_job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return NULL;
	job->engine = engine;
	job->folder = (struct ots_job_folder){-1, -1, NULL};
	job->locked.references = 1;
	ots_schema_init(&job->source_schema);
	ots_schema_init(&job->table_schema);
	ots_cancel_init(&job->calls);
	ots_wake_init(&job->wake);
	(void)pthread_mutex_init(&job->locked.mutex, NULL);
	ots_wait_init(&job->locked.changed);
	if (gethostname(job->host, sizeof job->host - 1) != 0)
		job->host[0] = '\0';
	return job;
}

static void free_job(struct ots_job *job)
{
	for (size_t i = 0; i < job->input_count; i++)
		free((void *)(uintptr_t)job->inputs[i].key.at);
	free(job->inputs);
	free(job->table);
	free(job->name);
	free(job->command);
	ots_job_folder_close(&job->folder);
	ots_schema_release(&job->source_schema);
	ots_schema_release(&job->table_schema);
	ots_cancel_release(&job->calls);
	ots_wake_release(&job->wake);
	(void)pthread_cond_destroy(&job->locked.changed);
	(void)pthread_mutex_destroy(&job->locked.mutex);
	free(job);
}

void ots_job_keep(struct ots_job *job)
{
	(void)pthread_mutex_lock(&job->locked.mutex);
	job->locked.references++;
	(void)pthread_mutex_unlock(&job->locked.mutex);
}

void ots_job_release(struct ots_job *job)
{
	unsigned left;

	if (job == NULL)
		return;
	(void)pthread_mutex_lock(&job->locked.mutex);
	left = --job->locked.references;
	(void)pthread_mutex_unlock(&job->locked.mutex);
	if (left == 0)
		free_job(job);
}

const char *ots_job_id(const struct ots_job *job)
{
	return job->id;
}

struct ots_job_view ots_job_look(struct ots_job *job)
{
	struct ots_job_view view;

	(void)pthread_mutex_lock(&job->locked.mutex);
	view = (struct ots_job_view){job->locked.state, job->locked.counts, job->locked.error};
	(void)pthread_mutex_unlock(&job->locked.mutex);
	return view;
}

static void log_failure(struct ots_job *job, const char *what, const struct ots_error *err)
{
	ots_log_line(job->engine->options.log, OTS_LOG_ERROR, "job %s: %s: %s", job->id, what,
		     err->text);
}

static void set_state(struct ots_job *job, enum ots_job_state state, const struct ots_error *error)
{
	(void)pthread_mutex_lock(&job->locked.mutex);
	job->locked.state = state;
	job->locked.error = error != NULL ? *error : (struct ots_error){.status = OTS_OK};
	job->locked.paused_itself = state == OTS_JOB_PAUSED && error != NULL;
	(void)pthread_cond_broadcast(&job->locked.changed);
	(void)pthread_mutex_unlock(&job->locked.mutex);
}

void ots_job_enter(struct ots_job *job, enum ots_job_state state, const struct ots_error *error)
{
	struct ots_job_view view = ots_job_look(job);
	struct ots_error failure = {0};

	view.state = state;
	view.error = error != NULL ? *error : (struct ots_error){.status = OTS_OK};
	if (ots_status_write(job, &view, true, &failure) != OTS_OK)
		log_failure(job, "its status could not be written", &failure);
	if (state == OTS_JOB_PAUSED && error != NULL)
		ots_log_line(job->engine->options.log, OTS_LOG_WARNING,
			     "job %s (table %s) has paused: %s", job->id, job->table, error->text);
	set_state(job, state, error);
}

/* Waiters are told last: who waited finds the documents complete. */
void ots_job_end(struct ots_job *job, enum ots_job_state state, const struct ots_error *error)
{
	struct ots_job_view view = ots_job_look(job);
	struct ots_error failure = {0};

	job->ended_us = ots_clock_wall_us(job->engine->options.clock);
	view.state = state;
	view.error = error != NULL ? *error : (struct ots_error){.status = OTS_OK};
	if (job->folder.dir_fd >= 0) {
		if (ots_report_write(job, &view, &failure) != OTS_OK)
			log_failure(job, "its report could not be written", &failure);
		if (ots_status_write(job, &view, true, &failure) != OTS_OK)
			log_failure(job, "its status could not be written", &failure);
	}
	ots_log_line(job->engine->options.log, error != NULL ? OTS_LOG_ERROR : OTS_LOG_INFO,
		     "job %s (table %s) is %s%s%s", job->id, job->table, ots_job_state_word(state),
		     error != NULL ? ": " : "", error != NULL ? error->text : "");
	ots_job_folder_close(&job->folder);
	set_state(job, state, error);
}

static bool settled(const struct ots_job *job)
{
	return ots_job_state_ended(job->locked.state) || job->locked.paused_itself;
}

enum ots_status ots_job_wait(struct ots_job *job, struct ots_cancel *cancel,
			     enum ots_job_state *state, struct ots_job_counts *counts,
			     struct ots_error *err)
{
	struct ots_job_view view;
	bool waited_out;

	(void)pthread_mutex_lock(&job->locked.mutex);
	while (!settled(job) && !ots_cancel_asked(cancel))
		ots_wait(&job->locked.changed, &job->locked.mutex, WAIT_SLICE_MS);
	waited_out = settled(job);
	(void)pthread_mutex_unlock(&job->locked.mutex);
	view = ots_job_look(job);
	if (state != NULL)
		*state = view.state;
	if (counts != NULL)
		*counts = view.counts;
	if (!waited_out)
		return ots_fail(err, OTS_CANCELLED, "waiting for job %s was given up; it goes on",
				job->id);
	if (view.state == OTS_JOB_DONE || view.state == OTS_JOB_DONE_WITH_DEAD)
		return OTS_OK;
	if (view.error.status == OTS_OK)
		return ots_fail(err, OTS_CANCELLED, "job %s was cancelled", job->id);
	if (err != NULL)
		*err = view.error;
	return view.error.status;
}

void ots_job_progress(struct ots_job *job, enum ots_job_state *state, struct ots_job_counts *counts)
{
	const struct ots_job_view view = ots_job_look(job);

	if (state != NULL)
		*state = view.state;
	if (counts != NULL)
		*counts = view.counts;
}

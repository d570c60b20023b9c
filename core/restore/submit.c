#include <otsfs/restore/engine.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "job.h"
#include "documents.h"
#include "staging.h"

static enum ots_status copy_text(const char *from, char **to, struct ots_error *err)
{
	if (from == NULL)
		return OTS_OK;
	*to = strdup(from);
	return *to != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "restore request");
}

static enum ots_status copy_input(const struct ots_job_object *object, struct ots_job_input *input,
				  struct ots_error *err)
{
	uint8_t *key;

	if (object->key.len == 0 || object->key.len > OTS_KEY_MAX_BYTES)
		return ots_fail(err, OTS_USAGE, "a key of %zu bytes is no object's",
				object->key.len);
	if (object->etag != NULL && strlen(object->etag) >= sizeof input->etag)
		return ots_fail(err, OTS_USAGE, "an ETag of %zu bytes is no object's",
				strlen(object->etag));
	key = malloc(object->key.len);
	if (key == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "restore request");
	memcpy(key, object->key.at, object->key.len);
	input->key.at = key;
	input->key.len = object->key.len;
	input->format = object->format;
	if (object->etag != NULL)
		memcpy(input->etag, object->etag, strlen(object->etag) + 1);
	return OTS_OK;
}

static enum ots_status copy_inputs(struct ots_job *job, const struct ots_restore_request *request,
				   struct ots_error *err)
{
	static const struct ots_job_object staged = {.key = {(const uint8_t *)"input", 5},
						     .format = OTS_FORMAT_UNKNOWN};
	const bool dropped = request->staging != NULL;
	const size_t count = dropped ? 1 : request->object_count;
	enum ots_status status = OTS_OK;

	if (count == 0 || (dropped && request->object_count > 0))
		return ots_fail(err, OTS_USAGE, "a restore takes objects or dropped text");
	if (!dropped && job->engine->options.source == NULL)
		return ots_fail(err, OTS_USAGE, "there is no source to take objects from");
	job->inputs = calloc(count, sizeof *job->inputs);
	if (job->inputs == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "restore request");
	for (size_t i = 0; status == OTS_OK && i < count; i++) {
		status = copy_input(dropped ? &staged : &request->objects[i], &job->inputs[i], err);
		if (status == OTS_OK)
			job->input_count++;
	}
	return status;
}

static enum ots_status copy_request(struct ots_job *job, const struct ots_restore_request *request,
				    struct ots_error *err)
{
	enum ots_status status = copy_text(request->table, &job->table, err);

	job->staging = request->staging;
	job->uid = request->uid;
	job->has_max_dead = request->has_max_dead;
	job->max_dead = request->max_dead;
	job->create_table = request->create_table;
	job->submitted_us = ots_clock_wall_us(job->engine->options.clock);
	if (status == OTS_OK)
		status = copy_text(request->name, &job->name, err);
	if (status == OTS_OK)
		status = copy_text(request->command, &job->command, err);
	if (status == OTS_OK && request->schema != NULL) {
		job->has_source_schema = true;
		status = ots_schema_copy(request->schema, &job->source_schema, err);
	}
	if (status == OTS_OK)
		status = copy_inputs(job, request, err);
	return status;
}

/* The folder comes with dropped text, else it is made here. */
static enum ots_status take_folder(struct ots_job *job, const struct ots_restore_request *request,
				   struct ots_error *err)
{
	struct ots_engine *engine = job->engine;

	if (request->staging != NULL)
		return ots_staging_take(request->staging, job, err);
	ots_engine_id(engine, job->id);
	return ots_job_folder_create(engine->root_fd, engine->root_path, job->id, &job->folder,
				     err);
}

/* @return OTS_CANCELLED when the engine is closing */
static enum ots_status queue_job(struct ots_job *job, struct ots_error *err)
{
	struct ots_engine *engine = job->engine;
	struct ots_job **at = &engine->locked.jobs;
	bool closing;

	ots_job_keep(job); /* the engine's; the job may have ended before this returns */
	(void)pthread_mutex_lock(&engine->locked.mutex);
	closing = engine->locked.closing;
	while (*at != NULL)
		at = &(*at)->next;
	if (!closing) {
		job->next = NULL;
		*at = job;
	}
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	if (closing) {
		ots_job_release(job);
		return ots_fail(err, OTS_CANCELLED, "restoring is ending");
	}
	ots_engine_schedule(engine);
	return OTS_OK;
}

/* What is known of it; the refusal itself stands in status and report. */
static void refuse(struct ots_job *job, const struct ots_error *error)
{
	struct ots_error plan = {0};

	if (ots_plan_write(job, &plan) != OTS_OK)
		ots_log_line(job->engine->options.log, OTS_LOG_ERROR,
			     "job %s: its plan could not be written: %s", job->id, plan.text);
	ots_job_end(job, OTS_JOB_REFUSED, error);
}

enum ots_status ots_job_prepare(struct ots_engine *engine,
				const struct ots_restore_request *request,
				struct ots_cancel *cancel, struct ots_job **out,
				struct ots_error *err)
{
	struct ots_error local = {0};
	struct ots_error *error = err != NULL ? err : &local;
	struct ots_job *job = ots_job_new(engine);
	enum ots_status status;

	if (job == NULL)
		return ots_fail(error, OTS_NO_MEMORY, "restore request");
	status = copy_request(job, request, error);
	if (status == OTS_OK)
		status = take_folder(job, request, error);
	if (job->folder.dir_fd < 0) {
		ots_job_release(job);
		return status;
	}
	if (status == OTS_OK)
		status = ots_job_check(job, cancel, error);
	if (status != OTS_OK)
		refuse(job, error);
	*out = job;
	return status;
}

static enum ots_status rename_job(struct ots_job *job, const char *name, struct ots_error *err)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "restoring %s", name);
	free(job->name);
	job->name = copy;
	return OTS_OK;
}

enum ots_status ots_job_start(struct ots_job *job, const char *name, struct ots_error *err)
{
	struct ots_error local = {0};
	struct ots_error *error = err != NULL ? err : &local;
	enum ots_status status = OTS_OK;

	job->submitted_us = ots_clock_wall_us(job->engine->options.clock);
	if (name != NULL)
		status = rename_job(job, name, error);
	if (status == OTS_OK)
		status = ots_plan_write(job, error);
	if (status == OTS_OK) {
		ots_job_enter(job, OTS_JOB_QUEUED, NULL);
		status = queue_job(job, error);
	}
	if (status != OTS_OK)
		refuse(job, error);
	return status;
}

void ots_job_discard(struct ots_job *job, const char *why)
{
	if (job == NULL)
		return;
	if (why != NULL)
		ots_log_line(job->engine->options.log, OTS_LOG_WARNING,
			     "%s (table %s): nothing of it is restored: %s",
			     job->name != NULL ? job->name : job->id, job->table, why);
	if (job->staging != NULL)
		ots_staging_take_back(job->staging, job);
	else
		ots_job_folder_remove(job->engine->root_fd, job->id);
	ots_job_release(job);
}

enum ots_status ots_job_submit(struct ots_engine *engine, const struct ots_restore_request *request,
			       struct ots_cancel *cancel, struct ots_job **out,
			       struct ots_error *err)
{
	struct ots_job *job = NULL;
	enum ots_status status = ots_job_prepare(engine, request, cancel, &job, err);

	if (status == OTS_OK) {
		assert(job != NULL); /* what was prepared well is there */
		status = ots_job_start(job, NULL, err);
	}
	if (out != NULL && job != NULL)
		*out = job;
	else
		ots_job_release(job);
	return status;
}

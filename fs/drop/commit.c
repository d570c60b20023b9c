#include "commit.h"

#include <errno.h>
#include <stdlib.h>

#include "../errno_map.h"

/* How long a second close looks away from the first one. */
#define JOIN_WAIT_MS 20

static enum ots_status objects_of(struct mount *mount, struct text_ref *const *texts, size_t count,
				  struct ots_job_object **out, struct ots_error *err)
{
	struct ots_job_object *objects = calloc(count, sizeof *objects);
	enum ots_status status = OTS_OK;

	if (objects == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu objects", count);
	for (size_t i = 0; status == OTS_OK && i < count; i++) {
		struct ots_object object = texts[i]->object; /* a view: the texts keep it */

		status =
			ots_catalog_look_at(mount->options.catalog, texts[i]->number, &object, err);
		objects[i] = (struct ots_job_object){
			.key = {(const uint8_t *)object.key, object.key_len},
			.etag = texts[i]->object.etag,
			.format = object.format,
		};
	}
	*out = objects;
	return status;
}

static enum ots_status prepare(struct mount *mount, const struct commit *commit,
			       struct ots_cancel *cancel, struct ots_job **job,
			       struct ots_error *err)
{
	struct ots_engine *engine = mount->options.engine;
	struct ots_restore_request request = {
		.table = ots_name_table_name(ots_restore_tree_names(mount->tree), commit->table),
		.name = commit->name,
		.create_table = true,
		.uid = commit->uid,
		.command = commit->command[0] != '\0' ? commit->command : NULL,
	};
	struct text_ref **texts = NULL;
	struct ots_job_object *objects = NULL;
	enum ots_status status =
		ots_content_commit_input(commit->content, engine, cancel, &texts,
					 &request.object_count, &request.staging, err);

	if (status != OTS_OK)
		goto out;
	if (request.object_count > 0) {
		status = objects_of(mount, texts, request.object_count, &objects, err);
		if (status != OTS_OK)
			goto out;

		request.objects = objects;
	}
	status = ots_job_prepare(engine, &request, cancel, job, err);
out:
	free(objects);
	free(texts);
	return status;
}

/* Until the restore's end, the caller's interrupt, or the end of the mount. */
static enum ots_status wait_for(struct mount *mount, struct ots_job *job, struct ots_cancel *cancel,
				struct ots_error *err)
{
	struct waiter waiter = {.cancel = cancel};
	enum ots_job_state state = OTS_JOB_QUEUED;
	struct ots_job_counts counts = {0};
	enum ots_status status;

	ots_mount_waiter_add(mount, &waiter);
	status = ots_job_wait(job, cancel, &state, &counts, err);
	ots_mount_waiter_remove(mount, &waiter);
	if (status == OTS_OK && state == OTS_JOB_DONE_WITH_DEAD)
		status = ots_fail(err, OTS_SERVER,
				  "%llu of %llu rows were set aside: see dead.jsonl of job %s",
				  (unsigned long long)counts.dead, (unsigned long long)counts.read,
				  ots_job_id(job));
	return status;
}

static void show_link(struct mount *mount, const struct commit *commit, const struct ots_job *job)
{
	const int64_t now = ots_clock_wall_us(mount->options.clock);
	const struct timespec time = {(time_t)(now / 1000000), (long)(now % 1000000) * 1000};
	const struct entry_attr attr = {.mode = 0777,
					.uid = commit->uid,
					.gid = commit->gid,
					.atime = time,
					.mtime = time,
					.ctime = time};

	ots_restore_tree_link_job(mount->tree, commit->table, commit->name, ots_job_id(job), &attr);
}

/* The verdict in errno, said once in the log. */
static int verdict(struct mount *mount, const struct commit *commit, enum ots_status status,
		   const struct ots_error *err)
{
	const int error = ots_errno_of(status, ERRNO_AT_CLOSE);

	if (error != 0)
		ots_log_line(
			mount->options.log, OTS_LOG_ERROR, "restore/%s/%s: %s",
			ots_name_table_name(ots_restore_tree_names(mount->tree), commit->table),
			commit->name, err->text);
	return error;
}

int ots_commit_run(struct mount *mount, const struct commit *commit, struct ots_cancel *cancel)
{
	struct ots_job *job = NULL;
	struct ots_error err = {0};
	enum ots_status status = ots_cancel_asked(cancel)
					 ? ots_fail(&err, OTS_CANCELLED, "interrupted")
					 : prepare(mount, commit, cancel, &job, &err);
	int error;

	if (status == OTS_OK && commit->later) {
		ots_content_commit_keep(commit->content, job);
		return 0;
	}
	if (status == OTS_OK)
		status = ots_job_start(job, NULL, &err);
	if (job != NULL && !commit->later)
		show_link(mount, commit, job);
	if (status == OTS_OK && commit->wait)
		status = wait_for(mount, job, cancel, &err);
	error = verdict(mount, commit, status, &err);
	/* ECANCELED is what sticks for an interrupt: a writer that meets EINTR tries again for
	 * ever. */
	ots_content_commit_end(commit->content, error);
	ots_job_release(job);
	return status == OTS_CANCELLED && ots_cancel_asked(cancel) ? EINTR : error;
}

int ots_commit_start(struct mount *mount, const struct commit *commit)
{
	struct ots_job *job = ots_content_commit_begin_prepared(commit->content);
	struct ots_error err = {0};
	int error;

	if (job == NULL)
		return 0;
	error = verdict(mount, commit, ots_job_start(job, commit->name, &err), &err);
	show_link(mount, commit, job);
	ots_content_commit_end(commit->content, error);
	ots_job_release(job);
	return error;
}

int ots_commit_or_join(struct mount *mount, const struct commit *commit, struct ots_cancel *cancel)
{
	/* Ends: the other close ends, or this one's caller is interrupted. */
	while (!ots_content_commit_begin(commit->content)) {
		const struct content_state state = ots_content_state(commit->content);

		if (!state.committing)
			return state.error;
		if (ots_cancel_wait(cancel, JOIN_WAIT_MS))
			return EINTR;
	}
	return ots_commit_run(mount, commit, cancel);
}

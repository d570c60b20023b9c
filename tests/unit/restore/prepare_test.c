#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

TestSuite(prepare, .timeout = 60);

static const char two_rows[] = "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1},\"cols\":{\"c\":5}}\n"
			       "{\"op\":\"PUT\",\"pk\":{\"k\":\"b\",\"n\":1},\"cols\":{\"c\":6}}\n";

static struct ots_staging *stage(struct rig *rig, const char *text)
{
	struct ots_staging *staging = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_staging_open(rig->engine, &staging, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_staging_append(staging, text, strlen(text), &err), OTS_OK, "%s", err.text);
	return staging;
}

static struct ots_job *prepare(struct rig *rig, struct ots_staging *staging)
{
	const struct ots_restore_request request = {
		.table = "t", .staging = staging, .name = ".f.jsonl.aB3dE9", .uid = 7};
	struct ots_job *job = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_job_prepare(rig->engine, &request, NULL, &job, &err), OTS_OK, "%s",
		     err.text);
	return job;
}

static bool count_one(void *arg, const char *id, struct ots_bytes status_json)
{
	(void)id;
	(void)status_json;
	++*(size_t *)arg;
	return true;
}

static size_t listed(struct rig *rig)
{
	struct ots_error err = {0};
	size_t count = 0;

	cr_assert_eq(ots_jobs_list(rig->dir, count_one, &count, &err), OTS_OK, "%s", err.text);
	return count;
}

static bool folder_exists(struct rig *rig, const char *id)
{
	char path[160];

	(void)snprintf(path, sizeof path, "%s/jobs/%s", rig->dir, id);
	return access(path, F_OK) == 0;
}

Test(prepare, a_prepared_job_writes_nothing_and_is_in_no_list_until_it_is_started)
{
	struct rig rig;
	struct ots_staging *staging;
	struct ots_job *job;
	struct ots_job_counts counts;
	enum ots_job_state state;
	struct ots_error err = {0};
	char *json;

	rig_init(&rig);
	rig_open(&rig);
	staging = stage(&rig, two_rows);
	job = prepare(&rig, staging);
	cr_expect_eq(listed(&rig), 0);
	cr_expect_eq(fake_target_calls(rig.fake), 0);
	cr_expect_eq(ots_job_start(job, "f.jsonl", &err), OTS_OK, "%s", err.text);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(state, OTS_JOB_DONE);
	cr_expect_eq(counts.written, 2);
	cr_expect_eq(listed(&rig), 1);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"plan.json", "status.json", "report.json"};

		json = rig_file(&rig, ots_job_id(job), names[i]);
		cr_expect(strstr(json, "\"f.jsonl\"") != NULL, "%s", json);
		cr_expect(strstr(json, "aB3dE9") == NULL, "%s", json);
		free(json);
	}
	ots_job_release(job);
	ots_staging_discard(staging);
	rig_close(&rig);
}

Test(prepare, text_that_grows_after_a_discard_is_prepared_anew_and_restored_whole)
{
	static const char more[] = "{\"op\":\"PUT\",\"pk\":{\"k\":\"c\",\"n\":1},\"cols\":{}}\n";
	struct rig rig;
	struct ots_staging *staging;
	struct ots_job *job;
	struct ots_job_counts counts;
	struct ots_error err = {0};

	rig_init(&rig);
	rig_open(&rig);
	staging = stage(&rig, two_rows);
	for (int i = 0; i < 3; i++)
		ots_job_discard(prepare(&rig, staging), NULL);
	cr_expect_eq(ots_staging_append(staging, more, strlen(more), &err), OTS_OK);
	job = prepare(&rig, staging);
	cr_expect_eq(ots_job_start(job, NULL, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(ots_job_wait(job, NULL, NULL, &counts, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(counts.read, 3);
	cr_expect_eq(listed(&rig), 1);
	ots_job_release(job);
	ots_staging_discard(staging);
	rig_close(&rig);
}

Test(prepare, the_folder_of_a_discarded_job_goes_with_its_staging)
{
	struct rig rig;
	struct ots_staging *staging;
	struct ots_job *job;
	char id[OTS_JOB_ID_BYTES];

	rig_init(&rig);
	rig_open(&rig);
	staging = stage(&rig, two_rows);
	job = prepare(&rig, staging);
	memcpy(id, ots_job_id(job), strlen(ots_job_id(job)) + 1);
	ots_job_discard(job, "it was removed");
	cr_expect(folder_exists(&rig, id));
	ots_staging_discard(staging);
	cr_expect(!folder_exists(&rig, id));
	ots_job_discard(NULL, "nothing");
	rig_close(&rig);
}

Test(prepare, what_does_not_decode_is_refused_by_prepare_and_kept_as_a_job)
{
	struct rig rig;
	struct ots_staging *staging;
	struct ots_job *job = NULL;
	struct ots_error err = {0};
	enum ots_job_state state;

	rig_init(&rig);
	rig_open(&rig);
	staging = stage(&rig, "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1},\"cols\":{\n");
	const struct ots_restore_request request = {
		.table = "t", .staging = staging, .name = ".f.jsonl.aB3dE9"};
	cr_expect_eq(ots_job_prepare(rig.engine, &request, NULL, &job, &err), OTS_CORRUPT);
	cr_expect(strstr(err.text, ".f.jsonl.aB3dE9") != NULL, "%s", err.text);
	cr_assert(job != NULL);
	ots_job_progress(job, &state, NULL);
	cr_expect_eq(state, OTS_JOB_REFUSED);
	cr_expect_eq(listed(&rig), 1);
	ots_job_release(job);
	ots_staging_discard(staging);
	rig_close(&rig);
}

Test(prepare, a_driver_that_dies_leaves_nothing_of_a_prepared_job)
{
	struct rig rig;
	struct ots_staging *staging;
	struct ots_job *job;
	char id[OTS_JOB_ID_BYTES];

	rig_init(&rig);
	rig_open(&rig);
	staging = stage(&rig, two_rows);
	job = prepare(&rig, staging);
	memcpy(id, ots_job_id(job), strlen(ots_job_id(job)) + 1);
	ots_job_release(job); /* gives the lock up, as an end of the process does */
	rig_reopen(&rig);
	cr_expect(!folder_exists(&rig, id));
	rig_close(&rig);
}

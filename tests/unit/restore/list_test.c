#include "rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

TestSuite(list, .timeout = 60);

#define LINE "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1},\"cols\":{\"c\":1}}\n"

struct seen {
	size_t count;
	char ids[8][OTS_JOB_ID_BYTES];
	char texts[8][4096];
};

static bool note(void *arg, const char *id, struct ots_bytes status_json)
{
	struct seen *seen = arg;

	(void)snprintf(seen->ids[seen->count], sizeof seen->ids[0], "%s", id);
	(void)snprintf(seen->texts[seen->count], sizeof seen->texts[0], "%.*s",
		       (int)status_json.len, (const char *)status_json.at);
	return ++seen->count < 8;
}

static enum ots_status die_in_call(void *arg, struct fake_call *call, struct ots_error *err)
{
	(void)call;
	(void)err;
	cr_assert_eq(write(*(const int *)arg, "x", 1), 1);
	for (;;) /* ends: with the process */
		(void)pause();
}

/* A driver to be killed while its job runs; another text of it was still being dropped. */
static pid_t start_driver(struct rig *rig)
{
	int pipes[2];
	pid_t child;
	char byte;

	cr_assert_eq(pipe(pipes), 0);
	child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		struct ots_job *job = NULL;
		struct ots_staging *staging = NULL;
		struct ots_error err = {0};

		rig_open(rig);
		fake_target_hook(rig->fake, die_in_call, &pipes[1]);
		if (ots_staging_open(rig->engine, &staging, &err) != OTS_OK ||
		    ots_staging_append(staging, "half", 4, &err) != OTS_OK ||
		    rig_drop(rig, "t", LINE, strlen(LINE), &job, &err) != OTS_OK)
			_exit(9);
		for (;;) /* ends: killed */
			(void)pause();
	}
	cr_assert_eq(read(pipes[0], &byte, 1), 1);
	return child;
}

Test(list, a_job_whose_driver_was_killed_is_interrupted_and_half_dropped_text_is_removed)
{
	struct rig rig;
	struct seen seen = {0};
	struct ots_error err = {0};
	char *json, command[128];
	pid_t child;

	rig_init(&rig);
	child = start_driver(&rig);
	cr_assert_eq(ots_jobs_list(rig.dir, note, &seen, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(seen.count, 1);
	cr_expect(strstr(seen.texts[0], "\"state\":\"running\",\"table\":\"t\"") != NULL, "%s",
		  seen.texts[0]);
	cr_assert_eq(kill(child, SIGKILL), 0);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	memset(&seen, 0, sizeof seen);
	cr_assert_eq(ots_jobs_list(rig.dir, note, &seen, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(seen.count, 1);
	cr_expect(strstr(seen.texts[0], "\"state\":\"interrupted\",\"table\":\"t\"") != NULL, "%s",
		  seen.texts[0]);
	json = rig_file(&rig, seen.ids[0], "status.json");
	cr_expect(strstr(json, "\"state\":\"interrupted\",\"table\":\"t\",\"read\":") != NULL, "%s",
		  json);
	free(json);
	rig_open(&rig); /* sweeps what was half dropped, keeps the job */
	(void)snprintf(command, sizeof command, "test $(ls -A %s/jobs | wc -l) = 1", rig.dir);
	cr_expect_eq(system(command), 0);
	rig_close(&rig);
}

Test(list, jobs_come_oldest_first_with_their_documents_and_modes)
{
	struct rig rig;
	struct seen seen = {0};
	struct ots_error err = {0};
	struct stat st;
	char path[256];

	rig_init(&rig);
	rig_open(&rig);
	for (int i = 0; i < 3; i++) {
		struct ots_job *job = NULL;

		cr_assert_eq(rig_drop(&rig, "t", LINE, strlen(LINE), &job, &err), OTS_OK);
		cr_expect_eq(ots_job_wait(job, NULL, NULL, NULL, &err), OTS_OK);
		ots_job_release(job);
	}
	cr_assert_eq(ots_jobs_list(rig.dir, note, &seen, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(seen.count, 3);
	for (size_t i = 0; i < 3; i++) {
		char want[64];

		(void)snprintf(want, sizeof want, "20261121T023000Z-%06zu-", i);
		cr_expect_eq(strncmp(seen.ids[i], want, strlen(want)), 0, "%s", seen.ids[i]);
		cr_expect(strstr(seen.texts[i], "\"state\":\"done\",\"table\":\"t\",\"read\":1,"
						"\"written\":1,\"filtered\":0,\"skipped\":0,"
						"\"superseded\":0,\"dead\":0,") != NULL,
			  "%s", seen.texts[i]);
		cr_expect(strstr(seen.texts[i], "\"target\":\"fake:\",\"name\":\"dropped.jsonl\","
						"\"uid\":1000,") != NULL);
		cr_expect(strstr(seen.texts[i], "\"command\":\"cp\"") != NULL);
		cr_expect(strstr(seen.texts[i], "\"error\":null") != NULL);
		cr_expect(strchr(seen.texts[i], '\n') == NULL);
	}
	(void)snprintf(path, sizeof path, "%s/jobs/%s", rig.dir, seen.ids[0]);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
	(void)snprintf(path, sizeof path, "%s/jobs/%s/dead.jsonl", rig.dir, seen.ids[0]);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	rig_close(&rig);
}

Test(list, what_is_no_document_of_a_job_cannot_be_read)
{
	struct rig rig;
	struct ots_job *job = NULL;
	struct ots_buffer out;
	struct ots_error err = {0};
	int fd;

	rig_init(&rig);
	rig_open(&rig);
	ots_buffer_init(&out, 1 << 16);
	cr_assert_eq(rig_drop(&rig, "t", LINE, strlen(LINE), &job, &err), OTS_OK);
	cr_expect_eq(ots_job_wait(job, NULL, NULL, NULL, &err), OTS_OK);
	cr_expect_eq(ots_job_file(rig.dir, ots_job_id(job), "journal", 1000, &out, &err),
		     OTS_NOT_FOUND);
	cr_expect_eq(ots_job_file(rig.dir, "..", "plan.json", 1000, &out, &err), OTS_NOT_FOUND);
	cr_expect_eq(ots_job_file(rig.dir, "a/../b", "plan.json", 1000, &out, &err), OTS_NOT_FOUND);
	cr_expect_eq(ots_job_file(rig.dir, "", "plan.json", 1000, &out, &err), OTS_NOT_FOUND);
	cr_expect_eq(ots_job_file(rig.dir, ots_job_id(job), "plan.json", 10, &out, &err),
		     OTS_LIMIT);
	cr_expect_eq(ots_job_dead_open(rig.dir, "nosuchjob", &fd, &err), OTS_NOT_FOUND);
	cr_expect_eq(ots_job_file("/nonexistent", "a", "plan.json", 10, &out, &err), OTS_NOT_FOUND);
	ots_job_release(job);
	ots_buffer_release(&out);
	rig_close(&rig);
}

Test(list, staged_text_reads_back_and_is_bounded)
{
	struct rig rig;
	struct ots_staging *staging = NULL;
	struct ots_job *job = NULL;
	struct ots_restore_request request = {.table = "t"};
	struct ots_error err = {0};
	char buf[16];
	size_t got;

	rig_init(&rig);
	rig.options.staging_limit_bytes = strlen(LINE);
	rig_open(&rig);
	cr_assert_eq(ots_staging_open(rig.engine, &staging, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(ots_staging_append(staging, LINE, strlen(LINE) - 1, &err), OTS_OK);
	cr_expect_eq(ots_staging_append(staging, "xy", 2, &err), OTS_NO_SPACE);
	cr_expect(strstr(err.text, "limit") != NULL, "%s", err.text);
	cr_expect_eq(ots_staging_append(staging, "\n", 1, &err), OTS_OK);
	cr_expect_eq(ots_staging_append(staging, "z", 1, &err), OTS_NO_SPACE);
	cr_expect_eq(ots_staging_size(staging), strlen(LINE));
	request.staging = staging;
	cr_assert_eq(ots_job_submit(rig.engine, &request, NULL, &job, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(ots_job_wait(job, NULL, NULL, NULL, &err), OTS_OK, "%s", err.text);
	ots_job_release(job);
	cr_expect_eq(ots_staging_read(staging, 1, buf, 4, &got, &err), OTS_OK);
	cr_expect(got == 4 && memcmp(buf, &LINE[1], 4) == 0);
	cr_expect_eq(ots_staging_read(staging, strlen(LINE) - 2, buf, 9, &got, &err), OTS_OK);
	cr_expect_eq(got, 2);
	cr_expect_eq(ots_job_submit(rig.engine, &request, NULL, NULL, &err), OTS_USAGE);
	cr_expect(strstr(err.text, "is a job already") != NULL, "%s", err.text);
	ots_staging_discard(staging);
	rig_close(&rig);
}

#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(control, .timeout = 60);

/* Calls wait at a gate until the test opens it; the order of tables is noted. */
struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool open;
	int waiting;
	bool no_permission;
	char order[4096];
};

static void gate_init(struct gate *gate)
{
	memset(gate, 0, sizeof *gate);
	(void)pthread_mutex_init(&gate->mutex, NULL);
	(void)pthread_cond_init(&gate->changed, NULL);
}

static void gate_set(struct gate *gate, bool open)
{
	(void)pthread_mutex_lock(&gate->mutex);
	gate->open = open;
	(void)pthread_cond_broadcast(&gate->changed);
	(void)pthread_mutex_unlock(&gate->mutex);
}

static void gate_await(struct gate *gate, int waiting)
{
	(void)pthread_mutex_lock(&gate->mutex);
	while (gate->waiting < waiting)
		(void)pthread_cond_wait(&gate->changed, &gate->mutex);
	(void)pthread_mutex_unlock(&gate->mutex);
}

static enum ots_status pass_gate(void *arg, struct fake_call *call, struct ots_error *err)
{
	struct gate *gate = arg;
	bool denied;

	(void)pthread_mutex_lock(&gate->mutex);
	gate->waiting++;
	(void)pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		(void)pthread_cond_wait(&gate->changed, &gate->mutex);
	gate->waiting--;
	denied = gate->no_permission;
	(void)snprintf(gate->order + strlen(gate->order), sizeof gate->order - strlen(gate->order),
		       "%.*s ", (int)call->records[0]->key[0].value.as.bytes.len,
		       (const char *)call->records[0]->key[0].value.as.bytes.at);
	(void)pthread_mutex_unlock(&gate->mutex);
	if (!denied)
		return OTS_OK;
	(void)ots_fail(err, OTS_DENIED, "You have no permission to access the resource.");
	(void)snprintf(err->code, sizeof err->code, "OTSNoPermissionAccess");
	(void)snprintf(err->request_id, sizeof err->request_id, "req-9");
	return OTS_DENIED;
}

static enum ots_status control(struct rig *rig, const char *id, const char *words,
			       struct ots_error *err)
{
	return ots_engine_control(rig->engine, id,
				  (struct ots_bytes){(const uint8_t *)words, strlen(words)}, err);
}

static struct ots_job *drop_rows(struct rig *rig, const char *table, const char *k, int64_t rows)
{
	struct ots_buffer text;
	struct ots_job *job = NULL;
	struct ots_error err = {0};

	rig_init_text(&text);
	for (int64_t n = 0; n < rows; n++)
		rig_put(&text, OTS_PUT, k, n, n);
	cr_assert_eq(rig_drop(rig, table, (const char *)text.bytes, text.len, &job, &err), OTS_OK,
		     "%s", err.text);
	ots_buffer_release(&text);
	return job;
}

static void await_state(struct ots_job *job, enum ots_job_state want)
{
	enum ots_job_state state;

	do /* ends: the suite has a timeout */
		ots_job_progress(job, &state, NULL);
	while (state != want);
}

Test(control, a_job_that_may_not_write_pauses_and_goes_on_when_resumed)
{
	struct rig rig;
	struct gate gate;
	struct ots_job *job;
	enum ots_job_state state;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	char *json;

	gate_init(&gate);
	gate.open = true;
	gate.no_permission = true;
	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	job = drop_rows(&rig, "t", "a", 700);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_DENIED);
	cr_expect_eq(state, OTS_JOB_PAUSED);
	cr_expect_eq(counts.written, 0);
	cr_expect_str_eq(err.code, "OTSNoPermissionAccess");
	json = rig_file(&rig, ots_job_id(job), "status.json");
	cr_expect(strstr(json, "\"state\":\"paused\"") != NULL, "%s", json);
	cr_expect(strstr(json, "\"code\":\"OTSNoPermissionAccess\",\"request_id\":\"req-9\"") !=
			  NULL,
		  "%s", json);
	free(json);
	gate.no_permission = false;
	cr_expect_eq(control(&rig, ots_job_id(job), "resume\n", &err), OTS_OK, "%s", err.text);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(state, OTS_JOB_DONE);
	cr_expect_eq(counts.written, 700);
	ots_job_release(job);
	rig_close(&rig);
}

Test(control, pause_lets_calls_end_and_resume_goes_on)
{
	struct rig rig;
	struct gate gate;
	struct ots_job *job;
	enum ots_job_state state;
	struct ots_job_counts counts;
	struct ots_error err = {0};

	gate_init(&gate);
	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	job = drop_rows(&rig, "t", "a", 2000);
	gate_await(&gate, 3);
	cr_expect_eq(control(&rig, ots_job_id(job), "pause", &err), OTS_OK, "%s", err.text);
	gate_set(&gate, true);
	await_state(job, OTS_JOB_PAUSED);
	ots_job_progress(job, &state, &counts);
	cr_expect_eq(counts.written, 600);
	cr_expect_eq(fake_target_calls(rig.fake), 3);
	cr_expect_eq(control(&rig, ots_job_id(job), "rate=100000\nresume\n", &err), OTS_OK);
	atomic_store(&rig.step_ms, 5);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(counts.written, 2000);
	ots_job_release(job);
	rig_close(&rig);
}

Test(control, cancel_waits_for_what_is_in_flight_and_counts_add_up)
{
	struct rig rig;
	struct gate gate;
	struct ots_job *job;
	enum ots_job_state state;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	char *json;

	gate_init(&gate);
	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	job = drop_rows(&rig, "t", "a", 2000);
	gate_await(&gate, 3);
	cr_expect_eq(control(&rig, ots_job_id(job), "cancel", &err), OTS_OK, "%s", err.text);
	gate_set(&gate, true);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_CANCELLED);
	cr_expect(strstr(err.text, "was cancelled") != NULL, "%s", err.text);
	cr_expect_eq(state, OTS_JOB_CANCELLED);
	cr_expect_eq(counts.written, 600);
	cr_expect_eq(counts.read, 600);
	json = rig_file(&rig, ots_job_id(job), "report.json");
	cr_expect(strstr(json, "\"state\":\"cancelled\",\"table\":\"t\",\"read\":600,"
			       "\"written\":600,\"filtered\":0,\"skipped\":0,\"superseded\":0,"
			       "\"dead\":0") != NULL,
		  "%s", json);
	free(json);
	cr_expect_eq(control(&rig, ots_job_id(job), "resume", &err), OTS_REFUSED);
	cr_expect(strstr(err.text, "has ended") != NULL, "%s", err.text);
	ots_job_release(job);
	rig_close(&rig);
}

static void *close_engine(void *arg)
{
	struct rig *rig = arg;

	ots_engine_close(rig->engine);
	return NULL;
}

Test(control, closing_the_engine_cancels_running_and_queued_jobs)
{
	struct rig rig;
	struct gate gate;
	struct ots_job *running, *queued;
	enum ots_job_state state;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	pthread_t closer;

	gate_init(&gate);
	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	running = drop_rows(&rig, "t", "a", 2000);
	queued = drop_rows(&rig, "t", "b", 10);
	gate_await(&gate, 3);
	cr_assert_eq(pthread_create(&closer, NULL, close_engine, &rig), 0);
	await_state(queued, OTS_JOB_CANCELLED);
	gate_set(&gate, true);
	(void)pthread_join(closer, NULL);
	rig.engine = NULL;
	cr_expect_eq(ots_job_wait(running, NULL, &state, &counts, &err), OTS_CANCELLED);
	cr_expect_eq(counts.written, 600);
	cr_expect(rig_adds_up(&counts));
	ots_job_release(running);
	ots_job_release(queued);
	rig_close(&rig);
}

Test(control, jobs_of_one_table_run_in_order_and_of_several_side_by_side)
{
	static const struct fake_column key[] = {{"k", OTS_STRING, false},
						 {"n", OTS_INTEGER, false}};
	struct rig rig;
	struct gate gate;
	struct ots_job *jobs[4];
	struct ots_error err = {0};

	gate_init(&gate);
	rig_init(&rig);
	fake_target_table(rig.fake, "u", key, 2, 0);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	jobs[0] = drop_rows(&rig, "t", "first", 1);
	jobs[1] = drop_rows(&rig, "t", "second", 1);
	jobs[2] = drop_rows(&rig, "t", "third", 1);
	jobs[3] = drop_rows(&rig, "u", "other", 1);
	gate_await(&gate, 2); /* the first of t and that of u, at once */
	cr_expect_eq(fake_target_calls(rig.fake), 2);
	gate_set(&gate, true);
	for (size_t i = 0; i < 4; i++) {
		cr_expect_eq(ots_job_wait(jobs[i], NULL, NULL, NULL, &err), OTS_OK, "%s", err.text);
		ots_job_release(jobs[i]);
	}
	cr_expect(strstr(gate.order, "first") < strstr(gate.order, "second"));
	cr_expect(strstr(gate.order, "second") < strstr(gate.order, "third"), "%s", gate.order);
	rig_close(&rig);
}

Test(control, at_most_four_jobs_run_at_once_and_a_paused_one_gives_its_place_up)
{
	static const struct fake_column key[] = {{"k", OTS_STRING, false},
						 {"n", OTS_INTEGER, false}};
	static const char *const tables[] = {"a", "b", "c", "d", "e"};
	struct rig rig;
	struct gate gate;
	struct ots_job *jobs[5];
	struct ots_error err = {0};
	enum ots_job_state state;

	gate_init(&gate);
	rig_init(&rig);
	for (size_t i = 0; i < 5; i++)
		fake_target_table(rig.fake, tables[i], key, 2, 0);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	for (size_t i = 0; i < 5; i++)
		jobs[i] = drop_rows(&rig, tables[i], "k", 300);
	gate_await(&gate, 8);
	ots_job_progress(jobs[4], &state, NULL);
	cr_expect_eq(state, OTS_JOB_QUEUED);
	for (size_t i = 0; i < 4; i++)
		cr_expect_eq(control(&rig, ots_job_id(jobs[i]), "pause", &err), OTS_OK);
	gate_set(&gate, true);
	cr_expect_eq(ots_job_wait(jobs[4], NULL, &state, NULL, &err), OTS_OK, "%s", err.text);
	for (size_t i = 0; i < 4; i++)
		(void)control(&rig, ots_job_id(jobs[i]), "resume", &err);
	for (size_t i = 0; i < 5; i++) {
		cr_expect_eq(ots_job_wait(jobs[i], NULL, &state, NULL, &err), OTS_OK, "%s",
			     err.text);
		ots_job_release(jobs[i]);
	}
	rig_close(&rig);
}

Test(control, a_rate_bounds_rows_a_second)
{
	struct rig rig;
	struct gate gate;
	struct ots_job *job;
	struct ots_error err = {0};
	int64_t begin;

	gate_init(&gate);
	rig_init(&rig);
	atomic_store(&rig.step_ms, 20);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	begin = atomic_load(&rig.now_ms);
	job = drop_rows(&rig, "t", "a", 2000);
	gate_await(&gate, 3); /* 600 went before the rate was set */
	cr_expect_eq(control(&rig, ots_job_id(job), "rate=100", &err), OTS_OK, "%s", err.text);
	gate_set(&gate, true);
	cr_expect_eq(ots_job_wait(job, NULL, NULL, NULL, &err), OTS_OK, "%s", err.text);
	/* 1400 rows; the last 200 may go on credit. */
	cr_expect_geq(atomic_load(&rig.now_ms) - begin, 11000);
	ots_job_release(job);
	rig_close(&rig);
}

Test(control, what_is_no_command_is_refused_and_nothing_of_it_counts)
{
	static const char *const bad[] = {
		"stop", "pause now", "rate=",         "rate=-1", "rate=5x",
		"",     "\n \n",     "pause\nstop\n", "RATE=5"};
	struct rig rig;
	struct gate gate;
	struct ots_job *job;
	struct ots_error err = {0};

	gate_init(&gate);
	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, pass_gate, &gate);
	job = drop_rows(&rig, "t", "a", 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect_eq(control(&rig, ots_job_id(job), bad[i], &err), OTS_USAGE, "%s", bad[i]);
		cr_expect(strstr(err.text, "expected pause, resume, cancel or rate=ROWS") != NULL);
	}
	cr_expect_eq(control(&rig, "20990101T000000Z-0001-000000", "pause", &err), OTS_NOT_FOUND);
	cr_expect_eq(control(&rig, "../x", "pause", &err), OTS_NOT_FOUND);
	gate_set(&gate, true);
	cr_expect_eq(ots_job_wait(job, NULL, NULL, NULL, &err), OTS_OK, "%s", err.text);
	ots_job_release(job);
	rig_close(&rig);
}

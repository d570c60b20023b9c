#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(dead, .timeout = 60);

/* Rows with an odd number cannot be written, until told otherwise. */
static enum ots_status refuse_odd(void *arg, struct fake_call *call, struct ots_error *err)
{
	(void)err;
	for (size_t i = 0; *(const bool *)arg && i < call->count; i++) {
		struct ots_error *error = &call->errors[i];

		if (call->records[i]->key[1].value.as.integer % 2 == 0)
			continue;
		(void)ots_fail(error, OTS_REFUSED, "Condition check failed.");
		(void)snprintf(error->code, sizeof error->code, "OTSConditionCheckFail");
		(void)snprintf(error->request_id, sizeof error->request_id, "0005-abc");
	}
	return OTS_OK;
}

static void put_rows(struct ots_buffer *text, enum ots_op op, int64_t count)
{
	rig_init_text(text);
	for (int64_t n = 0; n < count; n++)
		rig_put(text, op, "k", n, n);
}

Test(dead, rows_set_aside_say_why_and_can_be_dropped_again_as_they_are)
{
	static const enum ots_op ops[] = {OTS_PUT, OTS_UPDATE, OTS_BASE};

	for (size_t i = 0; i < 3; i++) {
		bool refusing = true;
		struct rig rig;
		struct ots_buffer text;
		struct ots_job *job = NULL;
		struct ots_job_counts counts;
		enum ots_job_state state;
		struct ots_error err = {0};
		char *dead, *first, *dump;
		size_t lines = 0;

		rig_init(&rig);
		rig_open(&rig);
		fake_target_hook(rig.fake, refuse_odd, &refusing);
		put_rows(&text, ops[i], 301);
		cr_assert_eq(rig_drop(&rig, "t", (const char *)text.bytes, text.len, &job, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK);
		cr_expect_eq(state, OTS_JOB_DONE_WITH_DEAD);
		cr_expect_eq(counts.dead, 150);
		cr_expect_eq(counts.written, 151);
		dead = rig_dead(&rig, ots_job_id(job));
		ots_job_release(job);
		for (const char *c = dead; *c != '\0'; c++)
			lines += *c == '\n';
		cr_expect_eq(lines, 150);
		first = strstr(dead, "\"n\":1}");
		cr_assert(first != NULL, "%s", dead);
		cr_expect(strstr(first,
				 "\"why\":{\"source\":\"dropped.jsonl\",\"etag\":null,\"line\":2,"
				 "\"code\":\"OTSConditionCheckFail\",\"message\":\"Condition check "
				 "failed.\",\"request_id\":\"0005-abc\",\"attempts\":1,\"first\":"
				 "\"") != NULL,
			  "%s", first);
		cr_expect(strstr(dead, i == 0   ? "\"op\":\"PUT\""
				       : i == 1 ? "\"op\":\"UPDATE\""
						: "\"op\":\"BASE\"") != NULL);
		refusing = false;
		cr_assert_eq(rig_drop(&rig, "t", dead, strlen(dead), &job, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK);
		cr_expect_eq(state, OTS_JOB_DONE);
		cr_expect_eq(counts.written, 150);
		dump = fake_target_dump(rig.fake, "t");
		lines = 0;
		for (const char *c = dump; *c != '\0'; c++)
			lines += *c == '\n';
		cr_expect_eq(lines, 301);
		free(dump);
		free(dead);
		ots_job_release(job);
		ots_buffer_release(&text);
		rig_close(&rig);
	}
}

Test(dead, more_than_max_dead_pauses_and_at_the_limit_it_goes_on)
{
	for (uint64_t max_dead = 99; max_dead <= 101; max_dead++) {
		bool refusing = true;
		struct ots_restore_request request = {.has_max_dead = true, .max_dead = max_dead};
		struct rig rig;
		struct ots_buffer text;
		struct ots_job *job = NULL;
		struct ots_job_counts counts;
		enum ots_job_state state;
		struct ots_error err = {0};

		rig_init(&rig);
		rig.options.batches_in_flight = 1;
		rig_open(&rig);
		fake_target_hook(rig.fake, refuse_odd, &refusing);
		put_rows(&text, OTS_PUT, 200); /* one request, 100 of them odd */
		for (int64_t n = 0; n < 600; n++)
			rig_put(&text, OTS_PUT, "more", 2 * n, n);
		cr_assert_eq(
			rig_submit(&rig, &request, (const char *)text.bytes, text.len, &job, &err),
			OTS_OK, "%s", err.text);
		if (max_dead == 99) {
			cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_LIMIT);
			cr_expect_eq(state, OTS_JOB_PAUSED);
			cr_expect(strstr(err.text, "100 rows were set aside, more than the 99") !=
					  NULL,
				  "%s", err.text);
			cr_expect_eq(
				ots_engine_control(rig.engine, ots_job_id(job),
						   (struct ots_bytes){(const uint8_t *)"resume", 6},
						   &err),
				OTS_OK);
		}
		cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(state, OTS_JOB_DONE_WITH_DEAD);
		cr_expect_eq(counts.dead, 100);
		cr_expect_eq(counts.written, 700);
		ots_job_release(job);
		ots_buffer_release(&text);
		rig_close(&rig);
	}
}

Test(dead, with_max_dead_0_the_first_row_set_aside_pauses_even_when_it_is_the_last)
{
	static const struct {
		int64_t rows;  /* odd ones are refused */
		uint64_t dead; /* when it pauses first */
		uint64_t written;
	} cases[] = {{1, 0, 1}, {2, 1, 1}, {200, 100, 100}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ots_restore_request base = {.has_max_dead = true, .max_dead = 0};
		struct ots_restore_request request = base;
		bool refusing = true;
		struct rig rig;
		struct ots_buffer text;
		struct ots_job *job = NULL;
		struct ots_job_counts counts;
		enum ots_job_state state;
		struct ots_error err = {0};

		rig_init(&rig);
		rig.options.batches_in_flight = 1;
		rig_open(&rig);
		fake_target_hook(rig.fake, refuse_odd, &refusing);
		put_rows(&text, OTS_PUT, cases[i].rows);
		cr_assert_eq(
			rig_submit(&rig, &request, (const char *)text.bytes, text.len, &job, &err),
			OTS_OK, "%s", err.text);
		cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err),
			     cases[i].dead > 0 ? OTS_LIMIT : OTS_OK, "case %zu: %s", i, err.text);
		cr_expect_eq(state, cases[i].dead > 0 ? OTS_JOB_PAUSED : OTS_JOB_DONE, "case %zu",
			     i);
		cr_expect_eq(counts.dead, cases[i].dead, "case %zu", i);
		cr_expect_eq(counts.written, cases[i].written, "case %zu", i);
		if (cases[i].dead > 0) {
			const struct ots_bytes resume = {(const uint8_t *)"resume", 6};

			cr_expect(strstr(err.text, "more than the 0 of --max-dead") != NULL, "%s",
				  err.text);
			cr_expect_eq(ots_engine_control(rig.engine, ots_job_id(job), resume, &err),
				     OTS_OK);
			cr_expect_eq(ots_job_wait(job, NULL, &state, NULL, &err), OTS_OK, "%s",
				     err.text);
			cr_expect_eq(state, OTS_JOB_DONE_WITH_DEAD);
		}
		ots_job_release(job);
		ots_buffer_release(&text);
		rig_close(&rig);
	}
}

#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../../core/restore/send/backoff.h"
#include "../../../core/restore/send/classify.h"

TestSuite(retry, .timeout = 60);

/* What one test wants of the target. */
struct script {
	const char *code;
	enum ots_status status;
	int http_status;
	const char *bad_key; /* rows of this key fail; NULL: every call as a whole */
	uint64_t times;      /* so many calls; 0: always */
	bool whole;          /* a bad key fails the whole call */
};

static enum ots_status say(const struct script *script, struct ots_error *err)
{
	(void)ots_fail(err, script->status, "on cue");
	err->http_status = script->http_status;
	if (script->code != NULL)
		(void)snprintf(err->code, sizeof err->code, "%s", script->code);
	(void)snprintf(err->request_id, sizeof err->request_id, "req-7");
	return script->status;
}

static bool is_key(const struct ots_record *record, const char *key)
{
	const struct ots_bytes k = record->key[0].value.as.bytes;

	return k.len == strlen(key) && memcmp(k.at, key, k.len) == 0;
}

static enum ots_status play(void *arg, struct fake_call *call, struct ots_error *err)
{
	const struct script *script = arg;

	if (script->times > 0 && call->number > script->times)
		return OTS_OK;
	if (script->bad_key == NULL)
		return say(script, err);
	for (size_t i = 0; i < call->count; i++) {
		if (!is_key(call->records[i], script->bad_key))
			continue;
		if (script->whole)
			return say(script, err);
		(void)say(script, &call->errors[i]);
	}
	return OTS_OK;
}

static void put_rows(struct ots_buffer *text, int64_t count, int64_t bad)
{
	rig_init_text(text);
	for (int64_t i = 0; i < count; i++)
		rig_put(text, OTS_PUT, i == bad ? "bad" : "good", i, i);
}

Test(retry, a_code_has_the_class_that_the_design_gives_it)
{
	static const struct {
		const char *code;
		enum ots_status status;
		int http;
		enum ots_out_class class;
	} cases[] = {
		{"OTSServerBusy", OTS_THROTTLED, 503, OTS_CLASS_THROTTLE},
		{"OTSStorageServerBusy", OTS_THROTTLED, 503, OTS_CLASS_THROTTLE},
		{"OTSNotEnoughCapacityUnit", OTS_THROTTLED, 403, OTS_CLASS_THROTTLE},
		{"OTSCapacityUnitExhausted", OTS_THROTTLED, 403, OTS_CLASS_THROTTLE},
		{"OTSOperationThrottled", OTS_THROTTLED, 403, OTS_CLASS_THROTTLE},
		{"OTSFlowControl", OTS_THROTTLED, 403, OTS_CLASS_THROTTLE},
		{"OTSQuotaExhausted", OTS_THROTTLED, 403, OTS_CLASS_THROTTLE},
		{"OTSQuotaExhausted", OTS_REFUSED, 403, OTS_CLASS_JOB_FATAL},
		{"OTSTimeout", OTS_TIMEOUT, 503, OTS_CLASS_TRANSIENT},
		{"OTSInternalServerError", OTS_SERVER, 500, OTS_CLASS_TRANSIENT},
		{"OTSRequestTimeout", OTS_TIMEOUT, 408, OTS_CLASS_TRANSIENT},
		{"OTSPartitionUnavailable", OTS_SERVER, 503, OTS_CLASS_MOVING},
		{"OTSServerUnavailable", OTS_SERVER, 503, OTS_CLASS_MOVING},
		{"OTSTableNotReady", OTS_SERVER, 404, OTS_CLASS_MOVING},
		{"OTSRowOperationConflict", OTS_SERVER, 409, OTS_CLASS_MOVING},
		{"OTSParameterInvalid", OTS_REFUSED, 400, OTS_CLASS_POISON},
		{"OTSRequestBodyTooLarge", OTS_REFUSED, 413, OTS_CLASS_POISON},
		{"OTSInvalidPK", OTS_REFUSED, 400, OTS_CLASS_POISON},
		{"OTSOutOfColumnCountLimit", OTS_REFUSED, 400, OTS_CLASS_ROW_FATAL},
		{"OTSOutOfRowSizeLimit", OTS_REFUSED, 400, OTS_CLASS_ROW_FATAL},
		{"OTSConditionCheckFail", OTS_REFUSED, 403, OTS_CLASS_ROW_FATAL},
		{"OTSAuthFailed", OTS_DENIED, 403, OTS_CLASS_JOB_FATAL},
		{"OTSNoPermissionAccess", OTS_DENIED, 403, OTS_CLASS_JOB_FATAL},
		{"OTSObjectNotExist", OTS_NOT_FOUND, 404, OTS_CLASS_JOB_FATAL},
		{"OTSNobodyKnows", OTS_REFUSED, 400, OTS_CLASS_UNKNOWN},
		{"OTSNobodyKnows", OTS_SERVER, 500, OTS_CLASS_TRANSIENT},
		{"", OTS_NETWORK, 0, OTS_CLASS_TRANSIENT},
		{"", OTS_TIMEOUT, 0, OTS_CLASS_TRANSIENT},
		{"", OTS_CORRUPT, 200, OTS_CLASS_TRANSIENT},
		{"", OTS_THROTTLED, 0, OTS_CLASS_THROTTLE},
		{"", OTS_LIMIT, 0, OTS_CLASS_POISON},
		{"", OTS_DENIED, 0, OTS_CLASS_JOB_FATAL},
		{"", OTS_REFUSED, 0, OTS_CLASS_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_error error = {.status = cases[i].status, .http_status = cases[i].http};

		(void)snprintf(error.code, sizeof error.code, "%s", cases[i].code);
		cr_expect_eq(ots_out_classify(&error), cases[i].class, "%s, %s", cases[i].code,
			     ots_status_word(cases[i].status));
	}
}

Test(retry, backoff_is_full_jitter_up_to_ten_seconds_and_short_while_a_partition_moves)
{
	struct ots_backoff backoff = {7, 100};
	int64_t largest[12] = {0};

	for (uint32_t n = 1; n < 12; n++) {
		const int64_t cap = n < 9 ? INT64_C(50) << (n - 1) : 10000;

		for (int i = 0; i < 400; i++) {
			const int64_t ms = ots_backoff_ms(&backoff, OTS_CLASS_TRANSIENT, n);

			cr_assert(ms >= 0 && ms <= (cap < 10000 ? cap : 10000), "try %u: %lld", n,
				  (long long)ms);
			largest[n] = ms > largest[n] ? ms : largest[n];
		}
		cr_expect_gt(largest[n], cap / 2, "try %u", n);
	}
	for (int i = 0; i < 400; i++) {
		const int64_t ms = ots_backoff_ms(&backoff, OTS_CLASS_MOVING, 1 + (uint32_t)i % 5);

		cr_assert(ms >= 20 && ms <= 500, "%lld", (long long)ms);
	}
	backoff.percent = 0;
	cr_expect_eq(ots_backoff_ms(&backoff, OTS_CLASS_THROTTLE, 9), 0);
}

Test(retry, what_passes_is_sent_again_until_it_is_written_and_counted_by_code)
{
	static const struct script cases[] = {
		{"OTSServerBusy", OTS_THROTTLED, 503, NULL, 3, false},
		{"OTSTimeout", OTS_TIMEOUT, 503, "bad", 3, false},
		{"OTSPartitionUnavailable", OTS_SERVER, 503, "bad", 7, false},
		{"OTSObscure", OTS_REFUSED, 400, NULL, 2, false},
		{NULL, OTS_NETWORK, 0, NULL, 4, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct script script = cases[i];
		struct rig rig;
		struct ots_buffer text;
		struct ots_job *job = NULL;
		struct ots_job_counts counts;
		enum ots_job_state state;
		struct ots_error err = {0};
		char want[80], *report;

		rig_init(&rig);
		rig_open(&rig);
		fake_target_hook(rig.fake, play, &script);
		put_rows(&text, 10, 4);
		cr_assert_eq(rig_drop(&rig, "t", (const char *)text.bytes, text.len, &job, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(state, OTS_JOB_DONE);
		cr_expect_eq(counts.written, 10);
		report = rig_file(&rig, ots_job_id(job), "report.json");
		(void)snprintf(
			want, sizeof want, "\"%s\":%llu",
			script.code != NULL ? script.code : "network",
			(unsigned long long)(script.times * (script.bad_key != NULL ? 1 : 10)));
		cr_expect(strstr(report, want) != NULL, "%s in %s", want, report);
		free(report);
		ots_job_release(job);
		ots_buffer_release(&text);
		rig_close(&rig);
	}
}

/* Calls for 200 rows of which one spoils the request, wherever it stands: each halving sends both
 * halves, the one without it once. */
static uint64_t calls_to_find(int64_t bad)
{
	struct script script = {"OTSParameterInvalid", OTS_REFUSED, 400, "bad", 0, true};
	struct rig rig;
	struct ots_buffer text;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	uint64_t calls;

	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, play, &script);
	put_rows(&text, 200, bad);
	cr_expect_eq(rig_restore(&rig, &text, &counts, &err), OTS_JOB_DONE_WITH_DEAD);
	cr_expect_eq(counts.written, 199);
	cr_expect_eq(counts.dead, 1);
	calls = fake_target_calls(rig.fake);
	ots_buffer_release(&text);
	rig_close(&rig);
	return calls;
}

Test(retry, halving_finds_one_bad_row_of_200_in_about_sixteen_requests)
{
	uint64_t sum = 0, count = 0;

	for (int64_t bad = 0; bad < 200; bad += 13, count++) {
		const uint64_t calls = calls_to_find(bad);

		cr_expect(calls == 15 || calls == 17, "bad row %lld: %llu calls", (long long)bad,
			  (unsigned long long)calls);
		sum += calls;
	}
	cr_expect(sum >= 16 * count - count / 2 && sum <= 17 * count, "%llu over %llu",
		  (unsigned long long)sum, (unsigned long long)count);
}

Test(retry, a_row_that_cannot_be_written_is_set_aside_and_the_others_go_on)
{
	static const char *const codes[] = {"OTSOutOfColumnCountLimit", "OTSOutOfRowSizeLimit",
					    "OTSConditionCheckFail", "OTSInvalidPK"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct script script = {codes[i], OTS_REFUSED, 400, "bad", 0, false};
		struct rig rig;
		struct ots_buffer text;
		struct ots_job_counts counts;
		struct ots_error err = {0};

		rig_init(&rig);
		rig_open(&rig);
		fake_target_hook(rig.fake, play, &script);
		put_rows(&text, 50, 20);
		cr_expect_eq(rig_restore(&rig, &text, &counts, &err), OTS_JOB_DONE_WITH_DEAD);
		cr_expect_eq(counts.dead, 1, "%s", codes[i]);
		cr_expect_eq(counts.written, 49, "%s", codes[i]);
		cr_expect_eq(fake_target_calls(rig.fake), 1, "%s", codes[i]);
		ots_buffer_release(&text);
		rig_close(&rig);
	}
}

/* The clock moves a second with each look at it, so that minutes pass within a few calls. */
static void runs_out(const char *code, enum ots_status status, int64_t deadline_ms,
		     int64_t at_least_ms)
{
	struct script script = {code, status, 0, "bad", 0, false};
	struct rig rig;
	struct ots_buffer text;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	int64_t begin;

	rig_init(&rig);
	rig.options.row_deadline_ms = deadline_ms;
	atomic_store(&rig.step_ms, 1000);
	begin = atomic_load(&rig.now_ms);
	rig_open(&rig);
	fake_target_hook(rig.fake, play, &script);
	put_rows(&text, 5, 2);
	cr_expect_eq(rig_restore(&rig, &text, &counts, &err), OTS_JOB_DONE_WITH_DEAD);
	cr_expect_eq(counts.written, 4);
	cr_expect_eq(counts.dead, 1);
	cr_expect_geq(atomic_load(&rig.now_ms) - begin, at_least_ms);
	cr_expect_gt(fake_target_calls(rig.fake), 2);
	ots_buffer_release(&text);
	rig_close(&rig);
}

Test(retry, a_row_without_success_until_its_deadline_is_set_aside)
{
	runs_out("OTSTimeout", OTS_TIMEOUT, 60000, 60000);
	runs_out("OTSServerBusy", OTS_THROTTLED, 60000, 60000);
}

Test(retry, an_unknown_code_counts_as_passing_for_five_minutes)
{
	runs_out("OTSObscure", OTS_REFUSED, 0, 300000);
}

Test(retry, a_table_that_was_made_a_moment_ago_may_not_be_known_yet)
{
	struct script script = {"OTSObjectNotExist", OTS_NOT_FOUND, 404, NULL, 3, false};
	struct ots_restore_request request = {.table = "fresh", .create_table = true};
	struct rig rig;
	struct ots_buffer text;
	struct ots_job *job = NULL;
	struct ots_job_counts counts;
	enum ots_job_state state;
	struct ots_error err = {0};

	rig_init(&rig);
	rig_open(&rig);
	fake_target_hook(rig.fake, play, &script);
	put_rows(&text, 5, -1);
	cr_assert_eq(rig_submit(&rig, &request, (const char *)text.bytes, text.len, &job, &err),
		     OTS_OK, "%s", err.text);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(counts.written, 5);
	ots_job_release(job);
	ots_buffer_release(&text);
	rig_close(&rig);
}

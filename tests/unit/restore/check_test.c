#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/object/dir.h>

TestSuite(check, .timeout = 60);

#define LINE "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1},\"cols\":{\"c\":1}}\n"

/* Dropped, refused, nothing sent; the job is kept with its reason. */
static void expect_refused(const char *table, bool create, const char *text, enum ots_status status,
			   const char *reason)
{
	struct ots_restore_request request = {.table = table, .create_table = create};
	static const struct fake_column numbered[] = {{"k", OTS_STRING, false},
						      {"n", OTS_INTEGER, true}};
	static const struct fake_column narrow[] = {{"k", OTS_STRING, false},
						    {"n", OTS_INTEGER, false}};
	struct rig rig;
	struct ots_job *job = NULL;
	enum ots_job_state state;
	struct ots_error err = {0}, waited = {0};
	char *json;

	rig_init(&rig);
	fake_target_table(rig.fake, "numbered", numbered, 2, 0);
	fake_target_table(rig.fake, "narrow", narrow, 2, 86400);
	rig_open(&rig);
	cr_expect_eq(rig_submit(&rig, &request, text, strlen(text), &job, &err), status, "%s: %s",
		     reason, err.text);
	cr_expect(strstr(err.text, reason) != NULL, "\"%s\" in \"%s\"", reason, err.text);
	cr_assert(job != NULL);
	cr_expect_eq(ots_job_wait(job, NULL, &state, NULL, &waited), status);
	cr_expect_eq(state, OTS_JOB_REFUSED);
	cr_expect_str_eq(waited.text, err.text);
	json = rig_file(&rig, ots_job_id(job), "status.json");
	cr_expect(strstr(json, "\"state\":\"refused\"") != NULL, "%s", json);
	free(json);
	json = rig_file(&rig, ots_job_id(job), "report.json");
	cr_expect(strstr(json, "\"error\":{\"status\":\"") != NULL, "%s", json);
	free(json);
	cr_expect_eq(fake_target_calls(rig.fake), 0);
	ots_job_release(job);
	rig_close(&rig);
}

Test(check, text_that_cannot_be_restored_is_refused_before_the_first_row)
{
	expect_refused("t", false, LINE LINE "{\"op\":\"PUT\",\"pk\":{\"k\":\n", OTS_CORRUPT,
		       "line 3");
	expect_refused("t", false, "hello, this is no backup\n", OTS_UNSUPPORTED, "no records");
	expect_refused("t", false,
		       LINE
		       "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":\"1\"},\"cols\":{\"c\":1}}\n",
		       OTS_REFUSED, "STRING");
	expect_refused("t", false, "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\"},\"cols\":{\"c\":1}}\n",
		       OTS_REFUSED, "(k STRING");
	expect_refused("t", false,
		       "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1},\"cols\":{\"c\":1},"
		       "\"lossy\":true}\n",
		       OTS_REFUSED, "schema.json");
	expect_refused("none", false, LINE, OTS_REFUSED, "no table none");
	expect_refused("numbered", false, LINE, OTS_REFUSED, "auto-increment");
}

Test(check, versions_outside_of_what_the_table_takes_are_refused)
{
	/* The clock stands at 1795228200000 ms, the table takes a day around it. */
	static const char form[] =
		"{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1},\"v\":%lld,\"cols\":{\"c\":1}}\n";
	static const struct {
		long long version;
		bool taken;
	} cases[] = {
		{1795141800000, true}, {1795141799999, false}, {1795141800001, true},
		{1795314599999, true}, {1795314600000, false}, {1795228200000, true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const struct fake_column narrow[] = {{"k", OTS_STRING, false},
							    {"n", OTS_INTEGER, false}};
		char text[200];
		struct rig rig;
		struct ots_job *job = NULL;
		struct ots_error err = {0};
		enum ots_status status;

		rig_init(&rig);
		fake_target_table(rig.fake, "narrow", narrow, 2, 86400);
		rig_open(&rig);
		(void)snprintf(text, sizeof text, form, cases[i].version);
		status = rig_drop(&rig, "narrow", text, strlen(text), &job, &err);
		cr_expect_eq(status, cases[i].taken ? OTS_OK : OTS_REFUSED, "%lld: %s",
			     cases[i].version, err.text);
		if (!cases[i].taken)
			cr_expect(strstr(err.text, "max_time_deviation") != NULL, "%s", err.text);
		ots_job_release(job);
		rig_close(&rig);
	}
}

Test(check, a_missing_table_is_made_from_the_keys_of_the_first_record)
{
	struct ots_restore_request request = {.table = "fresh", .create_table = true};
	struct rig rig;
	struct ots_job *job = NULL;
	struct ots_job_counts counts;
	enum ots_job_state state;
	struct ots_error err = {0};
	int64_t options[3];
	char *dump, *plan;

	rig_init(&rig);
	rig_open(&rig);
	cr_assert_eq(rig_submit(&rig, &request, LINE, strlen(LINE), &job, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s", err.text);
	cr_assert(fake_target_options(rig.fake, "fresh", options));
	cr_expect_eq(options[0], 2147483647);
	cr_expect_eq(options[1], -1);
	cr_expect_eq(options[2], 1795228200 + 86400);
	dump = fake_target_dump(rig.fake, "fresh");
	cr_expect_str_eq(dump, "S:a|I:1| c@1800000000000=I:1\n");
	free(dump);
	plan = rig_file(&rig, ots_job_id(job), "plan.json");
	cr_expect(strstr(plan, "\"table_created\":true,\"key\":[{\"name\":\"k\",\"type\":"
			       "\"STRING\"},{\"name\":\"n\",\"type\":\"INTEGER\"}]") != NULL,
		  "%s", plan);
	cr_expect(strstr(plan, "\"staged\":true") != NULL, "%s", plan);
	free(plan);
	ots_job_release(job);
	rig_close(&rig);
}

Test(check, describing_is_tried_three_times_when_the_network_fails)
{
	for (unsigned times = 1; times <= 4; times++) {
		struct rig rig;
		struct ots_job *job = NULL;
		struct ots_error err = {0};

		rig_init(&rig);
		rig_open(&rig);
		fake_target_fail_describe(rig.fake, OTS_NETWORK, times);
		cr_expect_eq(rig_drop(&rig, "t", LINE, strlen(LINE), &job, &err),
			     times < 3 ? OTS_OK : OTS_NETWORK, "%u", times);
		ots_job_release(job);
		rig_close(&rig);
	}
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "w");
	cr_assert(file != NULL);
	(void)fputs(text, file);
	(void)fclose(file);
}

/* Objects are decoded as they are sent. */
Test(check, a_damaged_object_fails_the_job_with_what_was_written_counted)
{
	const struct ots_job_object objects[] = {
		{.key = {(const uint8_t *)"a.jsonl", 7}, .format = OTS_FORMAT_JSONL},
		{.key = {(const uint8_t *)"b.jsonl", 7}, .format = OTS_FORMAT_UNKNOWN}};
	const struct ots_restore_request request = {
		.table = "t", .objects = objects, .object_count = 2, .name = "a and b"};
	struct rig rig;
	struct ots_store *store = NULL;
	struct ots_job *job = NULL;
	struct ots_job_counts counts;
	enum ots_job_state state;
	struct ots_error err = {0};
	char *plan;

	rig_init(&rig);
	write_file(rig.dir, "a.jsonl", LINE LINE);
	write_file(rig.dir, "b.jsonl", LINE "{\"op\":\"PUT\",\"pk\":[]}\n");
	cr_assert_eq(ots_dir_open(rig.dir, &store, &err), OTS_OK, "%s", err.text);
	rig.options.source = store;
	rig_open(&rig);
	cr_assert_eq(ots_job_submit(rig.engine, &request, NULL, &job, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_CORRUPT, "%s", err.text);
	cr_expect_eq(state, OTS_JOB_FAILED);
	cr_expect(strstr(err.text, "b.jsonl") != NULL, "%s", err.text);
	cr_expect_eq(counts.written, counts.read);
	cr_expect_geq(counts.written, 2);
	plan = rig_file(&rig, ots_job_id(job), "plan.json");
	cr_expect(strstr(plan, "\"key\":\"b.jsonl\",\"etag\":\"") != NULL, "%s", plan);
	cr_expect(strstr(plan, "\"format\":\"jsonl\"") != NULL, "%s", plan);
	free(plan);
	ots_job_release(job);
	rig_close(&rig);
	ots_store_free(store);
}

Test(check, a_request_that_makes_no_sense_is_a_usage_error)
{
	const struct ots_job_object object = {.key = {(const uint8_t *)"a", 1}};
	const struct ots_restore_request nothing = {.table = "t"};
	const struct ots_restore_request sourceless = {
		.table = "t", .objects = &object, .object_count = 1};
	struct rig rig;
	struct ots_job *job = NULL;
	struct ots_error err = {0};

	rig_init(&rig);
	rig_open(&rig);
	cr_expect_eq(ots_job_submit(rig.engine, &nothing, NULL, &job, &err), OTS_USAGE);
	cr_expect(strstr(err.text, "objects or dropped text") != NULL, "%s", err.text);
	cr_expect_eq(ots_job_submit(rig.engine, &sourceless, NULL, &job, &err), OTS_USAGE);
	cr_expect(strstr(err.text, "no source") != NULL, "%s", err.text);
	cr_expect(job == NULL);
	rig_close(&rig);
}

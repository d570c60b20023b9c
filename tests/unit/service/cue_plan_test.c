#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../../../tools/service/cue/codes.h"
#include "../../../tools/service/cue/plan.h"

TestSuite(cue_plan, .timeout = 60);

/* A heap copy of exactly the text, so that ASan sees a read behind it. */
static enum ots_status read_text(const char *text, struct ots_cue_plan *plan, struct ots_error *err)
{
	const size_t len = strlen(text);
	uint8_t *bytes = malloc(len > 0 ? len : 1);
	enum ots_status status;

	cr_assert(bytes != NULL);
	if (len > 0)
		memcpy(bytes, text, len);
	status = ots_cue_plan_read((struct ots_bytes){bytes, len}, plan, err);
	free(bytes);
	return status;
}

/* The one line of a text that is good. */
static struct ots_cue_line one(const char *text, struct ots_cue_plan *plan)
{
	struct ots_error err = {.status = OTS_OK};

	cr_assert_eq(read_text(text, plan, &err), OTS_OK, "%s: %s", text, err.text);
	cr_assert_eq(plan->line_count, 1);
	return plan->lines[0];
}

static void expect_refused(const char *text, enum ots_status status, const char *why)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_cue_plan plan;
	const enum ots_status found = read_text(text, &plan, &err);

	cr_expect_eq(found, status, "%.200s: %s", text, err.text);
	cr_expect(strstr(err.text, why) != NULL, "%.200s: expected `%s` in: %s", text, why,
		  err.text);
	ots_cue_plan_release(&plan);
}

static void expect_text(struct ots_bytes found, const char *expected)
{
	cr_expect(ots_bytes_are(found, expected), "found %.*s, expected %s", (int)found.len,
		  (const char *)found.at, expected);
	cr_expect_eq(found.at[found.len], 0, "a NUL stands behind it");
}

Test(cue_plan, every_member_of_match_is_read)
{
	struct ots_cue_plan plan;
	const struct ots_cue_line table = one(
		"{\"seed\":9223372036854775807,\"match\":{\"op\":\"BatchWriteRow\",\"table\":\"t\","
		"\"nth\":3,\"every\":10,\"rows\":[2,5,199,0],\"chance\":0.25},"
		"\"do\":{\"error\":\"OTSServerBusy\",\"status\":503,\"message\":\"B\\u00fcsy\"}}",
		&plan);

	expect_text(table.match.op, "BatchWriteRow");
	expect_text(table.match.table, "t");
	cr_expect_eq(table.match.nth, 3);
	cr_expect_eq(table.match.every, 10);
	cr_expect_eq(table.match.rows[0], UINT64_C(0x25));
	cr_expect_eq(table.match.rows[3], UINT64_C(1) << 7);
	cr_expect_eq(table.match.chance, 0.25);
	cr_expect_eq(table.match.has,
		     0xffu & ~(OTS_CUE_BIT(OTS_CUE_BUCKET) | OTS_CUE_BIT(OTS_CUE_KEY)));
	cr_expect_eq(table.seed, (uint64_t)INT64_MAX);
	cr_expect_eq(table.number, 1);
	expect_text(table.act.error, "OTSServerBusy");
	expect_text(table.act.message, "B\xc3\xbcsy");
	cr_expect_eq(table.act.status, 503);
	ots_cue_plan_release(&plan);
}

Test(cue_plan, every_member_of_do_is_read)
{
	struct ots_cue_plan plan;
	struct ots_cue_act act =
		one("{\"do\":{\"latency_ms\":1,\"reset_after_bytes\":2,\"truncate_body\":3,"
		    "\"corrupt_byte\":4,\"bad_md5\":true,\"bad_signature\":true,"
		    "\"clock_skew_s\":-5,\"lose_reply\":true,\"capacity\":[[0,1.5],[2.5,7]],"
		    "\"partitions\":4,\"hot\":3}}",
		    &plan)
			.act;

	cr_expect_eq(act.latency_ms, 1);
	cr_expect_eq(act.reset_after_bytes, 2);
	cr_expect_eq(act.truncate_body, 3);
	cr_expect_eq(act.corrupt_byte, 4);
	cr_expect(OTS_CUE_SAYS(&act, OTS_CUE_BAD_MD5));
	cr_expect(OTS_CUE_SAYS(&act, OTS_CUE_BAD_SIGNATURE));
	cr_expect(OTS_CUE_SAYS(&act, OTS_CUE_LOSE_REPLY));
	cr_expect_eq(act.clock_skew_s, -5);
	cr_assert_eq(act.point_count, 2);
	cr_expect_eq(act.points[0].rows_per_s, 1.5);
	cr_expect_eq(act.points[1].second, 2.5);
	cr_expect_eq(act.partitions, 4);
	cr_expect_eq(act.hot, 3);
	cr_expect_eq(act.has & OTS_CUE_OSS_ONLY, 0);
	ots_cue_plan_release(&plan);
	act = one("{\"do\":{\"partitions\":{\"count\":9,\"hot\":8}}}", &plan).act;
	cr_expect_eq(act.partitions, 9);
	cr_expect_eq(act.hot, 8);
	cr_expect(OTS_CUE_SAYS(&act, OTS_CUE_HOT));
	ots_cue_plan_release(&plan);
}

Test(cue_plan, every_member_of_oss_is_read)
{
	struct ots_cue_plan plan;
	const struct ots_cue_line line = one(
		"{\"match\":{\"op\":\"GetObject\",\"bucket\":\"b\",\"key\":\"a/\"},"
		"\"do\":{\"status\":502,\"body\":\"<\\u0000>\",\"headers\":{\"A-b\":\"1\",\"c\":"
		"\"\"},\"ignore_range\":true,\"change_etag\":true,\"wrong_crc\":true,"
		"\"page_keys\":0,\"repeat_token\":true,\"stall_ms\":10,\"drop_idle\":true,"
		"\"no_x_oss_err\":true,\"object_state\":\"frozen\",\"restore_ms\":11}}",
		&plan);
	const struct ots_cue_act *act = &line.act;

	expect_text(line.match.bucket, "b");
	expect_text(line.match.key, "a/");
	cr_expect_eq(act->status, 502);
	cr_expect_eq(act->body.len, 3);
	cr_assert_eq(act->header_count, 2);
	expect_text(act->headers[0].name, "A-b");
	expect_text(act->headers[0].value, "1");
	expect_text(act->headers[1].value, "");
	cr_expect_eq(act->has & OTS_CUE_OSS_ONLY, OTS_CUE_OSS_ONLY);
	cr_expect_eq(act->page_keys, 0);
	cr_expect_eq(act->stall_ms, 10);
	cr_expect_eq(act->drop_idle_ms, 0);
	expect_text(act->object_state, "frozen");
	cr_expect_eq(act->restore_ms, 11);
	ots_cue_plan_release(&plan);
	cr_expect_eq(one("{\"do\":{\"drop_idle\":250}}", &plan).act.drop_idle_ms, 250);
	ots_cue_plan_release(&plan);
}

Test(cue_plan, a_flag_that_is_off_counts_as_absent)
{
	struct ots_cue_plan plan;
	const struct ots_cue_act act =
		one("{\"do\":{\"bad_md5\":false,\"latency_ms\":0}}", &plan).act;

	cr_expect_eq(act.has, OTS_CUE_BIT(OTS_CUE_LATENCY_MS));
	ots_cue_plan_release(&plan);
	expect_refused("{\"do\":{\"bad_md5\":false}}", OTS_USAGE, "at least one member");
}

Test(cue_plan, lines_are_numbered_as_the_file_has_them_and_seeds_hold_for_those_below)
{
	static const char text[] = "{\"do\":{\"bad_md5\":true}}\r\n"
				   "\n"
				   "  \t\r\n"
				   " {\"seed\":7} \n"
				   "{\"do\":{\"bad_md5\":true}}\n"
				   "{\"seed\":8,\"do\":{\"bad_md5\":true}}\n"
				   "{\"do\":{\"bad_md5\":true}}";
	static const uint64_t numbers[] = {1, 5, 6, 7};
	static const uint64_t seeds[] = {0, 7, 8, 7};
	struct ots_error err = {.status = OTS_OK};
	struct ots_cue_plan plan;

	cr_assert_eq(read_text(text, &plan, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(plan.line_count, 4);
	for (size_t i = 0; i < 4; i++) {
		cr_expect_eq(plan.lines[i].number, numbers[i]);
		cr_expect_eq(plan.lines[i].seed, seeds[i]);
	}
	ots_cue_plan_release(&plan);
	cr_expect_eq(read_text("", &plan, &err), OTS_OK);
	cr_expect_eq(plan.line_count, 0);
	ots_cue_plan_release(&plan);
}

Test(cue_plan, what_is_no_line_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{"\n{\"do\":{\"bad_md5\":true}}\n{\"do\":\n", "no JSON: expected more"},
		{"\n{\"do\":{\"bad_md5\":true}}\n{\"do\":\n", "at line 3, byte"},
		{"{\"do\":{\"bad_md5\":true}}}", "more behind it"},
		{"{\"do\":{\"bad_md5\":true}} {}", "more behind it"},
		{"[]", "expected an object"},
		{"7", "expected an object"},
		{"{}", "do: expected what to do"},
		{"{\"match\":{}}", "do: expected what to do"},
		{"{\"seed\":1,\"match\":{}}", "do: expected what to do"},
		{"{\"do\":{}}", "at least one member"},
		{"{\"do\":[]}", "do: expected an object, found a list"},
		{"{\"do\":null}", "do: expected an object, found null"},
		{"{\"match\":3,\"do\":{\"bad_md5\":true}}",
		 "match: expected an object, found the number 3"},
		{"{\"dO\":{}}", "dO: there is no such member at line 1"},
		{"{\"do\":{\"bad_md5\":true},\"do\":{\"bad_md5\":true}}", "do: stands there twice"},
		{"{\"do\":{\"bad_md5\":true,\"bad_md5\":false}}", "do.bad_md5: stands there twice"},
		{"{\"seed\":-1}", "seed: expected a whole number from 0, found the number -1"},
		{"{\"seed\":\"x\"}", "found the string x"},
		{"{\"seed\":9223372036854775808}", "seed: expected"},
		{"\xff", "UTF-8"},
		{"{\"do\":{\"message\":\"m\",\"bad_md5\":true}}", "do.message: expected an error"},
		{"{\"do\":{\"status\":503}}", "do.status: expected an error or a body"},
		{"{\"do\":{\"hot\":0}}", "do.hot: expected a number below partitions"},
		{"{\"do\":{\"partitions\":4,\"hot\":4}}", "do.hot: expected a number below"},
		{"{\"match\":{\"table\":\"t\",\"key\":\"k\"},\"do\":{\"bad_md5\":true}}",
		 "match: no request"},
		{"{\"match\":{\"rows\":[1]},\"do\":{\"wrong_crc\":true}}", "other service"},
		{"{\"match\":{\"bucket\":\"b\"},\"do\":{\"bad_signature\":true}}", "other service"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_refused(bad[i].text, OTS_USAGE, bad[i].why);
}

static void with_member(const char *object, const char *member, const char *value, char *text,
			size_t room)
{
	if (strcmp(object, "match") == 0)
		(void)snprintf(text, room, "{\"match\":{\"%s\":%s},\"do\":{\"bad_md5\":true}}",
			       member, value);
	else
		(void)snprintf(text, room, "{\"do\":{\"%s\":%s}}", member, value);
}

/* Each member with values that are none of its own, and its limits. */
Test(cue_plan, values_are_held_to_their_types_and_limits)
{
	static const struct {
		const char *object; /* `match` or `do` */
		const char *member;
		const char *good[8];
		const char *bad[10];
	} members[] = {
		{"match", "op", {"\"x\""}, {"\"\"", "1", "null", "[]", "\"\\u0000\"", "true"}},
		{"match", "table", {"\"x\""}, {"\"\"", "1", "{}", "\"\\ud800\""}},
		{"match", "nth", {"1", "9223372036854775807"}, {"0", "-1", "1.5", "\"1\"", "1e3"}},
		{"match", "every", {"1"}, {"0", "1.0", "null"}},
		{"match",
		 "rows",
		 {"[0]", "[199]", "[3,3]"},
		 {"[]", "[200]", "[-1]", "3", "[\"1\"]", "[[1]]", "[1.5]"}},
		{"match",
		 "chance",
		 {"0", "1", "0.02", "1e-3"},
		 {"-0.1", "1.01", "\"0.5\"", "true"}},
		{"do",
		 "error",
		 {"\"OTSx\"", "\"A.b-c_9\""},
		 {"\"\"", "\"a b\"", "\"\\u00fc\"", "503"}},
		{"do", "latency_ms", {"0", "86400000"}, {"86400001", "-1", "\"slow\"", "1.5"}},
		{"do", "reset_after_bytes", {"0"}, {"-1", "true"}},
		{"do", "truncate_body", {"0"}, {"-1", "true"}},
		{"do", "corrupt_byte", {"0"}, {"-1", "true"}},
		{"do", "bad_md5", {"true"}, {"1", "\"true\"", "null"}},
		{"do", "bad_signature", {"true"}, {"0", "[]"}},
		{"do", "lose_reply", {"true"}, {"1"}},
		{"do",
		 "clock_skew_s",
		 {"0", "-315360000", "315360000"},
		 {"315360001", "-315360001", "1.5"}},
		{"do",
		 "capacity",
		 {"[[0,0]]", "[[0,5],[0.5,1000000000]]", "[[3,1]]"},
		 {"[]", "[1]", "[[0]]", "[[0,1,2]]", "[[1,1],[1,1]]", "[[2,1],[1,1]]", "[[-1,1]]",
		  "[[0,-1]]", "[[0,1000000001]]", "7"}},
		{"do",
		 "partitions",
		 {"1", "1000", "{\"count\":2}"},
		 {"0", "1001", "{}", "{\"hot\":0}", "{\"n\":2}", "[2]"}},
		{"do", "body", {"\"\""}, {"1", "null"}},
		{"do",
		 "headers",
		 {"{\"a\":\"b\"}"},
		 {"{}", "[]", "{\"a b\":\"c\"}", "{\"a\":1}", "{\"a\":\"\\n\"}", "{\"\":\"a\"}"}},
		{"do", "ignore_range", {"true"}, {"1"}},
		{"do", "change_etag", {"true"}, {"1"}},
		{"do", "wrong_crc", {"true"}, {"1"}},
		{"do", "page_keys", {"0", "1000"}, {"-1", "1001", "true"}},
		{"do", "repeat_token", {"true"}, {"1"}},
		{"do", "stall_ms", {"0"}, {"-1", "true"}},
		{"do", "drop_idle", {"true", "0", "86400000"}, {"-1", "\"x\""}},
		{"do", "no_x_oss_err", {"true"}, {"1"}},
		{"do", "object_state", {"\"Archive\""}, {"\"\"", "true"}},
		{"do", "restore_ms", {"0"}, {"-1", "\"1\""}},
	};
	char text[512], name[64];

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		const char *object = members[i].object;

		(void)snprintf(name, sizeof name, "%s.%s", object, members[i].member);
		for (size_t v = 0; v < 8 && members[i].good[v] != NULL; v++) {
			struct ots_cue_plan plan;

			with_member(object, members[i].member, members[i].good[v], text,
				    sizeof text);
			(void)one(text, &plan);
			ots_cue_plan_release(&plan);
		}
		for (size_t v = 0; v < 10 && members[i].bad[v] != NULL; v++) {
			with_member(object, members[i].member, members[i].bad[v], text,
				    sizeof text);
			expect_refused(text, OTS_USAGE, name);
		}
	}
}

static char *repeated(const char *unit, size_t count, size_t more)
{
	const size_t len = strlen(unit);
	char *text = malloc(len * count + more + 1);

	cr_assert(text != NULL);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * len, unit, len);
	text[len * count] = '\0';
	return text;
}

Test(cue_plan, a_file_has_limits)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_cue_plan plan;
	char *text = repeated("{\"do\":{\"bad_md5\":true}}\n", OTS_CUE_LINES_MAX, 8);

	cr_expect_eq(read_text(text, &plan, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(plan.line_count, OTS_CUE_LINES_MAX);
	ots_cue_plan_release(&plan);
	(void)snprintf(text + strlen(text), 9, "\n{}");
	expect_refused(text, OTS_LIMIT, "1001 lines, above the limit of 1000");
	free(text);
	text = repeated("\n", OTS_CUE_FILE_MAX_BYTES, 1);
	cr_expect_eq(read_text(text, &plan, &err), OTS_OK, "%s", err.text);
	ots_cue_plan_release(&plan);
	(void)snprintf(text + OTS_CUE_FILE_MAX_BYTES, 2, "\n");
	expect_refused(text, OTS_LIMIT, "1048577 bytes, above the limit of 1048576");
	free(text);
}

Test(cue_plan, every_cut_of_a_line_is_refused)
{
	static const char good[] =
		"{\"match\":{\"op\":\"GetRow\",\"rows\":[1,2]},\"do\":{\"error\":"
		"\"OTSServerBusy\",\"capacity\":[[0,1]],\"headers\":{\"a\":\"b\"}}}";
	char text[sizeof good];

	memcpy(text, good, sizeof good);
	for (size_t n = strlen(good) - 1; n > 0; n--) {
		text[n] = '\0';
		expect_refused(text, OTS_USAGE, "at line 1");
	}
}

Test(cue_plan, codes_know_their_status_and_text)
{
	static const struct {
		const char *code;
		unsigned status;
		const char *message;
	} codes[] = {
		{"OTSServerBusy", 503, "Server is busy."},
		{"OTSNotEnoughCapacityUnit", 403, "Remaining capacity unit is not enough."},
		{"OTSQuotaExhausted", 403, "Too frequent table operations."},
		{"OTSRowOperationConflict", 409, "Data is being modified by the other request."},
		{"OTSTableNotReady", 404, "Made on cue."},
		{"NoSuchKey", 404, "The specified key does not exist."},
		{"OTSNewlyInvented", 500, "Made on cue."},
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		const struct ots_bytes code = ots_bytes_of(codes[i].code);

		cr_expect_eq(ots_cue_code_status(code), codes[i].status, "%s", codes[i].code);
		cr_expect_str_eq(ots_cue_code_message(code), codes[i].message, "%s", codes[i].code);
	}
}

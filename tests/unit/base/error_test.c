#include <otsfs/base/error.h>

#include <string.h>

#include <criterion/criterion.h>

TestSuite(error, .timeout = 60);

Test(error, the_fact_comes_first_and_context_goes_in_front)
{
	struct ots_error err = {0};

	cr_expect_eq(ots_fail_at(&err, OTS_CORRUPT, 7, 96, "expected %d, found %s", 3, "x"),
		     OTS_CORRUPT);
	cr_expect_eq(ots_context(&err, "part %u", 3u), OTS_CORRUPT);
	cr_expect_eq(ots_context(&err, "restore %s", "orders"), OTS_CORRUPT);
	cr_expect_str_eq(err.text,
			 "restore orders: part 3: expected 3, found x at line 7, byte 96");
	cr_expect(err.placed && err.line == 7 && err.offset == 96);
}

Test(error, a_line_of_zero_is_left_out_and_a_new_failure_replaces_the_old)
{
	struct ots_error err = {0};

	(void)ots_fail_at(&err, OTS_LIMIT, 0, 5, "long");
	cr_expect_str_eq(err.text, "long at byte 5");
	err.http_status = 503;
	cr_expect_eq(ots_fail(&err, OTS_IO, "disk"), OTS_IO);
	cr_expect_str_eq(err.text, "disk");
	cr_expect(!err.placed && err.offset == OTS_UNKNOWN_OFFSET && err.line == 0);
	cr_expect_eq(err.http_status, 0);
	cr_expect_eq(err.status, OTS_IO);
}

Test(error, texts_of_any_length_are_cut_and_end_in_nul)
{
	char long_text[3000];

	memset(long_text, 'x', sizeof long_text);
	for (size_t len = 1010; len < 1035; len++) {
		struct ots_error err = {0};

		(void)ots_fail(&err, OTS_IO, "%.*s", (int)len, long_text);
		cr_expect_eq(strlen(err.text), len < 1023 ? len : 1023);
		(void)ots_context(&err, "c");
		cr_expect_eq(strncmp(err.text, "c: xxx", 6), 0);
		cr_expect_eq(strlen(err.text), len + 3 < 1023 ? len + 3 : 1023);
		(void)ots_context(&err, "%.*s", (int)len, long_text);
		cr_expect_eq(strlen(err.text), 1023);
		(void)ots_fail_at(&err, OTS_IO, 1, 2, "%.*s", (int)len, long_text);
		cr_expect_leq(strlen(err.text), 1023);
	}
}

Test(error, nobody_needs_to_want_the_text)
{
	cr_expect_eq(ots_fail(NULL, OTS_DENIED, "x"), OTS_DENIED);
	cr_expect_eq(ots_fail_at(NULL, OTS_LIMIT, 1, 2, "x"), OTS_LIMIT);
	cr_expect_eq(ots_context(NULL, "x"), OTS_OK);
}

Test(error, every_status_has_its_own_word)
{
	for (int a = OTS_OK; a <= OTS_CANCELLED; a++) {
		cr_expect_not_null(ots_status_word((enum ots_status)a));
		for (int b = OTS_OK; b < a; b++)
			cr_expect_str_neq(ots_status_word((enum ots_status)a),
					  ots_status_word((enum ots_status)b));
	}
	cr_expect_str_eq(ots_status_word(OTS_NOT_FOUND), "not-found");
	cr_expect_str_eq(ots_status_word((enum ots_status)99), "unknown");
	cr_expect(ots_status_is_transient(OTS_NETWORK) && ots_status_is_transient(OTS_THROTTLED));
	cr_expect(!ots_status_is_transient(OTS_CORRUPT) && !ots_status_is_transient(OTS_OK));
	cr_expect_not(ots_status_is_transient((enum ots_status)99));
}

Test(error, a_place_is_added_once)
{
	struct ots_error err = {0};

	(void)ots_fail(&err, OTS_CORRUPT, "too few");
	ots_place(&err, 17);
	ots_place(&err, 99);
	(void)ots_context(&err, "column a");
	cr_expect_str_eq(err.text, "column a: too few at byte 17");
	cr_expect(err.placed && err.offset == 17);
	ots_place(NULL, 1);
}

/* Which requests are let in, and what the others are told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../../../tools/service/http/authenticate.h"

TestSuite(service_authenticate, .timeout = 60);

/* 2024-01-02T03:04:05Z */
#define THEN_US (INT64_C(1704164645) * 1000000)

struct header {
	const char *name;
	const char *value;
};

/* Vector py_ListTable. */
static const struct header good[] = {
	{"x-ots-accesskeyid", "FakeAccessKeyId01"},
	{"x-ots-apiversion", "2015-12-31"},
	{"x-ots-contentmd5", "1B2M2Y8AsgTpgAmY7PhCfg=="},
	{"x-ots-date", "2024-01-02T03:04:05.000Z"},
	{"x-ots-instancename", "myinst"},
	{"x-ots-signature", "fZeDpKMd40hcwMk1kcp6U37HWPw="},
};
#define GOOD_COUNT (sizeof good / sizeof good[0])

static const struct ots_access access = {"FakeAccessKeyId01", "FakeSecretForVectors0123456789",
					 NULL, "myinst"};

static struct ots_bytes text(const char *t)
{
	return (struct ots_bytes){(const uint8_t *)t, strlen(t)};
}

static bool ask(const struct ots_access *who, const char *path, const struct header *headers,
		size_t count, const char *body, bool check_md5, int64_t now_us,
		struct ots_signer *signer, struct ots_fault *fault)
{
	struct ots_sign_header signed_headers[16];
	const struct ots_request request = {
		.path = text(path),
		.headers = signed_headers,
		.header_count = count,
		.body = text(body),
	};

	*fault = (struct ots_fault){.kind = OTS_FAULT_NONE};
	for (size_t i = 0; i < count; i++)
		signed_headers[i] =
			(struct ots_sign_header){text(headers[i].name), text(headers[i].value)};
	return ots_authenticate(who, &request, check_md5, now_us, signer, fault);
}

static bool let_in(const struct ots_access *who, const struct header *headers, size_t count,
		   const char *body, int64_t now_us, bool *known, struct ots_fault *fault)
{
	struct ots_signer signer;
	const bool in = ask(who, "/ListTable", headers, count, body, true, now_us, &signer, fault);

	*known = signer.id != NULL;
	return in;
}

Test(service_authenticate, a_request_of_the_sdk_is_let_in)
{
	struct ots_fault fault;
	bool known = false;

	cr_expect(let_in(&access, good, GOOD_COUNT, "", THEN_US, &known, &fault), "%s",
		  fault.message);
	cr_expect(known);
}

Test(service_authenticate, every_missing_header_is_named)
{
	struct ots_fault fault;
	bool known;

	for (size_t left_out = 0; left_out < GOOD_COUNT; left_out++) {
		struct header headers[GOOD_COUNT];
		char expected[64];
		size_t count = 0;

		for (size_t i = 0; i < GOOD_COUNT; i++)
			if (i != left_out)
				headers[count++] = good[i];
		(void)snprintf(expected, sizeof expected, "Missing header: '%s'.",
			       good[left_out].name);
		cr_expect_not(let_in(&access, headers, count, "", THEN_US, &known, &fault));
		cr_expect_eq(fault.kind, OTS_FAULT_PARAMETER);
		cr_expect_str_eq(fault.message, expected, "%s", fault.message);
		cr_expect_not(known);
	}
}

/* Each case spoils one more thing than the next one, so the order shows too. */
Test(service_authenticate, the_first_thing_wrong_is_told)
{
	static const char md5_text[] =
		"Mismatch between MD5 value of request body and x-ots-contentmd5 in header.";
	static const struct {
		size_t index; /* of good */
		const char *value;
		enum ots_fault_kind kind;
		const char *text;
		bool known;
	} cases[] = {
		{5, "fZeDpKMd40hcwMk1kcp6U37HWPx=", OTS_FAULT_AUTH, "Signature mismatch.", true},
		{2, "nvx7GbG121gdD/RSrLUMUA==", OTS_FAULT_AUTH, md5_text, true},
		{4, "another", OTS_FAULT_AUTH, "The instance is not found.", true},
		{0, "nobody", OTS_FAULT_AUTH, "The AccessKeyID does not exist.", false},
		{3, "2024-01-02T03:19:06Z", OTS_FAULT_AUTH,
		 "Mismatch between system time and x-ots-date: 2024-01-02T03:19:06Z.", false},
		{3, "2024-01-02 03:04:05", OTS_FAULT_PARAMETER,
		 "Invalid date format: 2024-01-02 03:04:05.", false},
		{1, "2014-08-08", OTS_FAULT_PARAMETER, "Invalid API version: 2014-08-08.", false},
	};
	struct header headers[GOOD_COUNT];
	struct ots_fault fault;
	bool known;

	memcpy(headers, good, sizeof headers);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		headers[cases[i].index].value = cases[i].value;
		cr_expect_not(let_in(&access, headers, GOOD_COUNT, "", THEN_US, &known, &fault));
		cr_expect_eq(fault.kind, cases[i].kind, "case %zu", i);
		cr_expect_str_eq(fault.message, cases[i].text, "case %zu: %s", i, fault.message);
		cr_expect_eq(known, cases[i].known, "case %zu", i);
	}
}

Test(service_authenticate, fifteen_minutes_either_way_pass_and_a_second_more_does_not)
{
	static const int64_t window_us = INT64_C(15) * 60 * 1000000;
	struct ots_fault fault;
	bool known;

	for (int way = -1; way <= 1; way += 2) {
		cr_expect(let_in(&access, good, GOOD_COUNT, "", THEN_US + way * window_us, &known,
				 &fault));
		cr_expect_not(let_in(&access, good, GOOD_COUNT, "",
				     THEN_US + way * (window_us + 1000000), &known, &fault));
		cr_expect_eq(fault.kind, OTS_FAULT_AUTH);
	}
}

Test(service_authenticate, a_token_is_asked_for_where_there_is_one)
{
	const struct ots_access temporary = {access.id, access.secret, "token", access.instance};
	struct header headers[GOOD_COUNT + 1];
	struct ots_fault fault;
	bool known;

	cr_expect_not(let_in(&temporary, good, GOOD_COUNT, "", THEN_US, &known, &fault));
	cr_expect_str_eq(fault.message, "The security token is invalid.");
	memcpy(headers, good, sizeof good);
	headers[GOOD_COUNT] = (struct header){"x-ots-ststoken", "token"};
	cr_expect_not(let_in(&temporary, headers, GOOD_COUNT + 1, "", THEN_US, &known, &fault));
	cr_expect_str_eq(fault.message, "Signature mismatch."); /* the vector signs none */
}

Test(service_authenticate, a_body_must_be_the_one_that_was_signed)
{
	struct ots_fault fault;
	bool known;

	cr_expect_not(let_in(&access, good, GOOD_COUNT, "x", THEN_US, &known, &fault));
	cr_expect_eq(strncmp(fault.message, "Mismatch between MD5", 20), 0, "%s", fault.message);
	cr_expect_eq(ots_fault_http_status(&fault), 403u);
	cr_expect_str_eq(ots_fault_code(&fault), "OTSAuthFailed");
}

Test(service_authenticate, a_body_is_not_looked_at_where_the_md5_is_trusted)
{
	struct ots_signer signer;
	struct ots_fault fault;

	cr_expect(
		ask(&access, "/ListTable", good, GOOD_COUNT, "x", false, THEN_US, &signer, &fault));
}

/* Vector java_v4_ListTable_cn-hangzhou. */
static const struct header good_v4[] = {
	{"x-ots-sdk-traceid", "6d3b9c1e-0000-4000-8000-000000000001"},
	{"x-ots-contentmd5", "1B2M2Y8AsgTpgAmY7PhCfg=="},
	{"x-ots-apiversion", "2015-12-31"},
	{"x-ots-instancename", "myinst"},
	{"x-ots-trace-threshold", "500"},
	{"x-ots-date", "2024-01-02T03:04:05.678Z"},
	{"x-ots-accesskeyid", "FakeAccessKeyId01"},
	{"x-ots-signdate", "20240102"},
	{"x-ots-signregion", "cn-hangzhou"},
	{"x-ots-signaturev4", "v/a1rQ5gt14JtlIu7Q+TSZzJ4uz/wQbeAnEw/gqJ+iE="},
};
#define GOOD_V4_COUNT (sizeof good_v4 / sizeof good_v4[0])

Test(service_authenticate, version_4_is_let_in_and_its_key_signs_the_reply)
{
	static const struct header temporary[] = {
		{"x-ots-sdk-traceid", "6d3b9c1e-0000-4000-8000-000000000001"},
		{"x-ots-contentmd5", "1B2M2Y8AsgTpgAmY7PhCfg=="},
		{"x-ots-apiversion", "2015-12-31"},
		{"x-ots-instancename", "myinst"},
		{"x-ots-trace-threshold", "500"},
		{"x-ots-date", "2024-01-02T03:04:05.678Z"},
		{"x-ots-accesskeyid", "STS.FakeId02"},
		{"x-ots-ststoken", "FakeSecurityToken=="},
		{"x-ots-signdate", "20240102"},
		{"x-ots-signregion", "cn-hangzhou"},
		{"x-ots-signaturev4", "zUrz8Sy4FP+YIEfXHRrxYpw5qOeNwr352wfyTXck+Tg="},
	};
	const struct ots_access sts = {"STS.FakeId02", access.secret,
				       "FakeSecurityToken==", "myinst"};
	struct ots_signer signer;
	struct ots_fault fault;

	cr_expect(ask(&access, "/ListTable", good_v4, GOOD_V4_COUNT, "", true, THEN_US, &signer,
		      &fault),
		  "%s", fault.message);
	cr_expect_str_eq(signer.id, "FakeAccessKeyId01");
	cr_expect_str_eq(signer.derived, "Wz2MHh92wk+5AbwB/uTqBPc0hOVQgaxj8vxk2ek9ttA=");
	cr_expect(ask(&sts, "/PutRow", temporary, sizeof temporary / sizeof temporary[0], "", true,
		      THEN_US, &signer, &fault),
		  "%s", fault.message);
}

Test(service_authenticate, what_is_wrong_with_version_4_is_told)
{
	static const char scope_text[] = "Missing header: 'x-ots-signdate' or 'x-ots-signregion'.";
	static const struct {
		size_t index; /* of good_v4 */
		const char *name;
		const char *value;
		const char *text;
	} cases[] = {
		{9, "x-ots-signaturev4",
		 "v/a1rQ5gt14JtlIu7Q+TSZzJ4uz/wQbeAnEw/gqJ+iF=", "Signature mismatch."},
		{9, "x-ots-signaturev4", "", "Signature mismatch."},
		{8, "x-ots-signregion", "cn-beijing", "Signature mismatch."},
		{7, "x-ots-signdate", "20240103", "Signature mismatch."},
		{7, "x-ots-signdate", "2024010", "Invalid date format: 2024010."},
		{7, "x-ots-signdate", "2024010x", "Invalid date format: 2024010x."},
		{7, "x-ots-other", "20240102", scope_text},
		{8, "x-ots-other", "cn-hangzhou", scope_text},
		{8, "x-ots-signregion", "", "Missing header: 'x-ots-signregion'."},
	};
	struct ots_signer signer;
	struct ots_fault fault;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct header headers[GOOD_V4_COUNT];

		memcpy(headers, good_v4, sizeof headers);
		headers[cases[i].index] = (struct header){cases[i].name, cases[i].value};
		cr_expect_not(ask(&access, "/ListTable", headers, GOOD_V4_COUNT, "", true, THEN_US,
				  &signer, &fault));
		cr_expect_str_eq(fault.message, cases[i].text, "case %zu: %s", i, fault.message);
	}
}

/* Where a bucket is, as the files of Alibaba's tools say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

#include "../../../core/net/bucket_settings/decode.h"

TestSuite(bucket_settings, .timeout = 60);

#define BUCKET "my-bucket"

struct expectation {
	const char *text;
	const char *profile;
	const char *expected; /* `endpoint region addressing sign`, - for none; or the message */
};

static const char *word(const char *text)
{
	return text != NULL ? text : "-";
}

static void print(const struct ots_bucket_settings *s, char out[256])
{
	(void)snprintf(out, 256, "%s %s %s %s", word(s->endpoint), word(s->region),
		       word(s->addressing), word(s->sign));
}

Test(bucket_settings, sections_count_in_their_order)
{
	static const struct expectation cases[] = {
		{"", NULL, "- - - -"},
		{"[default]\nregion = cn-a\n", NULL, "- cn-a - -"},
		{"[profile default]\nregion=cn-a\nendpoint=e\nsign-version=v1\n", NULL,
		 "e cn-a - v1"},
		{"[DEFAULT]\nRegion=cn-a\naddressingStyle=path\nEndPoint=e # c\n", NULL,
		 "e cn-a path -"},
		{"[default]\nregion=cn-a\n[profile p]\nregion=cn-b\n", "p", "- cn-b - -"},
		{"[default]\nregion=cn-a\n", "p", "- - - -"},
		/* A bucket's section comes before, wherever it stands, and fills up. */
		{"[default]\nregion=cn-a\nendpoint=e\n[buckets my-bucket]\nendpoint=mine\n", NULL,
		 "mine cn-a - -"},
		{"[buckets my-bucket]\nregion=cn-b\n[default]\nregion=cn-a\nendpoint=e\n", NULL,
		 "e cn-b - -"},
		{"[buckets mybucket]\nendpoint=other\n[default]\nregion=cn-a\n", NULL,
		 "- cn-a - -"},
		/* How a host is addressed is not said of another host. */
		{"[default]\nendpoint=e\naddressing-style=path\n[buckets "
		 "my-bucket]\nendpoint=mine\n",
		 NULL, "mine - - -"},
		{"[default]\nendpoint=e\naddressing-style=path\n[buckets my-bucket]\nregion=cn-b\n",
		 NULL, "e cn-b path -"},
		/* Version 1. */
		{"[Credentials]\nendpoint=e\naccessKeyID=hidden\n", NULL, "e - - -"},
		{"[Credentials]\nhost=e\n[Bucket-Endpoint]\nmy-bucket=b\n", NULL, "b - - -"},
		{"[Bucket-Endpoint]\nmy-bucket=b\n[Bucket-Cname]\nmy-bucket=c\n", NULL,
		 "c - cname -"},
		{"[Bucket-Endpoint]\nmybucket=b\nmy_bucket=b\n", NULL, "- - - -"},
		{"[Bucket-Endpoint]\nmy-bucket=b\n", "p", "- - - -"},
		/* Version 2 before it, whole. */
		{"[Credentials]\nendpoint=e\n[default]\nregion=cn-a\n", NULL, "- cn-a - -"},
		{"[Credentials]\nendpoint=e\n[default]\naccess-key-id=hidden\n", NULL, "e - - -"},
		/* What makes no sense. */
		{"[default]\nendpoint=a b\n", NULL, "/f: endpoint has a byte that none has: 20"},
		{"[default]\nhidden\n", NULL, "/f, line 2"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_bucket_settings out = {NULL, NULL, NULL, NULL};
		struct ots_error err = {0};
		char shown[256];
		const enum ots_status status =
			ossutil_settings_decode(ots_bytes_of(cases[i].text), "/f", cases[i].profile,
						ots_bytes_of(BUCKET), &out, &err);

		print(&out, shown);
		if (cases[i].expected[0] == '/')
			cr_expect(status != OTS_OK && strstr(err.text, cases[i].expected) != NULL &&
					  strstr(err.text, "hidden") == NULL,
				  "case %zu: %s", i, err.text);
		else
			cr_expect(status == OTS_OK && strcmp(shown, cases[i].expected) == 0,
				  "case %zu: %s, %s", i, shown, err.text);
		ots_bucket_settings_release(&out);
	}
}

Test(bucket_settings, the_cli_tells_a_region_only)
{
	static const struct expectation cases[] = {
		{"{}", NULL, "- - - -"},
		{"{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"region_id\":\"cn-a\","
		 "\"endpoint\":\"e\"}]}",
		 NULL, "- cn-a - -"},
		{"{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"region_id\":\"cn-a\"},"
		 "{\"name\":\"q\",\"region_id\":\"cn-b\"}]}",
		 "q", "- cn-b - -"},
		{"{\"profiles\":[{\"name\":\"default\",\"region_id\":\"\"}]}", NULL, "- - - -"},
		{"{", NULL, "/f is no configuration"},
		{"{\"profiles\":[{\"name\":\"default\",\"region_id\":\"a b\"}]}", NULL,
		 "/f: region_id has a byte"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_bucket_settings out = {NULL, NULL, NULL, NULL};
		struct ots_error err = {0};
		char shown[256];
		const enum ots_status status = aliyun_settings_decode(
			ots_bytes_of(cases[i].text), "/f", cases[i].profile, &out, &err);

		print(&out, shown);
		if (cases[i].expected[0] == '/')
			cr_expect(status != OTS_OK && strstr(err.text, cases[i].expected) != NULL,
				  "case %zu: %s", i, err.text);
		else
			cr_expect(status == OTS_OK && strcmp(shown, cases[i].expected) == 0,
				  "case %zu: %s, %s", i, shown, err.text);
		ots_bucket_settings_release(&out);
	}
}

Test(bucket_settings, a_value_has_a_limit)
{
	char text[301];
	char *field = NULL;
	struct ots_error err = {0};

	memset(text, 'x', sizeof text);
	cr_expect_eq(settings_keep(&field, "/f", "endpoint",
				   (struct ots_bytes){(uint8_t *)text, 301}, &err),
		     OTS_DENIED);
	cr_expect_not_null(strstr(err.text, "301 bytes, expected at most 300"), "%s", err.text);
	cr_expect_null(field);
	cr_expect_eq(settings_keep(&field, "/f", "endpoint",
				   (struct ots_bytes){(uint8_t *)text, 300}, &err),
		     OTS_OK);
	cr_expect_eq(strlen(field), 300);
	free(field);
}

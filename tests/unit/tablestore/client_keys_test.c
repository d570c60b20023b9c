/* Which key signs, by which version, and bodies that are compressed. */
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/write.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "../../support/scratch_folder.h"
#include "../../support/scripted_server.h"
#include "answers.h"

static void start_curl(void)
{
	cr_assert_eq(ots_http_global_init(NULL), OTS_OK);
}

TestSuite(client_keys, .timeout = 60, .init = start_curl);

struct fixture {
	struct answers_plan plan;
	const char *refused_id; /* a request with this key is refused */
	struct scratch home;
	const char *next_profile; /* what ~/.ossutilconfig says from the first refusal on */
	struct scripted_server *server;
	struct ots_http *http;
	struct ots_credential_chain *chain;
	struct ots_client *client;
	struct ots_buffer body; /* of the last request */
	char head[4096];
};

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

/* An Error message: code OTSAuthFailed. */
static const char refusal[] = "\x0a\x0dOTSAuthFailed";

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct fixture *fixture = arg;
	struct answers_plan plan = fixture->plan;
	char path[64] = "";

	(void)snprintf(fixture->head, sizeof fixture->head, "%s", request->head);
	(void)sscanf(request->head, "POST %63s HTTP", path);
	fixture->body.len = 0;
	if (!ots_buffer_put(&fixture->body, request->body, request->body_len))
		abort();
	if (fixture->refused_id != NULL && strstr(request->head, fixture->refused_id) != NULL) {
		plan.status = 403;
		plan.body = refusal;
		plan.body_len = sizeof refusal - 1;
		plan.damage = ANSWERS_NO_SIGNATURE;
		if (fixture->next_profile != NULL)
			scratch_text(&fixture->home, ".ossutilconfig", fixture->next_profile);
	}
	answers_put(out, path, &plan);
	return SCRIPTED_KEEP;
}

/* @param chain  taken over */
static void open_fixture(struct fixture *fixture, struct ots_credential_chain *chain,
			 const char *region, bool compress)
{
	const struct ots_http_options http_options = {.user_agent = "otsfs-test"};
	const struct ots_client_options options = {.clock = &answers_clock,
						   .timeout_ms = 20000,
						   .region = region,
						   .compress = compress};
	struct ots_endpoint endpoint;
	char url[128];

	fixture->plan = (struct answers_plan){.status = 200, .body = ""};
	ots_buffer_init(&fixture->body, (size_t)8 * 1024 * 1024);
	fixture->server = scripted_server_start(play, fixture);
	(void)snprintf(url, sizeof url, "%s/local", scripted_server_url(fixture->server));
	fixture->chain = chain;
	cr_assert_eq(ots_endpoint_parse(url, &endpoint, NULL), OTS_OK);
	cr_assert_eq(ots_http_new(&http_options, &fixture->http, NULL), OTS_OK);
	cr_assert_eq(
		ots_client_new(fixture->http, &endpoint, chain, &options, &fixture->client, NULL),
		OTS_OK);
}

static void close_fixture(struct fixture *fixture)
{
	ots_client_free(fixture->client);
	ots_credential_chain_free(fixture->chain);
	ots_http_free(fixture->http);
	scripted_server_stop(fixture->server);
	ots_buffer_release(&fixture->body);
}

static struct ots_credential_chain *fixed_chain(void)
{
	struct ots_credential_chain *chain = NULL;

	cr_assert_eq(ots_credential_chain_fixed(ANSWERS_KEY_ID, ANSWERS_SECRET, NULL, &chain, NULL),
		     OTS_OK);
	return chain;
}

/* The client against an independent reading of section 1.5. */
Test(client_keys, with_a_region_signatures_are_of_version_4_both_ways)
{
	const struct ots_sign_header headers[] = {
		{bytes_of("x-ots-accesskeyid"), bytes_of(ANSWERS_KEY_ID)},
		{bytes_of("x-ots-apiversion"), bytes_of("2015-12-31")},
		{bytes_of("x-ots-contentmd5"), bytes_of("1B2M2Y8AsgTpgAmY7PhCfg==")},
		{bytes_of("x-ots-date"), bytes_of("2026-11-21T02:30:00.123Z")},
		{bytes_of("x-ots-instancename"), bytes_of("local")},
		{bytes_of("x-ots-signdate"), bytes_of("20261121")},
		{bytes_of("x-ots-signregion"), bytes_of("cn-hangzhou")},
	};
	char key[OTS_SIGN_V4_TEXT_BYTES], signature[OTS_SIGN_V4_TEXT_BYTES];
	struct fixture fixture = {.refused_id = NULL};
	struct ots_error err = {0};
	struct ots_buffer text;
	struct ots_bytes md5;

	ots_buffer_init(&text, 4096);
	open_fixture(&fixture, fixed_chain(), "cn-hangzhou", false);
	cr_assert(ots_sign_v4_key(bytes_of(ANSWERS_SECRET), bytes_of("20261121"),
				  bytes_of("cn-hangzhou"), key));
	fixture.plan.secret = key;
	for (unsigned i = 0; i < 2; i++)
		cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_OK, "%s",
			     err.text);
	cr_expect_null(strstr(fixture.head, "\r\nx-ots-signature:"));
	cr_expect_not_null(strstr(fixture.head, "\r\nx-ots-signdate: 20261121\r\n"));
	md5 = bytes_of(strstr(fixture.head, "x-ots-contentmd5: ") + 18);
	md5.len = 24;
	struct ots_sign_header told[7];
	memcpy(told, headers, sizeof told);
	told[2].value = md5;
	cr_assert(ots_sign_v4_request_text(bytes_of("/DeleteTable"), told, 7, &text));
	cr_assert(ots_sign_v4(key, (struct ots_bytes){text.bytes, text.len}, signature));
	cr_expect_not_null(strstr(fixture.head, signature), "%s", fixture.head);
	/* An answer signed with the secret itself is not one to a caller of version 4. */
	fixture.plan.secret = ANSWERS_SECRET;
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "the answer's signature does not match"), "%s",
			   err.text);
	cr_expect_null(strstr(err.text, key));
	close_fixture(&fixture);
	ots_buffer_release(&text);
}

Test(client_keys, a_region_that_is_none_is_refused)
{
	const struct ots_endpoint endpoint = {.base_url = "http://127.0.0.1:1", .instance = "i"};
	static const char longest_and_one[] =
		"0123456789012345678901234567890123456789012345678901234567890123";
	static const char *const bad[] = {"", "cn_hangzhou", "CN-hangzhou", "cn-hangzhou\n",
					  longest_and_one};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct ots_client_options options = {.region = bad[i]};
		struct ots_client *client = NULL;
		struct ots_error err = {0};

		cr_expect_eq(ots_client_new(NULL, &endpoint, NULL, &options, &client, &err),
			     OTS_USAGE, "%s", bad[i]);
		cr_expect_not_null(strstr(err.text, "expected one such as cn-hangzhou"));
	}
}

static struct ots_credential_chain *home_chain(struct fixture *fixture, const char *profile)
{
	const struct ots_credential_options options = {.loopback = true};
	struct ots_credential_chain *chain = NULL;
	struct ots_error err = {0};
	char path[300];

	(void)umask(077); /* a file of keys that others may read is refused */
	scratch_make(&fixture->home);
	scratch_text(&fixture->home, ".ossutilconfig", profile);
	(void)snprintf(path, sizeof path, "%s/.ossutilconfig", fixture->home.path);
	cr_assert_eq(setenv("OSSUTIL_CONFIG_FILE", path, 1), 0);
	(void)unsetenv("ALIBABA_CLOUD_ACCESS_KEY_ID");
	(void)unsetenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
	cr_assert_eq(setenv("HOME", fixture->home.path, 1), 0);
	cr_assert_eq(ots_credential_chain_open(&options, &chain, &err), OTS_OK, "%s", err.text);
	return chain;
}

Test(client_keys, a_refused_key_is_looked_up_again_and_the_call_repeated_once)
{
	struct fixture fixture = {.refused_id = "x-ots-accesskeyid: first",
				  .next_profile = "[Credentials]\naccessKeyID=" ANSWERS_KEY_ID
						  "\naccessKeySecret=" ANSWERS_SECRET "\n"};
	struct ots_error err = {0};

	open_fixture(&fixture,
		     home_chain(&fixture, "[Credentials]\naccessKeyID=first\naccessKeySecret=s\n"),
		     NULL, false);
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(scripted_server_requests(fixture.server), 2);
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(scripted_server_requests(fixture.server), 3, "the new key stays in use");
	/* One that is refused and has no successor is told with its place, and not repeated. */
	fixture.refused_id = "x-ots-accesskeyid: " ANSWERS_KEY_ID;
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_DENIED);
	cr_expect_eq(scripted_server_requests(fixture.server), 4);
	cr_expect_not_null(strstr(err.text, "access key of "), "%s", err.text);
	cr_expect_not_null(strstr(err.text, ".ossutilconfig, profile Credentials"), "%s", err.text);
	cr_expect_str_eq(err.code, "OTSAuthFailed");
	close_fixture(&fixture);
	scratch_remove(&fixture.home);
}

/* A table's name of this many bytes makes a request that is some longer. */
static enum ots_status call_of(struct fixture *fixture, size_t rows, struct ots_error *err)
{
	struct ots_row_result *results = calloc(rows, sizeof *results);
	struct ots_record *records = calloc(rows, sizeof *records);
	const struct ots_record **list = calloc(rows, sizeof *list);
	enum ots_status status;

	cr_assert(results != NULL && records != NULL && list != NULL);
	for (size_t i = 0; i < rows; i++) {
		records[i] = (struct ots_record){.op = OTS_DELETE, .key_count = 1};
		records[i].key[0].name = bytes_of("key");
		records[i].key[0].value =
			(struct ots_value){.type = OTS_INTEGER, .as.integer = (int64_t)i};
		list[i] = &records[i];
	}
	status = ots_client_batch_write(fixture->client, "t", list, rows, results, NULL, err);
	free(results);
	free(records);
	free((void *)list);
	return status;
}

Test(client_keys, long_requests_are_compressed_where_it_is_asked_for)
{
	struct fixture fixture = {.refused_id = NULL};
	struct ots_buffer plain;
	const char *told;
	size_t size = 0;

	ots_buffer_init(&plain, (size_t)1024 * 1024);
	open_fixture(&fixture, fixed_chain(), NULL, true);
	(void)call_of(&fixture, 1, NULL);
	cr_expect_null(strstr(fixture.head, "compress"), "a short one stays as it is");
	(void)call_of(&fixture, 200, NULL);
	cr_expect_not_null(strstr(fixture.head, "\r\nx-ots-request-compress-type: deflate\r\n"));
	told = strstr(fixture.head, "\r\nx-ots-request-compress-size: ");
	cr_assert_not_null(told);
	size = strtoul(told + 31, NULL, 10);
	cr_expect_eq(ots_inflate((struct ots_bytes){fixture.body.bytes, fixture.body.len}, size,
				 &plain, NULL),
		     OTS_OK);
	cr_expect_lt(fixture.body.len, plain.len);
	close_fixture(&fixture);
	open_fixture(&fixture, fixed_chain(), NULL, false);
	(void)call_of(&fixture, 200, NULL);
	cr_expect_null(strstr(fixture.head, "compress"));
	cr_expect(fixture.body.len == plain.len &&
			  memcmp(fixture.body.bytes, plain.bytes, plain.len) == 0,
		  "what was compressed is what is sent otherwise");
	close_fixture(&fixture);
	ots_buffer_release(&plain);
}

static bool count_name(void *arg, struct ots_bytes name)
{
	(void)name;
	++*(unsigned *)arg;
	return true;
}

Test(client_keys, compressed_answers_are_taken_and_bounded)
{
	/* ListTable: 500 tables called `table`. */
	static const struct {
		const char *packing;
		bool plain_md5;
		int http;
		enum ots_status status;
		const char *text; /* NULL: good */
	} cases[] = {
#define SIZE "x-ots-response-compress-size: 3500\r\n"
#define TYPE "x-ots-response-compress-type: deflate\r\n"
		{SIZE TYPE, false, 200, OTS_OK, NULL},
		{SIZE TYPE, true, 200, OTS_OK, NULL},
		{TYPE, false, 200, OTS_CORRUPT, "does not say how much it holds"},
		{"x-ots-response-compress-type: zstd\r\n", false, 200, OTS_CORRUPT,
		 "compressed as 'zstd', not deflate"},
		{"x-ots-response-compress-size: 3501\r\n" TYPE, false, 200, OTS_CORRUPT,
		 "is no zlib stream of 3501 bytes"},
		{"x-ots-response-compress-size: 3499\r\n" TYPE, false, 200, OTS_CORRUPT,
		 "is no zlib stream of 3499 bytes"},
		{"x-ots-response-compress-size: 4194305\r\n" TYPE, false, 200, OTS_CORRUPT,
		 "says that it holds 4194305 bytes, limit 4194304"},
		{"x-ots-response-compress-size: 4194304\r\n" TYPE, false, 200, OTS_CORRUPT,
		 "cannot hold the 4194304 bytes it says"},
		{"x-ots-response-compress-size: -1\r\n" TYPE, false, 200, OTS_CORRUPT,
		 "does not say how much it holds"},
		{TYPE, false, 503, OTS_SERVER, "is no error of the service"},
	};
	struct fixture fixture = {.refused_id = NULL};
	struct ots_buffer plain, packed;
	char md5[OTS_MD5_TEXT_BYTES];

	ots_buffer_init(&plain, 65536);
	ots_buffer_init(&packed, 65536);
	for (unsigned i = 0; i < 500; i++)
		cr_assert(ots_buffer_put(&plain, "\x0a\x05table", 7));
	cr_assert(ots_deflate((struct ots_bytes){plain.bytes, plain.len}, &packed));
	cr_assert(ots_content_md5((struct ots_bytes){plain.bytes, plain.len}, md5));
	open_fixture(&fixture, fixed_chain(), NULL, false);
	fixture.plan.body = packed.bytes;
	fixture.plan.body_len = packed.len;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_error err = {0};
		unsigned names = 0;

		fixture.plan.status = cases[i].http;
		fixture.plan.packing = cases[i].packing;
		fixture.plan.md5 = cases[i].plain_md5 ? md5 : NULL;
		cr_expect_eq(ots_client_list_tables(fixture.client, count_name, &names, NULL, &err),
			     cases[i].status, "case %zu: %s", i, err.text);
		cr_expect_eq(names, cases[i].text == NULL ? 500 : 0, "case %zu", i);
		if (cases[i].text != NULL)
			cr_expect_not_null(strstr(err.text, cases[i].text), "case %zu: %s", i,
					   err.text);
	}
	/* An MD5 that is neither of the two is damage. */
	fixture.plan.status = 200;
	fixture.plan.packing = SIZE TYPE;
	fixture.plan.md5 = "1B2M2Y8AsgTpgAmY7PhCfg==";
	cr_expect_eq(ots_client_list_tables(fixture.client, count_name, &(unsigned){0}, NULL, NULL),
		     OTS_CORRUPT);
	close_fixture(&fixture);
	ots_buffer_release(&plain);
	ots_buffer_release(&packed);
}

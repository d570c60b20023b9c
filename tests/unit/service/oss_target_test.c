#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/http_date.h>
#include <otsfs/text/percent.h>

#include "../../../tools/service/oss/http/authenticate.h"
#include "../../../tools/service/oss/http/target.h"

TestSuite(oss_target, .timeout = 60);

struct parsed {
	struct ots_arena arena;
	struct ots_oss_target target;
	struct ots_oss_fault fault;
	struct ots_oss_name names[OTS_OSS_NAMES_MAX];
	size_t count;
};

static bool parse(struct parsed *parsed, const char *raw, const char *host)
{
	*parsed = (struct parsed){.count = 0};
	ots_arena_init(&parsed->arena, (size_t)1024 * 1024);
	if (!ots_oss_target_parse(ots_bytes_of(raw), ots_bytes_of(host), &parsed->arena,
				  &parsed->target, &parsed->fault))
		return false;
	parsed->count = ots_oss_target_names(&parsed->target, ots_bytes_of("bound"), parsed->names);
	return true;
}

Test(oss_target, which_bucket_and_key_a_request_means)
{
	static const struct {
		const char *raw, *host, *bucket, *key;
	} cases[] = {
		{"/", "127.0.0.1:80", "", ""},
		{"/bk", "127.0.0.1:80", "bk", ""},
		{"/bk/", "localhost", "bk", ""},
		{"/bk/a%2Fb%20c", "127.0.0.1", "bk", "a/b c"},
		{"/bk%2Fa%2Fb", "127.0.0.1", "bk", "a/b"},
		{"/bk//a/./../b", "[::1]:80", "bk", "/a/./../b"},
		{"/bk/a+b%2Bc", "127.0.0.1", "bk", "a+b+c"},
		{"/a/b", "bk.oss-cn-hangzhou.aliyuncs.com", "bk", "a/b"},
		{"/", "bk.host:8080", "bk", ""},
		{"/?acl", "bk.host", "bk", ""},
		{"http://127.0.0.1:99/bk/x?y", "other.host", "bk", "x"},
		{"HTTPS://bk.host/x", "127.0.0.1", "bk", "x"},
		{"/bk/%zz%4", "", "bk", "%zz%4"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct parsed parsed;

		cr_assert(parse(&parsed, cases[i].raw, cases[i].host), "%s", cases[i].raw);
		cr_expect(ots_bytes_are(parsed.names[0].bucket, cases[i].bucket), "%s: bucket %.*s",
			  cases[i].raw, (int)parsed.names[0].bucket.len,
			  (const char *)parsed.names[0].bucket.at);
		cr_expect(ots_bytes_are(parsed.names[0].key, cases[i].key), "%s: key %.*s",
			  cases[i].raw, (int)parsed.names[0].key.len,
			  (const char *)parsed.names[0].key.at);
		ots_arena_release(&parsed.arena);
	}
}

Test(oss_target, a_domain_of_its_own_is_the_second_guess)
{
	struct parsed parsed;

	cr_assert(parse(&parsed, "/a/b", "backups.example.org"));
	cr_assert_eq(parsed.count, 3u);
	cr_expect(ots_bytes_are(parsed.names[1].bucket, "bound"));
	cr_expect(ots_bytes_are(parsed.names[1].key, "a/b"));
	cr_expect(ots_bytes_are(parsed.names[2].bucket, "a"));
	ots_arena_release(&parsed.arena);
	cr_assert(parse(&parsed, "/a/b", "127.0.0.1"));
	cr_assert_eq(parsed.count, 2u);
	cr_expect(ots_bytes_are(parsed.names[1].bucket, "bound"));
	ots_arena_release(&parsed.arena);
}

Test(oss_target, the_query_is_decoded_and_empty_is_absent)
{
	struct ots_oss_request request = {.bucket = {NULL, 0}};
	struct parsed parsed;

	cr_assert(parse(&parsed, "/bk/?acl&b=&c=1%202+3%2B&=d&&e=f=g", ""));
	request.query = parsed.target.query;
	request.query_count = parsed.target.query_count;
	cr_expect_eq(request.query_count, 5u);
	cr_expect_eq(ots_oss_query_value(&request, "acl")->len, 0u);
	cr_expect_eq(ots_oss_query_value(&request, "b")->len, 0u);
	cr_expect(ots_bytes_are(*ots_oss_query_value(&request, "c"), "1 2 3+"));
	cr_expect(ots_bytes_are(*ots_oss_query_value(&request, "e"), "f=g"));
	cr_expect_null(ots_oss_query_value(&request, "d"));
	ots_arena_release(&parsed.arena);
}

Test(oss_target, what_cannot_be_a_target_is_refused)
{
	char many[4 * (OTS_OSS_PAIRS_MAX + 2)];
	struct parsed parsed;

	cr_expect_not(parse(&parsed, "/bk/a%00b", ""));
	cr_expect_eq(parsed.fault.kind, OTS_OSS_INVALID_OBJECT_NAME);
	ots_arena_release(&parsed.arena);
	cr_expect_not(parse(&parsed, "*", ""));
	cr_expect_eq(parsed.fault.kind, OTS_OSS_INVALID_ARGUMENT);
	ots_arena_release(&parsed.arena);
	for (int over = 0; over < 2; over++) {
		size_t len = 0;

		many[len++] = '/';
		many[len++] = '?';
		for (int i = 0; i < OTS_OSS_PAIRS_MAX + over; i++) {
			many[len++] = 'a';
			many[len++] = '&';
		}
		many[len] = '\0';
		cr_expect_eq(parse(&parsed, many, ""), over == 0);
		ots_arena_release(&parsed.arena);
	}
}

TestSuite(oss_authenticate, .timeout = 60);

/* A recorded request of a client as it comes over the wire. */
struct wire {
	struct ots_oss_pair headers[40], query[40];
	struct ots_oss_request request;
	struct ots_oss_access access;
	int64_t now_us;
};

static struct ots_bytes text_of(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(member) ? ots_bytes_of(member->valuestring)
				      : (struct ots_bytes){NULL, 0};
}

static size_t add_pairs(const cJSON *list, struct ots_oss_pair *out, size_t count)
{
	const cJSON *pair;

	cJSON_ArrayForEach(pair, list)
	{
		const cJSON *value = cJSON_GetArrayItem(pair, 1);

		out[count++] = (struct ots_oss_pair){
			ots_bytes_of(cJSON_GetArrayItem(pair, 0)->valuestring),
			cJSON_IsString(value) ? ots_bytes_of(value->valuestring)
					      : (struct ots_bytes){NULL, 0}};
	}
	return count;
}

static void add_header(struct wire *wire, const char *name, struct ots_bytes value)
{
	if (value.len > 0 && ots_oss_header_value(&wire->request, name).len == 0)
		wire->headers[wire->request.header_count++] =
			(struct ots_oss_pair){ots_bytes_of(name), value};
}

static void read_wire(const cJSON *vector, struct wire *wire)
{
	const cJSON *input = cJSON_GetObjectItem(vector, "input"), *member;
	const cJSON *expected = cJSON_GetObjectItem(vector, "expected");
	const cJSON *time = cJSON_GetObjectItem(input, "time_epoch");
	const cJSON *expires = cJSON_GetObjectItem(input, "expires_epoch");

	*wire = (struct wire){.request = {.method = text_of(input, "method"),
					  .bucket = text_of(input, "bucket"),
					  .key = text_of(input, "key")}};
	wire->request.headers = wire->headers;
	wire->request.query = wire->query;
	wire->request.header_count =
		add_pairs(cJSON_GetObjectItem(input, "headers"), wire->headers, 0);
	wire->request.query_count = add_pairs(cJSON_GetObjectItem(input, "query"), wire->query, 0);
	cJSON_ArrayForEach(member, cJSON_GetObjectItem(expected, "query_added"))
	{
		wire->query[wire->request.query_count++] = (struct ots_oss_pair){
			ots_bytes_of(member->string), ots_bytes_of(member->valuestring)};
	}
	if (ots_bytes_are(text_of(vector, "auth"), "header")) {
		add_header(wire, "x-oss-date", text_of(expected, "timestamp"));
		add_header(wire, "x-oss-security-token", text_of(input, "security_token"));
		add_header(wire, "Authorization", text_of(expected, "authorization"));
	}
	wire->access.id = (const char *)text_of(input, "access_key_id").at;
	wire->access.secret = (const char *)text_of(input, "access_key_secret").at;
	wire->access.token = (const char *)text_of(input, "security_token").at;
	wire->access.region = (const char *)text_of(input, "region").at;
	if (wire->access.region == NULL)
		wire->access.region = "cn-hangzhou";
	if (cJSON_IsNumber(time))
		wire->now_us = (int64_t)time->valuedouble * 1000000;
	else if (cJSON_IsNumber(expires))
		wire->now_us = (int64_t)expires->valuedouble * 1000000;
	else
		(void)ots_http_date_parse(ots_oss_header_value(&wire->request, "x-oss-date"),
					  &wire->now_us);
}

static enum ots_oss_fault_kind judge(const struct wire *wire)
{
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	bool anonymous = false;
	const bool good = ots_oss_authenticate(&wire->access, &wire->request, wire->now_us,
					       &anonymous, &fault);

	cr_expect_eq(good, fault.kind == OTS_OSS_NONE);
	cr_expect_not(anonymous);
	return fault.kind;
}

static cJSON *load(void)
{
	FILE *file = fopen("tests/data/oss-signing-vectors.json", "rb");
	char *text = calloc(1, 1 << 20);
	cJSON *json = NULL;

	if (file != NULL && fread(text, 1, (1 << 20) - 1, file) > 0)
		json = cJSON_Parse(text);
	if (file != NULL)
		(void)fclose(file);
	free(text);
	cr_assert_not_null(json);
	return json;
}

/* Whether a vector is of the product that is served here and has the header that version 4 needs.
 */
static bool is_served(const cJSON *vector, const struct wire *wire)
{
	const struct ots_bytes product = text_of(cJSON_GetObjectItem(vector, "input"), "product");

	if (product.len > 0 && !ots_bytes_are(product, "oss"))
		return false;
	return !ots_bytes_are(text_of(vector, "version"), "V4") ||
	       !ots_bytes_are(text_of(vector, "auth"), "header") ||
	       ots_oss_header_value(&wire->request, "x-oss-content-sha256").len > 0;
}

Test(oss_authenticate, recorded_requests_pass_and_changed_ones_do_not)
{
	cJSON *json = load();
	const cJSON *vector;
	unsigned passed = 0;

	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const char *id = cJSON_GetObjectItem(vector, "id")->valuestring;
		struct wire wire;

		read_wire(vector, &wire);
		if (!is_served(vector, &wire))
			continue;
		cr_expect_eq(judge(&wire), OTS_OSS_NONE, "%s", id);
		wire.request.method = ots_bytes_of("DELETE");
		cr_expect_eq(judge(&wire), OTS_OSS_SIGNATURE_DOES_NOT_MATCH, "%s: method", id);
		read_wire(vector, &wire);
		wire.request.key = ots_bytes_of("another");
		wire.request.bucket = ots_bytes_of("bucket2");
		cr_expect_eq(judge(&wire), OTS_OSS_SIGNATURE_DOES_NOT_MATCH, "%s: name", id);
		read_wire(vector, &wire);
		wire.access.secret = "other";
		cr_expect_eq(judge(&wire), OTS_OSS_SIGNATURE_DOES_NOT_MATCH, "%s: secret", id);
		read_wire(vector, &wire);
		wire.access.id = "other";
		cr_expect_eq(judge(&wire), OTS_OSS_INVALID_ACCESS_KEY_ID, "%s: id", id);
		read_wire(vector, &wire);
		wire.access.token = "another token";
		cr_expect_eq(judge(&wire), OTS_OSS_INVALID_SECURITY_TOKEN, "%s: token", id);
		passed++;
	}
	cr_expect_geq(passed, 45u, "%u", passed);
	cJSON_Delete(json);
}

Test(oss_authenticate, time_has_a_window_on_both_sides)
{
	static const int64_t minute_us = INT64_C(60000000);
	cJSON *json = load();
	const cJSON *vector;

	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const char *id = cJSON_GetObjectItem(vector, "id")->valuestring;
		struct wire wire;
		int64_t at;

		read_wire(vector, &wire);
		at = wire.now_us;
		if (!is_served(vector, &wire) || !ots_bytes_are(text_of(vector, "auth"), "header"))
			continue;
		for (int side = -1; side <= 1; side += 2) {
			wire.now_us = at + side * 15 * minute_us;
			cr_expect_eq(judge(&wire), OTS_OSS_NONE, "%s", id);
			wire.now_us = at + side * (15 * minute_us + 1000000);
			cr_expect_eq(judge(&wire), OTS_OSS_REQUEST_TIME_TOO_SKEWED, "%s", id);
		}
	}
	cJSON_Delete(json);
}

Test(oss_authenticate, a_signed_url_lives_as_long_as_it_says)
{
	cJSON *json = load();
	const cJSON *vector;

	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const cJSON *life = cJSON_GetObjectItem(cJSON_GetObjectItem(vector, "input"),
							"expires_seconds");
		const int64_t life_us =
			cJSON_IsNumber(life) ? (int64_t)life->valuedouble * 1000000 : 0;
		struct wire wire;
		int64_t at;

		read_wire(vector, &wire);
		at = wire.now_us;
		if (!is_served(vector, &wire) || !ots_bytes_are(text_of(vector, "auth"), "query"))
			continue;
		wire.now_us = at + life_us;
		cr_expect_eq(judge(&wire), OTS_OSS_NONE);
		wire.now_us = at + life_us + 1000000;
		cr_expect_eq(judge(&wire), OTS_OSS_ACCESS_DENIED);
	}
	cJSON_Delete(json);
}

Test(oss_authenticate, other_forms_are_refused_by_name)
{
	static const struct {
		const char *authorization;
		enum ots_oss_fault_kind expected;
	} cases[] = {
		{"Bearer x", OTS_OSS_INVALID_ARGUMENT},
		{"OSS ", OTS_OSS_INVALID_ARGUMENT},
		{"OSS nocolon", OTS_OSS_INVALID_ARGUMENT},
		{"OSS4-HMAC-SHA256 nothing", OTS_OSS_INVALID_ARGUMENT},
		{"OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request",
		 OTS_OSS_INVALID_ARGUMENT},
		{"OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,"
		 "AdditionalHeaders=,Signature=00",
		 OTS_OSS_INVALID_ARGUMENT},
		{"OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/other,Signature=00",
		 OTS_OSS_INVALID_ARGUMENT},
		{"OSS4-HMAC-SHA256 Credential=ak/20231216/cn-beijing/oss/aliyun_v4_request, "
		 "Signature=00",
		 OTS_OSS_INVALID_ARGUMENT},
		{"OSS4-HMAC-SHA256 Signature=00 , Credential=ak/20231216/cn-hangzhou/oss/"
		 "aliyun_v4_request",
		 OTS_OSS_SIGNATURE_DOES_NOT_MATCH},
	};
	struct wire wire;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		wire = (struct wire){.access = {"ak", "sk", NULL, "cn-hangzhou"},
				     .now_us = INT64_C(1702743657000000)};
		wire.request.headers = wire.headers;
		wire.request.method = ots_bytes_of("GET");
		add_header(&wire, "x-oss-date", ots_bytes_of("20231216T162057Z"));
		add_header(&wire, "x-oss-content-sha256", ots_bytes_of("UNSIGNED-PAYLOAD"));
		add_header(&wire, "Authorization", ots_bytes_of(cases[i].authorization));
		cr_expect_eq(judge(&wire), cases[i].expected, "%s", cases[i].authorization);
	}
	wire.query[0] = (struct ots_oss_pair){ots_bytes_of("Signature"), ots_bytes_of("x")};
	wire.request.query = wire.query;
	wire.request.query_count = 1;
	cr_expect_eq(judge(&wire), OTS_OSS_INVALID_ARGUMENT, "both places");
}

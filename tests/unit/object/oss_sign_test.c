#include <otsfs/object/oss_sign.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/percent.h>

TestSuite(oss_sign, .timeout = 60);

/* A vector as a request; what it borrows lives in the vector. */
struct vector {
	const cJSON *json, *input, *expected;
	const char *id;
	struct ots_oss_pair headers[32], query[32];
	struct ots_bytes additional[16];
	struct ots_oss_request request;
	char time[OTS_OSS_V4_TIME_BYTES];
};

static cJSON *load(void)
{
	FILE *file = fopen("tests/data/oss-signing-vectors.json", "rb");
	char *text = calloc(1, 1 << 20);
	cJSON *json = NULL;

	if (file != NULL && text != NULL && fread(text, 1, (1 << 20) - 1, file) > 0)
		json = cJSON_Parse(text);
	if (file != NULL)
		(void)fclose(file);
	free(text);
	cr_assert_not_null(json, "no vectors (tests run in the top folder)");
	return json;
}

static struct ots_bytes text_of(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(member) ? ots_bytes_of(member->valuestring)
				      : (struct ots_bytes){NULL, 0};
}

static size_t pairs_of(const cJSON *list, struct ots_oss_pair *out)
{
	const cJSON *pair;
	size_t count = 0;

	cJSON_ArrayForEach(pair, list)
	{
		const cJSON *value = cJSON_GetArrayItem(pair, 1);

		cr_assert_lt(count, 30u);
		out[count++] = (struct ots_oss_pair){
			ots_bytes_of(cJSON_GetArrayItem(pair, 0)->valuestring),
			cJSON_IsString(value) ? ots_bytes_of(value->valuestring)
					      : (struct ots_bytes){NULL, 0}};
	}
	return count;
}

static void read_vector(const cJSON *json, struct vector *v)
{
	const cJSON *name;

	*v = (struct vector){.json = json,
			     .input = cJSON_GetObjectItem(json, "input"),
			     .expected = cJSON_GetObjectItem(json, "expected"),
			     .id = cJSON_GetObjectItem(json, "id")->valuestring};
	cJSON_ArrayForEach(name, cJSON_GetObjectItem(v->input, "additional_headers"))
	{
		v->additional[v->request.additional_count++] = ots_bytes_of(name->valuestring);
	}
	v->request.method = text_of(v->input, "method");
	v->request.bucket = text_of(v->input, "bucket");
	v->request.key = text_of(v->input, "key");
	v->request.headers = v->headers;
	v->request.header_count = pairs_of(cJSON_GetObjectItem(v->input, "headers"), v->headers);
	v->request.query = v->query;
	v->request.query_count = pairs_of(cJSON_GetObjectItem(v->input, "query"), v->query);
	v->request.additional = v->additional;
}

static void add_header(struct vector *v, const char *name, struct ots_bytes value)
{
	for (size_t i = 0; i < v->request.header_count; i++)
		if (ots_bytes_are(v->headers[i].name, name))
			return;
	v->headers[v->request.header_count++] = (struct ots_oss_pair){ots_bytes_of(name), value};
}

static bool is_query(const struct vector *v)
{
	return ots_bytes_are(text_of(v->json, "auth"), "query");
}

static void expect_text(const struct vector *v, const char *member, const struct ots_buffer *got)
{
	cr_expect(ots_bytes_equal((struct ots_bytes){got->bytes, got->len},
				  text_of(v->expected, member)),
		  "%s: %s is %.*s", v->id, member, (int)got->len, (const char *)got->bytes);
}

/* Every member of query_added stands in the query of the URL, encoded. */
static void expect_query(const struct vector *v, const struct ots_buffer *query)
{
	const cJSON *added = cJSON_GetObjectItem(v->expected, "query_added"), *member;
	struct ots_buffer whole, part;

	ots_buffer_init(&whole, 65536);
	ots_buffer_init(&part, 65536);
	cr_assert(ots_buffer_puts(&whole, "&") &&
		  ots_buffer_put(&whole, query->bytes, query->len) &&
		  ots_buffer_put(&whole, "&", 2));
	cJSON_ArrayForEach(member, added)
	{
		part.len = 0;
		cr_assert(ots_buffer_puts(&part, "&") && ots_buffer_puts(&part, member->string) &&
			  ots_buffer_puts(&part, "=") &&
			  ots_percent_put(&part, ots_bytes_of(member->valuestring), false) &&
			  ots_buffer_put(&part, "&", 2));
		cr_expect_not_null(strstr((const char *)whole.bytes, (const char *)part.bytes),
				   "%s: no %s in %s", v->id, (const char *)part.bytes,
				   (const char *)whole.bytes);
	}
	ots_buffer_release(&whole);
	ots_buffer_release(&part);
}

static void check_v1(struct vector *v, struct ots_buffer *text, struct ots_buffer *out)
{
	const struct ots_bytes token = text_of(v->input, "security_token");
	const struct ots_oss_v1_signer signer = {text_of(v->input, "access_key_id"),
						 text_of(v->input, "access_key_secret"), token};
	struct ots_bytes date = {NULL, 0};

	if (is_query(v)) {
		const double expires = cJSON_GetObjectItem(v->input, "expires_epoch")->valuedouble;

		cr_assert(ots_oss_v1_presign(&signer, (int64_t)expires, &v->request, out), "%s",
			  v->id);
		expect_query(v, out);
		return;
	}
	if (token.len > 0)
		add_header(v, "x-oss-security-token", token);
	for (size_t i = 0; i < v->request.header_count; i++)
		if (ots_bytes_are(v->headers[i].name, "x-oss-date"))
			date = v->headers[i].value;
	cr_assert(ots_oss_v1_text(&v->request, date, text), "%s", v->id);
	expect_text(v, "string_to_sign", text);
	cr_assert(ots_oss_v1_authorization(&signer, date, &v->request, out), "%s", v->id);
	expect_text(v, "authorization", out);
}

static void check_v4_steps(const struct vector *v, const struct ots_oss_v4_signer *signer)
{
	char hex[2 * OTS_OSS_V4_KEY_BYTES + 1], signature[OTS_OSS_V4_SIGNATURE_BYTES];
	struct ots_buffer canonical, text;

	ots_buffer_init(&canonical, 65536);
	ots_buffer_init(&text, 65536);
	ots_hex(signer->key, sizeof signer->key, hex);
	cr_expect(ots_bytes_are(text_of(v->expected, "signing_key_hex"), hex), "%s: %s", v->id,
		  hex);
	cr_assert(ots_oss_v4_canonical(&v->request, &canonical), "%s", v->id);
	expect_text(v, "canonical_request", &canonical);
	cr_assert(ots_oss_v4_text(ots_bytes_of(signer->time), &signer->scope,
				  (struct ots_bytes){canonical.bytes, canonical.len}, &text));
	expect_text(v, "string_to_sign", &text);
	cr_assert(
		ots_oss_v4_sign(signer->key, (struct ots_bytes){text.bytes, text.len}, signature));
	cr_expect(ots_bytes_are(text_of(v->expected, "signature"), signature), "%s: %s", v->id,
		  signature);
	ots_buffer_release(&canonical);
	ots_buffer_release(&text);
}

static void check_v4(struct vector *v, struct ots_buffer *out)
{
	const struct ots_bytes token = text_of(v->input, "security_token");
	const double time_s = cJSON_GetObjectItem(v->input, "time_epoch")->valuedouble;
	struct ots_oss_v4_signer signer = {.id = text_of(v->input, "access_key_id"),
					   .token = token};
	int64_t back = 0;

	ots_oss_v4_time_print((int64_t)time_s * 1000000, signer.time);
	cr_expect(ots_bytes_are(text_of(v->expected, "timestamp"), signer.time), "%s", v->id);
	cr_expect(ots_oss_v4_time_parse(ots_bytes_of(signer.time), &back) &&
			  back == (int64_t)time_s * 1000000,
		  "%s", v->id);
	signer.scope = (struct ots_oss_scope){{(const uint8_t *)signer.time, OTS_OSS_V4_DATE_LEN},
					      text_of(v->input, "region"),
					      text_of(v->input, "product")};
	cr_assert(
		ots_oss_v4_key(text_of(v->input, "access_key_secret"), &signer.scope, signer.key));
	if (is_query(v)) {
		const int life = cJSON_GetObjectItem(v->input, "expires_seconds")->valueint;

		cr_assert(ots_oss_v4_presign(&signer, (uint32_t)life, &v->request, out), "%s",
			  v->id);
		expect_query(v, out);
		return;
	}
	add_header(v, "x-oss-date", ots_bytes_of(signer.time));
	if (token.len > 0)
		add_header(v, "x-oss-security-token", token);
	check_v4_steps(v, &signer);
	cr_assert(ots_oss_v4_authorization(&signer, &v->request, out), "%s", v->id);
	expect_text(v, "authorization", out);
}

Test(oss_sign, every_vector_of_the_official_clients)
{
	cJSON *json = load();
	const cJSON *item;
	unsigned seen = 0;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "vectors"))
	{
		struct ots_buffer text, out;
		struct vector v;

		ots_buffer_init(&text, 65536);
		ots_buffer_init(&out, 65536);
		read_vector(item, &v);
		if (ots_bytes_are(text_of(item, "version"), "V1"))
			check_v1(&v, &text, &out);
		else
			check_v4(&v, &out);
		seen++;
		ots_buffer_release(&text);
		ots_buffer_release(&out);
	}
	cr_expect_eq(seen, 52u, "%u vectors", seen);
	cJSON_Delete(json);
}

Test(oss_sign, headers_that_repeat_are_joined_and_values_trimmed)
{
	const struct ots_oss_pair headers[] = {
		{ots_bytes_of("X-Oss-Meta-B"), ots_bytes_of(" two\t")},
		{ots_bytes_of("User-Agent"), ots_bytes_of("nobody")},
		{ots_bytes_of("x-oss-meta-a"), ots_bytes_of("")},
		{ots_bytes_of("x-oss-meta-b"), ots_bytes_of("three")},
	};
	const struct ots_oss_request request = {
		.method = ots_bytes_of("GET"), .headers = headers, .header_count = 4};
	static const char v1[] = "GET\n\n\nD\nx-oss-meta-a:\nx-oss-meta-b:two,three\n/";
	static const char v4[] =
		"GET\n/\n\nx-oss-meta-a:\nx-oss-meta-b:two,three\n\n\nUNSIGNED-PAYLOAD";
	struct ots_buffer text;

	ots_buffer_init(&text, 4096);
	cr_assert(ots_oss_v1_text(&request, ots_bytes_of("D"), &text));
	cr_expect(text.len == sizeof v1 - 1 && memcmp(text.bytes, v1, text.len) == 0, "%.*s",
		  (int)text.len, (const char *)text.bytes);
	text.len = 0;
	cr_assert(ots_oss_v4_canonical(&request, &text));
	cr_expect(text.len == sizeof v4 - 1 && memcmp(text.bytes, v4, text.len) == 0, "%.*s",
		  (int)text.len, (const char *)text.bytes);
	ots_buffer_release(&text);
}

Test(oss_sign, the_number_of_pairs_has_a_limit)
{
	struct ots_oss_pair pairs[OTS_OSS_PAIRS_MAX + 1];
	struct ots_oss_request request = {.headers = pairs, .query = pairs};
	struct ots_buffer text;

	for (size_t i = 0; i < OTS_OSS_PAIRS_MAX + 1; i++)
		pairs[i] = (struct ots_oss_pair){ots_bytes_of("x-oss-a"), ots_bytes_of("b")};
	ots_buffer_init(&text, 65536);
	for (size_t over = 0; over < 2; over++) {
		request.header_count = OTS_OSS_PAIRS_MAX + over;
		request.query_count = 0;
		cr_expect_eq(ots_oss_v1_text(&request, ots_bytes_of(""), &text), over == 0);
		cr_expect_eq(ots_oss_v4_canonical(&request, &text), over == 0);
		request.header_count = 0;
		request.query_count = OTS_OSS_PAIRS_MAX + over;
		cr_expect_eq(ots_oss_v1_text(&request, ots_bytes_of(""), &text), over == 0);
		cr_expect_eq(ots_oss_v4_canonical(&request, &text), over == 0);
	}
	ots_buffer_release(&text);
}

Test(oss_sign, times_of_other_forms_are_refused)
{
	static const char *const bad[] = {"",
					  "20231216T162057",
					  "20231216T162057ZZ",
					  "20231316T162057Z",
					  "20231216 162057Z",
					  "2023-216T162057Z",
					  "20231216T162057z",
					  "2023121 T162057Z"};
	int64_t us = 5;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(ots_oss_v4_time_parse(ots_bytes_of(bad[i]), &us), "%s", bad[i]);
	cr_expect_eq(us, 5);
}

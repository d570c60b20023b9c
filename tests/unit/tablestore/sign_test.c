#include <string.h>

#include <criterion/criterion.h>

#include "vectors.h"

TestSuite(sign, .timeout = 60);

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static size_t headers_of(const cJSON *vector, struct ots_sign_header *out)
{
	const cJSON *header;
	size_t count = 0;

	cJSON_ArrayForEach(header, cJSON_GetObjectItem(vector, "headers"))
	{
		cr_assert_lt(count, OTS_SIGN_HEADERS_MAX);
		out[count++] = (struct ots_sign_header){bytes_of(header->string),
							bytes_of(header->valuestring)};
	}
	return count;
}

static const char *md5_header(const cJSON *vector)
{
	return vectors_text(cJSON_GetObjectItem(vector, "headers"), "x-ots-contentmd5");
}

static void check(const cJSON *vector, bool request)
{
	const char *name = vectors_text(vector, "name");
	const char *expected = vectors_text(vector, "string_to_sign");
	const cJSON *body_hex = cJSON_GetObjectItem(vector, "body_hex");
	struct ots_sign_header headers[OTS_SIGN_HEADERS_MAX];
	const size_t count = headers_of(vector, headers);
	const struct ots_bytes path = bytes_of(vectors_text(vector, "path"));
	char signature[OTS_SIGNATURE_TEXT_BYTES], md5[OTS_MD5_TEXT_BYTES];
	struct ots_arena arena;
	struct ots_buffer text;

	ots_arena_init(&arena, (size_t)1024 * 1024);
	ots_buffer_init(&text, 65536);
	cr_assert(request ? ots_sign_request_text(path, headers, count, &text)
			  : ots_sign_response_text(path, headers, count, &text));
	cr_expect(text.len == strlen(expected) && memcmp(text.bytes, expected, text.len) == 0,
		  "%s: text is %.*s", name, (int)text.len, (const char *)text.bytes);
	cr_assert(ots_sign(bytes_of(vectors_text(vector, "access_key_secret")),
			   (struct ots_bytes){text.bytes, text.len}, signature));
	cr_expect_str_eq(signature, vectors_text(vector, "signature"), "%s", name);
	if (cJSON_IsString(body_hex)) {
		cr_assert(ots_content_md5(vectors_hex(&arena, body_hex->valuestring), md5));
		cr_expect_str_eq(md5, md5_header(vector), "%s", name);
	}
	ots_buffer_release(&text);
	ots_arena_release(&arena);
}

Test(sign, requests_and_responses_of_the_official_clients)
{
	cJSON *json = vectors_load("tests/data/ots-signing-vectors.json");
	const cJSON *vector;
	unsigned requests = 0, responses = 0;

	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const char *scheme = vectors_text(vector, "scheme");

		if (strcmp(scheme, "v2-hmac-sha1") == 0) {
			check(vector, true);
			requests++;
		} else if (strcmp(scheme, "response-hmac-sha1") == 0) {
			check(vector, false);
			responses++;
		}
	}
	/* 32 in all; the other five are of version 4, below. */
	cr_expect_eq(requests, 24, "%u requests", requests);
	cr_expect_eq(responses, 3, "%u responses", responses);
	cJSON_Delete(json);
}

Test(sign, names_are_lowered_sorted_and_filtered_and_values_trimmed)
{
	const struct ots_sign_header headers[] = {
		{bytes_of("X-OTS-b"), bytes_of(" \t two \t")},
		{bytes_of("User-Agent"), bytes_of("nobody")},
		{bytes_of("x-ots-Signature"), bytes_of("old")},
		{bytes_of("x-ots-signaturev4"), bytes_of("old")},
		{bytes_of("x-ots-a"), bytes_of("")},
		{bytes_of("x-ots"), bytes_of("too short")},
	};
	static const char request[] = "/P\nPOST\n\nx-ots-a:\nx-ots-b:two\n";
	struct ots_buffer text;

	ots_buffer_init(&text, 4096);
	cr_assert(ots_sign_request_text(bytes_of("/P"), headers, 6, &text));
	cr_expect(text.len == sizeof request - 1 && memcmp(text.bytes, request, text.len) == 0,
		  "%.*s", (int)text.len, (const char *)text.bytes);
	ots_buffer_release(&text);
}

Test(sign, the_number_of_headers_has_a_limit)
{
	struct ots_sign_header headers[OTS_SIGN_HEADERS_MAX + 1];
	struct ots_buffer text;

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		headers[i] = (struct ots_sign_header){bytes_of("x-ots-a"), bytes_of("b")};
	ots_buffer_init(&text, 65536);
	cr_expect(ots_sign_request_text(bytes_of("/P"), headers, OTS_SIGN_HEADERS_MAX, &text));
	cr_expect_not(
		ots_sign_request_text(bytes_of("/P"), headers, OTS_SIGN_HEADERS_MAX + 1, &text));
	ots_buffer_release(&text);
}

Test(sign, version_4_of_the_official_client)
{
	cJSON *json = vectors_load("tests/data/ots-signing-vectors.json");
	const cJSON *vector;
	unsigned keys = 0, requests = 0;

	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const char *name = vectors_text(vector, "name");
		const bool derives = cJSON_HasObjectItem(vector, "k_final_hex");
		const cJSON *from = derives ? vector : cJSON_GetObjectItem(vector, "headers");
		struct ots_sign_header headers[OTS_SIGN_HEADERS_MAX];
		char key[OTS_SIGN_V4_TEXT_BYTES], signature[OTS_SIGN_V4_TEXT_BYTES];
		struct ots_buffer text;

		if (strcmp(vectors_text(vector, "scheme"), "v4-hmac-sha256") != 0)
			continue;
		cr_assert(ots_sign_v4_key(
			bytes_of(vectors_text(vector, "access_key_secret")),
			bytes_of(vectors_text(from, derives ? "signdate" : "x-ots-signdate")),
			bytes_of(vectors_text(from, derives ? "region" : "x-ots-signregion")),
			key));
		cr_expect_str_eq(key, vectors_text(vector, "signing_key_text"), "%s", name);
		keys += derives;
		if (derives)
			continue;
		ots_buffer_init(&text, 65536);
		cr_assert(ots_sign_v4_request_text(bytes_of(vectors_text(vector, "path")), headers,
						   headers_of(vector, headers), &text));
		cr_assert(ots_sign_v4(key, (struct ots_bytes){text.bytes, text.len}, signature));
		cr_expect_str_eq(signature, vectors_text(vector, "signature"), "%s", name);
		ots_buffer_release(&text);
		requests++;
	}
	cr_expect_eq(keys, 2, "%u keys", keys);
	cr_expect_eq(requests, 3, "%u requests", requests);
	cJSON_Delete(json);
}

Test(sign, a_secret_above_the_limit_makes_no_key)
{
	char secret[1025], key[OTS_SIGN_V4_TEXT_BYTES];

	memset(secret, 's', sizeof secret);
	for (size_t len = 1023; len <= 1025; len++)
		cr_expect_eq(ots_sign_v4_key((struct ots_bytes){(const uint8_t *)secret, len},
					     bytes_of("20240102"), bytes_of("r"), key),
			     len <= 1024, "%zu", len);
}

/* The first line is a request's target, the second its host, the others are headers.
 * Property: what our own signatures sign, in a header or in a URL, version 1 or 4, the service's
 * check takes, whatever bucket, key, query and headers there are; and a refusal says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/http_date.h>
#include <otsfs/text/percent.h>

#include "../../tools/service/oss/http/authenticate.h"
#include "../../tools/service/oss/http/target.h"

#define NOW_US INT64_C(1700000000000000)
#define ROOM ((size_t)4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ots_oss_access access = {"id", "secret", NULL, "cn-hangzhou"};

struct round {
	struct ots_arena arena;
	struct ots_oss_target target;
	struct ots_oss_pair headers[OTS_OSS_PAIRS_MAX];
	struct ots_oss_pair query[OTS_OSS_PAIRS_MAX];
	struct ots_oss_request request;
	struct ots_buffer text, path;
};

static struct ots_bytes take_line(struct ots_bytes *rest)
{
	const uint8_t *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
	const struct ots_bytes line = {rest->at,
				       end != NULL ? (size_t)(end - rest->at) : rest->len};

	rest->at += end != NULL ? line.len + 1 : line.len;
	rest->len -= end != NULL ? line.len + 1 : line.len;
	return line;
}

/* Names that carry a signature, or say when: ours are added. */
static bool is_auth(struct ots_bytes name)
{
	static const char *const names[] = {
		"authorization",    "date",
		"x-oss-date",       "x-oss-content-sha256",
		"signature",        "ossaccesskeyid",
		"expires",          "x-oss-expires",
		"x-oss-signature",  "x-oss-signature-version",
		"x-oss-credential", "x-oss-additional-headers",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (name.len == strlen(names[i]) &&
		    strncasecmp((const char *)name.at, names[i], name.len) == 0)
			return true;
	return false;
}

static void read_headers(struct round *round, struct ots_bytes rest)
{
	while (rest.len > 0 && round->request.header_count < OTS_OSS_PAIRS_MAX - 4) {
		const struct ots_bytes line = take_line(&rest); /* ends: rest shrinks */
		const uint8_t *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
		struct ots_oss_pair *pair = &round->headers[round->request.header_count];

		if (colon == NULL || colon == line.at)
			continue;
		pair->name = (struct ots_bytes){line.at, (size_t)(colon - line.at)};
		pair->value = (struct ots_bytes){colon + 1, line.len - pair->name.len - 1};
		if (!is_auth(pair->name))
			round->request.header_count++;
	}
}

static void must_pass(const struct ots_oss_request *request)
{
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	bool anonymous = true;

	if (!ots_oss_authenticate(&access, request, NOW_US, &anonymous, &fault) || anonymous)
		abort();
}

static void check_headers(struct round *round)
{
	struct ots_oss_request request = round->request;
	struct ots_oss_v4_signer v4 = {.id = ots_bytes_of("id")};
	const struct ots_oss_v1_signer v1 = {ots_bytes_of("id"), ots_bytes_of("secret"), {NULL, 0}};
	char date[OTS_HTTP_DATE_BYTES];
	struct ots_oss_pair *next = &round->headers[request.header_count];

	ots_http_date_print(NOW_US, date);
	next[0] = (struct ots_oss_pair){ots_bytes_of("Date"), ots_bytes_of(date)};
	request.header_count++;
	round->text.len = 0;
	if (!ots_oss_v1_authorization(&v1, ots_bytes_of(date), &request, &round->text))
		abort();
	next[1] = (struct ots_oss_pair){ots_bytes_of("authorization"),
					{round->text.bytes, round->text.len}};
	request.header_count++;
	must_pass(&request);

	ots_oss_v4_time_print(NOW_US, v4.time);
	v4.scope = (struct ots_oss_scope){{(const uint8_t *)v4.time, OTS_OSS_V4_DATE_LEN},
					  ots_bytes_of("cn-hangzhou"),
					  ots_bytes_of("oss")};
	if (!ots_oss_v4_key(ots_bytes_of("secret"), &v4.scope, v4.key))
		abort();
	next[0] = (struct ots_oss_pair){ots_bytes_of("x-oss-date"), ots_bytes_of(v4.time)};
	next[1] = (struct ots_oss_pair){ots_bytes_of("X-Oss-Content-Sha256"),
					ots_bytes_of("UNSIGNED-PAYLOAD")};
	round->text.len = 0;
	if (!ots_oss_v4_authorization(&v4, &request, &round->text))
		abort();
	next[2] = (struct ots_oss_pair){ots_bytes_of("Authorization"),
					{round->text.bytes, round->text.len}};
	request.header_count++;
	must_pass(&request);
}

/* A signed URL goes the whole way: written, and read as a target again. */
static void check_urls(struct round *round, bool version_4)
{
	const struct ots_oss_v1_signer v1 = {ots_bytes_of("id"), ots_bytes_of("secret"), {NULL, 0}};
	struct ots_oss_v4_signer v4 = {.id = ots_bytes_of("id")};
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	struct ots_oss_request request = round->request;
	struct ots_oss_name names[OTS_OSS_NAMES_MAX];
	bool good;

	if (request.bucket.len == 0 || memchr(request.bucket.at, '/', request.bucket.len) != NULL ||
	    memchr(request.bucket.at, '\0', request.bucket.len) != NULL)
		return; /* a label of a host may be such, the part of a path may not */
	round->path.len = round->text.len = 0;
	good = ots_buffer_puts(&round->path, "/") &&
	       ots_percent_put(&round->path, request.bucket, false) &&
	       ots_buffer_puts(&round->path, "/") &&
	       ots_percent_put(&round->path, request.key, true) &&
	       ots_buffer_puts(&round->path, "?");
	ots_oss_v4_time_print(NOW_US, v4.time);
	v4.scope = (struct ots_oss_scope){{(const uint8_t *)v4.time, OTS_OSS_V4_DATE_LEN},
					  ots_bytes_of("cn-hangzhou"),
					  ots_bytes_of("oss")};
	good = good && ots_oss_v4_key(ots_bytes_of("secret"), &v4.scope, v4.key);
	good = good &&
	       (version_4 ? ots_oss_v4_presign(&v4, 60, &request, &round->path)
			  : ots_oss_v1_presign(&v1, NOW_US / 1000000 + 60, &request, &round->path));
	if (!good ||
	    !ots_oss_target_parse((struct ots_bytes){round->path.bytes, round->path.len},
				  ots_bytes_of("127.0.0.1"), &round->arena, &round->target, &fault))
		abort();
	(void)ots_oss_target_names(&round->target, ots_bytes_of("bound"), names);
	if (!ots_bytes_equal(names[0].bucket, request.bucket) ||
	    !ots_bytes_equal(names[0].key, request.key))
		abort();
	request.query = round->target.query;
	request.query_count = round->target.query_count;
	must_pass(&request);
}

static void one_round(struct round *round, struct ots_bytes input)
{
	const struct ots_bytes raw = take_line(&input), host = take_line(&input);
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	struct ots_oss_name names[OTS_OSS_NAMES_MAX];
	bool anonymous;

	if (!ots_oss_target_parse(raw, host, &round->arena, &round->target, &fault)) {
		if (fault.kind == OTS_OSS_NONE || fault.message[0] == '\0')
			abort();
		return;
	}
	(void)ots_oss_target_names(&round->target, ots_bytes_of("bound"), names);
	round->request.method = ots_bytes_of("GET");
	round->request.bucket = names[0].bucket;
	round->request.key = names[0].key;
	round->request.headers = round->headers;
	round->request.query = round->target.query;
	round->request.query_count = round->target.query_count;
	read_headers(round, input);
	if (!ots_oss_authenticate(&access, &round->request, NOW_US, &anonymous, &fault) &&
	    (fault.kind == OTS_OSS_NONE || fault.message[0] == '\0'))
		abort();
	round->request.query = round->query;
	round->request.query_count = 0;
	for (size_t i = 0; i < round->target.query_count; i++)
		if (!is_auth(round->target.query[i].name) && round->target.query[i].name.len > 0 &&
		    round->request.query_count < OTS_OSS_PAIRS_MAX - 8)
			round->query[round->request.query_count++] = round->target.query[i];
	check_headers(round);
	check_urls(round, false);
	check_urls(round, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct round *round = calloc(1, sizeof *round);

	if (round == NULL || size > 16384) { /* longer ones pass the room for a signed text */
		free(round);
		return 0;
	}
	ots_arena_init(&round->arena, ROOM);
	ots_buffer_init(&round->text, ROOM);
	ots_buffer_init(&round->path, ROOM);
	one_round(round, (struct ots_bytes){data, size});
	ots_buffer_release(&round->text);
	ots_buffer_release(&round->path);
	ots_arena_release(&round->arena);
	free(round);
	return 0;
}

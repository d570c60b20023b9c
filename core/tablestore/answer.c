#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/digest.h>
#include <otsfs/tablestore/wire.h>

#include "codes.h"

#define SKEW_MAX_US (INT64_C(15) * 60 * 1000000)
#define SIGN_TEXT_MAX_BYTES ((size_t)128 * 1024)
/* An error's text is short; a longer body is not decoded. */
#define ERROR_BODY_MAX_BYTES ((size_t)1024 * 1024)

enum ots_status ots_answer_fail(const char *code, const char *message, int http_status,
				struct ots_error *err)
{
	const enum ots_status status =
		ots_code_status(code, message != NULL ? message : "", http_status);

	if (message != NULL && message[0] != '\0')
		(void)ots_fail(err, status, "%s: %s", code, message);
	else
		(void)ots_fail(err, status, "%s", code);
	if (err != NULL) {
		err->http_status = http_status;
		(void)snprintf(err->code, sizeof err->code, "%s", code);
	}
	return status;
}

enum ots_status ots_answer_error(struct ots_bytes body, int http_status, struct ots_error *err)
{
	Ots__Wire__Error *error = NULL;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	if (body.len > 0 && body.len <= ERROR_BODY_MAX_BYTES)
		error = ots__wire__error__unpack(&allocator, body.len, body.at);
	if (error != NULL && error->code[0] != '\0') {
		status = ots_answer_fail(error->code, error->message, http_status, err);
	} else {
		status = ots_fail(err, ots_code_status("", "", http_status),
				  "HTTP status %d, and the body of %zu bytes is no error of the "
				  "service",
				  http_status, body.len);
		if (err != NULL)
			err->http_status = http_status;
	}
	ots_arena_release(&arena);
	return status;
}

static bool md5_holds(const struct ots_http_response *response, struct ots_bytes *told,
		      char computed[OTS_MD5_TEXT_BYTES])
{
	const struct ots_bytes body = {response->body.bytes, response->body.len};

	return !ots_http_response_header(response, "x-ots-contentmd5", told) ||
	       (ots_content_md5(body, computed) && ots_bytes_are(*told, computed));
}

static enum ots_status check_md5(const struct ots_http_response *response, struct ots_error *err)
{
	char computed[OTS_MD5_TEXT_BYTES] = "";
	struct ots_bytes told;

	if (md5_holds(response, &told, computed))
		return OTS_OK;
	return ots_fail(err, OTS_CORRUPT,
			"the answer's MD5 is '%.*s', its %zu bytes have '%s': damaged on the way",
			(int)(told.len < 64 ? told.len : 64), (const char *)told.at,
			response->body.len, computed);
}

/* How far the service's clock is from ours. @return false: no date, or none that can be read */
static bool clock_skew(const struct ots_http_response *response, int64_t now_us, int64_t *skew_us)
{
	struct ots_bytes text;
	int64_t date_us;

	return ots_http_response_header(response, "x-ots-date", &text) &&
	       ots_time_parse(text, &date_us) && !__builtin_sub_overflow(date_us, now_us, skew_us);
}

static bool is_skewed(int64_t skew_us)
{
	return skew_us > SKEW_MAX_US || skew_us < -SKEW_MAX_US;
}

bool ots_answer_clock_is_off(const struct ots_http_response *response, int64_t now_us,
			     int64_t *skew_us)
{
	return clock_skew(response, now_us, skew_us) && is_skewed(*skew_us);
}

static enum ots_status check_date(const struct answer_context *context,
				  const struct ots_http_response *response, struct ots_error *err)
{
	struct ots_bytes text;
	int64_t skew_us;

	if (!ots_http_response_header(response, "x-ots-date", &text))
		return OTS_OK;
	if (!clock_skew(response, context->now_us, &skew_us))
		return ots_fail(err, OTS_CORRUPT, "the answer's date '%.*s' is none",
				(int)(text.len < 64 ? text.len : 64), (const char *)text.at);
	if (is_skewed(skew_us))
		return ots_fail(err, OTS_CORRUPT,
				"the answer's date %.*s is %" PRId64 " seconds from our clock, "
				"more than 15 minutes: set the clock",
				(int)(text.len < 64 ? text.len : 64), (const char *)text.at,
				skew_us / 1000000);
	return OTS_OK;
}

static bool compute_signature(const struct answer_context *context,
			      const struct ots_http_response *response,
			      char signature[OTS_SIGNATURE_TEXT_BYTES])
{
	struct ots_sign_header headers[OTS_HTTP_HEADERS_MAX];
	const char *secret = context->secret;
	struct ots_buffer text;
	bool ok;

	ots_buffer_init(&text, SIGN_TEXT_MAX_BYTES);
	for (size_t i = 0; i < response->header_count; i++)
		headers[i] = (struct ots_sign_header){response->headers[i].name,
						      response->headers[i].value};
	ok = ots_sign_response_text(ots_bytes_of(context->path), headers, response->header_count,
				    &text) &&
	     ots_sign(ots_bytes_of(secret), (struct ots_bytes){text.bytes, text.len}, signature);
	ots_buffer_release(&text);
	return ok;
}

/* Authorization: OTS <access key id>:<signature> */
static enum ots_status check_signature(const struct answer_context *context,
				       const struct ots_http_response *response,
				       struct ots_error *err)
{
	const char *id = context->key_id;
	const size_t id_len = strlen(id);
	char signature[OTS_SIGNATURE_TEXT_BYTES];
	struct ots_bytes told;

	if (!ots_http_response_header(response, "authorization", &told))
		return ots_fail(err, OTS_CORRUPT, "the answer is not signed");
	if (told.len < 4 + id_len + 1 || memcmp(told.at, "OTS ", 4) != 0 ||
	    memcmp(told.at + 4, id, id_len) != 0 || told.at[4 + id_len] != ':')
		return ots_fail(err, OTS_CORRUPT, "the answer is signed for another access key");
	told.at += 4 + id_len + 1;
	told.len -= 4 + id_len + 1;
	if (!compute_signature(context, response, signature))
		return ots_fail(err, OTS_NO_MEMORY, "signature of the answer");
	if (told.len != strlen(signature) || !ots_equal_secret(told.at, signature, told.len))
		return ots_fail(err, OTS_CORRUPT, "the answer's signature does not match");
	return OTS_OK;
}

/* What the service says went wrong. Its body counts only when its MD5 holds: of a damaged one the
 * HTTP status alone would make a refusal for good of what was a busy service (both are 403). */
static enum ots_status take_error(const struct answer_context *context,
				  const struct ots_http_response *response, struct ots_error *err)
{
	struct ots_bytes body = {response->body.bytes, response->body.len};
	char computed[OTS_MD5_TEXT_BYTES] = "";
	struct ots_bytes told;

	if (!context->md5_held && !md5_holds(response, &told, computed)) {
		if (response->status < 500)
			return check_md5(response, err);
		body.len = 0;
	}
	return ots_answer_error(body, response->status, err);
}

void ots_answer_note_id(struct ots_bytes id, struct ots_error *err)
{
	const size_t room = sizeof err->request_id - 1;

	(void)snprintf(err->request_id, sizeof err->request_id, "%.*s",
		       (int)(id.len < room ? id.len : room), id.len > 0 ? (const char *)id.at : "");
}

/* Behind the text as well: it is all that a log, a report or a terminal shows of a failure, and the
 * first thing that the service's support asks for. */
static void show_id(struct ots_error *err)
{
	const size_t used = strlen(err->text);

	(void)snprintf(err->text + used, sizeof err->text - used, " (request %s)", err->request_id);
}

enum ots_status ots_answer_check(const struct answer_context *context,
				 const struct ots_http_response *response, struct ots_error *err)
{
	enum ots_status status;
	struct ots_bytes id;

	if (response->status < 200 || response->status > 299) {
		status = take_error(context, response, err);
	} else {
		status = context->md5_held ? OTS_OK : check_md5(response, err);
		if (status == OTS_OK)
			status = check_date(context, response, err);
		if (status == OTS_OK)
			status = check_signature(context, response, err);
	}
	if (status == OTS_OK || err == NULL)
		return status;
	err->http_status = response->status;
	if (ots_http_response_header(response, "x-ots-requestid", &id) && id.len > 0) {
		ots_answer_note_id(id, err);
		show_id(err);
	}
	return status;
}

/* What a refusal of the service means. Source: oss-protocol 3.13. */
#define _GNU_SOURCE /* memmem, memrchr */
#include "client.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>

#define DOCUMENT_MAX_BYTES ((size_t)8 * 1024)
#define WAIT_MAX_MS INT64_C(60000)

/* Codes whose meaning is not that of their HTTP status. */
static const struct {
	const char *code;
	enum ots_status status;
} codes[] = {
	{"BadRequest", OTS_SERVER},
	{"RequestTimeout", OTS_TIMEOUT},
	{"InvalidObjectName", OTS_USAGE},
	{"KeyTooLongError", OTS_USAGE},
	{"InvalidDigest", OTS_NETWORK},
	{"OperationNotSupported", OTS_UNSUPPORTED},
	{"InvalidTargetType", OTS_UNSUPPORTED},
	{"NotSymlink", OTS_UNSUPPORTED},
	{"NotImplemented", OTS_UNSUPPORTED},
	{"InvalidObjectState", OTS_REFUSED},
	{"FileAlreadyExists", OTS_EXISTS},
	{"ObjectAlreadyExists", OTS_EXISTS},
	{"SlowDown", OTS_THROTTLED},
};

static enum ots_status status_of_http(int http)
{
	switch (http) {
	case 400: return OTS_USAGE;
	case 401:
	case 403: return OTS_DENIED;
	case 404: return OTS_NOT_FOUND;
	case 405:
	case 501: return OTS_UNSUPPORTED;
	case 408: return OTS_TIMEOUT;
	case 409: return OTS_REFUSED;
	case 412:
	case 416: return OTS_CHANGED;
	case 429: return OTS_THROTTLED;
	default: return http >= 500 ? OTS_SERVER : OTS_UNSUPPORTED;
	}
}

static enum ots_status status_of(const struct oss_error *error, int http)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (strcmp(error->code, codes[i].code) == 0)
			return codes[i].status;
	}
	if (strstr(error->code, "QpsLimitExceeded") != NULL ||
	    strstr(error->code, "RateLimitExceeded") != NULL)
		return OTS_THROTTLED;
	return status_of_http(http);
}

/* HEAD has no body: the document is base64 in a header. */
static bool read_document(const struct ots_http_response *response, struct oss_error *error)
{
	struct ots_bytes coded;
	uint8_t document[DOCUMENT_MAX_BYTES];
	size_t len = 0;

	if (response->body.len > 0)
		return oss_error_read((struct ots_bytes){response->body.bytes, response->body.len},
				      error);
	*error = (struct oss_error){.code = ""};
	return ots_http_response_header(response, "x-oss-err", &coded) &&
	       coded.len / 4 * 3 + 3 <= sizeof document &&
	       ots_base64_decode(coded, document, &len) &&
	       oss_error_read((struct ots_bytes){document, len}, error);
}

/* Where the service says nothing of its own: a HEAD through something that drops headers, a proxy,
 * a captive portal. */
static void fill_in(const struct oss_call *call, const struct ots_http_response *response,
		    struct oss_error *error)
{
	const struct ots_buffer *body = &response->body;
	const size_t len = body->len < 256 ? body->len : 256;
	struct ots_bytes id;

	if (response->status == 404 && strcmp(call->method, "HEAD") == 0)
		(void)snprintf(error->code, sizeof error->code, "NoSuchKey");
	for (size_t i = 0; i < len; i++)
		error->message[i] =
			body->bytes[i] < 0x20 || body->bytes[i] > 0x7e ? ' ' : (char)body->bytes[i];
	if (ots_http_response_header(response, "x-oss-request-id", &id))
		(void)snprintf(error->request_id, sizeof error->request_id, "%.*s", (int)id.len,
			       (const char *)id.at);
	if (ots_http_response_header(response, "x-oss-ec", &id))
		(void)snprintf(error->ec, sizeof error->ec, "%.*s", id.len < 31 ? (int)id.len : 31,
			       (const char *)id.at);
}

/* The part of an Authorization header that only we can make: behind `Signature=` of V4, behind the
 * colon of V1. */
static struct ots_bytes signature_of(const struct ots_buffer *authorization)
{
	static const char mark[] = "Signature=";
	const uint8_t *at = NULL;

	if (authorization->len > 0)
		at = memmem(authorization->bytes, authorization->len, mark, sizeof mark - 1);
	if (at != NULL)
		at += sizeof mark - 1;
	else if (authorization->len > 0)
		at = memrchr(authorization->bytes, ':', authorization->len - 1);
	if (at != NULL && *at == ':')
		at++;
	return (struct ots_bytes){
		at, at != NULL ? (size_t)(authorization->bytes + authorization->len - at) : 0};
}

static bool has(struct ots_bytes text, struct ots_bytes part)
{
	return part.len > 0 && text.len >= part.len &&
	       memmem(text.at, text.len, part.at, part.len) != NULL;
}

/* Whether a text says again what the request was signed with. Some proxies print what they were
 * sent, and an error's text goes into logs. */
static bool repeats_key(const struct oss_call *call, struct ots_bytes text)
{
	const struct ots_credentials *key = call->credentials;

	return key != NULL && (has(text, ots_bytes_of(key->secret)) ||
			       (key->token != NULL && has(text, ots_bytes_of(key->token))) ||
			       has(text, signature_of(&call->authorization)));
}

/* What to do about it; "" where the text says it all. */
static void advise(const struct oss_call *call, const struct oss_error *error, int http, char *out,
		   size_t size)
{
	const char *code = error->code;

	out[0] = '\0';
	if (error->endpoint[0] != '\0')
		(void)snprintf(out, size, "; the bucket is there: --endpoint %s", error->endpoint);
	else if (strcmp(code, "InvalidObjectState") == 0)
		(void)snprintf(out, size,
			       "; it is archived: `otsfs thaw` asks for it, and it can be read "
			       "some time later");
	else if (strcmp(code, "SignatureDoesNotMatch") == 0)
		(void)snprintf(out, size, "; is the secret the one of this key?");
	else if (strcmp(code, "InvalidAccessKeyId") == 0)
		(void)snprintf(out, size, "; the key is unknown or disabled");
	else if (strcmp(code, "NoSuchBucket") == 0)
		(void)snprintf(out, size, "; is the name right, and the endpoint's region?");
	else if (strcmp(code, "SecondLevelDomainForbidden") == 0)
		(void)snprintf(out, size, "; give --addressing virtual");
	else if (http == 400 && strstr(error->message, "signing region") != NULL)
		(void)snprintf(out, size, "; signed for region %s: give --region",
			       call->oss->region);
	else if (http >= 300 && http <= 399)
		(void)snprintf(out, size,
			       "; a redirect, which OSS never sends: is the endpoint "
			       "right, or a proxy in between?");
}

static void wait_asked(const struct ots_http_response *response, int64_t *wait_ms)
{
	struct ots_bytes value;
	uint64_t n;

	if (ots_http_response_header(response, "x-oss-qos-delay-time", &value) &&
	    ots_parse_u64(value, &n))
		*wait_ms = n < (uint64_t)WAIT_MAX_MS ? (int64_t)n : WAIT_MAX_MS;
	else if (ots_http_response_header(response, "Retry-After", &value) &&
		 ots_parse_u64(value, &n))
		*wait_ms = n < (uint64_t)WAIT_MAX_MS / 1000 ? (int64_t)n * 1000 : WAIT_MAX_MS;
	/* 0 would be "at once"; who asks for a pause without one gets ours. */
	if (*wait_ms == 0)
		*wait_ms = -1;
}

enum ots_status oss_refusal(const struct oss_call *call, const struct ots_http_response *response,
			    struct oss_error *error, int64_t *wait_ms, struct ots_error *err)
{
	const int http = response->status;
	char advice[400], id[128] = "";
	enum ots_status status;

	if (!read_document(response, error))
		fill_in(call, response, error);
	/* The whole body counts: of a key that is cut in two, half would be left. */
	if (repeats_key(call, (struct ots_bytes){response->body.bytes, response->body.len}) ||
	    repeats_key(call, ots_bytes_of(error->message)))
		(void)snprintf(error->message, sizeof error->message,
			       "(its text is left out: it repeats the key of the request)");
	status = status_of(error, http);
	if (status == OTS_USAGE && http == 400 && strstr(error->message, "signing region") != NULL)
		status = OTS_DENIED;
	if (status == OTS_THROTTLED || status == OTS_SERVER)
		wait_asked(response, wait_ms);
	advise(call, error, http, advice, sizeof advice);
	if (error->request_id[0] != '\0')
		(void)snprintf(id, sizeof id, " (request %s%s%s)", error->request_id,
			       error->ec[0] != '\0' ? ", EC " : "", error->ec);
	(void)ots_fail(err, status, "oss://%s/%.*s: %s answered %d%s%s%s%s%s%s", call->oss->bucket,
		       (int)call->key.len, (const char *)call->key.at, call->method, http,
		       error->code[0] != '\0' ? " " : "", error->code,
		       error->message[0] != '\0' ? ": " : "", error->message, id, advice);
	if (err != NULL) {
		err->http_status = http;
		(void)snprintf(err->code, sizeof err->code, "%.47s", error->code);
		(void)snprintf(err->request_id, sizeof err->request_id, "%.63s", error->request_id);
	}
	return status;
}

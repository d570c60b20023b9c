#include "respond.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#define SIGNED_TEXT_MAX_BYTES 4096

static bool sign_reply(const struct ots_signer *signer, struct ots_bytes path,
		       struct ots_reply_headers *to)
{
	const struct ots_sign_header headers[] = {
		{ots_bytes_of("x-ots-contentmd5"), ots_bytes_of(to->md5)},
		{ots_bytes_of("x-ots-contenttype"), ots_bytes_of(to->content_type)},
		{ots_bytes_of("x-ots-date"), ots_bytes_of(to->date)},
		{ots_bytes_of("x-ots-requestid"), ots_bytes_of(to->request_id)},
		{ots_bytes_of("x-ots-response-compress-type"), ots_bytes_of("deflate")},
		{ots_bytes_of("x-ots-response-compress-size"), ots_bytes_of(to->compress_size)},
	};
	const size_t count =
		sizeof headers / sizeof headers[0] - (to->compress_size[0] != '\0' ? 0 : 2);
	const char *key = signer->derived[0] != '\0' ? signer->derived : signer->secret;
	char signature[OTS_SIGNATURE_TEXT_BYTES];
	struct ots_buffer text;
	bool good;
	int len;

	ots_buffer_init(&text, SIGNED_TEXT_MAX_BYTES);
	good = ots_sign_response_text(path, headers, count, &text) &&
	       ots_sign(ots_bytes_of(key), (struct ots_bytes){text.bytes, text.len}, signature);
	ots_buffer_release(&text);
	if (!good)
		return false;
	len = snprintf(to->authorization, sizeof to->authorization, "OTS %s:%s", signer->id,
		       signature);
	return len > 0 && (size_t)len < sizeof to->authorization;
}

bool ots_reply_fill(const struct ots_reply *reply, struct ots_reply_headers *out)
{
	const uint64_t started = (uint64_t)reply->started_us;

	*out = (struct ots_reply_headers){.content_type = "protocol buffer"};
	(void)snprintf(out->request_id, sizeof out->request_id,
		       "%08" PRIx32 "-%04" PRIx32 "-%04" PRIx32 "-0000-%012" PRIx64,
		       (uint32_t)(started >> 32), (uint32_t)(started >> 16 & 0xffff),
		       (uint32_t)(started & 0xffff), reply->number & UINT64_C(0xffffffffffff));
	(void)ots_time_print(reply->now_us, 6, out->date);
	if (reply->compressed)
		(void)snprintf(out->compress_size, sizeof out->compress_size, "%zu",
			       reply->body.len);
	return ots_content_md5(reply->body, out->md5) &&
	       (reply->signer->id == NULL || sign_reply(reply->signer, reply->path, out));
}

bool ots_reply_fault(const struct ots_fault *fault, struct ots_buffer *body)
{
	Ots__Wire__Error error = OTS__WIRE__ERROR__INIT;
	char code[OTS_FAULT_CODE_BYTES];
	char message[OTS_FAULT_MESSAGE_BYTES];
	size_t len;

	(void)snprintf(code, sizeof code, "%s", ots_fault_code(fault));
	memcpy(message, fault->message, sizeof message);
	error.code = code;
	error.message = message;
	len = ots__wire__error__get_packed_size(&error);
	if (!ots_buffer_reserve(body, len))
		return false;
	body->len += ots__wire__error__pack(&error, body->bytes + body->len);
	return true;
}

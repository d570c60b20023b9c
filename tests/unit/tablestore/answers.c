#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/scripted_server.h"

static int64_t wall_us(void *self)
{
	(void)self;
	return ANSWERS_NOW_US;
}

static int64_t monotonic_ms(void *self)
{
	(void)self;
	return 0;
}

const struct ots_clock answers_clock = {.wall_us = wall_us, .monotonic_ms = monotonic_ms};

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static void sign(const char *path, const char *md5, const char *date,
		 char signature[OTS_SIGNATURE_TEXT_BYTES])
{
	const struct ots_sign_header headers[] = {
		{bytes_of("x-ots-contentmd5"), bytes_of(md5)},
		{bytes_of("x-ots-contenttype"), bytes_of("protocol buffer")},
		{bytes_of("x-ots-date"), bytes_of(date)},
		{bytes_of("x-ots-requestid"), bytes_of(ANSWERS_REQUEST_ID)},
	};
	const size_t first = md5[0] == '\0' ? 1 : 0;
	struct ots_buffer text;

	ots_buffer_init(&text, 65536);
	if (!ots_sign_response_text(bytes_of(path), headers + first, 4 - first, &text) ||
	    !ots_sign(bytes_of(ANSWERS_SECRET), (struct ots_bytes){text.bytes, text.len},
		      signature))
		abort();
	ots_buffer_release(&text);
}

void answers_put(struct ots_buffer *out, const char *path, const struct answers_plan *plan)
{
	char date[OTS_TIME_TEXT_BYTES], md5[OTS_MD5_TEXT_BYTES] = "";
	char signature[OTS_SIGNATURE_TEXT_BYTES], headers[1024], line[128] = "";

	(void)ots_time_print(ANSWERS_NOW_US + plan->skew_us, 6, date);
	if (plan->damage == ANSWERS_BAD_DATE)
		(void)snprintf(date, sizeof date, "yesterday");
	if (plan->damage != ANSWERS_NO_MD5 &&
	    !ots_content_md5((struct ots_bytes){plan->body, plan->body_len}, md5))
		abort();
	if (plan->damage == ANSWERS_BAD_MD5)
		md5[0] = md5[0] == 'A' ? 'B' : 'A';
	sign(path, md5, date, signature);
	if (plan->damage == ANSWERS_BAD_SIGNATURE)
		signature[3] = signature[3] == 'A' ? 'B' : 'A';
	if (md5[0] != '\0')
		(void)snprintf(line, sizeof line, "x-ots-contentmd5: %s\r\n", md5);
	(void)snprintf(headers, sizeof headers,
		       "%sx-ots-requestid: " ANSWERS_REQUEST_ID "\r\nx-ots-date: %s\r\n"
		       "x-ots-contenttype: protocol buffer\r\n%s%s%s%s%s",
		       line, date,
		       plan->damage == ANSWERS_NO_SIGNATURE ? "" : "Authorization: OTS ",
		       plan->damage == ANSWERS_NO_SIGNATURE ? ""
		       : plan->damage == ANSWERS_OTHER_KEY  ? "someone-else"
							    : ANSWERS_KEY_ID,
		       plan->damage == ANSWERS_NO_SIGNATURE ? "" : ":",
		       plan->damage == ANSWERS_NO_SIGNATURE ? "" : signature,
		       plan->damage == ANSWERS_NO_SIGNATURE ? "" : "\r\n");
	scripted_answer(out, plan->status, headers, plan->body, plan->body_len);
}

void answers_pack(struct ots_buffer *out, const ProtobufCMessage *message)
{
	const size_t size = protobuf_c_message_get_packed_size(message);

	if (!ots_buffer_reserve(out, size))
		abort();
	out->len += protobuf_c_message_pack(message, out->bytes + out->len);
}

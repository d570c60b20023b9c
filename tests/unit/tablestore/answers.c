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

/* Lines of `name: value` as headers to sign. */
static size_t take_lines(const char *lines, struct ots_sign_header *out, size_t max)
{
	size_t count = 0;

	while (*lines != '\0' && count < max) { /* ends: each turn passes a line */
		const size_t name = strcspn(lines, ":"), len = strcspn(lines, "\r");

		out[count].name = (struct ots_bytes){(const uint8_t *)lines, name};
		out[count++].value =
			(struct ots_bytes){(const uint8_t *)lines + name + 2, len - name - 2};
		lines += len + 2;
	}
	return count;
}

#define SIGNED_MAX 16

static void sign(const char *path, const char *lines, const char *secret,
		 char signature[OTS_SIGNATURE_TEXT_BYTES])
{
	struct ots_sign_header headers[SIGNED_MAX];
	const size_t count = take_lines(lines, headers, SIGNED_MAX);
	struct ots_buffer text;

	ots_buffer_init(&text, 65536);
	if (!ots_sign_response_text(bytes_of(path), headers, count, &text) ||
	    !ots_sign(bytes_of(secret), (struct ots_bytes){text.bytes, text.len}, signature))
		abort();
	ots_buffer_release(&text);
}

static void print_md5(const struct answers_plan *plan, char md5[OTS_MD5_TEXT_BYTES])
{
	if (plan->md5 != NULL)
		(void)snprintf(md5, OTS_MD5_TEXT_BYTES, "%s", plan->md5);
	else if (!ots_content_md5((struct ots_bytes){plan->body, plan->body_len}, md5))
		abort();
	if (plan->damage == ANSWERS_BAD_MD5)
		md5[0] = md5[0] == 'A' ? 'B' : 'A';
}

void answers_put(struct ots_buffer *out, const char *path, const struct answers_plan *plan)
{
	const char *const id = plan->damage == ANSWERS_OTHER_KEY ? "someone-else"
			       : plan->key_id != NULL            ? plan->key_id
								 : ANSWERS_KEY_ID;
	char date[OTS_TIME_TEXT_BYTES], md5[OTS_MD5_TEXT_BYTES];
	char signature[OTS_SIGNATURE_TEXT_BYTES], headers[1024];
	size_t len = 0;

	(void)ots_time_print(ANSWERS_NOW_US + plan->skew_us, 6, date);
	if (plan->damage == ANSWERS_BAD_DATE)
		(void)snprintf(date, sizeof date, "yesterday");
	print_md5(plan, md5);
	if (plan->damage != ANSWERS_NO_MD5)
		len = (size_t)snprintf(headers, sizeof headers, "x-ots-contentmd5: %s\r\n", md5);
	len += (size_t)snprintf(headers + len, sizeof headers - len,
				"x-ots-requestid: " ANSWERS_REQUEST_ID "\r\nx-ots-date: %s\r\n"
				"x-ots-contenttype: protocol buffer\r\n%s",
				date, plan->packing != NULL ? plan->packing : "");
	sign(path, headers, plan->secret != NULL ? plan->secret : ANSWERS_SECRET, signature);
	if (plan->damage == ANSWERS_BAD_SIGNATURE)
		signature[3] = signature[3] == 'A' ? 'B' : 'A';
	if (plan->damage != ANSWERS_NO_SIGNATURE)
		(void)snprintf(headers + len, sizeof headers - len, "Authorization: OTS %s:%s\r\n",
			       id, signature);
	scripted_answer(out, plan->status, headers, plan->body, plan->body_len);
}

void answers_pack(struct ots_buffer *out, const ProtobufCMessage *message)
{
	const size_t size = protobuf_c_message_get_packed_size(message);

	if (!ots_buffer_reserve(out, size))
		abort();
	out->len += protobuf_c_message_pack(message, out->bytes + out->len);
}

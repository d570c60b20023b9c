#include "http_answer.h"

#include <string.h>

/* Room is made once, so that names and values can be pointed at while lines still come. */
#define HEADER_TEXT_MAX_BYTES ((size_t)64 * 1024)

void ots_http_response_init(struct ots_http_response *response)
{
	*response = (struct ots_http_response){0};
	ots_buffer_init(&response->header_text, HEADER_TEXT_MAX_BYTES);
}

void ots_http_response_release(struct ots_http_response *response)
{
	ots_buffer_release(&response->body);
	ots_buffer_release(&response->header_text);
	response->header_count = 0;
}

bool ots_http_answer_begin(struct ots_http_response *response, size_t body_limit_bytes)
{
	response->status = 0;
	response->header_count = 0;
	response->header_text.len = 0;
	response->body.len = 0;
	response->body.limit = body_limit_bytes;
	return ots_buffer_reserve(&response->header_text, HEADER_TEXT_MAX_BYTES);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ots_http_answer_line(struct ots_http_response *response, const char *line, size_t len)
{
	struct ots_buffer *text = &response->header_text;
	const char *colon;
	const uint8_t *at;
	size_t name_len, from;

	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		response->header_count = 0;
		text->len = 0;
		return true;
	}
	while (len > 0 && is_blank(line[len - 1])) /* ends: len shrinks */
		len--;
	colon = len > 0 ? memchr(line, ':', len) : NULL;
	if (colon == NULL || response->header_count == OTS_HTTP_HEADERS_MAX)
		return true; /* the empty line before the body; a header too many */
	if (len > text->cap - text->len)
		return false;
	at = text->bytes + text->len;
	(void)ots_buffer_put(text, line, len);
	name_len = (size_t)(colon - line);
	for (from = name_len + 1; from < len && is_blank(line[from]); from++) {
		/* ends: at the value or the line's end */
	}
	response->headers[response->header_count++] =
		(struct ots_http_header){.name = {at, name_len}, .value = {at + from, len - from}};
	return true;
}

static bool same_name(struct ots_bytes a, const char *b)
{
	if (a.len != strlen(b))
		return false;
	for (size_t i = 0; i < a.len; i++) {
		const uint8_t x = a.at[i], y = (uint8_t)b[i];
		const uint8_t lower_x = x >= 'A' && x <= 'Z' ? (uint8_t)(x | 0x20) : x;
		const uint8_t lower_y = y >= 'A' && y <= 'Z' ? (uint8_t)(y | 0x20) : y;

		if (lower_x != lower_y)
			return false;
	}
	return true;
}

bool ots_http_response_header(const struct ots_http_response *response, const char *name,
			      struct ots_bytes *value)
{
	for (size_t i = 0; i < response->header_count; i++) {
		if (same_name(response->headers[i].name, name)) {
			*value = response->headers[i].value;
			return true;
		}
	}
	return false;
}

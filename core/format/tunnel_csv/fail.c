#include "decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_BYTES ((size_t)32)
#define SHOWN_TEXT_BYTES (SHOWN_BYTES * 4 + 8)

/* Some bytes of the object as a message may show them: printable, one line, cut. */
static void show(const uint8_t *at, const uint8_t *end, char out[SHOWN_TEXT_BYTES])
{
	const size_t len = (size_t)(end - at) < SHOWN_BYTES ? (size_t)(end - at) : SHOWN_BYTES;
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		const bool plain = at[i] >= 0x20 && at[i] < 0x7f;
		const int n = snprintf(out + used, SHOWN_TEXT_BYTES - used,
				       plain ? "%c" : "\\x%02x", (int)at[i]);

		used += (size_t)n;
	}
	out[used] = '\0';
}

enum ots_status tunnel_refuse(struct tunnel_decoder *d, enum ots_status status, const uint8_t *at,
			      const char *format, ...)
{
	const uint64_t offset = d->place.offset + (uint64_t)(at - d->line_at);
	char column[SHOWN_TEXT_BYTES];
	char text[512];
	va_list args;

	if (d->err == NULL)
		return status;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (d->field == NULL)
		return ots_fail_at(d->err, status, d->place.line, offset, "%s", text);
	if (d->column.len == 0)
		return ots_fail_at(d->err, status, d->place.line, offset, "%s: %s", d->field, text);
	show(d->column.at, d->column.at + d->column.len, column);
	return ots_fail_at(d->err, status, d->place.line, offset, "%s: column %s: %s", d->field,
			   column, text);
}

enum ots_status tunnel_expected(struct tunnel_decoder *d, enum ots_status status, const uint8_t *at,
				const char *expected)
{
	char found[SHOWN_TEXT_BYTES];

	if (d->err == NULL)
		return status;
	if (at >= d->field_end)
		return tunnel_refuse(d, status, at, "expected %s, found the field's end", expected);
	show(at, d->field_end, found);
	return tunnel_refuse(d, status, at, "expected %s, found %s", expected, found);
}

enum ots_status tunnel_json_fail(struct tunnel_decoder *d, const struct ots_json *json,
				 enum ots_json_token token)
{
	if (token == OTS_JSON_SHORT && d->split)
		return tunnel_refuse(
			d, OTS_CORRUPT, d->field_end,
			"expected the JSON to go on, found a comma that ends the field: "
			"JSON with commas must be quoted");
	if (token == OTS_JSON_SHORT)
		return tunnel_refuse(d, OTS_CORRUPT, d->field_end,
				     "expected the JSON to go on, found the field's end");
	if (json->why == ots_json_too_deep)
		return tunnel_refuse(d, OTS_LIMIT, json->at,
				     "expected at most %d levels of JSON, found more",
				     TUNNEL_DEPTH_MAX);
	return tunnel_expected(d, OTS_CORRUPT, json->at, json->why);
}

enum ots_status tunnel_no_memory(struct tunnel_decoder *d)
{
	return tunnel_refuse(d, OTS_NO_MEMORY, d->line_at,
			     "the record needs more than the %zu bytes of memory allowed",
			     d->arena->cap_bytes);
}

#include "jsonl_emit.h"

#include <math.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/json_write.h>
#include <otsfs/text/number.h>
#include <otsfs/text/utf8.h>

bool ots_jsonl_put_integer(struct ots_buffer *out, int64_t n)
{
	char text[OTS_INTEGER_TEXT_BYTES];

	return ots_buffer_put(out, text, ots_print_i64(n, text));
}

/* `{"<name>":"<base64>"}` */
static bool put_base64(struct ots_buffer *out, const char *name, struct ots_bytes bytes)
{
	const size_t len = ots_base64_length(bytes.len);

	if (!ots_buffer_puts(out, name) || !ots_buffer_reserve(out, len))
		return false;
	ots_base64_encode(bytes.at, bytes.len, (char *)out->bytes + out->len);
	out->len += len;
	return ots_buffer_put(out, "\"}", 2);
}

static bool put_nonfinite(struct ots_buffer *out, double x)
{
	uint64_t bits;

	if (isinf(x))
		return ots_buffer_puts(out, x > 0 ? "{\"$dbl\":\"Infinity\"}"
						  : "{\"$dbl\":\"-Infinity\"}");
	memcpy(&bits, &x, sizeof bits);
	if (bits == OTS_NAN_BITS)
		return ots_buffer_puts(out, "{\"$dbl\":\"NaN\"}");
	return ots_buffer_printf(out, "{\"$dbl\":\"NaN\",\"bits\":\"%016llx\"}",
				 (unsigned long long)bits);
}

static bool put_double(struct ots_buffer *out, double x)
{
	char text[OTS_DOUBLE_TEXT_BYTES];

	if (!isfinite(x))
		return put_nonfinite(out, x);
	return ots_buffer_put(out, text, ots_print_double(x, text));
}

bool ots_jsonl_put_value(struct ots_buffer *out, const struct ots_value *value)
{
	switch (value->type) {
	case OTS_STRING:
		if (ots_utf8_valid(value->as.bytes))
			return ots_json_put_string(out, value->as.bytes);
		return put_base64(out, "{\"$str\":\"", value->as.bytes);
	case OTS_INTEGER: return ots_jsonl_put_integer(out, value->as.integer);
	case OTS_BINARY: return put_base64(out, "{\"$bin\":\"", value->as.bytes);
	case OTS_DOUBLE: return put_double(out, value->as.real);
	case OTS_BOOLEAN: return ots_buffer_puts(out, value->as.boolean ? "true" : "false");
	}
	return false;
}

bool ots_jsonl_put_exact_text(struct ots_buffer *out, const struct ots_value *value)
{
	return ots_buffer_put_byte(out, '"') && ots_jsonl_put_value(out, value) &&
	       ots_buffer_put_byte(out, '"');
}

bool ots_jsonl_at_risk(const struct ots_value *value)
{
	if (value->type == OTS_INTEGER)
		return value->as.integer > OTS_SAFE_INTEGER ||
		       value->as.integer < -OTS_SAFE_INTEGER;
	if (value->type != OTS_DOUBLE || !isfinite(value->as.real))
		return false;
	return fabs(value->as.real) >= 1e15 || trunc(value->as.real) == value->as.real;
}

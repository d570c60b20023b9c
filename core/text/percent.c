#include <otsfs/text/percent.h>

#include <otsfs/base/checked.h>

static bool stands(uint8_t c, bool keep_slash)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
}

bool ots_percent_put(struct ots_buffer *out, struct ots_bytes text, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t most;

	if (!ots_size_mul(text.len, 3, &most))
		return false;
	if (!ots_buffer_reserve(out, most)) {
		/* Near the limit of the buffer: ask for what it takes and no more. */
		most = text.len;
		for (size_t i = 0; i < text.len; i++)
			most += stands(text.at[i], keep_slash) ? 0 : 2;
		if (!ots_buffer_reserve(out, most))
			return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.at[i];

		if (stands(c, keep_slash)) {
			out->bytes[out->len++] = c;
			continue;
		}
		out->bytes[out->len++] = '%';
		out->bytes[out->len++] = (uint8_t)hex[c >> 4];
		out->bytes[out->len++] = (uint8_t)hex[c & 15];
	}
	return true;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ots_percent_decode(struct ots_buffer *out, struct ots_bytes text, bool plus_is_blank)
{
	if (!ots_buffer_reserve(out, text.len))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.at[i];

		if (c == '%' && text.len - i > 2 && digit(text.at[i + 1]) >= 0 &&
		    digit(text.at[i + 2]) >= 0) {
			out->bytes[out->len++] =
				(uint8_t)(digit(text.at[i + 1]) << 4 | digit(text.at[i + 2]));
			i += 2;
		} else {
			out->bytes[out->len++] = c == '+' && plus_is_blank ? ' ' : c;
		}
	}
	return true;
}

#include <otsfs/text/json_write.h>

#include <string.h>

#include <otsfs/text/utf8.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Whether a byte can stand in a JSON string as it is and is a whole character. */
static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Copy plain bytes from the front. @p out has room for all of @p text. @return how many */
static size_t copy_plain(struct ots_bytes text, uint8_t *out)
{
	size_t n = 0;

#ifdef __SSE2__
	for (; text.len - n >= 16; n += 16) {
		const __m128i c = _mm_loadu_si128((const __m128i *)(const void *)(text.at + n));
		const __m128i quote = _mm_cmpeq_epi8(c, _mm_set1_epi8('"'));
		const __m128i backslash = _mm_cmpeq_epi8(c, _mm_set1_epi8('\\'));
		/* Signed: bytes above 0x7f are below 0x20 too. */
		const __m128i other = _mm_cmplt_epi8(c, _mm_set1_epi8(0x20));
		const int stop =
			_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), other));

		_mm_storeu_si128((__m128i *)(void *)(out + n), c);
		if (stop != 0)
			return n + (size_t)__builtin_ctz((unsigned)stop);
	}
#endif
	for (; n < text.len && is_plain(text.at[n]); n++)
		out[n] = text.at[n];
	return n;
}

static bool put_escape(struct ots_buffer *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t text[6] = {'\\', 'u', '0', '0', (uint8_t)hex[c >> 4], (uint8_t)hex[c & 15]};
	size_t len = 2;

	switch (c) {
	case '"':
	case '\\': text[1] = c; break;
	case '\b': text[1] = 'b'; break;
	case '\f': text[1] = 'f'; break;
	case '\n': text[1] = 'n'; break;
	case '\r': text[1] = 'r'; break;
	case '\t': text[1] = 't'; break;
	default: len = 6; break;
	}
	return ots_buffer_put(out, text, len);
}

/* Characters beyond ASCII at the front, or U+FFFD for a bad run. @p used is what was consumed. */
static bool put_wide(struct ots_buffer *out, struct ots_bytes text, size_t *used)
{
	size_t n = 0, length;

	while (n < text.len && text.at[n] >= 0x80) { /* ends: each turn passes a character */
		length = ots_utf8_length((struct ots_bytes){text.at + n, text.len - n});
		if (length == 0)
			break;
		n += length;
	}
	if (n > 0) {
		*used = n;
		return ots_buffer_put(out, text.at, n);
	}
	*used = ots_utf8_bad_length(text);
	return ots_buffer_put(out, "\xef\xbf\xbd", 3);
}

static bool put_content(struct ots_buffer *out, struct ots_bytes text)
{
	while (text.len > 0) { /* ends: each turn consumes a byte at least, or returns */
		size_t n;

		if (!ots_buffer_reserve(out, text.len))
			return false;
		n = copy_plain(text, out->bytes + out->len);
		out->len += n;
		text.at += n;
		text.len -= n;
		if (text.len == 0)
			break;
		n = 1;
		if (text.at[0] < 0x80 ? !put_escape(out, text.at[0]) : !put_wide(out, text, &n))
			return false;
		text.at += n;
		text.len -= n;
	}
	return true;
}

bool ots_json_put_string(struct ots_buffer *out, struct ots_bytes text)
{
	const size_t before = out->len;

	if (text.len > SIZE_MAX - 2 || !ots_buffer_reserve(out, text.len + 2))
		return false;
	out->bytes[out->len++] = '"';
	if (!put_content(out, text) || !ots_buffer_put_byte(out, '"')) {
		out->len = before;
		return false;
	}
	return true;
}

#include <otsfs/text/json.h>

#include <string.h>

#include <otsfs/text/plain.h>
#include <otsfs/text/utf8.h>

static bool hex4(const uint8_t *at, const uint8_t *end, uint32_t *out)
{
	uint32_t n = 0;

	if (end - at < 4)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t b = at[i];
		uint32_t digit;

		if (b >= '0' && b <= '9')
			digit = (uint32_t)b - '0';
		else if (b >= 'a' && b <= 'f')
			digit = (uint32_t)b - 'a' + 10;
		else if (b >= 'A' && b <= 'F')
			digit = (uint32_t)b - 'A' + 10;
		else
			return false;
		n = n << 4 | digit;
	}
	*out = n;
	return true;
}

/* `\uXXXX` or a surrogate pair at *at, which is the u. */
static bool take_unicode(const uint8_t **at, const uint8_t *end, uint32_t *code_point)
{
	uint32_t high;
	uint32_t low;

	if (!hex4(*at + 1, end, &high))
		return false;
	*at += 5;
	if (high < 0xd800 || high > 0xdfff) {
		*code_point = high;
		return true;
	}
	if (high > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' ||
	    !hex4(*at + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*at += 6;
	*code_point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* One escape at *at, a backslash; moves behind it. */
static bool take_escape(const uint8_t **at, const uint8_t *end, bool in_csv, uint32_t *code_point)
{
	static const char letters[] = "\\/bfnrt";
	static const char meant[] = "\\/\b\f\n\r\t";
	const uint8_t *p = *at + 1;
	const char *letter;

	if (p == end)
		return false;
	if (*p == 'u') {
		*at = p;
		return take_unicode(at, end, code_point);
	}
	if (*p == '"') {
		const size_t len = in_csv ? 2 : 1;

		if ((size_t)(end - p) < len || p[len - 1] != '"')
			return false;
		*at = p + len;
		*code_point = '"';
		return true;
	}
	letter = *p == 0 ? NULL : strchr(letters, *p);
	if (letter == NULL)
		return false;
	*at = p + 1;
	*code_point = (uint8_t)meant[letter - letters];
	return true;
}

bool ots_json_unescape(const struct ots_json_text *text, bool in_csv, struct ots_arena *arena,
		       struct ots_bytes *out, bool *no_memory)
{
	const uint8_t *at = text->at;
	const uint8_t *const end = at + text->len;
	uint8_t *bytes;
	size_t len = 0;

	*no_memory = false;
	if (!text->escaped) {
		*out = (struct ots_bytes){text->at, text->len};
		return true;
	}
	bytes = ots_arena_alloc(arena, text->len); /* no escape is shorter than what it means */
	if (bytes == NULL) {
		*no_memory = true;
		return false;
	}
	while (at < end) { /* ends: each turn moves on */
		const uint8_t *const stop = ots_plain_end(at, end);
		uint32_t code_point;

		memcpy(bytes + len, at, (size_t)(stop - at));
		len += (size_t)(stop - at);
		at = stop;
		if (at == end)
			break;
		if (*at != '\\' || !take_escape(&at, end, in_csv, &code_point))
			return false;
		if (code_point < 0x80)
			bytes[len++] = (uint8_t)code_point;
		else
			len += ots_utf8_put(code_point, bytes + len);
	}
	*out = (struct ots_bytes){bytes, len};
	return true;
}

static uint32_t lower(uint32_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool ots_json_name_is(const struct ots_json_text *text, const char *word)
{
	const uint8_t *at = text->at;
	const uint8_t *const end = at + text->len;

	while (at < end) { /* ends: each turn moves on */
		uint32_t c = *at;

		if (c != '\\')
			at++;
		else if (!take_escape(&at, end, false, &c))
			return false;
		if (*word == '\0' || lower(c) != lower((uint8_t)*word))
			return false;
		word++;
	}
	return *word == '\0';
}

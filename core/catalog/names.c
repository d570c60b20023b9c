#include <otsfs/catalog/names.h>

#include <stdint.h>
#include <string.h>

#include <otsfs/base/digest.h>
#include <otsfs/text/utf8.h>

/* product.md, section 2, "Names are safe". */
#define KEPT_MAX_BYTES 200
#define HASH_DIGITS 16
#define SHORTENED_TAIL_BYTES (1 + HASH_DIGITS) /* `~` and the digits */
#define EMPTY_PART "%2F"
#define EMPTY_PART_BYTES (sizeof EMPTY_PART - 1)

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static unsigned hex_value(uint8_t c)
{
	return c <= '9' ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10u;
}

/* How many bytes at the front stand as they are; 0 when the first one must be escaped. */
static size_t plain_length(struct ots_bytes rest)
{
	const uint8_t c = rest.at[0];

	if (c >= 0x80)
		return ots_utf8_length(rest);
	if (c < 0x20 || c == 0x7f || c == '/')
		return 0;
	if (c == '%' && rest.len >= 3 && is_hex(rest.at[1]) && is_hex(rest.at[2]))
		return 0;
	return 1;
}

static bool is_dots(struct ots_bytes part)
{
	return part.len > 0 && part.len <= 2 && part.at[0] == '.' && part.at[part.len - 1] == '.';
}

/* One character, or one byte as an escape, to @p unit. @return bytes taken from the part */
static size_t encode_unit(struct ots_bytes rest, bool escape_all, char unit[4], size_t *unit_len)
{
	static const char digits[] = "0123456789ABCDEF";
	const size_t plain = escape_all ? 0 : plain_length(rest);

	if (plain > 0) {
		memcpy(unit, rest.at, plain);
		*unit_len = plain;
		return plain;
	}
	unit[0] = '%';
	unit[1] = digits[rest.at[0] >> 4];
	unit[2] = digits[rest.at[0] & 15];
	*unit_len = 3;
	return 1;
}

/* `~` and the first 16 digits of the SHA-256 of the part. */
static bool put_tail(struct ots_bytes part, char *out)
{
	uint8_t digest[OTS_SHA256_BYTES];
	char hex[2 * OTS_SHA256_BYTES + 1];

	if (!ots_sha256(part.at, part.len, digest))
		return false;
	ots_hex(digest, sizeof digest, hex);
	out[0] = '~';
	memcpy(out + 1, hex, HASH_DIGITS);
	return true;
}

size_t ots_name_encode(struct ots_bytes part, const char *suffix,
		       char out[OTS_FILE_NAME_MAX_BYTES + 1])
{
	const size_t suffix_len = strlen(suffix);
	const bool dots = is_dots(part);
	size_t len = 0, kept = 0, room;
	bool fits = true;

	if (suffix_len >= OTS_FILE_NAME_MAX_BYTES)
		return 0;
	room = OTS_FILE_NAME_MAX_BYTES - suffix_len;
	if (part.len == 0) {
		if (room < EMPTY_PART_BYTES)
			return 0;
		memcpy(out, EMPTY_PART, sizeof EMPTY_PART);
		len = EMPTY_PART_BYTES;
	}
	for (size_t at = 0; at < part.len && fits;) { /* ends: a unit takes at least one byte */
		char unit[4];
		size_t unit_len;

		at += encode_unit((struct ots_bytes){part.at + at, part.len - at}, dots, unit,
				  &unit_len);
		fits = unit_len <= room - len;
		if (!fits)
			break;
		memcpy(out + len, unit, unit_len);
		len += unit_len;
		if (len <= KEPT_MAX_BYTES)
			kept = len;
	}
	if (!fits) {
		if (room < SHORTENED_TAIL_BYTES || kept > room - SHORTENED_TAIL_BYTES ||
		    !put_tail(part, out + kept))
			return 0;
		len = kept + SHORTENED_TAIL_BYTES;
	}
	memcpy(out + len, suffix, suffix_len + 1);
	return len + suffix_len;
}

/* A cut falls at most three bytes before the 200th: within a character of four bytes. */
static bool is_shortened(struct ots_bytes name)
{
	if (name.len < KEPT_MAX_BYTES - 3 + SHORTENED_TAIL_BYTES ||
	    name.len > KEPT_MAX_BYTES + SHORTENED_TAIL_BYTES ||
	    name.at[name.len - SHORTENED_TAIL_BYTES] != '~')
		return false;
	for (size_t i = name.len - HASH_DIGITS; i < name.len; i++) {
		if (!is_hex(name.at[i]) || (name.at[i] >= 'A' && name.at[i] <= 'F'))
			return false;
	}
	return true;
}

static bool ends_in_slash(struct ots_bytes name)
{
	return name.len >= EMPTY_PART_BYTES &&
	       memcmp(name.at + name.len - EMPTY_PART_BYTES, EMPTY_PART, EMPTY_PART_BYTES) == 0;
}

bool ots_name_decode(struct ots_bytes name, char *out, size_t *out_len)
{
	size_t len = 0;

	/* `%2F` at the end marks a file beside a folder of its name, or is the empty part itself:
	 * it stands for no byte in either. */
	if (ends_in_slash(name))
		name.len -= EMPTY_PART_BYTES;
	else if (name.len == 0)
		return false;
	if (name.len == EMPTY_PART_BYTES && ends_in_slash(name))
		name.len = 0;
	if (is_shortened(name))
		return false;
	for (size_t i = 0; i < name.len;) { /* ends: each turn takes at least one byte */
		uint8_t c = name.at[i++];

		if (c == '/' || c == '\0')
			return false;
		if (c == '%' && name.len - i >= 2 && is_hex(name.at[i]) && is_hex(name.at[i + 1])) {
			c = (uint8_t)(hex_value(name.at[i]) << 4 | hex_value(name.at[i + 1]));
			if (c == '/' || c == '\0')
				return false;
			i += 2;
		}
		out[len++] = (char)c;
	}
	*out_len = len;
	return true;
}

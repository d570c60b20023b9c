#include <otsfs/text/utf8.h>

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Length of a character by its first byte, and what its second byte may be. Source: the Unicode
 * Standard, table 3-7, "Well-Formed UTF-8 Byte Sequences". */
struct lead {
	size_t len; /* 0: no character begins so */
	uint8_t low, high;
};

static struct lead lead_of(uint8_t c)
{
	if (c < 0x80)
		return (struct lead){1, 0, 0};
	if (c < 0xc2)
		return (struct lead){0, 0, 0};
	if (c < 0xe0)
		return (struct lead){2, 0x80, 0xbf};
	if (c < 0xf0)
		return (struct lead){3, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf};
	if (c < 0xf5)
		return (struct lead){4, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf};
	return (struct lead){0, 0, 0};
}

/* Bytes at the front that begin a character rightly; @p want is how many it would take. */
static size_t right_bytes(struct ots_bytes text, size_t *want)
{
	struct lead lead;
	size_t n = 1;

	*want = 0;
	if (text.len == 0)
		return 0;
	lead = lead_of(text.at[0]);
	*want = lead.len;
	if (lead.len < 2)
		return lead.len;
	if (text.len < 2 || text.at[1] < lead.low || text.at[1] > lead.high)
		return n;
	for (n = 2; n < lead.len && n < text.len && (text.at[n] & 0xc0) == 0x80; n++) {
		/* ends: n grows up to the length of the character */
	}
	return n;
}

size_t ots_utf8_length(struct ots_bytes text)
{
	size_t want;
	const size_t n = right_bytes(text, &want);

	return n == want ? n : 0;
}

size_t ots_utf8_bad_length(struct ots_bytes text)
{
	size_t want;
	const size_t n = right_bytes(text, &want);

	return n == 0 ? 1 : n;
}

/* Behind the ASCII bytes at the front. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end)
{
#ifdef __SSE2__
	while (end - at >= 16) {
		const int high =
			_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at));

		if (high != 0)
			return at + __builtin_ctz((unsigned)high);
		at += 16;
	}
#else
	while (end - at >= 8) {
		uint64_t word;

		memcpy(&word, at, sizeof word);
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			break;
		at += 8;
	}
#endif
	while (at < end && *at < 0x80)
		at++;
	return at;
}

bool ots_utf8_valid(struct ots_bytes text)
{
	const uint8_t *at = text.at, *end;

	if (text.len == 0)
		return true;
	end = at + text.len;
	while ((at = skip_ascii(at, end)) < end) { /* ends: each turn passes a character */
		do {
			const size_t n =
				ots_utf8_length((struct ots_bytes){at, (size_t)(end - at)});

			if (n == 0)
				return false;
			at += n;
		} while (at < end && *at >= 0x80);
	}
	return true;
}

size_t ots_utf8_put(uint32_t code_point, uint8_t out[4])
{
	if (code_point < 0x80) {
		out[0] = (uint8_t)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		out[0] = (uint8_t)(0xc0 | code_point >> 6);
		out[1] = (uint8_t)(0x80 | (code_point & 0x3f));
		return 2;
	}
	if (code_point < 0x10000) {
		out[0] = (uint8_t)(0xe0 | code_point >> 12);
		out[1] = (uint8_t)(0x80 | (code_point >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (code_point & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | code_point >> 18);
	out[1] = (uint8_t)(0x80 | (code_point >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (code_point >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (code_point & 0x3f));
	return 4;
}

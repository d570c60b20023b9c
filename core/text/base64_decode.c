#include <otsfs/text/base64.h>

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What a byte of the text is, beyond the numbers 0 to 63. */
enum { BREAK = 64, PAD = 65, FOREIGN = 66 };

static unsigned digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26U;
	if (c >= '0' && c <= '9')
		return c - '0' + 52U;
	switch (c) {
	case '+':
	case '-': return 62;
	case '/':
	case '_': return 63;
	case '\r':
	case '\n': return BREAK;
	case '=': return PAD;
	default: return FOREIGN;
	}
}

#ifdef __SSE2__
/* All ones where low <= c <= high; signed compares serve, since letters are below 0x80. */
static __m128i between(__m128i c, char low, char high)
{
	return _mm_and_si128(_mm_cmpgt_epi8(c, _mm_set1_epi8((char)(low - 1))),
			     _mm_cmplt_epi8(c, _mm_set1_epi8((char)(high + 1))));
}

static __m128i pick(__m128i *known, __m128i where, char distance)
{
	*known = _mm_or_si128(*known, where);
	return _mm_and_si128(where, _mm_set1_epi8(distance));
}

/* Sixteen letters of the standard alphabet to twelve bytes, of which 14 are written.
 * @return false: something else stands among them, nothing is written */
static bool decode_block(const uint8_t *in, uint8_t *out)
{
	const __m128i c = _mm_loadu_si128((const __m128i *)(const void *)in);
	__m128i known = _mm_setzero_si128(), n = c, quads;
	uint32_t word[4];
	uint64_t low, high;

	n = _mm_add_epi8(n, pick(&known, between(c, 'A', 'Z'), -65));
	n = _mm_add_epi8(n, pick(&known, between(c, 'a', 'z'), -71));
	n = _mm_add_epi8(n, pick(&known, between(c, '0', '9'), 4));
	n = _mm_add_epi8(n, pick(&known, _mm_cmpeq_epi8(c, _mm_set1_epi8('+')), 19));
	n = _mm_add_epi8(n, pick(&known, _mm_cmpeq_epi8(c, _mm_set1_epi8('/')), 16));
	if (_mm_movemask_epi8(known) != 0xffff)
		return false;
	/* Pairs of 6 bits to 12, pairs of 12 to 24. */
	n = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(n, _mm_set1_epi16(0x3f)), 6),
			 _mm_srli_epi16(n, 8));
	quads = _mm_madd_epi16(n, _mm_set1_epi32(1 << 16 | 1 << 12));
	_mm_storeu_si128((__m128i *)(void *)word, quads);
	low = ((uint64_t)word[0] << 24 | word[1]) << 16;
	high = ((uint64_t)word[2] << 24 | word[3]) << 16;
	low = __builtin_bswap64(low);
	high = __builtin_bswap64(high);
	memcpy(out, &low, sizeof low);
	memcpy(out + 6, &high, sizeof high);
	return true;
}
#endif

struct decoder {
	const uint8_t *at;
	const uint8_t *end;
	uint8_t *out;
	uint32_t bits;  /* of the digits not written yet */
	unsigned count; /* those digits, 0 to 3 */
};

/* Digits and line breaks up to the padding, the end, or a foreign byte. */
static void decode_digits(struct decoder *d)
{
	while (d->at < d->end) { /* ends: each turn consumes a byte at least, or returns */
		unsigned n;

#ifdef __SSE2__
		/* 20: what decode_block() writes beyond its twelve bytes still has its own text. */
		if (d->count == 0 && d->end - d->at >= 20 && decode_block(d->at, d->out)) {
			d->at += 16;
			d->out += 12;
			continue;
		}
#endif
		n = digit(*d->at);
		if (n > BREAK)
			return;
		d->at++;
		if (n == BREAK)
			continue;
		d->bits = d->bits << 6 | n;
		if (++d->count == 4) {
			*d->out++ = (uint8_t)(d->bits >> 16);
			*d->out++ = (uint8_t)(d->bits >> 8);
			*d->out++ = (uint8_t)d->bits;
			d->bits = 0;
			d->count = 0;
		}
	}
}

/* One or two bytes of the last, short group. */
static bool decode_rest(struct decoder *d)
{
	if (d->count == 0)
		return true;
	if (d->count == 2 && (d->bits & 0x0f) == 0) {
		*d->out++ = (uint8_t)(d->bits >> 4);
		return true;
	}
	if (d->count == 3 && (d->bits & 0x03) == 0) {
		*d->out++ = (uint8_t)(d->bits >> 10);
		*d->out++ = (uint8_t)(d->bits >> 2);
		return true;
	}
	return false;
}

bool ots_base64_decode(struct ots_bytes text, uint8_t *out, size_t *out_len)
{
	struct decoder d = {.at = text.at, .end = text.at, .out = out};
	unsigned pads = 0;

	if (text.len == 0) {
		*out_len = 0;
		return true;
	}
	d.end += text.len;
	decode_digits(&d);
	for (; d.at < d.end; d.at++) {
		const unsigned n = digit(*d.at);

		if (n != PAD && n != BREAK)
			return false;
		pads += n == PAD;
	}
	if (pads != 0 && (d.count == 0 || pads + d.count != 4))
		return false;
	if (!decode_rest(&d))
		return false;
	*out_len = (size_t)(d.out - out);
	return true;
}

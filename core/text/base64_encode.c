#include <otsfs/text/base64.h>

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#ifdef __SSE2__
/* Six bytes at @p in as eight 6-bit numbers, the first in the lowest byte. Reads eight bytes. */
static uint64_t spread(const uint8_t *in)
{
	uint64_t x;

	memcpy(&x, in, sizeof x);
	x = __builtin_bswap64(x) >> 16;
	x = (x & UINT64_C(0xffffff000000)) << 8 | (x & UINT64_C(0xffffff));
	x = (x & UINT64_C(0x00fff00000fff000)) << 4 | (x & UINT64_C(0x00000fff00000fff));
	x = (x & UINT64_C(0x0fc00fc00fc00fc0)) << 2 | (x & UINT64_C(0x003f003f003f003f));
	return __builtin_bswap64(x);
}

/* 6-bit numbers to letters: the distance from number to letter changes at 26, 52, 62 and 63. */
static __m128i letters(__m128i n)
{
	const __m128i lower = _mm_and_si128(_mm_cmpgt_epi8(n, _mm_set1_epi8(25)), _mm_set1_epi8(6));
	const __m128i digit =
		_mm_and_si128(_mm_cmpgt_epi8(n, _mm_set1_epi8(51)), _mm_set1_epi8(-75));
	const __m128i plus =
		_mm_and_si128(_mm_cmpgt_epi8(n, _mm_set1_epi8(61)), _mm_set1_epi8(-15));
	const __m128i slash = _mm_and_si128(_mm_cmpgt_epi8(n, _mm_set1_epi8(62)), _mm_set1_epi8(3));
	const __m128i first = _mm_add_epi8(n, _mm_set1_epi8('A'));

	return _mm_add_epi8(_mm_add_epi8(first, _mm_add_epi8(lower, digit)),
			    _mm_add_epi8(plus, slash));
}
#endif

void ots_base64_encode(const void *bytes, size_t len, char *out)
{
	const uint8_t *in = bytes;

#ifdef __SSE2__
	/* 14: the second spread() of a turn reads two bytes behind its six. */
	for (; len >= 14; len -= 12) {
		const __m128i n = _mm_set_epi64x((long long)spread(in + 6), (long long)spread(in));

		_mm_storeu_si128((__m128i *)(void *)out, letters(n));
		in += 12;
		out += 16;
	}
#endif
	for (; len >= 3; len -= 3) {
		const unsigned n = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];

		*out++ = alphabet[n >> 18];
		*out++ = alphabet[(n >> 12) & 63];
		*out++ = alphabet[(n >> 6) & 63];
		*out++ = alphabet[n & 63];
		in += 3;
	}
	if (len > 0) {
		const unsigned n = (unsigned)in[0] << 16 | (len > 1 ? (unsigned)in[1] << 8 : 0);

		*out++ = alphabet[n >> 18];
		*out++ = alphabet[(n >> 12) & 63];
		*out++ = len > 1 ? alphabet[(n >> 6) & 63] : '=';
		*out++ = '=';
	}
}

/** @file plain.h
 *  How far a run of plain bytes goes: the one inner loop of reading and writing JSON strings.
 *  Threads: pure functions. */
#ifndef OTSFS_TEXT_PLAIN_H
#define OTSFS_TEXT_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool ots_plain_byte(uint8_t byte)
{
	return byte != '"' && byte != '\\' && byte >= 0x20;
}

/** The first byte from @p at that is a quote, a backslash or below 0x20; @p end when none is.
 *  Reads nothing at or behind @p end. */
static inline const uint8_t *ots_plain_end(const uint8_t *at, const uint8_t *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i control = _mm_set1_epi8(0x1f);

	while (end - at >= 16) { /* ends: each turn moves by 16 or returns */
		const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, control), v);
		const __m128i marks = _mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)), low);
		const int mask = _mm_movemask_epi8(marks);

		if (mask != 0)
			return at + __builtin_ctz((unsigned)mask);
		at += 16;
	}
#endif
	while (at < end && ots_plain_byte(*at))
		at++;
	return at;
}

#endif

/** @file vector.h
 *  Copy text and look for what must be escaped, in one pass. Reads and writes up to VECTOR_BYTES
 *  behind the text: pages and output have that slack.
 *
 *  This file is compiled once for each set of instructions (rows_base.c, rows_avx2.c). */
#ifndef OTSFS_CORE_PARQUET_TEXT_VECTOR_H
#define OTSFS_CORE_PARQUET_TEXT_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** What was seen. */
#define MARK_SPECIAL 1U /* must be escaped or quoted */
#define MARK_WIDE 2U    /* not ASCII */

#if defined(__AVX2__)
#include <immintrin.h>
#define VECTOR_BYTES 32
typedef __m256i vector;
static inline vector vector_load(const uint8_t *at)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)at);
}
static inline void vector_store(char *to, vector v)
{
	_mm256_storeu_si256((__m256i *)(void *)to, v);
}
static inline vector vector_of(char c)
{
	return _mm256_set1_epi8(c);
}
static inline vector vector_equal(vector a, vector b)
{
	return _mm256_cmpeq_epi8(a, b);
}
static inline vector vector_or(vector a, vector b)
{
	return _mm256_or_si256(a, b);
}
static inline vector vector_min(vector a, vector b)
{
	return _mm256_min_epu8(a, b);
}
static inline uint32_t vector_mask(vector v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}
#elif defined(__SSE2__)
#include <emmintrin.h>
#define VECTOR_BYTES 16
typedef __m128i vector;
static inline vector vector_load(const uint8_t *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}
static inline void vector_store(char *to, vector v)
{
	_mm_storeu_si128((__m128i *)(void *)to, v);
}
static inline vector vector_of(char c)
{
	return _mm_set1_epi8(c);
}
static inline vector vector_equal(vector a, vector b)
{
	return _mm_cmpeq_epi8(a, b);
}
static inline vector vector_or(vector a, vector b)
{
	return _mm_or_si128(a, b);
}
static inline vector vector_min(vector a, vector b)
{
	return _mm_min_epu8(a, b);
}
static inline uint32_t vector_mask(vector v)
{
	return (uint32_t)_mm_movemask_epi8(v);
}
#endif

#ifdef VECTOR_BYTES

/* The bits of @p left bytes; all when there are more than a vector has. */
static inline uint32_t mask_of(size_t left)
{
	return left >= 32 ? UINT32_MAX : (UINT32_C(1) << left) - 1;
}

/** Text as it is. */
static inline void copy_text(const uint8_t *from, size_t len, char *to)
{
	for (size_t i = 0; i < len; i += VECTOR_BYTES)
		vector_store(to + i, vector_load(from + i));
}

static inline unsigned copy_csv(const uint8_t *from, size_t len, char *to)
{
	uint32_t special = 0;

	for (size_t i = 0; i < len; i += VECTOR_BYTES) {
		const vector v = vector_load(from + i);
		const vector quotes =
			vector_or(vector_equal(v, vector_of('"')), vector_equal(v, vector_of(',')));
		const vector ends = vector_or(vector_equal(v, vector_of('\n')),
					      vector_equal(v, vector_of('\r')));

		vector_store(to + i, v);
		special |= vector_mask(vector_or(quotes, ends)) & mask_of(len - i);
	}
	return special != 0 ? MARK_SPECIAL : 0;
}

static inline unsigned copy_json(const uint8_t *from, size_t len, char *to)
{
	uint32_t special = 0, wide = 0;

	for (size_t i = 0; i < len; i += VECTOR_BYTES) {
		const vector v = vector_load(from + i);
		const vector marks = vector_or(vector_equal(v, vector_of('"')),
					       vector_equal(v, vector_of('\\')));
		const vector low = vector_equal(vector_min(v, vector_of(0x1f)), v);
		const uint32_t mask = mask_of(len - i);

		vector_store(to + i, v);
		special |= vector_mask(vector_or(marks, low)) & mask;
		wide |= vector_mask(v) & mask;
	}
	return (special != 0 ? MARK_SPECIAL : 0) | (wide != 0 ? MARK_WIDE : 0);
}

#else

#define VECTOR_BYTES 1

static inline void copy_text(const uint8_t *from, size_t len, char *to)
{
	if (len > 0)
		memcpy(to, from, len);
}

static inline unsigned copy_csv(const uint8_t *from, size_t len, char *to)
{
	unsigned special = 0;

	for (size_t i = 0; i < len; i++) {
		const uint8_t c = from[i];

		to[i] = (char)c;
		special |= c == '"' || c == ',' || c == '\n' || c == '\r' ? MARK_SPECIAL : 0;
	}
	return special;
}

static inline unsigned copy_json(const uint8_t *from, size_t len, char *to)
{
	unsigned marks = 0;

	for (size_t i = 0; i < len; i++) {
		const uint8_t c = from[i];

		to[i] = (char)c;
		marks |= c == '"' || c == '\\' || c < 0x20 ? MARK_SPECIAL : 0;
		marks |= c >= 0x80 ? MARK_WIDE : 0;
	}
	return marks;
}

#endif
#endif

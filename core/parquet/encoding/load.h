/** @file load.h
 *  Little-endian numbers from anywhere in a page. Pages stand in buffers with PAGE_SLACK_BYTES of
 *  readable bytes behind them, so that a wide load at a page's last byte stays inside. */
#ifndef OTSFS_CORE_PARQUET_ENCODING_LOAD_H
#define OTSFS_CORE_PARQUET_ENCODING_LOAD_H

#include <stdint.h>
#include <string.h>

#define PAGE_SLACK_BYTES ((size_t)64)

static inline uint32_t load_u32(const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n = __builtin_bswap32(n);
#endif
	return n;
}

static inline uint64_t load_u64(const uint8_t *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n = __builtin_bswap64(n);
#endif
	return n;
}

/** The number of @p width bits (at most 57) that begins at bit @p bit, lowest bit first. */
static inline uint64_t load_bits(const uint8_t *at, uint64_t bit, unsigned width)
{
	return (load_u64(at + (bit >> 3)) >> (bit & 7)) & ((UINT64_C(1) << width) - 1);
}

#endif

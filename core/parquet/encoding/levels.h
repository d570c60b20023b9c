/** @file levels.h
 *  Definition or repetition levels of a page, a byte each.
 *  Source: parquet-format, sections 2.2, 2.3 and 3.3.
 *  Threads: a plain value; the caller serialises. */
#ifndef OTSFS_CORE_PARQUET_ENCODING_LEVELS_H
#define OTSFS_CORE_PARQUET_ENCODING_LEVELS_H

#include "hybrid.h"

struct levels {
	uint8_t max;
	bool is_packed; /* the deprecated BIT_PACKED, highest bit first */
	struct hybrid hybrid;
	struct ots_bytes packed;
	uint64_t packed_bit;
	unsigned width;
};

/** @param bytes  of the levels alone, without a length in front */
void levels_init(struct levels *l, uint8_t max, bool is_packed, struct ots_bytes bytes);

/** Bytes that BIT_PACKED takes for @p count levels up to @p max. */
uint64_t levels_packed_bytes(uint8_t max, uint32_t count);

/** The next @p n levels. @return false: fewer are there, or one is above the maximum
 *  @param all_max  set when all are the maximum; @p out is then not written */
bool levels_read(struct levels *l, uint8_t *out, size_t n, bool *all_max);

#endif

/** @file varint.h
 *  ULEB128 and zigzag, as Thrift's compact protocol and the delta encodings use them.
 *  Source: parquet-format, section 1.2. */
#ifndef OTSFS_CORE_PARQUET_VARINT_H
#define OTSFS_CORE_PARQUET_VARINT_H

#include <otsfs/base/cursor.h>

/** Up to ten bytes, the tenth 0 or 1. @return false: cut short or too long; the cursor may have
 *  moved then */
static inline bool varint_take(struct ots_cursor *in, uint64_t *out)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 10; i++) {
		uint8_t byte;

		if (!ots_u8(in, &byte) || (i == 9 && byte > 1))
			return false;
		n |= (uint64_t)(byte & 0x7f) << (7 * i);
		if ((byte & 0x80) == 0) {
			*out = n;
			return true;
		}
	}
	return false;
}

/** The signed number as its two's complement. */
static inline bool zigzag_take(struct ots_cursor *in, uint64_t *out)
{
	uint64_t n;

	if (!varint_take(in, &n))
		return false;
	*out = (n >> 1) ^ (UINT64_C(0) - (n & 1));
	return true;
}

#endif

/* Writing cells through a pointer, after the caller has made room for all of a row. Each function
 * writes one part, goes on with the cell's checksum and returns the byte behind.
 * A part may write up to eight bytes at once where fewer are its own: every cell ends with parts
 * that are written later and are at least as long as what hangs over. */
#ifndef OTSFS_TABLESTORE_WIRE_PUT_H
#define OTSFS_TABLESTORE_WIRE_PUT_H

#include <otsfs/tablestore/wire/plainbuffer.h>

#include "crc8.h"
#include "tags.h"

/* Tag of cell, tag and length of name; later tag and byte of the checksum. */
#define CELL_BEGIN_BYTES 6u
#define CELL_END_BYTES 2u
#define CELL_FRAME_BYTES (CELL_BEGIN_BYTES + CELL_END_BYTES)
/* Tag and outer length, and a variant: its type byte and data (3.3). */
#define VALUE_FRAME_BYTES 5u
#define VARIANT_NUMBER_BYTES 9u
#define VARIANT_BOOLEAN_BYTES 2u
#define VARIANT_BYTES_BYTES 5u
#define VARIANT_MARK_BYTES 1u
#define CELL_OP_BYTES 2u
#define CELL_TIMESTAMP_BYTES 9u

static inline uint8_t *put_u32(uint8_t *at, uint32_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n = __builtin_bswap32(n);
#endif
	memcpy(at, &n, sizeof n);
	return at + sizeof n;
}

static inline uint8_t *put_u64(uint8_t *at, uint64_t n)
{
	crc8_store(at, n);
	return at + sizeof n;
}

/* 03 04 len32 name; the two bytes that hang over are the name's or those of the cell's end. */
static inline uint8_t *put_cell_begin(uint8_t *at, struct ots_bytes name, uint8_t *crc)
{
	*crc = 0;
	crc8_store(at, TAG_CELL | (uint64_t)TAG_CELL_NAME << 8 | (uint64_t)name.len << 16);
	return crc8_copy(at + CELL_BEGIN_BYTES, name.at, name.len, crc);
}

/* 05 len32 type: the two bytes that hang over are data's or those of the cell's end. */
static inline uint8_t *put_value_begin(uint8_t *at, enum ots_variant kind, uint64_t variant_bytes)
{
	crc8_store(at, TAG_CELL_VALUE | variant_bytes << 8 | (uint64_t)kind << 40);
	return at + VALUE_FRAME_BYTES + 1;
}

static inline uint8_t *put_value_number(uint8_t *at, enum ots_variant kind, uint64_t bits,
					uint8_t *crc)
{
	at = put_value_begin(at, kind, VARIANT_NUMBER_BYTES);
	*crc = crc8_word(crc8_table[0][*crc ^ (uint8_t)kind], bits);
	return put_u64(at, bits);
}

static inline uint8_t *put_value_bytes(uint8_t *at, enum ots_variant kind, struct ots_bytes bytes,
				       uint8_t *crc)
{
	at = put_value_begin(at, kind, VARIANT_BYTES_BYTES + bytes.len);
	*crc = crc8_part(*crc, (uint64_t)kind | (uint64_t)bytes.len << 8, 5);
	at = put_u32(at, (uint32_t)bytes.len);
	return crc8_copy(at, bytes.at, bytes.len, crc);
}

static inline uint8_t *put_value_boolean(uint8_t *at, bool value, uint8_t *crc)
{
	const uint8_t byte = value ? 1 : 0;

	at = put_value_begin(at, OTS_VT_BOOLEAN, VARIANT_BOOLEAN_BYTES);
	*crc = crc8_part(*crc, OTS_VT_BOOLEAN | (unsigned)byte << 8, 2);
	*at++ = byte;
	return at;
}

/* INF_MIN, INF_MAX, AUTO_INCREMENT, NULL: a type without data. */
static inline uint8_t *put_value_mark(uint8_t *at, enum ots_variant kind, uint8_t *crc)
{
	at = put_value_begin(at, kind, VARIANT_MARK_BYTES);
	*crc = crc8_table[0][*crc ^ (uint8_t)kind];
	return at;
}

/* Operation, timestamp and checksum: on the wire the operation comes before the timestamp, in the
 * checksum after it (3.6). */
static inline uint8_t *put_cell_end(uint8_t *at, enum ots_wire_cell_op op, bool has_timestamp,
				    int64_t timestamp, uint8_t crc, uint8_t *row_crc)
{
	if (op != OTS_WIRE_PUT) {
		*at++ = TAG_CELL_TYPE;
		*at++ = (uint8_t)op;
	}
	if (has_timestamp) {
		*at++ = TAG_CELL_TIMESTAMP;
		at = put_u64(at, (uint64_t)timestamp);
		crc = crc8_word(crc, (uint64_t)timestamp);
	}
	if (op != OTS_WIRE_PUT)
		crc = crc8_table[0][crc ^ (uint8_t)op];
	*at++ = TAG_CELL_CHECKSUM;
	*at++ = crc;
	*row_crc = crc8_table[0][*row_crc ^ crc];
	return at;
}

/* What stands behind the last cell of every row. */
static inline uint8_t *put_row_end(uint8_t *at, uint8_t row_crc, bool delete_marker)
{
	*at++ = TAG_ROW_CHECKSUM;
	*at++ = crc8_table[0][row_crc ^ (delete_marker ? 1 : 0)];
	return at;
}

static inline uint64_t real_bits(double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof bits);
	return bits;
}

#endif

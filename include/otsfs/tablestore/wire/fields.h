/** @file fields.h
 *  Walking a protobuf message field by field where it lies, for the hot paths that a generated
 *  unpacker would make slow. Hostile bytes: every read is held against what is left.
 *  Source: protobuf encoding, "Message Structure"; groups, which no message here has, are refused.
 *  Threads: plain values. */
#ifndef OTSFS_TABLESTORE_WIRE_FIELDS_H
#define OTSFS_TABLESTORE_WIRE_FIELDS_H

#include <otsfs/base/cursor.h>

enum ots_field_type {
	OTS_FIELD_VARINT = 0,
	OTS_FIELD_64 = 1,
	OTS_FIELD_BYTES = 2,
	OTS_FIELD_32 = 5
};

struct ots_field {
	uint64_t number;
	unsigned type; /**< one of ots_field_type */
	uint64_t varint;
	struct ots_cursor bytes; /**< of OTS_FIELD_BYTES, else of no use */
};

/** @return false: cut short, or longer than ten bytes */
static inline bool ots_varint_take(struct ots_cursor *in, uint64_t *out)
{
	uint64_t n = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 70; shift += 7) { /* ends: ten bytes at most */
		if (!ots_u8(in, &byte))
			return false;
		n |= shift < 64 ? (uint64_t)(byte & 0x7F) << shift : 0;
		if (byte < 0x80) {
			*out = n;
			return true;
		}
	}
	return false;
}

/** Takes at least two bytes, so a loop over it ends.
 *  @return false: cut short, field number 0, or a wire type that is none of the above */
static inline bool ots_field_take(struct ots_cursor *in, struct ots_field *field)
{
	uint64_t key, len;

	if (!ots_varint_take(in, &key) || key >> 3 == 0)
		return false;
	*field = (struct ots_field){.number = key >> 3, .type = (unsigned)(key & 7)};
	switch (field->type) {
	case OTS_FIELD_VARINT: return ots_varint_take(in, &field->varint);
	case OTS_FIELD_64: return ots_take(in, 8, &field->bytes);
	case OTS_FIELD_BYTES:
		return ots_varint_take(in, &len) && len <= SIZE_MAX &&
		       ots_take(in, (size_t)len, &field->bytes);
	case OTS_FIELD_32: return ots_take(in, 4, &field->bytes);
	default: return false;
	}
}

/** Bytes a varint takes: 1 to 10. */
static inline size_t ots_varint_size(uint64_t n)
{
	size_t size = 1;

	for (; n >= 0x80; n >>= 7) /* ends: n shrinks */
		size++;
	return size;
}

/** Write a varint where there is room for ots_varint_size(). @return behind it */
static inline uint8_t *ots_varint_write(uint8_t *at, uint64_t n)
{
	for (; n >= 0x80; n >>= 7) /* ends: n shrinks */
		*at++ = (uint8_t)(n | 0x80);
	*at++ = (uint8_t)n;
	return at;
}

#endif

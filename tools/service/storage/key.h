/** @file key.h
 *  Primary keys as bytes whose memcmp order is the order of rows (tablestore-protocol 4.1), so that
 *  any ordered store of byte strings can hold a table.
 *
 *  Each column is one tag byte and its value: 0x10 INF_MIN (nothing follows), 0x20 a value, 0x30
 *  INF_MAX (nothing follows). INTEGER: 8 bytes, big-endian, sign bit flipped. STRING and BINARY:
 * the bytes with 00 written as 00 FF, ended by 00 01, so that a prefix sorts first. Threads: pure
 * functions. */
#ifndef OTSFS_SERVICE_STORAGE_KEY_H
#define OTSFS_SERVICE_STORAGE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/tablestore/wire.h>

/** The longest encoded key: four columns of OTS_KEY_VALUE_MAX_BYTES zero bytes. */
#define OTS_KEY_ENCODED_MAX_BYTES                                                                  \
	((size_t)OTS_KEY_COLUMNS_MAX * (2 * (size_t)OTS_KEY_VALUE_MAX_BYTES + 3))

/** Append one column. INTEGER, STRING, BLOB, INF_MIN or INF_MAX.
 *  @return false without room or for another kind; nothing is appended then */
bool ots_key_put(struct ots_buffer *out, const struct ots_wire_value *value);

/** Read one column back.
 *  @param kind   what the table's schema says: INTEGER, STRING or BLOB
 *  @param value  borrows from the input, or from @p arena where zero bytes had to be put back
 *  @return false when the bytes are no such column, or without memory; *in has not moved then */
bool ots_key_take(struct ots_cursor *in, enum ots_variant kind, struct ots_arena *arena,
		  struct ots_wire_value *value);

/** memcmp order, shorter first on a common prefix. @return <0, 0, >0 */
int ots_key_compare(struct ots_bytes a, struct ots_bytes b);

#endif

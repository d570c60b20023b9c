/** @file thrift.h
 *  Thrift's compact protocol, as far as Parquet uses it: fields of structs pulled one by one from a
 *  cursor. Nothing is built; a reader takes the fields it knows and skips the others.
 *  Source: parquet-format, section 1.2.
 *  Threads: plain values; the caller serialises. */
#ifndef OTSFS_CORE_PARQUET_META_THRIFT_H
#define OTSFS_CORE_PARQUET_META_THRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** Values nested deeper are refused; real files have about six levels. */
#define THRIFT_DEPTH_MAX 32
/** A longer list is refused, whatever the bytes say. */
#define THRIFT_LIST_MAX ((uint32_t)1000000)

enum thrift_type {
	THRIFT_STOP,
	THRIFT_TRUE,
	THRIFT_FALSE,
	THRIFT_I8,
	THRIFT_I16,
	THRIFT_I32,
	THRIFT_I64,
	THRIFT_DOUBLE,
	THRIFT_BINARY,
	THRIFT_LIST,
	THRIFT_SET,
	THRIFT_MAP,
	THRIFT_STRUCT,
	THRIFT_UUID
};

/** Position in one struct. `why` is NULL until something is wrong, then says what. */
struct thrift {
	struct ots_cursor *in;
	const char *why;
	int64_t id; /* of the field at hand */
	uint8_t type;
};

static inline struct thrift thrift_begin(struct ots_cursor *in)
{
	return (struct thrift){.in = in};
}

/** Step to the next field. @return false at STOP, or when t->why is set */
bool thrift_next(struct thrift *t);
/** Pass over the value at hand. */
void thrift_skip(struct thrift *t);

/** Each takes the value at hand; one of another type is skipped and *out stays as it was.
 *  @return whether it was taken */
bool thrift_i64(struct thrift *t, int64_t *out);
bool thrift_i32(struct thrift *t, int32_t *out);
bool thrift_bool(struct thrift *t, bool *out);
/** @param out  borrowed from the cursor's bytes */
bool thrift_binary(struct thrift *t, struct ots_bytes *out);
/** The header of a list; the caller reads its @p count elements, of type @p element, from t->in.
 *  Each element is at least a byte, so that @p count never passes the bytes left. */
bool thrift_list(struct thrift *t, uint8_t element, uint32_t *count);
/** Enter a struct or union: read it with a struct thrift of its own, begun on t->in. */
bool thrift_struct(struct thrift *t);

/** Elements of lists. They leave the cursor where it fails. */
bool thrift_element_i64(struct ots_cursor *in, int64_t *out);
bool thrift_element_binary(struct ots_cursor *in, struct ots_bytes *out);
bool thrift_element_bool(struct ots_cursor *in, bool *out);

#endif

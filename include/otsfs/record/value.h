/** @file value.h
 *  One typed value of a key or an attribute. The room `record` is what every backup format becomes:
 *  value (here), record and cell (record.h), batch (batch.h), schema (schema.h), and the interfaces
 *  of decoders (source.h) and encoders (encoder.h). Read record.h first.
 *  Source: backup-formats, section 0.
 *  Threads: plain values. */
#ifndef OTSFS_RECORD_VALUE_H
#define OTSFS_RECORD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** Limits of the wide-column model. Source: Tablestore documentation, "Limits on the Wide Column
 *  model"; tablestore-protocol section 5. */
#define OTS_KEY_COLUMNS_MAX 4
#define OTS_NAME_MAX_BYTES 255
#define OTS_KEY_VALUE_MAX_BYTES 1024
#define OTS_VALUE_MAX_BYTES (2u * 1024 * 1024)

/** The first three may be key columns. The order is ours and is nowhere on a wire. */
enum ots_type { OTS_STRING, OTS_INTEGER, OTS_BINARY, OTS_DOUBLE, OTS_BOOLEAN };

/** A STRING is bytes: nothing in a backup proves that it is UTF-8. A DOUBLE keeps its bits, those
 *  of a NaN too. The bytes are borrowed from the batch that holds the record. */
struct ots_value {
	enum ots_type type;
	union {
		struct ots_bytes bytes; /**< STRING, BINARY */
		int64_t integer;
		double real;
		bool boolean;
	} as;
};

/** `STRING`, `INTEGER`, `BINARY`, `DOUBLE`, `BOOLEAN`: the service's own words. */
const char *ots_type_word(enum ots_type type);

/** The type a word names, without case. @return false for any other word */
bool ots_type_from_word(struct ots_bytes word, enum ots_type *type);

/** Same type and same content; doubles by their bits, so that NaN equals itself and -0.0 is not
 *  0.0. */
bool ots_value_equal(const struct ots_value *a, const struct ots_value *b);

/** Order of key columns: INTEGER by number, STRING and BINARY by bytes, shorter first on a common
 *  prefix; different types by enum ots_type. Source: tablestore-protocol 4.1. @return <0, 0, >0 */
int ots_value_compare(const struct ots_value *a, const struct ots_value *b);

static inline struct ots_value ots_value_string(const void *at, size_t len)
{
	return (struct ots_value){.type = OTS_STRING, .as.bytes = {(const uint8_t *)at, len}};
}

static inline struct ots_value ots_value_binary(const void *at, size_t len)
{
	return (struct ots_value){.type = OTS_BINARY, .as.bytes = {(const uint8_t *)at, len}};
}

static inline struct ots_value ots_value_integer(int64_t n)
{
	return (struct ots_value){.type = OTS_INTEGER, .as.integer = n};
}

#endif

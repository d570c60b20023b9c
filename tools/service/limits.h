/** @file limits.h
 *  The service's limits on names, values and requests, and the answers to whoever passes one.
 *  Source: tablestore-protocol section 5.
 *  Threads: pure functions. */
#ifndef OTSFS_SERVICE_LIMITS_H
#define OTSFS_SERVICE_LIMITS_H

#include <otsfs/tablestore/wire.h>

#include "fault.h"

#define OTS_LIMIT_TABLES 64
#define OTS_LIMIT_BATCH_ROWS 200
#define OTS_LIMIT_BATCH_READ_ROWS 100
#define OTS_LIMIT_WRITE_BYTES ((size_t)4 * 1024 * 1024)
#define OTS_LIMIT_WRITE_COLUMNS 1024
#define OTS_LIMIT_READ_COLUMNS 1024
#define OTS_LIMIT_DEFINED_COLUMNS 32
#define OTS_LIMIT_BODY_BYTES ((size_t)5 * 1024 * 1024)
#define OTS_LIMIT_RANGE_ROWS 5000
#define OTS_LIMIT_RANGE_BYTES ((size_t)4 * 1024 * 1024)
#define OTS_LIMIT_RESERVED_UNITS 100000
#define OTS_LIMIT_TTL_SECONDS 86400

/** What one stored row may grow to by updates. The service knows no limit; this one is ours and
 *  keeps a row far inside of what SQLite can hold in one blob (10^9 bytes). */
#define OTS_LIMIT_ROW_BYTES ((size_t)64 * 1024 * 1024)

/** 0 <= version < this (4.2). */
#define OTS_LIMIT_VERSION (INT64_MAX / 1000)

bool ots_check_table_name(const char *name, struct ots_fault *fault);
bool ots_check_column_name(struct ots_bytes name, struct ots_fault *fault);

/** Length of a key column's value; that it is of a type a key may have in a request for one row. */
bool ots_check_key_value(const struct ots_wire_cell *cell, struct ots_fault *fault);

/** Name, type and length of an attribute that is written. */
bool ots_check_attribute(const struct ots_wire_cell *cell, struct ots_fault *fault);

/** Bytes that count for a value: 8 an INTEGER or DOUBLE, 1 a BOOLEAN, else its length. */
size_t ots_value_bytes(const struct ots_wire_value *value);

/** `VT_INTEGER` and so on: how the service's messages name variant types. */
const char *ots_variant_word(enum ots_variant kind);

#endif

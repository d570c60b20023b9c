/** @file record.h
 *  One change of one row, or one row of a full backup: what every decoder makes and every encoder
 *  takes. Source: backup-formats, section 0.
 *  Threads: plain values; nobody changes a record that was handed on. */
#ifndef OTSFS_RECORD_RECORD_H
#define OTSFS_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/record/value.h>

/** RecordType of the service, and BASE: cells of a row that a full export gives in pieces. */
enum ots_op { OTS_PUT, OTS_UPDATE, OTS_DELETE, OTS_BASE };

enum ots_action { OTS_CELL_PUT, OTS_CELL_DELETE_VERSION, OTS_CELL_DELETE_ALL };

struct ots_cell {
	struct ots_bytes name;
	enum ots_action action;
	bool has_version;       /**< false: the source does not tell; always false for DELETE_ALL */
	int64_t version;        /**< milliseconds by default; never negative */
	struct ots_value value; /**< only of OTS_CELL_PUT */
};

struct ots_key_column {
	struct ots_bytes name; /**< empty where the format has no names */
	struct ots_value value;
};

#define OTS_TS_BASE INT64_C(0)
#define OTS_TS_UNKNOWN INT64_C(-1)

/** What a record carries beyond its content. */
enum ots_record_flag {
	OTS_LOSSY_TYPE = 1u << 0, /**< types were guessed from text */
	OTS_NO_DELETES = 1u << 1, /**< the source never carries deletes */
	OTS_AMBIGUOUS = 1u << 2,  /**< backup-formats 2.4 */
	OTS_SEQUENCE = 1u << 3    /**< epoch, ts_us and row_index are all known */
};

/** Everything it points at lives in the batch that holds it. */
struct ots_record {
	enum ots_op op;
	uint8_t key_count; /**< 1 to OTS_KEY_COLUMNS_MAX */
	uint32_t flags;    /**< enum ots_record_flag */
	int64_t ts_us;     /**< stream time, microseconds; OTS_TS_BASE, OTS_TS_UNKNOWN */
	int64_t epoch;     /**< with OTS_SEQUENCE only */
	int64_t row_index; /**< with OTS_SEQUENCE only */
	struct ots_key_column key[OTS_KEY_COLUMNS_MAX];
	struct ots_cell *cells; /**< in the record's own order; none for a DELETE */
	size_t cell_count;
	uint64_t line;   /**< of its first byte in the object, from 1 */
	uint64_t offset; /**< of its first byte in the object, from 0 */
};

/** `PUT`, `UPDATE`, `DELETE`, `BASE`. */
const char *ots_op_word(enum ots_op op);
bool ots_op_from_word(struct ots_bytes word, enum ots_op *op);

/** `PUT`, `DELETE_ONE_VERSION`, `DELETE_ALL_VERSION`: the names of tunnel CSV. */
const char *ots_action_word(enum ots_action action);
bool ots_action_from_word(struct ots_bytes word, enum ots_action *action);

/** Content equal: op, time, key (names too), cells in order. Line and offset do not count. */
bool ots_record_equal(const struct ots_record *a, const struct ots_record *b);

/** Keys by value, column by column, as the service orders rows. @return <0, 0, >0 */
int ots_record_key_compare(const struct ots_record *a, const struct ots_record *b);

/** A hash of the key's values (types too), equal for equal keys; seeded, so that who writes the
 *  keys cannot choose collisions. */
uint64_t ots_record_key_hash(const struct ots_record *record, uint64_t seed);

/** Bytes that the service counts for a write of this record: names and values of key and cells,
 *  and 8 for each version given. Source: tablestore-protocol section 5, "data per BatchWriteRow".
 *  INTEGER and DOUBLE 8, BOOLEAN 1. */
size_t ots_record_data_bytes(const struct ots_record *record);

/** The key as people read it in messages: `pk_s="a", pk_i=1, pk_b=0x0001`, cut to fit.
 *  @param size  of @p out, at least 1; NUL-terminated */
void ots_record_key_text(const struct ots_record *record, char *out, size_t size);

#endif

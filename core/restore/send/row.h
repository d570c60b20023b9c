/** @file row.h
 *  One record on its way to the target: a deep copy in one allocation, so that it can move between
 *  requests and is freed alone. Key names are those of the table's schema and are borrowed.
 *  Threads: the driver's; a sender reads `record` while its request is in flight. */
#ifndef OTSFS_CORE_RESTORE_SEND_ROW_H
#define OTSFS_CORE_RESTORE_SEND_ROW_H

#include <otsfs/base/error.h>
#include <otsfs/record/schema.h>

/** Limits of one write. Source: tablestore-protocol section 5. */
#define OTS_WRITE_COLUMNS_MAX ((size_t)1024)
#define OTS_WRITE_DATA_MAX ((size_t)4 * 1024 * 1024)

enum ots_out_kind {
	OTS_OUT_BATCH,     /**< together with others */
	OTS_OUT_PUT_ROW,   /**< a PUT without cells: PutRow, tablestore-protocol 4.5 */
	OTS_OUT_PARTS,     /**< above the limits of one write: several, in order */
	OTS_OUT_UNWRITABLE /**< no write can hold it, or the table: set aside, no request spent */
};

struct ots_out_row {
	struct ots_record record; /**< op is what is sent: BASE has become UPDATE */
	enum ots_op op;           /**< as it was read */
	enum ots_out_kind kind;
	uint32_t source;   /**< index of the job's input */
	uint32_t attempts; /**< requests that carried it */
	uint32_t failures; /**< in a row, for the backoff */
	size_t held_bytes; /**< of this allocation */
	size_t body_bytes; /**< of its row change, encoded */
	size_t part_begin; /**< OTS_OUT_PARTS: first cell of the part being written */
	size_t part_count; /**< cells of that part */
	uint64_t hash;
	int64_t first_ms;   /**< active time of the first attempt; -1: none yet */
	int64_t unknown_ms; /**< active time of the first unknown code; -1: none */
	int64_t first_us;   /**< wall time of the first attempt; 0: none yet */
	int64_t last_us;
	struct ots_out_row *chain;     /**< key table: next key of the bucket */
	struct ots_out_row *same;      /**< key table: next record of this key, waiting */
	struct ots_out_row *same_last; /**< key table: the last of them; of the head only */
	struct ots_out_row *next;      /**< of a list of the driver */
};

/** Bytes that a copy of @p record takes. */
size_t ots_out_row_bytes(const struct ots_record *record);

/** @param record  its key aligned to the table's schema
 *  @param bytes   what ots_out_row_bytes() said
 *  @param table   of the target
 *  @return NULL without memory */
struct ots_out_row *ots_out_row_new(const struct ots_record *record, size_t bytes,
				    const struct ots_schema *table);
void ots_out_row_free(struct ots_out_row *row);

/** Why the row is OTS_OUT_UNWRITABLE: the first thing above a limit of a write, or more than the
 *  table keeps.
 *  @return OTS_LIMIT, or what ots_table_keeps() says; OTS_OK when it can be written */
enum ots_status ots_out_row_check(const struct ots_out_row *row, const struct ots_schema *table,
				  struct ots_error *err);

/** The next part of a row of OTS_OUT_PARTS from part_begin on: at most 1024 cells and 4 MiB, never
 *  empty. Sets part_count.
 *  @param part  borrows from the row */
void ots_out_row_part(struct ots_out_row *row, struct ots_record *part);

#endif

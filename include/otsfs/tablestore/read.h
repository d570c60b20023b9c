/** @file read.h
 *  Calls that read rows by their keys: GetRow, BatchGetRow. Ranges are in range.h, what every call
 *  does and returns in client.h.
 *  Source: tablestore-protocol 2.3, 2.4, 4.4 and 4.5.
 *  Threads: as client.h. */
#ifndef OTSFS_TABLESTORE_READ_H
#define OTSFS_TABLESTORE_READ_H

#include <otsfs/record/batch.h>
#include <otsfs/tablestore/client.h>

/** What of a row is read. The service wants `max_versions` or a time range; with both, the newest
 *  versions of the range. Everything is borrowed. */
struct ots_row_selection {
	int32_t max_versions; /**< 0: every version of the time range */
	bool has_time_range;
	int64_t start_ms;                /**< versions from here */
	int64_t end_ms;                  /**< up to here, itself not included */
	const struct ots_bytes *columns; /**< of these names; none: all */
	size_t column_count;
	struct ots_bytes start_column; /**< from here in bytes order; empty: from the first */
	struct ots_bytes end_column;   /**< up to here, itself not included; empty: to the last */
	struct ots_bytes filter;       /**< of ots_row_filter_encode(); empty: none */
};

/** A key in the table's order. Borrowed. */
struct ots_row_key {
	const struct ots_key_column *columns;
	size_t count;
};

/** GetRow.
 *  @param batch     reset; then holds the row as a PUT record, a deep copy, or nothing when there
 *                   is none, or the selection leaves nothing of it
 *  @param consumed  may be NULL
 *  @return OTS_UNSUPPORTED: the row is wider than one answer, and only its beginning came */
enum ots_status ots_client_get_row(struct ots_client *client, const char *table,
				   struct ots_row_key key,
				   const struct ots_row_selection *selection,
				   struct ots_batch *batch, struct ots_capacity *consumed,
				   struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

/** Keys of one BatchGetRow. Source: section 5. */
#define OTS_BATCH_GET_ROWS_MAX 100

/** What became of one key of a batch. */
struct ots_row_found {
	enum ots_status status; /**< OTS_OK: read, or there is no such row */
	struct ots_error error; /**< when not: the server's code, message, request id */
	size_t record;          /**< index in the batch; OTS_NO_ROW: no such row */
	struct ots_capacity consumed;
};

/** BatchGetRow from one table: at most OTS_BATCH_GET_ROWS_MAX keys. It may read a part of them
 *  only; each key's result says whether it was.
 *  @param found  @p count of them; filled when OTS_OK is returned (an answer came)
 *  @param batch  reset; the rows as PUT records, deep copies */
enum ots_status ots_client_batch_get(struct ots_client *client, const char *table,
				     const struct ots_row_key *keys, size_t count,
				     const struct ots_row_selection *selection,
				     struct ots_row_found *found, struct ots_batch *batch,
				     struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

#endif

/** @file write.h
 *  Calls that write rows: PutRow, UpdateRow, DeleteRow, BatchWriteRow. What every call does and
 *  returns is in client.h.
 *  Source: tablestore-protocol 2.3, 2.4, 4.3, 4.5 and 4.6.
 *  Threads: as client.h. */
#ifndef OTSFS_TABLESTORE_WRITE_H
#define OTSFS_TABLESTORE_WRITE_H

#include <otsfs/record/batch.h>
#include <otsfs/tablestore/client.h>
#include <otsfs/tablestore/wire/plainbuffer.h>

/** Whether a row must be there before it is written. Numbers as on the wire. */
enum ots_row_existence { OTS_ROW_ANY = 0, OTS_ROW_MUST_EXIST = 1, OTS_ROW_MUST_NOT_EXIST = 2 };

/** What a write answers with, beside success. Numbers as on the wire. */
enum ots_row_return {
	OTS_RETURN_NOTHING = 0,
	OTS_RETURN_KEY = 1,     /**< tells the number of an auto-increment column */
	OTS_RETURN_MODIFIED = 2 /**< the key, and the columns named, as they are now */
};

/** One write of one row. Everything is borrowed. */
struct ots_row_change {
	enum ots_op op; /**< PUT, UPDATE or DELETE */
	/** The key in the table's order, and the cells. A key column may be AUTO_INCREMENT in a PUT
	 *  or UPDATE: such a write must not be sent twice when its outcome is not known (4.6), nor
	 *  must one with an INCREMENT. Cells of an UPDATE have any operation, of a PUT none, a
	 *  DELETE has no cells. The delete marker is set here. */
	const struct ots_wire_row *row;
	enum ots_row_existence existence;
	struct ots_bytes filter; /**< of ots_row_filter_encode(); empty: no column condition */
	enum ots_row_return returns;
	const struct ots_bytes *return_columns; /**< with OTS_RETURN_MODIFIED */
	size_t return_column_count;
};

/** PutRow, UpdateRow or DeleteRow, by the change's op.
 *  @param consumed  may be NULL
 *  @param returned  may be NULL when nothing is asked for; reset, then holds one record when the
 *                   change asks for a return, a deep copy */
enum ots_status ots_client_write_row(struct ots_client *client, const char *table,
				     const struct ots_row_change *change,
				     struct ots_capacity *consumed, struct ots_batch *returned,
				     struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

/** What became of one row of a batch. */
struct ots_row_result {
	enum ots_status status; /**< OTS_OK: written */
	struct ots_error error; /**< when not: the server's code, message, request id */
};

/** BatchWriteRow to one table: at most 200 records with distinct keys, condition IGNORE. The hot
 *  path of a restore: the body is encoded once from the records, in one pass, and the answer is
 *  walked in place.
 *  @param results  @p count of them; filled when OTS_OK is returned (an answer came)
 *  @return OTS_OK though rows failed; otherwise nothing is known about rows but what the status
 *          says; OTS_LIMIT: body or count above the service's limits, nothing was sent */
enum ots_status ots_client_batch_write(struct ots_client *client, const char *table,
				       const struct ots_record *const *records, size_t count,
				       struct ots_row_result *results, struct ots_cancel *cancel,
				       struct ots_error *err) OTS_MUST_USE;

/** What else the answer says about a row that was written. */
struct ots_row_effect {
	struct ots_capacity consumed;
	size_t returned; /**< index in the batch of returned rows; OTS_NO_ROW: none */
};

/** BatchWriteRow of changes, each with a condition and a return of its own: rules and result as
 *  ots_client_batch_write(), whose speed it does not have.
 *  @param effects   @p count of them, filled with the results
 *  @param returned  reset; the rows that came back, deep copies */
enum ots_status ots_client_batch_change(struct ots_client *client, const char *table,
					const struct ots_row_change *changes, size_t count,
					struct ots_row_result *results,
					struct ots_row_effect *effects, struct ots_batch *returned,
					struct ots_cancel *cancel,
					struct ots_error *err) OTS_MUST_USE;

#endif

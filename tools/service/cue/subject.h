/** @file subject.h
 *  A request as a plan looks at it: what it is called and what it is about, read from its frame
 *  without decoding it.
 *  Source: tablestore-protocol 2.2 to 2.5.
 *  Threads: plain values. */
#ifndef OTSFS_SERVICE_CUE_SUBJECT_H
#define OTSFS_SERVICE_CUE_SUBJECT_H

#include <stdbool.h>

#include "plan.h"

/** Above it, a request's further tables are not looked at: an instance has no more. */
#define OTS_CUE_TABLES_MAX 64

/** One row that a request names. */
struct ots_cue_row {
	struct ots_bytes plain; /**< its key or change, PlainBuffer */
	uint8_t table;          /**< index */
};

/** Everything is borrowed from the request. */
struct ots_cue_subject {
	bool oss;            /**< else Tablestore */
	struct ots_bytes op; /**< the API's name: `BatchWriteRow`, `GetObject` */

	/* OSS; empty where the call has none. */
	struct ots_bytes bucket;
	struct ots_bytes key;

	/* Tablestore. */
	bool batch; /**< rows have results of their own */
	struct ots_bytes tables[OTS_CUE_TABLES_MAX];
	size_t table_count;
	/** In request order, through all tables. None of calls that name no single row. */
	struct ots_cue_row rows[OTS_CUE_ROWS_MAX];
	size_t row_count;
};

/** Look at a Tablestore request. Of a body that is no message as much is read as is one: the call
 *  itself refuses it. */
void ots_cue_subject_read(struct ots_bytes op, struct ots_bytes body,
			  struct ots_cue_subject *subject);

#endif

/** @file batch.h
 *  What BatchWriteRow and BatchGetRow share: tables and counts of a request, the outcome of a row.
 *  Source: tablestore-protocol 2.4 and 4.5.
 *  Threads: plain values. */
#ifndef OTSFS_SERVICE_CALLS_BATCH_H
#define OTSFS_SERVICE_CALLS_BATCH_H

#include "../call.h"

/** One table of a request. */
struct ots_batch_table {
	const char *name;
	size_t row_count;
};

/** Names, that none is there twice, and that all rows together are not too many.
 *  @param count      at most OTS_LIMIT_BATCH_ROWS
 *  @param row_count  of all tables */
bool ots_batch_check_tables(struct ots_call *call, const struct ots_batch_table *tables,
			    size_t count, size_t row_limit, size_t *row_count);

/** The messages that a row's outcome is told in, side by side so that one allocation serves a
 *  batch. */
struct ots_batch_outcome {
	Ots__Wire__Error error;
	Ots__Wire__ConsumedCapacity consumed;
	Ots__Wire__CapacityUnit unit;
	char code[OTS_FAULT_CODE_BYTES];
};

/** @param fault  NONE: the row is good and took @p read and @p write units. Borrowed by the error
 *  @return whether the row is good: then its `consumed` is told, else its `error` */
bool ots_batch_outcome_fill(struct ots_fault *fault, int32_t read, int32_t write,
			    struct ots_batch_outcome *to);

#endif

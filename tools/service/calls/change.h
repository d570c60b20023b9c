/** @file change.h
 *  One write of one row: read from a request, then applied to the table.
 *  Source: tablestore-protocol 4.2, 4.3, 4.5, 4.6.
 *  Threads: a change belongs to its call. */
#ifndef OTSFS_SERVICE_CALLS_CHANGE_H
#define OTSFS_SERVICE_CALLS_CHANGE_H

#include "../call.h"
#include "../filter/filter.h"

struct ots_change {
	Ots__Wire__OperationType op;
	Ots__Wire__RowExistenceExpectation existence;
	const struct ots_filter *filter;                /* the column condition; NULL: none */
	const Ots__Wire__ReturnContent *return_content; /* NULL: nothing */
	struct ots_wire_row row;                        /* borrows the request */
	size_t data_bytes;                              /* what counts for the 4 MB limit */
	struct ots_bytes key; /* encoded; empty until ots_change_fit(), and with a placeholder */
};

/** What became of it. */
struct ots_change_result {
	struct ots_fault fault; /* NONE: done */
	int32_t read_units;
	int32_t write_units;
	uint8_t *row; /* PlainBuffer when the request asked for one, else NULL; the call's arena */
	size_t row_len;
};

/** A change as requests carry it. */
struct ots_change_request {
	int op; /* an OperationType, not yet checked */
	struct ots_bytes row;
	bool bare_key; /* a key to delete may come without the delete marker */
	const Ots__Wire__Condition *condition;
	const Ots__Wire__ReturnContent *return_content;
};

/** Decode, and check all that does not depend on the table.
 *  @return false: the whole request fails with the call's fault */
bool ots_change_read(struct ots_call *call, const struct ots_change_request *request,
		     struct ots_change *change);

/** Check what depends on the table (key, names, versions) and encode the key.
 *  @return false: this row fails with @p fault */
bool ots_change_fit(struct ots_call *call, const struct ots_table *table, struct ots_change *change,
		    struct ots_fault *fault);

/** Apply a change that fits, inside begin and end. A row that fails for a reason of its own leaves
 *  its fault in @p result and the storage as it was.
 *  @return false: the storage failed, the call's fault says how, and the whole call must be undone
 */
bool ots_change_apply_locked(struct ots_call *call, const struct ots_table *table,
			     struct ots_change *change, struct ots_change_result *result);

#endif

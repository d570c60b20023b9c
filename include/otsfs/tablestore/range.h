/** @file range.h
 *  Calls over ranges of keys: GetRange, and ComputeSplitPointsBySize, which cuts a table into
 *  ranges. What every call does and returns is in client.h.
 *  Source: tablestore-protocol 2.5 and 4.4.
 *  Threads: as client.h. */
#ifndef OTSFS_TABLESTORE_RANGE_H
#define OTSFS_TABLESTORE_RANGE_H

#include <otsfs/record/schema.h>
#include <otsfs/tablestore/read.h>
#include <otsfs/tablestore/wire/plainbuffer.h>

/** Forward: from start up to end, itself not included. Backward: from start down to end, itself not
 *  included, and start is the larger one. Bounds are keys as PlainBuffer, from ots_range_bound(),
 * an earlier page or ots_split. Borrowed. */
struct ots_range {
	struct ots_bytes start;
	struct ots_bytes end;
	bool backward;
	int32_t limit; /**< rows of a page; 0: as many as the service gives */
	struct ots_row_selection selection;
};

/** Append a bound: the first columns of the key, then OTS_VT_INF_MIN or OTS_VT_INF_MAX in every
 *  other one. {prefix of a, INF_MIN} to {prefix of a, INF_MAX} are the rows whose key begins so.
 *  @param prefix  none to all of the key's columns, in the table's order
 *  @return OTS_OK; with nothing appended: OTS_USAGE (key columns not known, more columns than the
 *          table has, another kind), OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status ots_range_bound(const struct ots_schema *schema, struct ots_row_key prefix,
				enum ots_variant rest, struct ots_buffer *out,
				struct ots_error *err) OTS_MUST_USE;

/** One page of a range.
 *  @param batch     reset; rows as PUT records in the range's order, deep copies
 *  @param next      the start of the next page; its len is 0 when the range is finished.
 *                   range->start may point into it
 *  @param consumed  may be NULL
 *  Loop until next->len is 0: a page may hold no row and still have a next. A page whose rows are
 *  not in order, or whose next start does not go on, is OTS_CORRUPT: the loop ends.
 *  @return OTS_UNSUPPORTED: the last row is wider than one answer, and only its beginning came */
enum ots_status ots_client_get_range(struct ots_client *client, const char *table,
				     const struct ots_range *range, struct ots_batch *batch,
				     struct ots_buffer *next, struct ots_capacity *consumed,
				     struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

/** How large ranges are to be: `size` units of `unit_bytes`. */
struct ots_split_size {
	int64_t size;
	int64_t unit_bytes; /**< 0: the service's 100 MB */
	int32_t limit;      /**< of split points; 0: the service's */
};

/** One of the ranges that a table is cut into, with bounds for ots_range. */
struct ots_split {
	struct ots_bytes start;
	struct ots_bytes end;
	struct ots_bytes location; /**< who serves it; empty: not told */
};

struct ots_splits {
	struct ots_arena arena; /**< holds all of it */
	struct ots_split *ranges;
	size_t count; /**< at least 1 after a call */
};

void ots_splits_init(struct ots_splits *splits);
void ots_splits_release(struct ots_splits *splits);

/** ComputeSplitPointsBySize: ranges that cover every key, ascending, none twice.
 *  @param splits    initialised; what it held is gone
 *  @param consumed  may be NULL */
enum ots_status ots_client_compute_splits(struct ots_client *client, const char *table,
					  const struct ots_split_size *size,
					  struct ots_splits *splits, struct ots_capacity *consumed,
					  struct ots_cancel *cancel,
					  struct ots_error *err) OTS_MUST_USE;

#endif

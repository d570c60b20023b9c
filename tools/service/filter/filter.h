/** @file filter.h
 *  Filters of reads and column conditions of writes: decoded once a request, held against rows.
 *  Source: tablestore-protocol 12.1, limits and texts of sections 5 and 13.2.
 *
 *  What the sources leave open, and is so here: values of different types are unequal and have no
 *  order; a filter sees attribute columns only, and those that the read selects.
 *  Threads: a filter is not changed once it was read. */
#ifndef OTSFS_SERVICE_FILTER_FILTER_H
#define OTSFS_SERVICE_FILTER_FILTER_H

#include "../fault.h"
#include "../storage/row.h"

/** Filters of one tree, its root and composites included; so nothing nests deeper either. */
#define OTS_LIMIT_FILTERS 32

struct ots_filter;

enum ots_filter_use {
	OTS_FILTER_CONDITION, /**< of a write: columns cannot be cut by it */
	OTS_FILTER_READ,
};

/** Decode a Filter message.
 *  @param arena  holds the filter and what it compares with
 *  @param out    untouched on failure
 *  @return false with the fault filled: bytes that are no filter, one of the limits, or memory */
bool ots_filter_read(struct ots_arena *arena, struct ots_bytes bytes, enum ots_filter_use use,
		     const struct ots_filter **out, struct ots_fault *fault);

/** Whether the visible cells of a row pass. A row that does not exist has none: each comparison
 *  then goes by its `filter_if_missing`. */
bool ots_filter_passes(const struct ots_filter *filter, const struct ots_row *row);

/** A read filter on a selected row: whether it is returned, and for a ColumnPaginationFilter only
 *  its page of columns, each with its versions. A page that none of the row's columns lies in
 *  returns no row; a row without columns has nothing to page through and stays. */
bool ots_filter_apply(const struct ots_filter *filter, struct ots_row *row);

#endif

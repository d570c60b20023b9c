/** @file filter.h
 *  Filters: what must hold of a row for a read to return it, or for a write to be done.
 *  Source: tablestore-protocol 12.1.
 *  Threads: plain values and pure functions. */
#ifndef OTSFS_TABLESTORE_FILTER_H
#define OTSFS_TABLESTORE_FILTER_H

#include <otsfs/base/buffer.h>
#include <otsfs/record/value.h>

/** Filters of one tree, its root included. Source: section 5, "filters", which the service's tests
 *  settle at 32. */
#define OTS_ROW_FILTERS_MAX 32

enum ots_row_filter_kind {
	OTS_FILTER_COMPARE, /**< one column with one value */
	OTS_FILTER_NOT,     /**< of exactly one filter */
	OTS_FILTER_AND,     /**< of two and more */
	OTS_FILTER_OR,      /**< of two and more */
	OTS_FILTER_PAGE     /**< some of a row's columns, by number; reads only, and alone */
};

/** Numbers as on the wire. */
enum ots_comparator {
	OTS_IS_EQUAL = 1,
	OTS_IS_NOT_EQUAL = 2,
	OTS_IS_GREATER = 3,
	OTS_IS_GREATER_OR_EQUAL = 4,
	OTS_IS_LESS = 5,
	OTS_IS_LESS_OR_EQUAL = 6
};

/** A tree of them lies where the caller has it; nothing is kept. */
struct ots_row_filter {
	enum ots_row_filter_kind kind;

	/* COMPARE */
	enum ots_comparator comparator;
	struct ots_bytes column;
	struct ots_value value;
	bool pass_if_missing; /**< a row without the column passes */
	bool any_version;     /**< one of the versions is enough; else the newest decides */

	/* NOT, AND, OR */
	const struct ots_row_filter *parts;
	size_t part_count;

	/* PAGE */
	int32_t column_offset;
	int32_t column_limit;
};

/** Append the bytes that requests carry.
 *  @return OTS_OK; with nothing appended: OTS_USAGE (a count of parts that the kind does not have,
 *          a name or comparator that is none, a PAGE inside of a tree), OTS_LIMIT (more than
 *          OTS_ROW_FILTERS_MAX), OTS_NO_MEMORY */
enum ots_status ots_row_filter_encode(const struct ots_row_filter *filter, struct ots_buffer *out,
				      struct ots_error *err) OTS_MUST_USE;

#endif

/** @file visible.h
 *  What of a stored row a reader sees: versions of the table, time to live, columns and times asked
 *  for. Source: tablestore-protocol 4.1, 4.2, 4.4.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_CALLS_VISIBLE_H
#define OTSFS_SERVICE_CALLS_VISIBLE_H

#include "../storage/row.h"
#include "../table.h"

struct ots_filter; /* filter.h */

/** What a request asks for. */
struct ots_selection {
	const char *const *columns; /* ascending by bytes; none: all */
	size_t column_count;
	const char *start_column; /* NULL: from the first */
	const char *end_column;   /* NULL: to the last; itself not included */
	int64_t start_ms;         /* versions from here */
	int64_t end_ms;           /* up to here, itself not included */
	int32_t max_versions;
	bool cuts_key;                   /* key columns too are returned only when they are named */
	const struct ots_filter *filter; /* of what is left then; NULL: none */
};

/** Versions older than this are not readable. */
int64_t ots_visible_from(const struct ots_table *table, int64_t now_ms);

/** Whether the row still exists: it was written without a cell, or one has not outlived its time.
 */
bool ots_visible_exists(const struct ots_row *row, int64_t from_ms);

/** Whether a column is among those that were asked for by name. */
bool ots_visible_named(const struct ots_selection *selection, struct ots_bytes name);

/** Take out of @p row what is not selected. The filter is not looked at.
 *  @return whether the row is returned at all: something is left, or nothing was asked for by name
 *          and the row exists */
bool ots_visible_select(const struct ots_table *table, const struct ots_selection *selection,
			int64_t now_ms, struct ots_row *row);

#endif

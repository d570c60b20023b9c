/** @file read.h
 *  What GetRow, BatchGetRow and GetRange share: what is asked for, and how a row goes out.
 *  Source: tablestore-protocol 4.4.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_CALLS_READ_H
#define OTSFS_SERVICE_CALLS_READ_H

#include "../call.h"
#include "../filter/filter.h"
#include "visible.h"

/** The members that the requests have alike. */
struct ots_read_request {
	char **columns;
	size_t column_count;
	const Ots__Wire__TimeRange *time_range; /* NULL: any */
	bool has_max_versions;
	int32_t max_versions;
	struct ots_bytes filter; /* empty: none */
	bool has_token;
	const char *transaction_id;
	const char *start_column;
	const char *end_column;
	const char *no_version_text; /* the refusal of a request without any version condition */
};

/** Check, and say what is selected. The columns are the request's own array, sorted in place. */
bool ots_read_selection(struct ots_call *call, const struct ots_read_request *request,
			struct ots_selection *selection);

/** A request's key: one row of nothing but key cells. */
bool ots_read_key(struct ots_call *call, struct ots_bytes bytes, struct ots_wire_row *key);

/** The key of one row: no bounds, no placeholder, values within their limits. */
bool ots_read_point_key(struct ots_call *call, struct ots_bytes bytes, struct ots_wire_row *key);

/** Append the row of one key as PlainBuffer with its header, or nothing when there is no such row.
 *  @param bytes  what counts for capacity units; untouched when nothing is appended
 *  @return false with @p fault; part of the row may have been appended then */
struct ots_read_point {
	const struct ots_table *table;
	const struct ots_wire_row *key;
	const struct ots_selection *selection;
	struct ots_arena *arena; /* for what the row needs meanwhile */
};
bool ots_read_point_locked(struct ots_call *call, const struct ots_read_point *point,
			   struct ots_buffer *out, size_t *bytes, struct ots_fault *fault);

/** Append a stored row as PlainBuffer, with what the selection leaves of it.
 *  @param arena   for what the row needs meanwhile
 *  @param first   a header goes in front
 *  @param shown   whether the row is returned at all
 *  @param bytes   what counts for capacity units */
struct ots_read_row {
	const struct ots_table *table;
	const struct ots_selection *selection;
	int64_t now_ms;
	struct ots_bytes key;
	struct ots_bytes blob;
	bool first;
};
bool ots_read_put_row(const struct ots_read_row *row, struct ots_arena *arena,
		      struct ots_buffer *out, bool *shown, size_t *bytes, struct ots_fault *fault);

/** A stored key as the cells of a row. */
bool ots_read_take_key(const struct ots_table *table, struct ots_bytes key, struct ots_arena *arena,
		       struct ots_wire_row *row, struct ots_fault *fault);

#endif

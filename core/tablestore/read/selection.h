/* What of a row is read, as the members that GetRow, the tables of BatchGetRow and GetRange have
 * alike, and keys as they are asked for. */
#ifndef OTSFS_TABLESTORE_READ_SELECTION_H
#define OTSFS_TABLESTORE_READ_SELECTION_H

#include <otsfs/tablestore/read.h>
#include <otsfs/tablestore/wire.h>

/* Points into itself, the selection and the arena: it may not move. */
struct selection_parts {
	char **columns;
	size_t column_count;
	char *start_column; /* NULL: not given */
	char *end_column;
	Ots__Wire__TimeRange *time_range; /* NULL: not given */
	protobuf_c_boolean has_max_versions;
	int32_t max_versions;
	protobuf_c_boolean has_filter;
	ProtobufCBinaryData filter;
	Ots__Wire__TimeRange times;
};

/* @return OTS_OK, OTS_USAGE (neither versions nor times, a name that is none), OTS_LIMIT,
 *         OTS_NO_MEMORY */
enum ots_status ots_selection_fill(const struct ots_row_selection *selection,
				   struct ots_arena *arena, struct selection_parts *parts,
				   struct ots_error *err) OTS_MUST_USE;

/* The members into a request of one of the three types, which have them under the same names. */
#define SELECTION_PUT(parts, request)                                                              \
	do {                                                                                       \
		(request)->n_columns_to_get = (parts)->column_count;                               \
		(request)->columns_to_get = (parts)->columns;                                      \
		(request)->time_range = (parts)->time_range;                                       \
		(request)->has_max_versions = (parts)->has_max_versions;                           \
		(request)->max_versions = (parts)->max_versions;                                   \
		(request)->has_filter = (parts)->has_filter;                                       \
		(request)->filter = (parts)->filter;                                               \
		(request)->start_column = (parts)->start_column;                                   \
		(request)->end_column = (parts)->end_column;                                       \
	} while (0)

/* A key as a row, and its PlainBuffer at the end of @p out.
 * @return OTS_OK, OTS_USAGE, OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status ots_key_put_plainbuffer(struct ots_row_key key, struct ots_buffer *out,
					struct ots_wire_row *row,
					struct ots_error *err) OTS_MUST_USE;

/* Names of columns and a filter. */
#define SELECTION_MAX_BYTES ((size_t)64 * 1024 * 1024)

#endif

/* A change of a row as the members that PutRow, UpdateRow, DeleteRow and the rows of BatchWriteRow
 * have alike. */
#ifndef OTSFS_TABLESTORE_WRITE_CHANGE_H
#define OTSFS_TABLESTORE_WRITE_CHANGE_H

#include <otsfs/tablestore/wire.h>
#include <otsfs/tablestore/write.h>

/* Points into itself, the change and the arena: it may not move. */
struct change_parts {
	size_t row_len; /* of the PlainBuffer that was appended */
	Ots__Wire__Condition condition;
	Ots__Wire__ReturnContent content;
	Ots__Wire__ReturnContent *return_content; /* NULL: nothing is asked for */
};

/* Check a change and append its PlainBuffer to @p text, which may move it: where the bytes lie is
 * known when the last row of a request is in.
 * @return OTS_OK, OTS_USAGE, OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status ots_change_fill(const struct ots_row_change *change, struct ots_arena *arena,
				struct ots_buffer *text, struct change_parts *parts,
				struct ots_error *err) OTS_MUST_USE;

/* The row that an answer returns, if it does, as a record at the end of @p returned.
 * @return OTS_OK; OTS_CORRUPT: no row, more than one, or another one than was written;
 *         OTS_NO_MEMORY */
enum ots_status ots_change_take_returned(const struct ots_row_change *change, struct ots_bytes row,
					 struct ots_batch *returned,
					 struct ots_error *err) OTS_MUST_USE;

#endif

/** @file row.h
 *  The attribute cells of one stored row: in memory a sorted list that writes change in order, in
 *  the store one blob.
 *
 *  The blob: the byte 01 (form 1), then columns by ascending bytes of their name. A column is its
 *  name (one byte length, 1 to 255, and the bytes), a u32 count of versions (at least 1), and the
 *  versions, newest first: i64 timestamp, one byte variant type (tablestore-protocol 3.3), the
 * value: 8 bytes of an INTEGER or DOUBLE, 1 of a BOOLEAN, u32 length and the bytes of a STRING or
 * BLOB. All little-endian. A row with only a key is the one byte 01. Threads: the caller
 * serialises. */
#ifndef OTSFS_SERVICE_STORAGE_ROW_H
#define OTSFS_SERVICE_STORAGE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/tablestore/wire.h>

struct ots_row_cell {
	struct ots_bytes name;
	int64_t timestamp;
	struct ots_wire_value value;
};

/** Cells by name, and the versions of one name newest first; never two with both alike. */
struct ots_row {
	struct ots_row_cell *cells;
	size_t count;
	size_t capacity;
	struct ots_arena *arena; /* borrowed: holds cells; names and values are borrowed too */
};

static inline void ots_row_init(struct ots_row *row, struct ots_arena *arena)
{
	*row = (struct ots_row){.arena = arena};
}

/** Add a version, or overwrite the one of that time. @return false without memory */
bool ots_row_put(struct ots_row *row, const struct ots_row_cell *cell);

/** Take out exactly that version, if it is there. */
void ots_row_delete_version(struct ots_row *row, struct ots_bytes name, int64_t timestamp);

/** Take out every version of that column. */
void ots_row_delete_column(struct ots_row *row, struct ots_bytes name);

/** The newest version of a column; NULL without any. Valid until the row changes. */
const struct ots_row_cell *ots_row_newest(const struct ots_row *row, struct ots_bytes name);

/** Append the blob, with the newest @p max_versions of each column: what a table keeps no more must
 *  not come back when it keeps more later. @return false without room; nothing is appended then */
bool ots_row_encode(const struct ots_row *row, size_t max_versions, struct ots_buffer *out);

/** Whether some column has more versions than that. */
bool ots_row_has_surplus(const struct ots_row *row, size_t max_versions);

/** Read a blob into an empty row; names and values borrow from it.
 *  @return OTS_OK, OTS_CORRUPT with the byte, OTS_NO_MEMORY */
enum ots_status ots_row_decode(struct ots_bytes blob, struct ots_row *row,
			       struct ots_error *err) OTS_MUST_USE;

/** Bytes order of names. @return <0, 0, >0 */
int ots_row_name_compare(struct ots_bytes a, struct ots_bytes b);

#endif

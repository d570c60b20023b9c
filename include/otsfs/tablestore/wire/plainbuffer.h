/** @file plainbuffer.h
 *  PlainBuffer: keys, rows and row changes inside the `bytes` fields of the messages.
 *  Source: tablestore-protocol section 3. Both checksums are written and verified.
 *  Threads: pure functions. */
#ifndef OTSFS_TABLESTORE_WIRE_PLAINBUFFER_H
#define OTSFS_TABLESTORE_WIRE_PLAINBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>
#include <otsfs/record/record.h>

/** Variant types as on the wire (3.3). */
enum ots_variant {
	OTS_VT_INTEGER = 0x00,
	OTS_VT_DOUBLE = 0x01,
	OTS_VT_BOOLEAN = 0x02,
	OTS_VT_STRING = 0x03,
	OTS_VT_NULL = 0x06,
	OTS_VT_BLOB = 0x07,
	OTS_VT_INF_MIN = 0x09,
	OTS_VT_INF_MAX = 0x0A,
	OTS_VT_AUTO_INCREMENT = 0x0B
};

struct ots_wire_value {
	enum ots_variant kind;
	union {
		struct ots_bytes bytes; /**< STRING, BLOB */
		int64_t integer;
		double real;
		bool boolean;
	} as;
};

/** Cell operations as on the wire (3.2); NONE is a plain write. */
enum ots_wire_cell_op {
	OTS_WIRE_PUT = 0,
	OTS_WIRE_DELETE_ALL = 1,
	OTS_WIRE_DELETE_ONE = 3,
	OTS_WIRE_INCREMENT = 4
};

struct ots_wire_cell {
	struct ots_bytes name;
	bool has_value;
	struct ots_wire_value value;
	enum ots_wire_cell_op op;
	bool has_timestamp;
	int64_t timestamp;
};

struct ots_wire_row {
	struct ots_wire_cell key[OTS_KEY_COLUMNS_MAX];
	size_t key_count;
	struct ots_wire_cell *cells;
	size_t cell_count;
	bool delete_marker;
	bool has_sequence; /**< extension of stream records (3.7) */
	int32_t epoch;
	int64_t sequence_us;
	int32_t row_index;
};

/** Encode one row with the header in front. @return false without room; nothing is appended */
bool ots_plainbuffer_put_row(struct ots_buffer *out, const struct ots_wire_row *row);

/** A row without the header, for the second and later rows of one buffer. */
bool ots_plainbuffer_put_bare_row(struct ots_buffer *out, const struct ots_wire_row *row);

/** Bytes of the row change of a record (PUT, UPDATE, DELETE; a key member's name comes from the
 *  record), header included, as a batch is encoded from records: a cell without version has no
 *  timestamp (the service stamps it), a DELETE has the marker and no cells, a BASE record is laid
 *  out as a PUT.
 *  @return SIZE_MAX when they pass the 2^31 - 1 that the lengths on the wire can say */
size_t ots_plainbuffer_record_size(const struct ots_record *record);

/** Read the header and then rows, one a call, until `left` is 0. An empty buffer is no row.
 *  Refused beyond what the checksums tell: parts out of order, a key cell without value or with
 *  operation or version, an operation with parts that it cannot have (3.4), a boolean above 1, an
 *  outer length that does not fit its value, unknown types. Not looked at: what only the caller can
 *  know, such as whether the delete marker, placeholders or a negative version are allowed here.
 *  Names and values borrow from the input; the cells array is the arena's.
 *  @param cell_limit  more attribute cells are OTS_LIMIT */
struct ots_plainbuffer_reader {
	struct ots_cursor in;
	bool header_read;
	/** Bytes after a row that do not begin a row are passed over: one SDK sends zeros there
	 *  (tablestore-protocol 13.2, 6). Servers set it, clients do not. */
	bool lenient_tail;
};

/** @return OTS_OK with *more false at the end, OTS_CORRUPT with the byte, OTS_LIMIT, OTS_NO_MEMORY
 */
enum ots_status ots_plainbuffer_next(struct ots_plainbuffer_reader *reader, size_t cell_limit,
				     struct ots_arena *arena, struct ots_wire_row *row, bool *more,
				     struct ots_error *err) OTS_MUST_USE;

/** A bare variant as filters hold it: type byte and data (3.3, last paragraph). */
bool ots_plainbuffer_put_value(struct ots_buffer *out, const struct ots_wire_value *value);
bool ots_plainbuffer_take_value(struct ots_cursor *in, struct ots_wire_value *value);

/** A row read back as a record of op PUT, time OTS_TS_BASE. Borrows what the row borrows; the cells
 *  are the arena's.
 *  @return OTS_OK, OTS_CORRUPT (a key or cell that no stored row can have),
 *          OTS_NO_MEMORY */
enum ots_status ots_wire_row_to_record(const struct ots_wire_row *row, struct ots_arena *arena,
				       struct ots_record *record,
				       struct ots_error *err) OTS_MUST_USE;

/** The other way: a record (PUT, UPDATE, DELETE, BASE) as a row to send. Borrows what the record
 *  borrows; the cells are the arena's. The delete marker is that of a DELETE.
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_wire_row_from_record(const struct ots_record *record, struct ots_arena *arena,
					 struct ots_wire_row *row,
					 struct ots_error *err) OTS_MUST_USE;

/** A value of a key or cell as the wire's, and back.
 *  @return false: a placeholder or a NULL, which no stored value is */
struct ots_wire_value ots_wire_value_of(const struct ots_value *value);
bool ots_wire_value_to(const struct ots_wire_value *from, struct ots_value *to);

/** A key column as a cell. Borrows. */
struct ots_wire_cell ots_wire_key_cell(const struct ots_key_column *column);

/** CRC-8, polynomial 0x07 (3.6). */
uint8_t ots_crc8(uint8_t crc, const void *bytes, size_t len);

#endif

#include "plainbuffer_read.h"

#include <inttypes.h>
#include <string.h>

#define FIRST_CELLS 16

static bool is_key_cell(const struct ots_wire_cell *cell)
{
	if (!cell->has_value || cell->op != OTS_WIRE_PUT || cell->has_timestamp)
		return false;
	switch (cell->value.kind) {
	case OTS_VT_INTEGER:
	case OTS_VT_STRING:
	case OTS_VT_BLOB:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: return true;
	case OTS_VT_DOUBLE:
	case OTS_VT_BOOLEAN:
	case OTS_VT_NULL: break;
	}
	return false;
}

/* Which parts an attribute cell has, by its operation (3.4). */
static bool is_attribute_cell(const struct ots_wire_cell *cell)
{
	if (cell->has_value && cell->value.kind != OTS_VT_INTEGER &&
	    cell->value.kind != OTS_VT_DOUBLE && cell->value.kind != OTS_VT_BOOLEAN &&
	    cell->value.kind != OTS_VT_STRING && cell->value.kind != OTS_VT_BLOB)
		return false;
	switch (cell->op) {
	case OTS_WIRE_PUT: return cell->has_value;
	case OTS_WIRE_DELETE_ALL: return !cell->has_value && !cell->has_timestamp;
	case OTS_WIRE_DELETE_ONE: return !cell->has_value && cell->has_timestamp;
	case OTS_WIRE_INCREMENT: return cell->has_value && cell->value.kind == OTS_VT_INTEGER;
	}
	return false;
}

static enum ots_status take_key(struct ots_cursor *in, struct ots_wire_row *row, uint8_t *row_crc,
				struct ots_error *err)
{
	enum ots_status status = ots_pb_expect_tag(in, TAG_ROW_PK, "primary key", err);

	while (status == OTS_OK &&
	       ots_pb_next_is(in, TAG_CELL)) { /* ends: each turn takes a cell */
		const uint64_t start = in->offset;

		if (row->key_count == OTS_KEY_COLUMNS_MAX)
			return ots_fail_at(err, OTS_CORRUPT, 0, start,
					   "PlainBuffer: more than %d key columns",
					   OTS_KEY_COLUMNS_MAX);
		status = ots_pb_take_cell(in, &row->key[row->key_count], row_crc, err);
		if (status == OTS_OK && !is_key_cell(&row->key[row->key_count]))
			return ots_fail_at(err, OTS_CORRUPT, 0, start,
					   "PlainBuffer: cell that no key can have");
		row->key_count++;
	}
	if (status == OTS_OK && row->key_count == 0)
		return ots_fail_at(err, OTS_CORRUPT, 0, in->offset,
				   "PlainBuffer: primary key without columns");
	return status;
}

/* Room for one cell more; what is left behind stays in the arena, at most as much again. */
static bool grow_cells(struct ots_wire_row *row, size_t *cap, struct ots_arena *arena)
{
	const size_t more = *cap == 0 ? FIRST_CELLS : *cap * 2;
	struct ots_wire_cell *cells;

	if (row->cell_count < *cap)
		return true;
	if (more > SIZE_MAX / sizeof *cells)
		return false;
	cells = ots_arena_alloc(arena, more * sizeof *cells);
	if (cells == NULL)
		return false;
	if (row->cell_count > 0)
		memcpy(cells, row->cells, row->cell_count * sizeof *cells);
	row->cells = cells;
	*cap = more;
	return true;
}

static enum ots_status take_cells(struct ots_cursor *in, struct ots_wire_row *row,
				  size_t cell_limit, struct ots_arena *arena, uint8_t *row_crc,
				  struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	size_t cap = 0;

	while (status == OTS_OK &&
	       ots_pb_next_is(in, TAG_CELL)) { /* ends: each turn takes a cell */
		const uint64_t start = in->offset;

		if (row->cell_count == cell_limit)
			return ots_fail_at(err, OTS_LIMIT, 0, start,
					   "PlainBuffer: row of more than %zu attribute cells",
					   cell_limit);
		if (!grow_cells(row, &cap, arena))
			return ots_fail(err, OTS_NO_MEMORY, "PlainBuffer: row of %zu cells",
					row->cell_count);
		status = ots_pb_take_cell(in, &row->cells[row->cell_count], row_crc, err);
		if (status == OTS_OK && !is_attribute_cell(&row->cells[row->cell_count]))
			return ots_fail_at(err, OTS_CORRUPT, 0, start,
					   "PlainBuffer: cell that no attribute can have");
		row->cell_count++;
	}
	return status;
}

static bool take_sequence(struct ots_cursor *in, struct ots_wire_row *row)
{
	uint32_t epoch, index;
	uint64_t time;

	if (row->has_sequence || !ots_pb_take_tag(in, TAG_SEQ_INFO_EPOCH) ||
	    !ots_u32le(in, &epoch) || !ots_pb_take_tag(in, TAG_SEQ_INFO_TS) ||
	    !ots_u64le(in, &time) || !ots_pb_take_tag(in, TAG_SEQ_INFO_ROW_INDEX) ||
	    !ots_u32le(in, &index) || in->left != 0)
		return false;
	row->has_sequence = true;
	row->epoch = (int32_t)epoch;
	row->sequence_us = (int64_t)time;
	row->row_index = (int32_t)index;
	return true;
}

/* What a newer writer puts beside the sequence is passed over by its length (3.7). */
static enum ots_status take_extension(struct ots_cursor *in, struct ots_wire_row *row,
				      struct ots_error *err)
{
	struct ots_cursor inside, part;
	uint32_t len;
	uint8_t tag;

	if (!ots_u32le(in, &len) || !ots_take(in, len, &inside))
		return ots_pb_cut_short(in, "extension", err);
	while (inside.left > 0) { /* ends: each turn takes at least five bytes or returns */
		const uint64_t start = inside.offset;

		if (!ots_u8(&inside, &tag) || !ots_u32le(&inside, &len) ||
		    !ots_take(&inside, len, &part))
			return ots_pb_cut_short(&inside, "extension", err);
		if (tag == TAG_SEQ_INFO && !take_sequence(&part, row))
			return ots_fail_at(err, OTS_CORRUPT, 0, start,
					   "PlainBuffer: sequence info does not decode");
	}
	return OTS_OK;
}

static enum ots_status take_row(struct ots_cursor *in, size_t cell_limit, struct ots_arena *arena,
				struct ots_wire_row *row, struct ots_error *err)
{
	enum ots_status status;
	uint8_t crc = 0, marker;

	status = take_key(in, row, &crc, err);
	if (status == OTS_OK && ots_pb_take_tag(in, TAG_ROW_DATA))
		status = take_cells(in, row, cell_limit, arena, &crc, err);
	if (status != OTS_OK)
		return status;
	row->delete_marker = ots_pb_take_tag(in, TAG_DELETE_ROW_MARKER);
	if (ots_pb_take_tag(in, TAG_EXTENSION))
		status = take_extension(in, row, err);
	if (status == OTS_OK)
		status = ots_pb_expect_tag(in, TAG_ROW_CHECKSUM, "row checksum", err);
	if (status != OTS_OK)
		return status;
	marker = row->delete_marker ? 1 : 0;
	return ots_pb_check_crc(in, ots_crc8(crc, &marker, 1), "row checksum", err);
}

enum ots_status ots_plainbuffer_next(struct ots_plainbuffer_reader *reader, size_t cell_limit,
				     struct ots_arena *arena, struct ots_wire_row *row, bool *more,
				     struct ots_error *err)
{
	struct ots_cursor *in = &reader->in;
	struct ots_cursor passed;
	uint32_t header;

	*row = (struct ots_wire_row){0};
	*more = false;
	if (in->left > 0 && !reader->header_read) {
		if (!ots_u32le(in, &header))
			return ots_pb_cut_short(in, "header", err);
		if (header != HEADER_WORD)
			return ots_fail_at(err, OTS_CORRUPT, 0, in->offset - HEADER_BYTES,
					   "PlainBuffer: header is 0x%08" PRIx32
					   ", expected 0x%08x",
					   header, HEADER_WORD);
		reader->header_read = true;
		if (in->left == 0)
			return ots_pb_cut_short(in, "primary key", err);
	} else if (reader->lenient_tail) {
		while (in->left > 0 && !ots_pb_next_is(in, TAG_ROW_PK) &&
		       ots_take(in, 1, &passed)) {
			/* ends: each turn takes a byte */
		}
	}
	if (in->left == 0)
		return OTS_OK;
	*more = true;
	return take_row(in, cell_limit, arena, row, err);
}

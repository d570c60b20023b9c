#include <otsfs/tablestore/wire/plainbuffer.h>

#include <otsfs/base/checked.h>

#include "put.h"

/* Bytes of a variant: its type byte and data (3.3). */
static size_t variant_size(const struct ots_wire_value *value)
{
	switch (value->kind) {
	case OTS_VT_INTEGER:
	case OTS_VT_DOUBLE: return VARIANT_NUMBER_BYTES;
	case OTS_VT_BOOLEAN: return VARIANT_BOOLEAN_BYTES;
	case OTS_VT_STRING:
	case OTS_VT_BLOB: return VARIANT_BYTES_BYTES + value->as.bytes.len;
	case OTS_VT_NULL:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: break;
	}
	return VARIANT_MARK_BYTES;
}

static bool add_cell_size(const struct ots_wire_cell *cell, size_t *size)
{
	size_t more = CELL_FRAME_BYTES + cell->name.len;

	if (cell->has_value)
		more += VALUE_FRAME_BYTES + variant_size(&cell->value);
	if (cell->op != OTS_WIRE_PUT)
		more += CELL_OP_BYTES;
	if (cell->has_timestamp)
		more += CELL_TIMESTAMP_BYTES;
	return ots_size_add(*size, more, size) && *size <= LENGTH_MAX;
}

/* @return false: more than the int32 lengths around it can say */
static bool bare_row_size(const struct ots_wire_row *row, size_t *size)
{
	*size = 1 + 2; /* tag of key, checksum */
	for (size_t i = 0; i < row->key_count; i++) {
		if (!add_cell_size(&row->key[i], size))
			return false;
	}
	if (row->cell_count > 0)
		*size += 1;
	for (size_t i = 0; i < row->cell_count; i++) {
		if (!add_cell_size(&row->cells[i], size))
			return false;
	}
	if (row->delete_marker)
		*size += 1;
	if (row->has_sequence)
		*size += 1 + 4 + EXTENSION_BYTES;
	return true;
}

static uint8_t *put_sequence(uint8_t *at, const struct ots_wire_row *row)
{
	*at++ = TAG_EXTENSION;
	at = put_u32(at, EXTENSION_BYTES);
	*at++ = TAG_SEQ_INFO;
	at = put_u32(at, SEQ_INFO_BYTES);
	*at++ = TAG_SEQ_INFO_EPOCH;
	at = put_u32(at, (uint32_t)row->epoch);
	*at++ = TAG_SEQ_INFO_TS;
	at = put_u64(at, (uint64_t)row->sequence_us);
	*at++ = TAG_SEQ_INFO_ROW_INDEX;
	return put_u32(at, (uint32_t)row->row_index);
}

static uint8_t *put_value(uint8_t *at, const struct ots_wire_value *value, uint8_t *crc)
{
	switch (value->kind) {
	case OTS_VT_INTEGER:
		return put_value_number(at, value->kind, (uint64_t)value->as.integer, crc);
	case OTS_VT_DOUBLE:
		return put_value_number(at, value->kind, real_bits(value->as.real), crc);
	case OTS_VT_BOOLEAN: return put_value_boolean(at, value->as.boolean, crc);
	case OTS_VT_STRING:
	case OTS_VT_BLOB: return put_value_bytes(at, value->kind, value->as.bytes, crc);
	case OTS_VT_NULL:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: break;
	}
	return put_value_mark(at, value->kind, crc);
}

static uint8_t *put_cell(uint8_t *at, const struct ots_wire_cell *cell, uint8_t *row_crc)
{
	uint8_t crc;

	at = put_cell_begin(at, cell->name, &crc);
	if (cell->has_value)
		at = put_value(at, &cell->value, &crc);
	return put_cell_end(at, cell->op, cell->has_timestamp, cell->timestamp, crc, row_crc);
}

static uint8_t *put_bare_row(uint8_t *at, const struct ots_wire_row *row)
{
	uint8_t row_crc = 0;

	*at++ = TAG_ROW_PK;
	for (size_t i = 0; i < row->key_count; i++)
		at = put_cell(at, &row->key[i], &row_crc);
	if (row->cell_count > 0)
		*at++ = TAG_ROW_DATA;
	for (size_t i = 0; i < row->cell_count; i++)
		at = put_cell(at, &row->cells[i], &row_crc);
	if (row->delete_marker)
		*at++ = TAG_DELETE_ROW_MARKER;
	if (row->has_sequence)
		at = put_sequence(at, row);
	return put_row_end(at, row_crc, row->delete_marker);
}

static bool put_row(struct ots_buffer *out, const struct ots_wire_row *row, size_t header_bytes)
{
	size_t size;
	uint8_t *at;

	if (!bare_row_size(row, &size) || !ots_size_add(size, header_bytes, &size) ||
	    !ots_buffer_reserve(out, size))
		return false;
	at = out->bytes + out->len;
	if (header_bytes > 0)
		at = put_u32(at, HEADER_WORD);
	(void)put_bare_row(at, row);
	out->len += size;
	return true;
}

bool ots_plainbuffer_put_row(struct ots_buffer *out, const struct ots_wire_row *row)
{
	return put_row(out, row, HEADER_BYTES);
}

bool ots_plainbuffer_put_bare_row(struct ots_buffer *out, const struct ots_wire_row *row)
{
	return put_row(out, row, 0);
}

bool ots_plainbuffer_put_value(struct ots_buffer *out, const struct ots_wire_value *value)
{
	const size_t size = variant_size(value);
	uint8_t *at;

	if (size > LENGTH_MAX || !ots_buffer_reserve(out, size))
		return false;
	at = out->bytes + out->len;
	*at++ = (uint8_t)value->kind;
	switch (value->kind) {
	case OTS_VT_INTEGER: (void)put_u64(at, (uint64_t)value->as.integer); break;
	case OTS_VT_DOUBLE: (void)put_u64(at, real_bits(value->as.real)); break;
	case OTS_VT_BOOLEAN: *at = value->as.boolean ? 1 : 0; break;
	case OTS_VT_STRING:
	case OTS_VT_BLOB:
		at = put_u32(at, (uint32_t)value->as.bytes.len);
		if (value->as.bytes.len > 0)
			memcpy(at, value->as.bytes.at, value->as.bytes.len);
		break;
	case OTS_VT_NULL:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: break;
	}
	out->len += size;
	return true;
}

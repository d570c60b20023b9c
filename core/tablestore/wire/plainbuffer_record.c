#include <otsfs/tablestore/wire/plainbuffer.h>

#include "put.h"
#include "put_record.h"

/* The hot path of a restore: cells go from the record to the wire, no row is made between. */

static inline size_t value_size(const struct ots_value *value)
{
	switch (value->type) {
	case OTS_INTEGER:
	case OTS_DOUBLE: return VALUE_FRAME_BYTES + VARIANT_NUMBER_BYTES;
	case OTS_STRING:
	case OTS_BINARY: return VALUE_FRAME_BYTES + VARIANT_BYTES_BYTES + value->as.bytes.len;
	case OTS_BOOLEAN: break;
	}
	return VALUE_FRAME_BYTES + VARIANT_BOOLEAN_BYTES;
}

static inline size_t attribute_size(const struct ots_cell *cell)
{
	size_t size = CELL_FRAME_BYTES + cell->name.len;

	if (cell->action == OTS_CELL_PUT)
		size += value_size(&cell->value);
	else
		size += CELL_OP_BYTES;
	if (cell->has_version && cell->action != OTS_CELL_DELETE_ALL)
		size += CELL_TIMESTAMP_BYTES;
	return size;
}

size_t ots_plainbuffer_record_size(const struct ots_record *record)
{
	const size_t cell_count = record->op == OTS_DELETE ? 0 : record->cell_count;
	size_t size = HEADER_BYTES + 1 + 2; /* tag of key, checksum */

	if (record->op == OTS_DELETE || cell_count > 0)
		size += 1; /* marker, or tag of the attributes */
	/* The limit is looked at after each cell, so the sum cannot wrap. */
	for (size_t i = 0; i < record->key_count; i++) {
		size += CELL_FRAME_BYTES + record->key[i].name.len +
			value_size(&record->key[i].value);
		if (size > LENGTH_MAX)
			return SIZE_MAX;
	}
	for (size_t i = 0; i < cell_count; i++) {
		size += attribute_size(&record->cells[i]);
		if (size > LENGTH_MAX)
			return SIZE_MAX;
	}
	return size;
}

static inline uint8_t *put_value(uint8_t *at, const struct ots_value *value, uint8_t *crc)
{
	switch (value->type) {
	case OTS_STRING: return put_value_bytes(at, OTS_VT_STRING, value->as.bytes, crc);
	case OTS_INTEGER:
		return put_value_number(at, OTS_VT_INTEGER, (uint64_t)value->as.integer, crc);
	case OTS_BINARY: return put_value_bytes(at, OTS_VT_BLOB, value->as.bytes, crc);
	case OTS_DOUBLE: return put_value_number(at, OTS_VT_DOUBLE, real_bits(value->as.real), crc);
	case OTS_BOOLEAN: break;
	}
	return put_value_boolean(at, value->as.boolean, crc);
}

static inline uint8_t *put_attribute(uint8_t *at, const struct ots_cell *cell, uint8_t *row_crc)
{
	uint8_t crc;

	at = put_cell_begin(at, cell->name, &crc);
	switch (cell->action) {
	case OTS_CELL_PUT:
		at = put_value(at, &cell->value, &crc);
		return put_cell_end(at, OTS_WIRE_PUT, cell->has_version, cell->version, crc,
				    row_crc);
	case OTS_CELL_DELETE_VERSION:
		return put_cell_end(at, OTS_WIRE_DELETE_ONE, cell->has_version, cell->version, crc,
				    row_crc);
	case OTS_CELL_DELETE_ALL: break;
	}
	return put_cell_end(at, OTS_WIRE_DELETE_ALL, false, 0, crc, row_crc);
}

uint8_t *ots_plainbuffer_write_record(uint8_t *at, const struct ots_record *record)
{
	uint8_t row_crc = 0;

	at = put_u32(at, HEADER_WORD);
	*at++ = TAG_ROW_PK;
	for (size_t i = 0; i < record->key_count; i++) {
		uint8_t crc;

		at = put_cell_begin(at, record->key[i].name, &crc);
		at = put_value(at, &record->key[i].value, &crc);
		at = put_cell_end(at, OTS_WIRE_PUT, false, 0, crc, &row_crc);
	}
	if (record->op == OTS_DELETE) {
		*at++ = TAG_DELETE_ROW_MARKER;
		return put_row_end(at, row_crc, true);
	}
	if (record->cell_count > 0)
		*at++ = TAG_ROW_DATA;
	for (size_t i = 0; i < record->cell_count; i++)
		at = put_attribute(at, &record->cells[i], &row_crc);
	return put_row_end(at, row_crc, false);
}

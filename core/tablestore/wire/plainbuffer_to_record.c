#include <otsfs/tablestore/wire/plainbuffer.h>

bool ots_wire_value_to(const struct ots_wire_value *from, struct ots_value *to)
{
	switch (from->kind) {
	case OTS_VT_INTEGER: *to = ots_value_integer(from->as.integer); return true;
	case OTS_VT_DOUBLE:
		*to = (struct ots_value){.type = OTS_DOUBLE, .as.real = from->as.real};
		return true;
	case OTS_VT_BOOLEAN:
		*to = (struct ots_value){.type = OTS_BOOLEAN, .as.boolean = from->as.boolean};
		return true;
	case OTS_VT_STRING:
		*to = ots_value_string(from->as.bytes.at, from->as.bytes.len);
		return true;
	case OTS_VT_BLOB:
		*to = ots_value_binary(from->as.bytes.at, from->as.bytes.len);
		return true;
	case OTS_VT_NULL:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: break;
	}
	return false;
}

static enum ots_status to_cells(const struct ots_wire_row *row, struct ots_cell *cells,
				struct ots_error *err)
{
	for (size_t i = 0; i < row->cell_count; i++) {
		const struct ots_wire_cell *from = &row->cells[i];

		cells[i] = (struct ots_cell){.name = from->name,
					     .action = OTS_CELL_PUT,
					     .has_version = from->has_timestamp,
					     .version = from->timestamp};
		if (from->op != OTS_WIRE_PUT || !from->has_value ||
		    (from->has_timestamp && from->timestamp < 0) ||
		    !ots_wire_value_to(&from->value, &cells[i].value))
			return ots_fail(err, OTS_CORRUPT,
					"attribute %zu of a row read back is no stored cell", i);
	}
	return OTS_OK;
}

enum ots_status ots_wire_row_to_record(const struct ots_wire_row *row, struct ots_arena *arena,
				       struct ots_record *record, struct ots_error *err)
{
	struct ots_record out = {.op = OTS_PUT, .ts_us = OTS_TS_BASE};
	struct ots_cell *cells = NULL;
	enum ots_status status;

	if (row->delete_marker)
		return ots_fail(err, OTS_CORRUPT, "a row read back has the delete marker");
	for (size_t i = 0; i < row->key_count; i++) {
		out.key[i].name = row->key[i].name;
		if (!ots_wire_value_to(&row->key[i].value, &out.key[i].value))
			return ots_fail(err, OTS_CORRUPT,
					"key column %zu of a row read back has no value", i);
	}
	out.key_count = (uint8_t)row->key_count;
	if (row->cell_count > 0) {
		cells = ots_arena_alloc(arena, row->cell_count * sizeof *cells);
		if (cells == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "a row of %zu cells", row->cell_count);
	}
	status = to_cells(row, cells, err);
	if (status != OTS_OK)
		return status;
	out.cells = cells;
	out.cell_count = row->cell_count;
	*record = out;
	return OTS_OK;
}

#include <otsfs/tablestore/wire/plainbuffer.h>

struct ots_wire_value ots_wire_value_of(const struct ots_value *value)
{
	switch (value->type) {
	case OTS_STRING: return (struct ots_wire_value){OTS_VT_STRING, .as.bytes = value->as.bytes};
	case OTS_INTEGER:
		return (struct ots_wire_value){OTS_VT_INTEGER, .as.integer = value->as.integer};
	case OTS_BINARY: return (struct ots_wire_value){OTS_VT_BLOB, .as.bytes = value->as.bytes};
	case OTS_DOUBLE: return (struct ots_wire_value){OTS_VT_DOUBLE, .as.real = value->as.real};
	case OTS_BOOLEAN: break;
	}
	return (struct ots_wire_value){OTS_VT_BOOLEAN, .as.boolean = value->as.boolean};
}

struct ots_wire_cell ots_wire_key_cell(const struct ots_key_column *column)
{
	return (struct ots_wire_cell){.name = column->name,
				      .has_value = true,
				      .value = ots_wire_value_of(&column->value)};
}

static struct ots_wire_cell to_wire_cell(const struct ots_cell *from)
{
	struct ots_wire_cell cell = {.name = from->name};

	switch (from->action) {
	case OTS_CELL_PUT:
		cell.has_value = true;
		cell.value = ots_wire_value_of(&from->value);
		break;
	case OTS_CELL_DELETE_VERSION: cell.op = OTS_WIRE_DELETE_ONE; break;
	case OTS_CELL_DELETE_ALL: cell.op = OTS_WIRE_DELETE_ALL; return cell;
	}
	cell.has_timestamp = from->has_version;
	cell.timestamp = from->version;
	return cell;
}

enum ots_status ots_wire_row_from_record(const struct ots_record *record, struct ots_arena *arena,
					 struct ots_wire_row *row, struct ots_error *err)
{
	const size_t count = record->op == OTS_DELETE ? 0 : record->cell_count;
	struct ots_wire_row out = {.key_count = record->key_count,
				   .delete_marker = record->op == OTS_DELETE};

	for (size_t i = 0; i < record->key_count; i++)
		out.key[i] = ots_wire_key_cell(&record->key[i]);
	if (count > 0) {
		out.cells = count <= SIZE_MAX / sizeof *out.cells
				    ? ots_arena_alloc(arena, count * sizeof *out.cells)
				    : NULL;
		if (out.cells == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "a row of %zu cells", count);
	}
	for (size_t i = 0; i < count; i++)
		out.cells[i] = to_wire_cell(&record->cells[i]);
	out.cell_count = count;
	*row = out;
	return OTS_OK;
}

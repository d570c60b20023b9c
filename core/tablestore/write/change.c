#include "change.h"

#include "../decode_rows.h"
#include "../names.h"

static enum ots_status check_change(const struct ots_row_change *change, struct ots_error *err)
{
	const struct ots_wire_row *row = change->row;

	if (change->op == OTS_BASE)
		return ots_fail(err, OTS_USAGE, "a part of a row is no change of one");
	if (row->key_count == 0 || row->key_count > OTS_KEY_COLUMNS_MAX)
		return ots_fail(err, OTS_USAGE, "a key of %zu columns", row->key_count);
	if (change->op == OTS_DELETE && row->cell_count > 0)
		return ots_fail(err, OTS_USAGE, "DeleteRow of a row with %zu cells",
				row->cell_count);
	for (size_t i = 0; i < row->cell_count; i++) {
		const struct ots_wire_cell *cell = &row->cells[i];

		if (change->op == OTS_PUT && cell->op != OTS_WIRE_PUT)
			return ots_fail(err, OTS_USAGE, "PutRow takes puts only, not cell %zu", i);
		if (cell->op == OTS_WIRE_DELETE_ONE && !cell->has_timestamp)
			return ots_fail(err, OTS_USAGE,
					"cell %zu deletes a version without saying which", i);
	}
	return OTS_OK;
}

static enum ots_status fill_content(const struct ots_row_change *change, struct ots_arena *arena,
				    struct change_parts *parts, struct ots_error *err)
{
	char **names = NULL;
	enum ots_status status;

	parts->return_content = NULL;
	if (change->returns == OTS_RETURN_NOTHING)
		return OTS_OK;
	status = ots_names_copy(arena, change->return_columns, change->return_column_count,
				"name of a column to return", &names, err);
	if (status != OTS_OK)
		return status;
	ots__wire__return_content__init(&parts->content);
	parts->content.has_return_type = 1;
	parts->content.return_type = (Ots__Wire__ReturnType)change->returns;
	parts->content.n_return_column_names = change->return_column_count;
	parts->content.return_column_names = names;
	parts->return_content = &parts->content;
	return OTS_OK;
}

enum ots_status ots_change_fill(const struct ots_row_change *change, struct ots_arena *arena,
				struct ots_buffer *text, struct change_parts *parts,
				struct ots_error *err)
{
	const struct ots_bytes filter = change->filter;
	const size_t before = text->len;
	enum ots_status status = check_change(change, err);
	struct ots_wire_row row;

	if (status == OTS_OK)
		status = fill_content(change, arena, parts, err);
	if (status != OTS_OK)
		return status;
	row = *change->row;
	row.delete_marker = change->op == OTS_DELETE;
	row.has_sequence = false;
	if (!ots_plainbuffer_put_row(text, &row))
		return ots_buffer_fail(text, 1, "row", err);
	parts->row_len = text->len - before;
	ots__wire__condition__init(&parts->condition);
	parts->condition.row_existence = (Ots__Wire__RowExistenceExpectation)change->existence;
	parts->condition.has_column_condition = filter.len > 0;
	/* Packing only reads; the generated struct has no way to say so. */
	parts->condition.column_condition.len = filter.len;
	parts->condition.column_condition.data = ots_arena_copy(arena, filter.at, filter.len);
	if (parts->condition.column_condition.data == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "condition of %zu bytes", filter.len);
	return OTS_OK;
}

enum ots_status ots_change_take_returned(const struct ots_row_change *change, struct ots_bytes row,
					 struct ots_batch *returned, struct ots_error *err)
{
	const size_t before = returned->count;
	enum ots_status status;

	if (change->returns == OTS_RETURN_NOTHING || row.len == 0)
		return OTS_OK;
	status = ots_decode_rows(row, 1, returned, err);
	if (status == OTS_OK && returned->count > before &&
	    !ots_decoded_key_is(&returned->records[before], change->row->key,
				change->row->key_count))
		status = ots_fail(err, OTS_CORRUPT,
				  "the row that came back is not the one that was written");
	return status;
}

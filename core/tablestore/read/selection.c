#include "selection.h"

#include "../names.h"

static enum ots_status fill_columns(const struct ots_row_selection *selection,
				    struct ots_arena *arena, struct selection_parts *parts,
				    struct ots_error *err)
{
	const struct ots_bytes ends[] = {selection->start_column, selection->end_column};
	char **text[] = {&parts->start_column, &parts->end_column};
	enum ots_status status = ots_names_copy(arena, selection->columns, selection->column_count,
						"name of a column to read", &parts->columns, err);

	parts->column_count = selection->column_count;
	for (size_t i = 0; status == OTS_OK && i < 2; i++) {
		char **one = NULL;

		if (ends[i].len == 0)
			continue;
		status = ots_names_copy(arena, &ends[i], 1, "end of a range of columns", &one, err);
		if (status == OTS_OK)
			*text[i] = one[0];
	}
	return status;
}

enum ots_status ots_selection_fill(const struct ots_row_selection *selection,
				   struct ots_arena *arena, struct selection_parts *parts,
				   struct ots_error *err)
{
	*parts = (struct selection_parts){.has_max_versions = selection->max_versions != 0,
					  .max_versions = selection->max_versions,
					  .has_filter = selection->filter.len > 0};
	if (selection->max_versions < 0 ||
	    (selection->max_versions == 0 && !selection->has_time_range))
		return ots_fail(err, OTS_USAGE, "neither versions nor times say what to read");
	if (selection->has_time_range) {
		ots__wire__time_range__init(&parts->times);
		parts->times.has_start_time = parts->times.has_end_time = 1;
		parts->times.start_time = selection->start_ms;
		parts->times.end_time = selection->end_ms;
		parts->time_range = &parts->times;
	}
	parts->filter.len = selection->filter.len;
	parts->filter.data = ots_arena_copy(arena, selection->filter.at, selection->filter.len);
	if (parts->filter.data == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "filter of %zu bytes", selection->filter.len);
	return fill_columns(selection, arena, parts, err);
}

enum ots_status ots_key_put_plainbuffer(struct ots_row_key key, struct ots_buffer *out,
					struct ots_wire_row *row, struct ots_error *err)
{
	*row = (struct ots_wire_row){.key_count = key.count};
	if (key.count == 0 || key.count > OTS_KEY_COLUMNS_MAX)
		return ots_fail(err, OTS_USAGE, "a key of %zu columns", key.count);
	for (size_t i = 0; i < key.count; i++)
		row->key[i] = ots_wire_key_cell(&key.columns[i]);
	if (!ots_plainbuffer_put_row(out, row))
		return ots_buffer_fail(out, 1, "key", err);
	return OTS_OK;
}

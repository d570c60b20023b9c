#include "read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

/* The same form that ots_visible_select() looks names up in: bytes order. */
static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_columns(struct ots_call *call, const struct ots_read_request *request,
			 struct ots_selection *selection)
{
	if (request->column_count > OTS_LIMIT_READ_COLUMNS)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The number of columns from the request exceeds the limit, limit "
				  "count: %d, column count: %zu.",
				  OTS_LIMIT_READ_COLUMNS, request->column_count);
	for (size_t i = 0; i < request->column_count; i++) {
		const char *name = request->columns[i];

		if (!ots_check_column_name(ots_bytes_of(name), call->fault))
			return false;
	}
	if (request->column_count > 1)
		qsort(request->columns, request->column_count, sizeof(char *), compare_names);
	selection->columns = (const char *const *)request->columns;
	selection->column_count = request->column_count;
	return true;
}

static bool is_version(int64_t ms)
{
	return ms >= 0 && ms < OTS_LIMIT_VERSION;
}

static bool read_times(struct ots_call *call, const struct ots_read_request *request,
		       struct ots_selection *selection)
{
	const Ots__Wire__TimeRange *range = request->time_range;

	selection->start_ms = INT64_MIN;
	selection->end_ms = INT64_MAX;
	selection->max_versions = INT32_MAX;
	if (range == NULL && !request->has_max_versions)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "%s", request->no_version_text);
	if (request->has_max_versions)
		selection->max_versions = request->max_versions;
	if (selection->max_versions < 1)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The max versions must be greater than 0.");
	if (range == NULL)
		return true;
	if (range->has_specific_time && !range->has_start_time && !range->has_end_time &&
	    is_version(range->specific_time)) {
		selection->start_ms = range->specific_time;
		selection->end_ms = range->specific_time + 1;
		return true;
	}
	if (!range->has_specific_time && range->has_start_time && range->has_end_time &&
	    range->start_time >= 0 && range->start_time < range->end_time) {
		selection->start_ms = range->start_time;
		selection->end_ms = range->end_time;
		return true;
	}
	return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
			  "The time range must be one time, or a start below an end.");
}

bool ots_read_selection(struct ots_call *call, const struct ots_read_request *request,
			struct ots_selection *selection)
{
	const char *unsupported = NULL;

	*selection = (struct ots_selection){
		.start_column = request->start_column,
		.end_column = request->end_column,
	};
	if (request->has_token)
		unsupported = "token";
	else if (request->transaction_id != NULL)
		unsupported = "transaction_id";
	if (unsupported != NULL)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Unsupported parameter: %s.",
				  unsupported);
	if (request->filter.len > 0 &&
	    !ots_filter_read(&call->arena, request->filter, OTS_FILTER_READ, &selection->filter,
			     call->fault))
		return false;
	return read_columns(call, request, selection) && read_times(call, request, selection);
}

bool ots_read_key(struct ots_call *call, struct ots_bytes bytes, struct ots_wire_row *key)
{
	struct ots_plainbuffer_reader reader = {
		.in = {bytes.at, bytes.len, 0},
		.lenient_tail = true,
	};
	struct ots_error err = {.status = OTS_OK};
	bool more = false;

	if (ots_plainbuffer_next(&reader, 1, &call->arena, key, &more, &err) != OTS_OK)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Invalid PlainBuffer: %s.",
				  err.text);
	if (!more || key->cell_count > 0 || key->delete_marker || key->has_sequence)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Invalid PlainBuffer: it is no primary key.");
	return true;
}

bool ots_read_point_key(struct ots_call *call, struct ots_bytes bytes, struct ots_wire_row *key)
{
	if (!ots_read_key(call, bytes, key))
		return false;
	for (size_t i = 0; i < key->key_count; i++)
		if (!ots_check_key_value(&key->key[i], call->fault))
			return false;
	return true;
}

bool ots_read_take_key(const struct ots_table *table, struct ots_bytes key, struct ots_arena *arena,
		       struct ots_wire_row *row, struct ots_fault *fault)
{
	struct ots_cursor in = {key.at, key.len, 0};

	*row = (struct ots_wire_row){.key_count = table->key_count};
	for (size_t i = 0; i < table->key_count; i++) {
		struct ots_wire_cell *cell = &row->key[i];
		const char *name = table->key[i].name;

		cell->name = ots_bytes_of(name);
		cell->has_value = true;
		if (!ots_key_take(&in, table->key[i].kind, arena, &cell->value))
			return ots_refuse(fault, OTS_FAULT_INTERNAL,
					  "stored row: bad key at byte %" PRIu64, in.offset);
	}
	return in.left == 0 || ots_refuse(fault, OTS_FAULT_INTERNAL,
					  "stored row: key too long at byte %" PRIu64, in.offset);
}

/* The cells of a row as they go out, and what they count. */
static bool fill_cells(const struct ots_row *row, struct ots_arena *arena, struct ots_wire_row *to,
		       size_t *bytes)
{
	*bytes = 0;
	for (size_t i = 0; i < to->key_count; i++)
		*bytes += to->key[i].name.len + ots_value_bytes(&to->key[i].value);
	if (row->count == 0)
		return true;
	to->cells = ots_arena_alloc(arena, row->count * sizeof *to->cells);
	if (to->cells == NULL)
		return false;
	to->cell_count = row->count;
	for (size_t i = 0; i < row->count; i++) {
		const struct ots_row_cell *cell = &row->cells[i];

		*bytes += cell->name.len + ots_value_bytes(&cell->value);
		to->cells[i] = (struct ots_wire_cell){.name = cell->name,
						      .has_value = true,
						      .value = cell->value,
						      .has_timestamp = true,
						      .timestamp = cell->timestamp};
	}
	return true;
}

/* Leave of the key what was asked for by name. Source: tablestore-protocol 2.5 and 3.5,
 * return_entire_primary_keys. */
static void cut_key(const struct ots_selection *selection, struct ots_wire_row *row)
{
	size_t kept = 0;

	if (!selection->cuts_key || selection->column_count == 0)
		return;
	for (size_t i = 0; i < row->key_count; i++)
		if (ots_visible_named(selection, row->key[i].name))
			row->key[kept++] = row->key[i];
	row->key_count = kept;
}

bool ots_read_put_row(const struct ots_read_row *from, struct ots_arena *arena,
		      struct ots_buffer *out, bool *shown, size_t *bytes, struct ots_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_wire_row wire;
	struct ots_row row;

	ots_row_init(&row, arena);
	if (ots_row_decode(from->blob, &row, &err) != OTS_OK)
		return ots_refuse_error(fault, &err);
	*shown = ots_visible_select(from->table, from->selection, from->now_ms, &row) &&
		 (from->selection->filter == NULL ||
		  ots_filter_apply(from->selection->filter, &row));
	if (!*shown)
		return true;
	if (!ots_read_take_key(from->table, from->key, arena, &wire, fault))
		return false;
	if (!fill_cells(&row, arena, &wire, bytes))
		return ots_call_no_memory(fault);
	cut_key(from->selection, &wire);
	return (from->first ? ots_plainbuffer_put_row(out, &wire)
			    : ots_plainbuffer_put_bare_row(out, &wire)) ||
	       ots_call_no_memory(fault);
}

bool ots_read_point_locked(struct ots_call *call, const struct ots_read_point *point,
			   struct ots_buffer *out, size_t *bytes, struct ots_fault *fault)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_buffer *blob = &call->engine->locked.row;
	const struct ots_wire_row *key = point->key;
	struct ots_error err = {.status = OTS_OK};
	struct ots_read_row row = {
		.table = point->table,
		.selection = point->selection,
		.now_ms = call->now_ms,
		.first = true,
	};
	bool found = false;
	bool shown = false;

	if (!ots_table_check_key(point->table, key, (struct ots_key_rules){.bounds = false},
				 fault) ||
	    !ots_call_encode_key(call, key->key, key->key_count, &row.key, fault))
		return false;
	if (storage->ops->get(storage->self, point->table->id, row.key, blob, &found, &err) !=
	    OTS_OK)
		return ots_refuse_error(fault, &err);
	row.blob = (struct ots_bytes){blob->bytes, blob->len};
	return !found || ots_read_put_row(&row, point->arena, out, &shown, bytes, fault);
}

#include "visible.h"

#include <stdlib.h>

#include <otsfs/base/bytes.h>

int64_t ots_visible_from(const struct ots_table *table, int64_t now_ms)
{
	/* 2^31 seconds are 2^41 ms: no clock is near enough to the ends of int64 to wrap here. */
	return table->ttl_seconds == -1 ? INT64_MIN : now_ms - (int64_t)table->ttl_seconds * 1000;
}

bool ots_visible_exists(const struct ots_row *row, int64_t from_ms)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->cells[i].timestamp >= from_ms)
			return true;
	return row->count == 0;
}

static int compare_with_column(const void *name, const void *column)
{
	return ots_row_name_compare(*(const struct ots_bytes *)name,
				    ots_bytes_of(*(const char *const *)column));
}

bool ots_visible_named(const struct ots_selection *selection, struct ots_bytes name)
{
	return bsearch(&name, selection->columns, selection->column_count, sizeof(const char *),
		       compare_with_column) != NULL;
}

static bool column_selected(const struct ots_selection *selection, struct ots_bytes name)
{
	if (selection->column_count > 0 && !ots_visible_named(selection, name))
		return false;
	if (selection->start_column != NULL &&
	    ots_row_name_compare(name, ots_bytes_of(selection->start_column)) < 0)
		return false;
	return selection->end_column == NULL ||
	       ots_row_name_compare(name, ots_bytes_of(selection->end_column)) < 0;
}

/* Key columns are returned with every row; naming one asks for the row itself. */
static bool key_named(const struct ots_table *table, const struct ots_selection *selection)
{
	for (size_t i = 0; i < table->key_count; i++)
		if (ots_visible_named(selection, ots_bytes_of(table->key[i].name)))
			return true;
	return false;
}

bool ots_visible_select(const struct ots_table *table, const struct ots_selection *selection,
			int64_t now_ms, struct ots_row *row)
{
	const int64_t from_ms = ots_visible_from(table, now_ms);
	const bool exists = ots_visible_exists(row, from_ms);
	int32_t of_table = 0; /* newest versions of this column that the table keeps, so far */
	int32_t taken = 0;
	bool selected = false;
	size_t kept = 0;

	for (size_t i = 0; i < row->count; i++) {
		const struct ots_row_cell *cell = &row->cells[i];

		if (i == 0 || ots_row_name_compare(cell->name, row->cells[i - 1].name) != 0) {
			selected = column_selected(selection, cell->name);
			of_table = taken = 0;
		}
		if (!selected || of_table == table->max_versions || cell->timestamp < from_ms)
			continue;
		of_table++;
		if (cell->timestamp < selection->start_ms || cell->timestamp >= selection->end_ms ||
		    taken == selection->max_versions)
			continue;
		taken++;
		row->cells[kept++] = *cell;
	}
	row->count = kept;
	if (kept > 0)
		return true;
	return exists && (selection->column_count == 0 || key_named(table, selection));
}

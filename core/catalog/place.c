#include "listing.h"

#include <string.h>

/* The layout has its own way to the labels of an hour; so has an object without any time. */
#include "layout/moment.h"

#define SCHEMA_NAME "schema.json"

/* Same content: the ETag says so. Size and modification time are compared as well: an object put
 * again with the bytes it had is a change that its readers should see in the times. */
static bool is_same(const struct ots_row *row, const struct ots_entry *entry)
{
	const struct ots_bytes etag = ots_row_etag(row);

	return atomic_load_explicit(&row->format, memory_order_relaxed) != OTS_FORMAT_SUPERSEDED &&
	       row->size == entry->size && row->mtime_us == entry->mtime_us &&
	       etag.len == strnlen(entry->etag, OTS_ETAG_BYTES - 1) &&
	       memcmp(etag.at, entry->etag, etag.len) == 0;
}

static bool is_data(struct ots_bytes name, uint64_t size)
{
	const size_t schema_len = sizeof SCHEMA_NAME - 1;

	return size > 0 && name.len > 0 &&
	       !(name.len == schema_len && memcmp(name.at, SCHEMA_NAME, schema_len) == 0);
}

/* The folders of a placement, made where they are new. */
static bool find_folders(struct ots_index *index, const struct ots_placement *placement,
			 struct ots_row *row)
{
	uint32_t by_table =
		ots_index_folder_at(index, OTS_FOLDER_TABLES, OTS_FOLDER_TABLE, placement->table);
	uint32_t by_time = OTS_FOLDER_BY_TIME;

	for (unsigned i = 0; i < placement->depth; i++) {
		const struct ots_bytes label = {
			(const uint8_t *)placement->labels[i],
			strnlen(placement->labels[i], sizeof placement->labels[i])};

		if (by_table == OTS_FOLDER_NONE || by_time == OTS_FOLDER_NONE)
			return false;
		by_table = ots_index_folder_at(index, by_table, OTS_FOLDER_TABLE_TIME, label);
		by_time = ots_index_folder_at(index, by_time, OTS_FOLDER_TIME, label);
	}
	if (by_table == OTS_FOLDER_NONE || by_time == OTS_FOLDER_NONE)
		return false;
	row->table_folder = by_table;
	row->time_folder =
		ots_index_folder_at(index, by_time, OTS_FOLDER_TIME_TABLE, placement->table);
	return row->time_folder != OTS_FOLDER_NONE;
}

/* Table, folders and the version's time, from the layout and the modification time. */
static bool place(struct ots_lister *lister, const struct ots_entry *entry, struct ots_row *row)
{
	struct ots_placement placement;

	row->time_us = entry->mtime_us;
	row->time_from = OTS_TIME_FROM_MTIME;
	if (!ots_layout_place(lister->options.layout, entry->key, &placement))
		return true;
	if (placement.has_path_time) {
		row->time_us = placement.path_us;
		row->time_from = OTS_TIME_FROM_PATH;
	}
	if (placement.has_name_time) {
		row->time_us = placement.name_us;
		row->time_from = OTS_TIME_FROM_NAME;
	}
	if (placement.depth == 0) {
		ots_moment_hour_labels(entry->mtime_us, placement.labels);
		placement.depth = 4;
	}
	return find_folders(&lister->index, &placement, row);
}

uint32_t ots_lister_row(struct ots_lister *lister, uint32_t raw_folder, struct ots_bytes name,
			const struct ots_entry *entry)
{
	const uint32_t found = ots_index_find_row(&lister->index, raw_folder, name);
	struct ots_row row = {
		.size = entry->size, .mtime_us = entry->mtime_us, .raw_folder = raw_folder};

	if (found != OTS_ROW_NONE && is_same(ots_index_row(&lister->index, found), entry))
		return found;
	row.time_us = entry->mtime_us;
	row.time_from = OTS_TIME_FROM_MTIME;
	atomic_init(&row.format,
		    entry->size == 0 ? (uint8_t)OTS_FORMAT_EMPTY : (uint8_t)OTS_FORMAT_UNKNOWN);
	if (is_data(name, entry->size)) {
		atomic_init(&row.format, OTS_FORMAT_PENDING);
		if (!place(lister, entry, &row))
			return OTS_ROW_NONE;
	}
	return ots_index_add_row(&lister->index, &row, name, entry->etag);
}

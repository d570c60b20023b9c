#include "place.h"

#include <string.h>

/* The layout has its own way to the labels of an hour; so has an object without any time. */
#include "../layout/moment.h"

#define SCHEMA_NAME "schema.json"

/* Same content: the ETag says so. Size and modification time are compared as well: an object put
 * again with the bytes it had is a change that its readers should see in the times. */
static bool is_same(const struct ots_row *row, const struct ots_entry *entry)
{
	const struct ots_bytes etag = ots_row_etag(row);

	return row->format != OTS_FORMAT_SUPERSEDED && row->size == entry->size &&
	       row->mtime_us == entry->mtime_us &&
	       etag.len == strnlen(entry->etag, OTS_ETAG_BYTES - 1) &&
	       memcmp(etag.at, entry->etag, etag.len) == 0;
}

static bool is_data(struct ots_bytes name, uint64_t size)
{
	const size_t schema_len = sizeof SCHEMA_NAME - 1;

	return size > 0 && name.len > 0 &&
	       !(name.len == schema_len && memcmp(name.at, SCHEMA_NAME, schema_len) == 0);
}

/* The folders of a placement, made where they are new: that of the time below its table, and that
 * of the time alone. */
static bool find_folders(struct ots_tree *tree, const struct ots_placement *placement,
			 uint32_t *table_folder, uint32_t *time_folder)
{
	uint32_t by_table =
		ots_tree_folder_at(tree, OTS_FOLDER_TABLES, OTS_FOLDER_TABLE, placement->table);
	uint32_t by_time = OTS_FOLDER_BY_TIME;

	for (unsigned i = 0; i < placement->depth; i++) {
		const struct ots_bytes label = {
			(const uint8_t *)placement->labels[i],
			strnlen(placement->labels[i], sizeof placement->labels[i])};

		if (by_table == OTS_FOLDER_NONE || by_time == OTS_FOLDER_NONE)
			return false;
		by_table = ots_tree_folder_at(tree, by_table, OTS_FOLDER_TABLE_TIME, label);
		by_time = ots_tree_folder_at(tree, by_time, OTS_FOLDER_TIME, label);
	}
	*table_folder = by_table;
	*time_folder = by_time;
	return by_table != OTS_FOLDER_NONE && by_time != OTS_FOLDER_NONE;
}

/* Table, folders and the version's time, from the layout and the modification time. */
static bool place(struct ots_tree *tree, const struct ots_catalog_options *options,
		  const struct ots_entry *entry, struct ots_row *row)
{
	struct ots_placement placement;
	uint32_t time;

	if (!ots_layout_place(options->layout, entry->key, &placement))
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
	if (!find_folders(tree, &placement, &row->table_folder, &time))
		return false;
	row->time_folder = ots_tree_folder_at(tree, time, OTS_FOLDER_TIME_TABLE, placement.table);
	return row->time_folder != OTS_FOLDER_NONE;
}

uint32_t ots_place_row(struct ots_tree *tree, const struct ots_catalog_options *options,
		       uint32_t raw_folder, struct ots_bytes name, const struct ots_entry *entry)
{
	const uint32_t found = ots_index_find_row(&tree->index, raw_folder, name);
	struct ots_row row = {.size = entry->size,
			      .mtime_us = entry->mtime_us,
			      .time_us = entry->mtime_us,
			      .time_from = OTS_TIME_FROM_MTIME,
			      .raw_folder = raw_folder};

	if (found != OTS_ROW_NONE && is_same(ots_index_row(&tree->index, found), entry))
		return found;
	row.format = entry->size == 0 ? OTS_FORMAT_EMPTY : OTS_FORMAT_UNKNOWN;
	if (is_data(name, entry->size)) {
		row.format = OTS_FORMAT_PENDING;
		if (!place(tree, options, entry, &row))
			return OTS_ROW_NONE;
	}
	return ots_index_add_row(&tree->index, &row, name, entry->etag);
}

bool ots_place_path(struct ots_tree *tree, const struct ots_catalog_options *options,
		    uint32_t raw_folder)
{
	struct ots_dir *dir = ots_tree_dir(tree, raw_folder);
	struct ots_placement placement;
	uint8_t path[OTS_KEY_MAX_BYTES];
	const size_t len = ots_folder_path(&tree->index, raw_folder, path);

	switch (ots_layout_path(options->layout, (struct ots_bytes){path, len}, &placement)) {
	case OTS_PATH_OUTSIDE: dir->outside = true; return true;
	case OTS_PATH_OPEN: return true;
	case OTS_PATH_PLACED: break;
	}
	dir->placed = find_folders(tree, &placement, &dir->table_folder, &dir->time_folder);
	if (dir->placed) {
		ots_tree_newest(tree, dir->table_folder, placement.path_us);
		ots_tree_newest(tree, dir->time_folder, placement.path_us);
	}
	return dir->placed;
}

bool ots_place_is_below(const struct ots_tree *tree, uint32_t folder, uint32_t above)
{
	while (folder > above) /* ends: parents have smaller indexes */
		folder = ots_index_folder(&tree->index, folder)->parent;
	return folder == above;
}

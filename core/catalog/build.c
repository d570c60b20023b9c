#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "sort.h"

#define SCHEMA_NAME "schema.json"

/* A snapshot while it is put together. */
struct builder {
	struct ots_snapshot *snapshot;
	bool *attached; /* folders that are children of their parents by now */
	uint32_t *fill; /* how many children a folder has been given */
	struct ots_sorter sorter;
};

static void count_object(struct ots_catalog_counts *counts, const struct ots_row *row)
{
	const enum ots_format format = ots_row_format(row);
	const size_t schema_len = sizeof SCHEMA_NAME - 1;
	const bool schema =
		row->name_len == schema_len && memcmp(row->name, SCHEMA_NAME, schema_len) == 0;

	counts->objects++;
	counts->bytes += row->size;
	if (format == OTS_FORMAT_EMPTY || row->size == 0)
		counts->empty++;
	else if (format != OTS_FORMAT_UNKNOWN && !ots_format_has_records(format))
		counts->known_unread++;
	else if (!ots_row_has_text(row) && !schema && row->name_len > 0)
		counts->unrecognised++;
}

/* Count a folder, and those above it, as a child of its parent. */
static void attach(struct builder *b, uint32_t folder)
{
	const struct ots_index *index = b->snapshot->index;

	while (!b->attached[folder]) { /* ends: parents have smaller indexes; tops are attached */
		const struct ots_folder_record *record = ots_index_folder(index, folder);

		b->attached[folder] = true;
		b->snapshot->dirs[record->parent].count++;
		if (record->kind == OTS_FOLDER_TABLE) {
			b->attached[folder + 1] = true; /* its link */
			b->snapshot->dirs[folder].count++;
			b->snapshot->counts.tables++;
		}
		folder = record->parent;
	}
}

static void count_child(struct builder *b, uint32_t folder, int64_t time_us)
{
	struct ots_dir *dir = &b->snapshot->dirs[folder];

	if (dir->newest_us < time_us || dir->count == 0)
		dir->newest_us = time_us;
	dir->count++;
	attach(b, folder);
}

static void count_children(struct builder *b)
{
	const struct ots_snapshot *snapshot = b->snapshot;

	for (uint32_t i = 0; i < snapshot->row_count; i++) {
		const struct ots_row *row;

		if (!ots_snapshot_lives(snapshot, i))
			continue;
		row = ots_index_row(snapshot->index, i);
		count_object(&b->snapshot->counts, row);
		count_child(b, row->raw_folder, row->mtime_us);
		if (ots_row_has_text(row)) {
			count_child(b, row->table_folder, row->time_us);
			count_child(b, row->time_folder, row->time_us);
		}
	}
}

static void give_child(struct builder *b, uint32_t folder, uint32_t ref)
{
	b->snapshot->children[b->snapshot->dirs[folder].first + b->fill[folder]++] = ref;
}

static void give_children(struct builder *b)
{
	const struct ots_snapshot *snapshot = b->snapshot;

	for (uint32_t i = OTS_FOLDER_RAW_TOP + 1; i < snapshot->folder_count; i++) {
		if (b->attached[i])
			give_child(b, ots_index_folder(snapshot->index, i)->parent,
				   OTS_REF_FOLDER | i);
	}
	for (uint32_t i = 0; i < snapshot->row_count; i++) {
		const struct ots_row *row;

		if (!ots_snapshot_lives(snapshot, i))
			continue;
		row = ots_index_row(snapshot->index, i);
		give_child(b, row->raw_folder, OTS_REF_FILE | i);
		if (ots_row_has_text(row)) {
			give_child(b, row->table_folder, OTS_REF_FILE | i);
			give_child(b, row->time_folder, OTS_REF_FILE | i);
		}
	}
}

/* Where the children of each folder begin. @return how many there are in all */
static uint32_t set_places(struct ots_snapshot *snapshot)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < snapshot->folder_count; i++) {
		snapshot->dirs[i].first = at;
		at += snapshot->dirs[i].count; /* below 2^32: three for each of 2^30 rows */
	}
	return at;
}

/* Children have larger indexes than their parents: one pass from the back carries times up. */
static void carry_newest(struct builder *b)
{
	const struct ots_snapshot *snapshot = b->snapshot;

	for (uint32_t i = snapshot->folder_count; i-- > OTS_FOLDER_RAW_TOP + 1;) {
		const struct ots_folder_record *record = ots_index_folder(snapshot->index, i);
		struct ots_dir *above = &snapshot->dirs[record->parent];

		if (b->attached[i] && record->kind != OTS_FOLDER_LATEST &&
		    above->newest_us < snapshot->dirs[i].newest_us)
			above->newest_us = snapshot->dirs[i].newest_us;
	}
}

static bool allocate(struct builder *b)
{
	struct ots_snapshot *snapshot = b->snapshot;

	snapshot->dirs = calloc(snapshot->folder_count, sizeof *snapshot->dirs);
	b->attached = calloc(snapshot->folder_count, sizeof *b->attached);
	b->fill = calloc(snapshot->folder_count, sizeof *b->fill);
	return snapshot->dirs != NULL && b->attached != NULL && b->fill != NULL;
}

static bool build(struct builder *b)
{
	struct ots_snapshot *snapshot = b->snapshot;
	uint32_t total;

	if (!allocate(b))
		return false;
	for (uint32_t i = 0; i <= OTS_FOLDER_RAW_TOP; i++)
		b->attached[i] = true;
	count_children(b);
	total = set_places(snapshot);
	snapshot->children = calloc((size_t)total + 1, sizeof *snapshot->children);
	if (snapshot->children == NULL)
		return false;
	give_children(b);
	for (uint32_t i = 0; i < snapshot->folder_count; i++) {
		if (snapshot->dirs[i].count > 0 && !ots_sort_folder(&b->sorter, snapshot, i))
			return false;
	}
	carry_newest(b);
	return true;
}

enum ots_status ots_snapshot_build(const struct ots_index *index, uint64_t *alive,
				   struct ots_snapshot **out, struct ots_error *err)
{
	struct builder b = {.snapshot = calloc(1, sizeof *b.snapshot)};
	enum ots_status status = OTS_OK;

	if (b.snapshot == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "tree of %u objects", index->rows.count);
	atomic_init(&b.snapshot->users, 1);
	b.snapshot->index = index;
	b.snapshot->row_count = index->rows.count;
	b.snapshot->folder_count = index->folders.count;
	b.snapshot->alive = alive;
	ots_arena_init(&b.snapshot->names, SIZE_MAX / 2);
	if (!build(&b)) {
		b.snapshot->alive = NULL; /* still the caller's */
		status = ots_fail(err, OTS_NO_MEMORY, "tree of %u objects", index->rows.count);
		ots_snapshot_drop(b.snapshot);
	} else {
		*out = b.snapshot;
	}
	free(b.attached);
	free(b.fill);
	ots_sorter_release(&b.sorter);
	return status;
}

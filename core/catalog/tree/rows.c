/* Rows in the tree: what lives is counted, what has text shows below tables/ and by-time/. */
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define SCHEMA_NAME "schema.json"

/* Count a row that lives, or (-1) no more. */
static void count(struct ots_catalog_counts *counts, const struct ots_row *row, int sign)
{
	const enum ots_format format = ots_row_format(row);
	const size_t schema_len = sizeof SCHEMA_NAME - 1;
	const bool schema =
		row->name_len == schema_len && memcmp(row->name, SCHEMA_NAME, schema_len) == 0;
	const uint64_t one = sign < 0 ? UINT64_MAX : 1;

	counts->objects += one;
	counts->bytes += one * row->size;
	if (format == OTS_FORMAT_EMPTY || row->size == 0)
		counts->empty += one;
	else if (format != OTS_FORMAT_UNKNOWN && !ots_format_has_text(format))
		counts->known_unread += one;
	else if (!ots_row_has_text(row) && !schema && row->name_len > 0)
		counts->unrecognised += one;
}

/* Lists keep rows that were shown once until they are put together again, so that a row is in each
 * at most once. */
static bool enlist(struct ots_tree *tree, uint32_t number, struct ots_row *row)
{
	if (!row->in_table && !ots_list_add(&ots_tree_dir(tree, row->table_folder)->rows, number))
		return false;
	row->in_table = true;
	if (!row->in_time && !ots_list_add(&ots_tree_dir(tree, row->time_folder)->rows, number))
		return false;
	row->in_time = true;
	return true;
}

static bool show(struct ots_tree *tree, uint32_t number, struct ots_row *row)
{
	if (row->shown || !ots_row_has_text(row))
		return true;
	if (!enlist(tree, number, row) || !ots_tree_hold(tree, row->table_folder))
		return false;
	if (!ots_tree_hold(tree, row->time_folder)) {
		ots_tree_let_go(tree, row->table_folder);
		return false;
	}
	row->shown = true;
	ots_tree_newest(tree, row->table_folder, row->time_us);
	ots_tree_newest(tree, row->time_folder, row->time_us);
	ots_tree_stale(tree, row->table_folder);
	ots_tree_stale(tree, row->time_folder);
	return true;
}

static void hide(struct ots_tree *tree, struct ots_row *row)
{
	if (!row->shown)
		return;
	row->shown = false;
	ots_tree_let_go(tree, row->table_folder);
	ots_tree_let_go(tree, row->time_folder);
	ots_tree_stale(tree, row->table_folder);
	ots_tree_stale(tree, row->time_folder);
}

bool ots_tree_row_lives(struct ots_tree *tree, uint32_t number)
{
	struct ots_row *row = ots_index_row(&tree->index, number);

	if (row->alive)
		return true;
	if (!show(tree, number, row))
		return false;
	row->alive = true;
	count(&tree->counts, row, 1);
	ots_tree_newest(tree, row->raw_folder, row->mtime_us);
	return true;
}

void ots_tree_row_dies(struct ots_tree *tree, uint32_t number)
{
	struct ots_row *row = ots_index_row(&tree->index, number);

	if (!row->alive)
		return;
	count(&tree->counts, row, -1);
	hide(tree, row);
	row->alive = false;
}

bool ots_tree_row_is(struct ots_tree *tree, uint32_t number, unsigned format, bool guessed)
{
	struct ots_row *row = ots_index_row(&tree->index, number);

	if (row->alive)
		count(&tree->counts, row, -1);
	row->format = (uint8_t)format;
	row->guessed = guessed;
	if (row->alive)
		count(&tree->counts, row, 1);
	if (!ots_row_has_text(row))
		hide(tree, row);
	return !row->alive || show(tree, number, row);
}

/* The rows of a list that are shown there; the others leave it. */
static uint32_t take_rows(struct ots_tree *tree, uint32_t folder, uint32_t *refs, uint32_t count)
{
	const bool raw = ots_tree_is_raw(tree, folder);
	struct ots_list *rows = &ots_tree_dir(tree, folder)->rows;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < rows->count; i++) {
		const uint32_t number = rows->items[i];
		struct ots_row *row = ots_index_row(&tree->index, number);

		if (!raw && !row->shown) {
			if (folder == row->table_folder)
				row->in_table = false;
			else
				row->in_time = false;
			continue;
		}
		rows->items[kept++] = number;
		refs[count++] = OTS_REF_FILE | number;
	}
	rows->count = kept;
	return count;
}

static uint32_t take_folders(struct ots_tree *tree, uint32_t folder, uint32_t *refs)
{
	const struct ots_list *folders = &ots_tree_dir(tree, folder)->folders;
	uint32_t count = 0;

	for (uint32_t i = 0; i < folders->count; i++) {
		if (ots_tree_shows(tree, folders->items[i]))
			refs[count++] = OTS_REF_FOLDER | folders->items[i];
	}
	if (ots_index_folder(&tree->index, folder)->kind == OTS_FOLDER_TABLE)
		refs[count++] = OTS_REF_FOLDER | (folder + 1); /* its link */
	return count;
}

struct ots_children *ots_tree_children(struct ots_tree *tree, uint32_t folder)
{
	struct ots_dir *dir = ots_tree_dir(tree, folder);
	const size_t most = (size_t)dir->folders.count + dir->rows.count + 1;
	uint32_t *refs, count;

	if (dir->children != NULL)
		return dir->children;
	refs = malloc(most * sizeof *refs);
	if (refs == NULL)
		return NULL;
	count = take_folders(tree, folder, refs);
	count = take_rows(tree, folder, refs, count);
	dir->children = ots_children_new(&tree->index, folder, refs, count);
	free(refs);
	return dir->children;
}

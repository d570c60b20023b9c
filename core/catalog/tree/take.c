#include "take.h"

#include <stdlib.h>
#include <string.h>

#include "place.h"

static void end_tentative(struct ots_tree *tree, struct ots_dir *dir)
{
	if (!dir->tentative)
		return;
	dir->tentative = false;
	ots_tree_let_go(tree, dir->table_folder);
	ots_tree_let_go(tree, dir->time_folder);
}

/* A folder that nobody has listed shows where its path says, since something is below it. */
static bool begin_tentative(struct ots_tree *tree, struct ots_dir *dir)
{
	if (!dir->placed || dir->listed || dir->tentative)
		return true;
	if (!ots_tree_hold(tree, dir->table_folder))
		return false;
	if (!ots_tree_hold(tree, dir->time_folder)) {
		ots_tree_let_go(tree, dir->table_folder);
		return false;
	}
	dir->tentative = true;
	return true;
}

/* A folder of the source is gone, with all below it. */
static bool vanish(struct ots_tree *tree, uint32_t folder)
{
	struct ots_list stack = {NULL, 0, 0};
	bool good = ots_list_add(&stack, folder);

	while (good && stack.count > 0) { /* ends: each folder once, a tree has no cycles */
		struct ots_dir *dir = ots_tree_dir(tree, stack.items[--stack.count]);

		for (uint32_t i = 0; good && i < dir->folders.count; i++)
			good = ots_list_add(&stack, dir->folders.items[i]);
		for (uint32_t i = 0; i < dir->rows.count; i++)
			ots_tree_row_dies(tree, dir->rows.items[i]);
		end_tentative(tree, dir);
		dir->folders.count = 0;
		dir->rows.count = 0;
		dir->present = false;
		dir->listed = false;
		dir->fresh_until_ms = 0;
		ots_children_drop(dir->children);
		dir->children = NULL;
	}
	free(stack.items);
	return good;
}

static bool agrees(const struct ots_tree *tree, const struct ots_dir *above, bool placed,
		   uint32_t table_folder)
{
	return !above->placed ||
	       (placed && ots_place_is_below(tree, table_folder, above->table_folder));
}

static bool appear(struct ots_tree *tree, uint32_t parent, uint32_t folder)
{
	struct ots_dir *dir = ots_tree_dir(tree, folder);

	if (dir->present)
		return true;
	if (!begin_tentative(tree, dir))
		return false;
	dir->present = true;
	if (!dir->outside &&
	    !agrees(tree, ots_tree_dir(tree, parent), dir->placed, dir->table_folder))
		tree->mixed = true;
	return true;
}

/* Replace a list by another, in which each item stands once. */
static bool replace(struct ots_list *list, const uint32_t *items, uint32_t count)
{
	uint32_t *copy;

	if (count > list->capacity) {
		copy = realloc(list->items, count * sizeof *copy);
		if (copy == NULL)
			return false;
		list->items = copy;
		list->capacity = count;
	}
	if (count > 0)
		memcpy(list->items, items, count * sizeof *items);
	list->count = count;
	return true;
}

static bool is_same(const struct ots_list *list, const uint32_t *items, uint32_t count)
{
	return list->count == count &&
	       (count == 0 || memcmp(list->items, items, count * sizeof *items) == 0);
}

static bool take_rows(struct ots_tree *tree, uint32_t folder, const uint32_t *rows, uint32_t count)
{
	struct ots_list *known = &ots_tree_dir(tree, folder)->rows;
	struct ots_list fresh = {NULL, 0, 0};
	bool good = true;

	for (uint32_t i = 0; good && i < count; i++) {
		struct ots_row *row = ots_index_row(&tree->index, rows[i]);

		if (!row->marked)
			good = ots_list_add(&fresh, rows[i]);
		row->marked = true;
	}
	for (uint32_t i = 0; good && i < known->count; i++) {
		if (!ots_index_row(&tree->index, known->items[i])->marked)
			ots_tree_row_dies(tree, known->items[i]);
	}
	for (uint32_t i = 0; i < count; i++)
		ots_index_row(&tree->index, rows[i])->marked = false;
	for (uint32_t i = 0; good && i < fresh.count; i++) {
		const struct ots_row *row = ots_index_row(&tree->index, fresh.items[i]);

		good = ots_tree_row_lives(tree, fresh.items[i]);
		if (row->shown &&
		    !agrees(tree, ots_tree_dir(tree, folder), true, row->table_folder))
			tree->mixed = true;
	}
	good = good && replace(known, fresh.items, fresh.count);
	free(fresh.items);
	return good;
}

static bool take_folders(struct ots_tree *tree, uint32_t folder, const uint32_t *folders,
			 uint32_t count)
{
	struct ots_list *known = &ots_tree_dir(tree, folder)->folders;
	struct ots_list fresh = {NULL, 0, 0};
	bool good = true;

	for (uint32_t i = 0; good && i < count; i++) {
		struct ots_dir *dir = ots_tree_dir(tree, folders[i]);

		if (!dir->marked)
			good = ots_list_add(&fresh, folders[i]);
		dir->marked = true;
	}
	for (uint32_t i = 0; good && i < known->count; i++) {
		if (!ots_tree_dir(tree, known->items[i])->marked)
			good = vanish(tree, known->items[i]);
	}
	for (uint32_t i = 0; i < count; i++)
		ots_tree_dir(tree, folders[i])->marked = false;
	for (uint32_t i = 0; good && i < fresh.count; i++)
		good = appear(tree, folder, fresh.items[i]);
	good = good && replace(known, fresh.items, fresh.count);
	free(fresh.items);
	return good;
}

bool ots_take_folder(struct ots_tree *tree, uint32_t folder, const uint32_t *folders,
		     uint32_t folder_count, const uint32_t *rows, uint32_t row_count)
{
	struct ots_dir *dir = ots_tree_dir(tree, folder);

	if (!dir->present)
		return true;
	if (!is_same(&dir->folders, folders, folder_count) ||
	    !is_same(&dir->rows, rows, row_count)) {
		ots_tree_stale(tree, folder);
		if (!take_folders(tree, folder, folders, folder_count) ||
		    !take_rows(tree, folder, rows, row_count))
			return false;
	}
	dir->listed = true;
	end_tentative(tree, dir);
	return true;
}

/* Items of all folders, one folder's behind the other's. */
struct grouped {
	uint32_t *first; /* one for each folder, and one behind */
	uint32_t *items;
};

static void release(struct grouped *g)
{
	free(g->first);
	free(g->items);
}

static bool prepare(struct grouped *g, uint32_t groups, uint32_t items)
{
	g->first = calloc((size_t)groups + 2, sizeof *g->first);
	g->items = calloc((size_t)items + 1, sizeof *g->items);
	return g->first != NULL && g->items != NULL;
}

/* Counts have been made in first[group + 1]: places follow from them. After all items are put,
 * first[group] to first[group + 1] are the group's. */
static void set_places(struct grouped *g, uint32_t groups)
{
	for (uint32_t i = 1; i <= groups; i++)
		g->first[i + 1] += g->first[i];
}

static void put(struct grouped *g, uint32_t group, uint32_t item)
{
	g->items[g->first[group + 1]++] = item;
}

static bool group_rows(const struct ots_tree *tree, const uint32_t *rows, uint32_t count,
		       struct grouped *out)
{
	const uint32_t folders = tree->dirs.count;

	if (!prepare(out, folders, count))
		return false;
	for (uint32_t i = 0; i < count; i++)
		out->first[ots_index_row(&tree->index, rows[i])->raw_folder + 2]++;
	set_places(out, folders);
	for (uint32_t i = 0; i < count; i++)
		put(out, ots_index_row(&tree->index, rows[i])->raw_folder, rows[i]);
	return true;
}

/* Folders that have rows, and those above them. */
static bool group_folders(const struct ots_tree *tree, const struct grouped *rows, bool *there,
			  struct grouped *out)
{
	const uint32_t folders = tree->dirs.count;

	if (!prepare(out, folders, folders))
		return false;
	for (uint32_t i = folders; i-- > OTS_FOLDER_RAW_TOP + 1;) {
		const uint32_t parent = ots_index_folder(&tree->index, i)->parent;

		there[i] = there[i] || rows->first[i] < rows->first[i + 1];
		if (!there[i])
			continue;
		there[parent] = true;
		out->first[parent + 2]++;
	}
	set_places(out, folders);
	for (uint32_t i = OTS_FOLDER_RAW_TOP + 1; i < folders; i++) {
		if (there[i])
			put(out, ots_index_folder(&tree->index, i)->parent, i);
	}
	return true;
}

bool ots_take_all(struct ots_tree *tree, const uint32_t *rows, uint32_t row_count)
{
	const uint32_t count = tree->dirs.count;
	struct grouped by_folder = {NULL, NULL}, children = {NULL, NULL};
	bool *there = calloc((size_t)count + 1, sizeof *there);
	bool good = there != NULL && group_rows(tree, rows, row_count, &by_folder) &&
		    group_folders(tree, &by_folder, there, &children);

	/* Parents come before their children. */
	for (uint32_t i = OTS_FOLDER_RAW_TOP; good && i < count; i++) {
		if (i == OTS_FOLDER_RAW_TOP || there[i])
			good = ots_take_folder(tree, i, children.items + children.first[i],
					       children.first[i + 1] - children.first[i],
					       by_folder.items + by_folder.first[i],
					       by_folder.first[i + 1] - by_folder.first[i]);
	}
	release(&by_folder);
	release(&children);
	free(there);
	return good;
}

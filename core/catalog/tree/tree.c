#include "tree.h"

#include <stdlib.h>
#include <string.h>

bool ots_list_add(struct ots_list *list, uint32_t item)
{
	if (list->count == list->capacity) {
		const uint32_t wanted = list->capacity < 4 ? 4 : list->capacity * 2;
		uint32_t *larger;

		if (wanted <= list->capacity)
			return false;
		larger = realloc(list->items, wanted * sizeof *list->items);
		if (larger == NULL)
			return false;
		list->items = larger;
		list->capacity = wanted;
	}
	list->items[list->count++] = item;
	return true;
}

/* A dir for each folder of the index. */
static bool follow(struct ots_tree *tree)
{
	while (tree->dirs.count < tree->index.folders.count) { /* ends: one more each turn */
		if (ots_slab_push(&tree->dirs) == NULL)
			return false;
	}
	return true;
}

bool ots_tree_init(struct ots_tree *tree)
{
	*tree = (struct ots_tree){.mixed = false};
	if (!ots_index_init(&tree->index))
		return false;
	if (!ots_slab_init(&tree->dirs, sizeof(struct ots_dir)) || !follow(tree)) {
		ots_tree_release(tree);
		return false;
	}
	ots_tree_dir(tree, OTS_FOLDER_RAW_TOP)->present = true;
	return true;
}

void ots_tree_release(struct ots_tree *tree)
{
	for (uint32_t i = 0; i < tree->dirs.count; i++) {
		struct ots_dir *dir = ots_tree_dir(tree, i);

		ots_children_drop(dir->children);
		free(dir->folders.items);
		free(dir->rows.items);
	}
	ots_slab_release(&tree->dirs);
	ots_index_release(&tree->index);
}

uint32_t ots_tree_folder_at(struct ots_tree *tree, uint32_t parent, enum ots_folder_kind kind,
			    struct ots_bytes name)
{
	const uint32_t folder = ots_index_folder_at(&tree->index, parent, kind, name);

	return folder != OTS_FOLDER_NONE && follow(tree) ? folder : OTS_FOLDER_NONE;
}

bool ots_tree_shows(const struct ots_tree *tree, uint32_t folder)
{
	const struct ots_dir *dir = ots_tree_dir(tree, folder);

	if (ots_tree_is_top(folder))
		return true;
	if (ots_index_folder(&tree->index, folder)->kind == OTS_FOLDER_LATEST)
		return ots_tree_dir(tree, ots_index_folder(&tree->index, folder)->parent)->holds >
		       0;
	return ots_tree_is_raw(tree, folder) ? dir->present : dir->holds > 0;
}

/* All that can fail, for a folder and those above it. */
static bool link_up(struct ots_tree *tree, uint32_t folder)
{
	for (; !ots_tree_is_top(folder); /* ends: parents have smaller indexes, down to a top */
	     folder = ots_index_folder(&tree->index, folder)->parent) {
		struct ots_dir *dir = ots_tree_dir(tree, folder);
		const uint32_t parent = ots_index_folder(&tree->index, folder)->parent;

		if (dir->linked)
			return true;
		if (!ots_list_add(&ots_tree_dir(tree, parent)->folders, folder))
			return false;
		dir->linked = true;
	}
	return true;
}

bool ots_tree_hold(struct ots_tree *tree, uint32_t folder)
{
	if (!link_up(tree, folder))
		return false;
	while (!ots_tree_is_top(folder) && ots_tree_dir(tree, folder)->holds++ == 0) {
		/* ends: parents have smaller indexes, down to a top */
		const struct ots_folder_record *record = ots_index_folder(&tree->index, folder);

		tree->counts.tables += record->kind == OTS_FOLDER_TABLE;
		ots_tree_stale(tree, record->parent);
		folder = record->parent;
	}
	return true;
}

void ots_tree_let_go(struct ots_tree *tree, uint32_t folder)
{
	while (!ots_tree_is_top(folder) && --ots_tree_dir(tree, folder)->holds == 0) {
		/* ends: parents have smaller indexes, down to a top */
		const struct ots_folder_record *record = ots_index_folder(&tree->index, folder);

		tree->counts.tables -= record->kind == OTS_FOLDER_TABLE;
		ots_tree_stale(tree, record->parent);
		folder = record->parent;
	}
}

void ots_tree_newest(struct ots_tree *tree, uint32_t folder, int64_t us)
{
	for (;;) { /* ends: at a top, or where it is no news */
		struct ots_dir *dir = ots_tree_dir(tree, folder);

		if (dir->has_newest && dir->newest_us >= us)
			return;
		dir->newest_us = us;
		dir->has_newest = true;
		if (ots_tree_is_top(folder))
			return;
		folder = ots_index_folder(&tree->index, folder)->parent;
	}
}

uint32_t ots_tree_folder(const struct ots_tree *tree, uint64_t number)
{
	const uint64_t id = number & (((uint64_t)1 << OTS_NODE_FORM_SHIFT) - 1);

	if (ots_node_form(number) != OTS_NODE_FORM_FOLDER || id == OTS_FOLDER_NONE ||
	    id >= tree->dirs.count ||
	    ots_index_folder(&tree->index, (uint32_t)id)->kind == OTS_FOLDER_LATEST ||
	    !ots_tree_shows(tree, (uint32_t)id))
		return OTS_FOLDER_NONE;
	return (uint32_t)id;
}

static bool folder_node(const struct ots_tree *tree, uint64_t id, struct ots_node *node)
{
	const struct ots_folder_record *record;
	uint32_t folder = (uint32_t)id;

	if (id == OTS_FOLDER_NONE || id >= tree->dirs.count || !ots_tree_shows(tree, folder))
		return false;
	record = ots_index_folder(&tree->index, folder);
	if (record->kind == OTS_FOLDER_LATEST) {
		node->kind = OTS_NODE_LINK;
		folder = record->parent;
	}
	node->mtime_us = ots_tree_dir(tree, folder)->newest_us;
	return true;
}

bool ots_tree_node(const struct ots_tree *tree, uint64_t number, struct ots_node *node)
{
	const uint64_t id = number & (((uint64_t)1 << OTS_NODE_FORM_SHIFT) - 1);
	const unsigned form = ots_node_form(number);
	const struct ots_row *row;

	*node = (struct ots_node){.number = number, .kind = OTS_NODE_FOLDER};
	if (form == OTS_NODE_FORM_FOLDER)
		return folder_node(tree, id, node);
	if ((form != OTS_NODE_FORM_RAW && form != OTS_NODE_FORM_JSONL) ||
	    id >= tree->index.rows.count)
		return false;
	row = ots_index_row(&tree->index, (uint32_t)id);
	if (!row->alive || (form == OTS_NODE_FORM_JSONL && !row->shown))
		return false;
	node->kind = OTS_NODE_FILE;
	node->object_bytes = row->size;
	node->format = ots_row_format(row);
	node->mtime_us = form == OTS_NODE_FORM_RAW ? row->mtime_us : row->time_us;
	return true;
}

uint32_t ots_tree_latest(struct ots_tree *tree, uint32_t link)
{
	uint32_t folder = ots_index_folder(&tree->index, link)->parent;

	for (;;) { /* ends: children's indexes grow */
		const struct ots_children *children = ots_tree_children(tree, folder);

		if (children == NULL)
			return OTS_FOLDER_NONE;
		if (children->last_time == OTS_FOLDER_NONE)
			return folder;
		folder = children->last_time;
	}
}

/* Which folders of the source a folder of the tree needs. */
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "tree/place.h"

bool ots_catalog_is_listed_locked(const struct ots_catalog *catalog, uint32_t folder,
				  uint64_t since, bool seen)
{
	const struct ots_dir *dir = ots_tree_dir(&catalog->locked.tree, folder);

	if (!dir->listed || (seen && dir->unseen))
		return false;
	return dir->turn > since ||
	       (dir->expiry == catalog->locked.expiries &&
		ots_clock_monotonic_ms(catalog->options.clock) < dir->fresh_until_ms);
}

static struct ots_bytes table_of(const struct ots_index *index, uint32_t folder)
{
	const struct ots_folder_record *record = ots_index_folder(index, folder);

	while (record->kind == OTS_FOLDER_TABLE_TIME) /* ends: parents have smaller indexes */
		record = ots_index_folder(index, record->parent);
	return (struct ots_bytes){record->name, record->name_len};
}

/* Whether something right in @p folder, which is below tables/ or by-time/, may come from a folder
 * of the source. One whose place is deeper shows in it just by being there. */
static bool may_give(const struct ots_tree *tree, uint32_t folder, const struct ots_dir *source)
{
	const struct ots_folder_record *record = ots_index_folder(&tree->index, folder);
	struct ots_bytes table;

	if (source->outside || !source->placed)
		return !source->outside;
	switch ((enum ots_folder_kind)record->kind) {
	case OTS_FOLDER_TOP: return false;
	case OTS_FOLDER_TABLE:
	case OTS_FOLDER_TABLE_TIME: return ots_place_is_below(tree, folder, source->table_folder);
	case OTS_FOLDER_TIME: return ots_place_is_below(tree, folder, source->time_folder);
	case OTS_FOLDER_TIME_TABLE:
		table = table_of(&tree->index, source->table_folder);
		return table.len == record->name_len &&
		       memcmp(table.at, record->name, table.len) == 0 &&
		       ots_place_is_below(tree, record->parent, source->time_folder);
	case OTS_FOLDER_RAW:
	case OTS_FOLDER_LATEST: break;
	}
	return false;
}

struct walk {
	struct ots_catalog *catalog;
	uint64_t since;
	uint32_t *want;
	size_t count, most;
	int64_t until_ms;
	bool seen;
};

static void visit(struct walk *w, uint32_t source)
{
	const struct ots_dir *dir = ots_tree_dir(&w->catalog->locked.tree, source);

	if (!ots_catalog_is_listed_locked(w->catalog, source, w->since, w->seen)) {
		if (w->count < w->most)
			w->want[w->count++] = source;
		return;
	}
	if (dir->expiry != w->catalog->locked.expiries)
		w->until_ms = INT64_MIN;
	else if (dir->fresh_until_ms < w->until_ms)
		w->until_ms = dir->fresh_until_ms;
}

int ots_catalog_needs_locked(struct ots_catalog *catalog, uint32_t folder, uint64_t since,
			     uint32_t *want, size_t most, int64_t *until_ms)
{
	const struct ots_tree *tree = &catalog->locked.tree;
	struct walk w = {catalog, since, want, 0, most, INT64_MAX, !ots_tree_is_raw(tree, folder)};
	struct ots_list stack = {NULL, 0, 0};
	bool good = true;

	if (ots_catalog_is_whole_locked(catalog) || ots_tree_is_raw(tree, folder)) {
		visit(&w, ots_catalog_is_whole_locked(catalog) ? OTS_FOLDER_RAW_TOP : folder);
	} else {
		good = ots_list_add(&stack, OTS_FOLDER_RAW_TOP);
		while (good && stack.count > 0) { /* ends: each folder once, a tree has no cycles */
			const uint32_t source = stack.items[--stack.count];
			const struct ots_list *below = &ots_tree_dir(tree, source)->folders;

			visit(&w, source);
			for (uint32_t i = below->count; good && i-- > 0;) {
				if (may_give(tree, folder, ots_tree_dir(tree, below->items[i])))
					good = ots_list_add(&stack, below->items[i]);
			}
		}
		free(stack.items);
	}
	*until_ms = w.until_ms;
	return good ? (int)w.count : -1;
}

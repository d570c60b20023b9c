#define _GNU_SOURCE /* asprintf */
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Folders still to be opened: a stack of our own, since a tree may be deep. */
struct pending {
	struct walk_entry *entries;
	size_t count, cap;
};

static enum ots_status pending_push(struct pending *pending, struct walk_entry entry,
				    struct ots_error *err)
{
	if (pending->count == pending->cap) {
		const size_t cap = pending->cap == 0 ? 64 : pending->cap * 2;
		struct walk_entry *grown =
			reallocarray(pending->entries, cap, sizeof *pending->entries);

		if (grown == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "%s", entry.path);
		pending->entries = grown;
		pending->cap = cap;
	}
	pending->entries[pending->count++] = entry;
	return OTS_OK;
}

static const struct {
	const char *name;
	uint64_t number;
} tops[] = {{"by-time", OTS_NODE_BY_TIME}, {"raw", OTS_NODE_RAW}, {"tables", OTS_NODE_TABLES}};

#define TOP_COUNT (sizeof tops / sizeof *tops)

static enum ots_status child_at(struct source *source, const struct ots_folder *folder,
				size_t index, struct ots_child *child, struct ots_node *node,
				struct ots_error *err)
{
	if (folder == NULL)
		*child = (struct ots_child){
			{(const uint8_t *)tops[index].name, strlen(tops[index].name)},
			tops[index].number,
			OTS_NODE_FOLDER};
	else
		*child = ots_folder_at(folder, index);
	return ots_catalog_node(source->catalog, child->number, node, err);
}

/* Report the children of one folder in order; those to be entered are stacked in reverse, so that
 * they are entered in order. */
static enum ots_status walk_folder(struct source *source, const struct walk_entry *at, bool deep,
				   struct pending *pending, walk_fn *fn, void *arg,
				   struct ots_error *err)
{
	const size_t first = pending->count;
	struct ots_folder *folder = NULL;
	enum ots_status status = OTS_OK;
	size_t count = TOP_COUNT;

	if (at->node.number != 0) {
		status = ots_folder_open(source->catalog, at->node.number, NULL, &folder, err);
		if (status != OTS_OK)
			return status;
		count = ots_folder_count(folder);
	}
	for (size_t i = 0; i < count; i++) {
		struct walk_entry entry = {0};
		struct ots_child child;

		status = child_at(source, folder, i, &child, &entry.node, err);
		if (status == OTS_CHANGED) { /* went between the listing and now */
			status = OTS_OK;
			continue;
		}
		if (status != OTS_OK)
			break;
		if (asprintf(&entry.path, "%s%s%.*s", at->path, at->path[0] ? "/" : "",
			     (int)child.name.len, (const char *)child.name.at) < 0) {
			status = ots_fail(err, OTS_NO_MEMORY, "%s", at->path);
			break;
		}
		status = fn(arg, &entry, err);
		if (status != OTS_OK || !deep || entry.node.kind != OTS_NODE_FOLDER) {
			free(entry.path);
		} else {
			status = pending_push(pending, entry, err);
			if (status != OTS_OK)
				free(entry.path);
		}
		if (status != OTS_OK)
			break;
	}
	for (size_t i = first, j = pending->count; i + 1 < j; i++, j--) {
		const struct walk_entry swap = pending->entries[i];

		pending->entries[i] = pending->entries[j - 1];
		pending->entries[j - 1] = swap;
	}
	ots_folder_close(folder);
	return status;
}

enum ots_status walk(struct source *source, uint64_t folder, const char *path, bool deep,
		     walk_fn *fn, void *arg, struct ots_error *err)
{
	struct walk_entry at = {.node = {.number = folder, .kind = OTS_NODE_FOLDER}};
	struct pending pending = {0};
	enum ots_status status;

	while (*path == '/')
		path++;
	at.path = strdup(path);
	if (at.path == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	for (size_t n = strlen(at.path); n > 0 && at.path[n - 1] == '/'; n--)
		at.path[n - 1] = '\0';
	status = walk_folder(source, &at, deep, &pending, fn, arg, err);
	free(at.path);
	while (pending.count > 0) { /* ends: a tree has finitely many folders, each entered once */
		at = pending.entries[--pending.count];
		if (status == OTS_OK)
			status = walk_folder(source, &at, deep, &pending, fn, arg, err);
		/* Its path alone had told that something is there. */
		if (status == OTS_CHANGED)
			status = OTS_OK;
		free(at.path);
	}
	free(pending.entries);
	return status;
}

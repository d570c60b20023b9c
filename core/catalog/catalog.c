#include <otsfs/catalog/catalog.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/wait.h>

#include "handle.h"

static bool take_one(void *arg, const struct ots_entry *entry)
{
	(void)arg;
	(void)entry;
	return false;
}

static void init_lock(struct ots_catalog *catalog)
{
	(void)pthread_mutex_init(&catalog->locked.mutex, NULL);
	ots_wait_init(&catalog->locked.turn_over);
}

enum ots_status ots_catalog_open(struct ots_store *store, const struct ots_catalog_options *options,
				 struct ots_catalog **out, struct ots_error *err)
{
	const struct ots_list_request any = {0};
	struct ots_catalog *catalog;
	enum ots_status status;

	assert(options->layout != NULL && options->clock != NULL && options->recognise != NULL);
	status = ots_store_list(store, &any, take_one, NULL, err);
	if (status != OTS_OK)
		return ots_context(err, "open %s", ots_store_name(store));
	catalog = calloc(1, sizeof *catalog);
	if (catalog == NULL || !ots_index_init(&catalog->lister.index)) {
		free(catalog);
		return ots_fail(err, OTS_NO_MEMORY, "open %s", ots_store_name(store));
	}
	catalog->lister.store = store;
	catalog->lister.options = *options;
	init_lock(catalog);
	*out = catalog;
	return OTS_OK;
}

void ots_catalog_free(struct ots_catalog *catalog)
{
	if (catalog == NULL)
		return;
	assert(!catalog->locked.listing);
	ots_snapshot_drop(catalog->locked.current);
	ots_index_release(&catalog->lister.index);
	(void)pthread_cond_destroy(&catalog->locked.turn_over);
	(void)pthread_mutex_destroy(&catalog->locked.mutex);
	free(catalog);
}

static enum ots_status fail_gone(struct ots_error *err, uint64_t number)
{
	return ots_fail(err, OTS_CHANGED, "node %llx: changed or gone since it was looked up",
			(unsigned long long)number);
}

static enum ots_status find_child(const struct ots_snapshot *tree, uint64_t folder,
				  struct ots_bytes name, struct ots_node *node,
				  struct ots_error *err)
{
	const uint32_t id = ots_snapshot_folder(tree, folder);
	uint64_t number;

	if (id == OTS_FOLDER_NONE)
		return fail_gone(err, folder);
	if (!ots_snapshot_find(tree, id, name, &number) || !ots_snapshot_node(tree, number, node))
		return ots_fail(err, OTS_NOT_FOUND, "%.*s: no such name here",
				name.len < 255 ? (int)name.len : 255, (const char *)name.at);
	return OTS_OK;
}

enum ots_status ots_catalog_lookup(struct ots_catalog *catalog, uint64_t folder,
				   struct ots_bytes name, struct ots_cancel *cancel,
				   struct ots_node *node, struct ots_error *err)
{
	struct ots_snapshot *tree = NULL;
	enum ots_status status = ots_catalog_fresh(catalog, cancel, &tree, err);

	if (status == OTS_OK)
		status = find_child(tree, folder, name, node, err);
	ots_snapshot_drop(tree);
	return status;
}

static bool is_top(uint64_t number)
{
	return number == OTS_NODE_TABLES || number == OTS_NODE_BY_TIME || number == OTS_NODE_RAW;
}

enum ots_status ots_catalog_node(struct ots_catalog *catalog, uint64_t number,
				 struct ots_node *node, struct ots_error *err)
{
	struct ots_snapshot *tree = ots_catalog_current(catalog);
	enum ots_status status = OTS_OK;

	if (tree == NULL && is_top(number))
		*node = (struct ots_node){.number = number, .kind = OTS_NODE_FOLDER};
	else if (tree == NULL || !ots_snapshot_node(tree, number, node))
		status = fail_gone(err, number);
	ots_snapshot_drop(tree);
	return status;
}

static uint64_t folder_number(uint32_t folder)
{
	return (uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT | folder;
}

uint64_t ots_catalog_parent(struct ots_catalog *catalog, uint64_t folder)
{
	struct ots_snapshot *tree = ots_catalog_current(catalog);
	const uint64_t id = folder & ~((uint64_t)0xff << OTS_NODE_FORM_SHIFT);
	uint64_t parent = folder;

	if (tree != NULL && ots_node_form(folder) == OTS_NODE_FORM_FOLDER && id > 0 &&
	    id < tree->folder_count)
		parent = folder_number(ots_index_folder(tree->index, (uint32_t)id)->parent);
	ots_snapshot_drop(tree);
	return parent;
}

/* The labels from a table down to its newest folder, deepest first: at most five. */
static size_t latest_path(const struct ots_snapshot *tree, uint32_t link,
			  uint32_t path[OTS_TIME_PARTS_MAX])
{
	const uint32_t table = ots_index_folder(tree->index, link)->parent;
	uint32_t folder = ots_snapshot_latest(tree, link);
	size_t depth = 0;

	while (folder != table && depth < OTS_TIME_PARTS_MAX) { /* ends: depth grows */
		path[depth++] = folder;
		folder = ots_index_folder(tree->index, folder)->parent;
	}
	return depth;
}

enum ots_status ots_catalog_link(struct ots_catalog *catalog, uint64_t link, struct ots_buffer *out,
				 struct ots_error *err)
{
	struct ots_snapshot *tree = ots_catalog_current(catalog);
	uint32_t path[OTS_TIME_PARTS_MAX];
	struct ots_node node;
	size_t depth, room;
	enum ots_status status = OTS_OK;

	if (tree == NULL || !ots_snapshot_node(tree, link, &node) || node.kind != OTS_NODE_LINK) {
		status = fail_gone(err, link);
		goto out;
	}
	depth = latest_path(tree, (uint32_t)(link & UINT32_MAX), path);
	room = depth > 0 ? depth - 1 : 0; /* slashes between */
	for (size_t i = 0; i < depth; i++)
		room += ots_index_folder(tree->index, path[i])->name_len;
	if (!ots_buffer_reserve(out, room)) {
		status = ots_buffer_fail(out, room, "target of latest", err);
		goto out;
	}
	while (depth-- > 0) { /* ends: counts down */
		const struct ots_folder_record *record = ots_index_folder(tree->index, path[depth]);

		(void)ots_buffer_put(out, record->name, record->name_len);
		if (depth > 0)
			(void)ots_buffer_put_byte(out, '/');
	}
out:
	ots_snapshot_drop(tree);
	return status;
}

void ots_catalog_supersede(struct ots_catalog *catalog, uint64_t file)
{
	struct ots_snapshot *tree = ots_catalog_current(catalog);
	struct ots_node node;

	if (tree != NULL && ots_snapshot_node(tree, file, &node) && node.kind == OTS_NODE_FILE)
		atomic_store_explicit(
			&ots_index_row(tree->index, (uint32_t)(file & UINT32_MAX))->format,
			OTS_FORMAT_SUPERSEDED, memory_order_relaxed);
	ots_snapshot_drop(tree);
	ots_catalog_expire(catalog);
}

void ots_catalog_counts(struct ots_catalog *catalog, struct ots_catalog_counts *counts)
{
	*counts = (struct ots_catalog_counts){0};
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	if (catalog->locked.current != NULL) {
		*counts = catalog->locked.current->counts;
		counts->passed_over = catalog->locked.passed_over;
		counts->listed_us = catalog->locked.listed_us;
	}
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
}

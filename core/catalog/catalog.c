#include <otsfs/catalog/catalog.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/wait.h>

#include "handle.h"

#define LIST_THREADS 8
#define LIST_QUEUE 64

static bool take_one(void *arg, const struct ots_entry *entry)
{
	(void)arg;
	(void)entry;
	return false;
}

static enum ots_status start(struct ots_catalog *catalog, struct ots_error *err)
{
	const size_t threads = catalog->options.list_threads;

	(void)pthread_mutex_init(&catalog->locked.mutex, NULL);
	ots_wait_init(&catalog->locked.listed);
	ots_cancel_init(&catalog->closing);
	if (!ots_tree_init(&catalog->locked.tree))
		return ots_fail(err, OTS_NO_MEMORY, "open %s", ots_store_name(catalog->store));
	if (!catalog->options.lazy)
		return OTS_OK;
	return ots_pool_new(threads > 0 ? threads : LIST_THREADS, LIST_QUEUE, &catalog->pool, err);
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
	if (catalog == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "open %s", ots_store_name(store));
	catalog->store = store;
	catalog->options = *options;
	status = start(catalog, err);
	if (status == OTS_OK)
		*out = catalog;
	else
		ots_catalog_free(catalog);
	return status;
}

void ots_catalog_free(struct ots_catalog *catalog)
{
	if (catalog == NULL)
		return;
	ots_cancel_ask(&catalog->closing);
	ots_pool_free(catalog->pool);
	ots_tree_release(&catalog->locked.tree);
	ots_cancel_release(&catalog->closing);
	(void)pthread_cond_destroy(&catalog->locked.listed);
	(void)pthread_mutex_destroy(&catalog->locked.mutex);
	free(catalog);
}

static enum ots_status fail_gone(struct ots_error *err, uint64_t number)
{
	return ots_fail(err, OTS_CHANGED, "node %llx: changed or gone since it was looked up",
			(unsigned long long)number);
}

/* So that what a link means is known: the newest in the newest, each listed. A folder that turns
 * out to be empty is gone then, and the next newest counts. */
static enum ots_status follow_locked(struct ots_catalog *catalog, uint32_t link,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct ots_tree *tree = &catalog->locked.tree;
	uint32_t folder = OTS_FOLDER_NONE;

	for (;;) { /* ends: a newer or deeper folder each turn, of which there are so many */
		const uint32_t newest = ots_tree_latest(tree, link);
		enum ots_status status;

		if (newest == OTS_FOLDER_NONE)
			return ots_fail(err, OTS_NO_MEMORY, "latest");
		if (newest == folder)
			return OTS_OK;
		folder = newest;
		status = ots_catalog_ready_locked(catalog, folder, cancel, err);
		if (status != OTS_OK)
			return status;
	}
}

static enum ots_status find_locked(struct ots_catalog *catalog, uint64_t folder,
				   struct ots_bytes name, struct ots_cancel *cancel,
				   struct ots_node *node, struct ots_error *err)
{
	struct ots_tree *tree = &catalog->locked.tree;
	const struct ots_children *children;
	enum ots_status status = OTS_OK;
	uint32_t id = ots_tree_folder(tree, folder);
	uint64_t number;

	if (id != OTS_FOLDER_NONE)
		status = ots_catalog_ready_locked(catalog, id, cancel, err);
	if (status != OTS_OK)
		return status;
	id = ots_tree_folder(tree, folder);
	if (id == OTS_FOLDER_NONE)
		return fail_gone(err, folder);
	children = ots_tree_children(tree, id);
	if (children == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "folder of %u names",
				ots_tree_dir(tree, id)->rows.count);
	if (!ots_children_find(children, &tree->index, name, &number) ||
	    !ots_tree_node(tree, number, node))
		return ots_fail(err, OTS_NOT_FOUND, "%.*s: no such name here",
				name.len < 255 ? (int)name.len : 255, (const char *)name.at);
	if (node->kind != OTS_NODE_LINK)
		return OTS_OK;
	status = follow_locked(catalog, (uint32_t)(number & UINT32_MAX), cancel, err);
	if (status == OTS_OK && !ots_tree_node(tree, number, node))
		return fail_gone(err, number);
	return status;
}

enum ots_status ots_catalog_lookup(struct ots_catalog *catalog, uint64_t folder,
				   struct ots_bytes name, struct ots_cancel *cancel,
				   struct ots_node *node, struct ots_error *err)
{
	enum ots_status status;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	/* A number whose folder is gone says so after a listing only: it may be back. */
	if (ots_tree_folder(&catalog->locked.tree, folder) == OTS_FOLDER_NONE)
		status = ots_catalog_ready_locked(catalog, OTS_FOLDER_RAW_TOP, cancel, err);
	else
		status = OTS_OK;
	if (status == OTS_OK)
		status = find_locked(catalog, folder, name, cancel, node, err);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return status;
}

enum ots_status ots_catalog_node(struct ots_catalog *catalog, uint64_t number,
				 struct ots_node *node, struct ots_error *err)
{
	bool there;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	there = ots_tree_node(&catalog->locked.tree, number, node);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return there ? OTS_OK : fail_gone(err, number);
}

uint64_t ots_catalog_parent(struct ots_catalog *catalog, uint64_t folder)
{
	const uint64_t id = folder & ~((uint64_t)0xff << OTS_NODE_FORM_SHIFT);
	const struct ots_index *index = &catalog->locked.tree.index;
	uint64_t parent = folder;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	if (ots_node_form(folder) == OTS_NODE_FORM_FOLDER && id > 0 && id < index->folders.count)
		parent = (uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT |
			 ots_index_folder(index, (uint32_t)id)->parent;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return parent;
}

/* The labels from a table down to its newest folder: at most five. */
static enum ots_status put_target(struct ots_tree *tree, uint32_t link, struct ots_buffer *out,
				  struct ots_error *err)
{
	const uint32_t table = ots_index_folder(&tree->index, link)->parent;
	uint32_t folder = ots_tree_latest(tree, link), path[OTS_TIME_PARTS_MAX];
	size_t depth = 0, room = 0;

	if (folder == OTS_FOLDER_NONE)
		return ots_fail(err, OTS_NO_MEMORY, "target of latest");
	while (folder != table && depth < OTS_TIME_PARTS_MAX) { /* ends: depth grows */
		path[depth++] = folder;
		room += ots_index_folder(&tree->index, folder)->name_len + (size_t)1;
		folder = ots_index_folder(&tree->index, folder)->parent;
	}
	room -= room > 0; /* slashes stand between */
	if (!ots_buffer_reserve(out, room))
		return ots_buffer_fail(out, room, "target of latest", err);
	while (depth-- > 0) { /* ends: counts down */
		const struct ots_folder_record *record =
			ots_index_folder(&tree->index, path[depth]);

		(void)ots_buffer_put(out, record->name, record->name_len);
		if (depth > 0)
			(void)ots_buffer_put_byte(out, '/');
	}
	return OTS_OK;
}

enum ots_status ots_catalog_link(struct ots_catalog *catalog, uint64_t link, struct ots_buffer *out,
				 struct ots_error *err)
{
	struct ots_node node;
	enum ots_status status;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	if (!ots_tree_node(&catalog->locked.tree, link, &node) || node.kind != OTS_NODE_LINK)
		status = fail_gone(err, link);
	else
		status = put_target(&catalog->locked.tree, (uint32_t)(link & UINT32_MAX), out, err);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return status;
}

void ots_catalog_supersede(struct ots_catalog *catalog, uint64_t file)
{
	struct ots_tree *tree = &catalog->locked.tree;
	struct ots_node node;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	if (ots_tree_node(tree, file, &node) && node.kind == OTS_NODE_FILE)
		(void)ots_tree_row_is(tree, (uint32_t)(file & UINT32_MAX), OTS_FORMAT_SUPERSEDED,
				      false);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	ots_catalog_expire(catalog);
}

void ots_catalog_counts(struct ots_catalog *catalog, struct ots_catalog_counts *counts)
{
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	*counts = catalog->locked.tree.counts;
	counts->passed_over = catalog->locked.passed_over;
	counts->listed_us = catalog->locked.listed_us;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
}

/* Each step of a path as a lookup. */
enum ots_status ots_catalog_step_locked(struct ots_catalog *catalog, struct ots_bytes part,
					struct ots_cancel *cancel, struct ots_node *node,
					struct ots_error *err)
{
	struct ots_tree *tree = &catalog->locked.tree;
	enum ots_status status = find_locked(catalog, node->number, part, cancel, node, err);
	uint32_t folder;

	if (status != OTS_OK || node->kind != OTS_NODE_LINK)
		return status;
	folder = ots_tree_latest(tree, (uint32_t)(node->number & UINT32_MAX));
	if (folder == OTS_FOLDER_NONE)
		return ots_fail(err, OTS_NO_MEMORY, "latest");
	node->number = (uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT | folder;
	return ots_tree_node(tree, node->number, node) ? OTS_OK : fail_gone(err, node->number);
}

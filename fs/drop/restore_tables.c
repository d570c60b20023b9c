#include "restore_tables.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "drop_rules.h"
#include "../node/nodes.h"
#include "../node/number_map.h"

#define TABLE_NAME_BYTES 256

struct restore_tables {
	const struct ots_mount_options *options;
	struct restore_tree *tree;
	struct {
		pthread_mutex_t mutex;
		struct number_map of_target; /* index + 1 */
		bool asked;
		int64_t asked_ms;
	} locked;
};

struct restore_tables *ots_restore_tables_new(const struct ots_mount_options *options,
					      struct restore_tree *tree)
{
	struct restore_tables *tables = calloc(1, sizeof *tables);

	if (tables == NULL)
		return NULL;
	tables->options = options;
	tables->tree = tree;
	(void)pthread_mutex_init(&tables->locked.mutex, NULL);
	return tables;
}

void ots_restore_tables_free(struct restore_tables *tables)
{
	if (tables == NULL)
		return;
	ots_number_map_release(&tables->locked.of_target);
	(void)pthread_mutex_destroy(&tables->locked.mutex);
	free(tables);
}

/* The index of a name that can be a table's. */
static bool index_of(struct restore_tables *tables, struct ots_bytes name, size_t *index)
{
	char text[TABLE_NAME_BYTES];

	if (name.len >= sizeof text || memchr(name.at, '\0', name.len) != NULL)
		return false;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	return ots_drop_table_name_is_valid(text) &&
	       ots_name_table_index(ots_restore_tree_names(tables->tree), text, index);
}

struct target_list {
	struct restore_tables *tables;
	struct number_map found;
	bool no_memory;
};

static bool add_of_target(void *arg, struct ots_bytes name)
{
	struct target_list *list = arg;
	size_t index;

	if (index_of(list->tables, name, &index) &&
	    !ots_number_map_put(&list->found, (uint64_t)index + 1, 1))
		list->no_memory = true;
	return !list->no_memory;
}

static bool is_young(struct restore_tables *tables)
{
	const int64_t now = ots_clock_monotonic_ms(tables->options->clock);
	bool young;

	(void)pthread_mutex_lock(&tables->locked.mutex);
	young = tables->locked.asked && now - tables->locked.asked_ms < tables->options->refresh_ms;
	(void)pthread_mutex_unlock(&tables->locked.mutex);
	return young;
}

/* Two that ask at once both ask the target: rare, and simpler than one waiting for the other. */
static enum ots_status ask_target(struct restore_tables *tables, struct ots_cancel *cancel,
				  struct ots_error *err)
{
	struct target_list list = {.tables = tables};
	enum ots_status status;
	const int64_t now = ots_clock_monotonic_ms(tables->options->clock);

	if (is_young(tables))
		return OTS_OK;
	status = ots_target_list(tables->options->target, add_of_target, &list, cancel, err);
	if (status == OTS_OK && list.no_memory)
		status = ots_fail(err, OTS_NO_MEMORY, "the target's tables");
	if (status == OTS_OK) {
		(void)pthread_mutex_lock(&tables->locked.mutex);
		const struct number_map old = tables->locked.of_target;

		tables->locked.of_target = list.found;
		tables->locked.asked = true;
		tables->locked.asked_ms = now;
		list.found = old;
		(void)pthread_mutex_unlock(&tables->locked.mutex);
	}
	ots_number_map_release(&list.found);
	return status;
}

static bool is_of_target(struct restore_tables *tables, size_t index)
{
	uint64_t value;
	bool found;

	(void)pthread_mutex_lock(&tables->locked.mutex);
	found = ots_number_map_get(&tables->locked.of_target, (uint64_t)index + 1, &value);
	(void)pthread_mutex_unlock(&tables->locked.mutex);
	return found;
}

enum ots_status ots_restore_tables_find(struct restore_tables *tables, const char *name,
					struct ots_cancel *cancel, size_t *index,
					struct ots_error *err)
{
	const struct ots_bytes bytes = {(const uint8_t *)name, strlen(name)};
	struct ots_node node;
	enum ots_status status;

	if (!index_of(tables, bytes, index))
		return ots_fail(err, OTS_NOT_FOUND, "restore/%s: no name of a table", name);
	if (ots_restore_tree_is_made(tables->tree, *index))
		return OTS_OK;
	status = ots_catalog_lookup(tables->options->catalog, OTS_NODE_TABLES, bytes, cancel, &node,
				    err);
	if (status == OTS_OK)
		return OTS_OK;
	if (status != OTS_NOT_FOUND)
		return status;
	*err = (struct ots_error){0};
	status = ask_target(tables, cancel, err);
	if (status != OTS_OK)
		return status;
	if (is_of_target(tables, *index))
		return OTS_OK;
	return ots_fail(err, OTS_NOT_FOUND, "restore/%s: no such table; mkdir makes one", name);
}

struct add_to_listing {
	struct restore_tables *tables;
	struct listing *listing;
	bool no_memory;
};

static bool add_index(void *arg, size_t index)
{
	struct add_to_listing *add = arg;
	const char *name = ots_name_table_name(ots_restore_tree_names(add->tables->tree), index);

	if (name != NULL &&
	    !ots_listing_add(add->listing, name, ots_node_table(index), OTS_NODE_FOLDER))
		add->no_memory = true;
	return !add->no_memory;
}

static void add_number(void *arg, uint64_t number, uint64_t value)
{
	(void)value;
	(void)add_index(arg, (size_t)(number - 1));
}

static enum ots_status add_of_source(struct restore_tables *tables, struct ots_cancel *cancel,
				     struct add_to_listing *add, struct ots_error *err)
{
	struct ots_folder *folder = NULL;
	const enum ots_status status =
		ots_folder_open(tables->options->catalog, OTS_NODE_TABLES, cancel, &folder, err);

	if (status != OTS_OK)
		return status;
	for (size_t i = 0; i < ots_folder_count(folder); i++) {
		size_t index;

		if (index_of(tables, ots_folder_at(folder, i).name, &index))
			(void)add_index(add, index);
	}
	ots_folder_close(folder);
	return OTS_OK;
}

enum ots_status ots_restore_tables_list(struct restore_tables *tables, struct ots_cancel *cancel,
					struct listing *listing, struct ots_error *err)
{
	struct add_to_listing add = {tables, listing, false};
	enum ots_status status = ask_target(tables, cancel, err);

	if (status == OTS_CANCELLED)
		return status;
	if (status != OTS_OK) {
		ots_log_line(tables->options->log, OTS_LOG_WARNING,
			     "restore/: the target's tables are not shown: %s", err->text);
		*err = (struct ots_error){0};
	}
	status = add_of_source(tables, cancel, &add, err);
	if (status != OTS_OK)
		return status;
	(void)ots_restore_tree_list_made(tables->tree, add_index, &add);
	(void)pthread_mutex_lock(&tables->locked.mutex);
	ots_number_map_each(&tables->locked.of_target, add_number, &add);
	(void)pthread_mutex_unlock(&tables->locked.mutex);
	if (add.no_memory)
		return ots_fail(err, OTS_NO_MEMORY, "restore/");
	ots_listing_sort(listing);
	return OTS_OK;
}

/* Threads look up, list folders and ask for objects while the store changes and every question
 * lists again: for ThreadSanitizer. Exit status 0: every answer was one of those that may be given.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/clock.h>
#include <otsfs/catalog/catalog.h>

#include "../support/memory_store.h"

#define READERS 4
#define ROUNDS 400
#define OBJECTS 40

struct stress {
	struct memory_store *memory;
	struct ots_catalog *catalog;
	atomic_bool failed;
	atomic_bool done;
};

static struct ots_bytes bytes(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static enum ots_format recognise(struct ots_bytes head, uint64_t size)
{
	(void)size;
	return head.len > 0 && head.at[0] == 'T' ? OTS_FORMAT_TUNNEL_CSV : OTS_FORMAT_UNKNOWN;
}

static void check(struct stress *stress, bool good, const char *what, const struct ots_error *err)
{
	if (good)
		return;
	(void)fprintf(stderr, "catalog_stress: %s: %s\n", what, err->text);
	atomic_store(&stress->failed, true);
}

static void *change(void *arg)
{
	struct stress *stress = arg;

	for (unsigned i = 0; !atomic_load(&stress->done); i++) { /* ends: with the readers */
		char key[64];
		const unsigned object = i * 7 % OBJECTS;

		(void)snprintf(key, sizeof key, "table%u/2026/11/%02u/data", object % 5,
			       object % 28 + 1);
		if (i % 3 == 0)
			memory_store_remove(stress->memory, key);
		else
			memory_store_put(stress->memory, key, i % 4 == 0 ? "?" : "T", i);
		if (i % 16 == 0)
			(void)ots_cancel_wait(NULL, 1);
	}
	return NULL;
}

static void ask_objects(struct stress *stress, const struct ots_folder *folder)
{
	for (size_t i = 0; i < ots_folder_count(folder); i++) {
		const struct ots_child child = ots_folder_at(folder, i);
		struct ots_object object;
		struct ots_node node;
		struct ots_error err = {0};
		enum ots_status status;

		status = ots_catalog_node(stress->catalog, child.number, &node, &err);
		check(stress, status == OTS_OK || status == OTS_CHANGED, "node", &err);
		(void)ots_catalog_parent(stress->catalog, child.number);
		if (child.kind != OTS_NODE_FILE)
			continue;
		status = ots_catalog_object(stress->catalog, child.number, &object, &err);
		check(stress, status == OTS_OK || status == OTS_CHANGED, "object", &err);
		if (status == OTS_OK)
			ots_object_release(&object);
	}
}

static void ask_link(struct stress *stress, uint64_t table)
{
	struct ots_node link;
	struct ots_buffer target;
	struct ots_error err = {0};
	enum ots_status status =
		ots_catalog_lookup(stress->catalog, table, bytes("latest"), NULL, &link, &err);

	check(stress, status == OTS_OK || status == OTS_CHANGED || status == OTS_NOT_FOUND,
	      "latest", &err);
	if (status != OTS_OK)
		return;
	ots_buffer_init(&target, 1024);
	status = ots_catalog_link(stress->catalog, link.number, &target, &err);
	check(stress, status == OTS_OK || status == OTS_CHANGED, "link", &err);
	ots_buffer_release(&target);
}

static void *read_tree(void *arg)
{
	static const char *const paths[] = {"tables/table0", "tables/table1/latest",
					    "by-time/2026/11/01/table2", "raw/table3/2026/11"};
	struct stress *stress = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct ots_folder *folder = NULL;
		struct ots_catalog_counts counts;
		struct ots_node node;
		struct ots_error err = {0};
		enum ots_status status = ots_catalog_resolve(stress->catalog, bytes(paths[i % 4]),
							     NULL, &node, &err);

		check(stress, status == OTS_OK || status == OTS_NOT_FOUND, "resolve", &err);
		if (status != OTS_OK)
			continue;
		if (i % 4 == 0)
			ask_link(stress, node.number);
		status = ots_folder_open(stress->catalog, node.number, NULL, &folder, &err);
		check(stress, status == OTS_OK || status == OTS_CHANGED, "folder", &err);
		if (status == OTS_OK)
			ask_objects(stress, folder);
		ots_folder_close(folder);
		ots_catalog_counts(stress->catalog, &counts);
		(void)ots_catalog_is_fresh(stress->catalog, node.number);
	}
	return NULL;
}

static void run(struct stress *stress)
{
	pthread_t writer, readers[READERS];

	if (pthread_create(&writer, NULL, change, stress) != 0)
		abort();
	for (unsigned i = 0; i < READERS; i++) {
		if (pthread_create(&readers[i], NULL, read_tree, stress) != 0)
			abort();
	}
	for (unsigned i = 0; i < READERS; i++)
		(void)pthread_join(readers[i], NULL);
	atomic_store(&stress->done, true);
	(void)pthread_join(writer, NULL);
}

/* @return whether every answer was good */
static bool stress_catalog(struct ots_layout *layout, bool lazy)
{
	const struct ots_catalog_options options = {.layout = layout,
						    .refresh_ms = 0,
						    .clock = &ots_clock_system,
						    .recognise = recognise,
						    .recognise_bytes = 64,
						    .lazy = lazy};
	struct stress stress = {.memory = memory_store_new()};
	struct ots_store *store = NULL;
	struct ots_error err = {0};

	if (ots_store_new(&memory_store_ops, stress.memory, "memory", &store, &err) != OTS_OK ||
	    ots_catalog_open(store, &options, &stress.catalog, &err) != OTS_OK) {
		(void)fprintf(stderr, "catalog_stress: %s\n", err.text);
		return false;
	}
	run(&stress);
	ots_catalog_free(stress.catalog);
	ots_store_free(store);
	return !atomic_load(&stress.failed);
}

int main(void)
{
	const struct ots_layout_options layout_options = {.source_table = "src"};
	struct ots_layout *layout = NULL;
	struct ots_error err = {0};
	bool good;

	if (ots_layout_new(&layout_options, &layout, &err) != OTS_OK) {
		(void)fprintf(stderr, "catalog_stress: %s\n", err.text);
		return 1;
	}
	good = stress_catalog(layout, false);
	good = stress_catalog(layout, true) && good;
	ots_layout_free(layout);
	return good ? 0 : 1;
}

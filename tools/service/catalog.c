#include "catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct ots_catalog_entry *ots_catalog_entry_new(const struct ots_table *table,
						struct ots_bytes definition)
{
	struct ots_catalog_entry *entry = calloc(1, sizeof *entry);

	if (entry == NULL)
		return NULL;
	entry->definition = malloc(definition.len > 0 ? definition.len : 1);
	if (entry->definition == NULL) {
		free(entry);
		return NULL;
	}
	if (definition.len > 0)
		memcpy(entry->definition, definition.at, definition.len);
	entry->definition_len = definition.len;
	entry->table = *table;
	return entry;
}

void ots_catalog_entry_free(struct ots_catalog_entry *entry)
{
	if (entry == NULL)
		return;
	free(entry->definition);
	free(entry);
}

void ots_catalog_add(struct ots_catalog *catalog, struct ots_catalog_entry *entry)
{
	assert(catalog->count < OTS_LIMIT_TABLES);
	catalog->entries[catalog->count++] = entry;
}

static size_t find_index(const struct ots_catalog *catalog, const char *name)
{
	size_t i = 0;

	while (i < catalog->count && strcmp(catalog->entries[i]->table.name, name) != 0)
		i++;
	return i;
}

const struct ots_catalog_entry *ots_catalog_find(const struct ots_catalog *catalog,
						 const char *name)
{
	const size_t i = find_index(catalog, name);

	return i < catalog->count ? catalog->entries[i] : NULL;
}

void ots_catalog_replace(struct ots_catalog *catalog, struct ots_catalog_entry *entry)
{
	const size_t i = find_index(catalog, entry->table.name);

	assert(i < catalog->count);
	ots_catalog_entry_free(catalog->entries[i]);
	catalog->entries[i] = entry;
}

void ots_catalog_remove(struct ots_catalog *catalog, const char *name)
{
	const size_t i = find_index(catalog, name);

	if (i == catalog->count)
		return;
	ots_catalog_entry_free(catalog->entries[i]);
	catalog->count--;
	memmove(&catalog->entries[i], &catalog->entries[i + 1],
		(catalog->count - i) * sizeof(struct ots_catalog_entry *));
}

void ots_catalog_release(struct ots_catalog *catalog)
{
	for (size_t i = 0; i < catalog->count; i++)
		ots_catalog_entry_free(catalog->entries[i]);
	catalog->count = 0;
}

struct load {
	struct ots_catalog *catalog;
	enum ots_status status;
	struct ots_error *err;
};

static bool load_table(void *arg, const struct ots_stored_table *stored)
{
	struct load *load = arg;
	struct ots_fault fault = {.kind = OTS_FAULT_NONE};
	struct ots_catalog_entry *entry = NULL;
	struct ots_table table;
	Ots__Wire__CreateTableRequest *request = ots__wire__create_table_request__unpack(
		NULL, stored->definition.len, stored->definition.at);

	if (request == NULL || load->catalog->count == OTS_LIMIT_TABLES ||
	    !ots_table_from_request(request, &table, &fault)) {
		load->status = ots_fail(load->err, OTS_CORRUPT,
					"storage: definition of table %lld cannot be read: %s",
					(long long)stored->id, fault.message);
		goto out;
	}
	table.id = stored->id;
	table.created_us = stored->created_us;
	/* A definition of an earlier program does not have it. */
	table.increased_s = request->has_stored_last_increase_time
				    ? request->stored_last_increase_time
				    : stored->created_us / 1000000;
	table.decreased_s =
		request->has_stored_last_decrease_time ? request->stored_last_decrease_time : 0;
	entry = ots_catalog_entry_new(&table, stored->definition);
	if (entry == NULL)
		load->status = ots_fail(load->err, OTS_NO_MEMORY, "table %s", table.name);
	else
		ots_catalog_add(load->catalog, entry);
out:
	if (request != NULL)
		ots__wire__create_table_request__free_unpacked(request, NULL);
	return load->status == OTS_OK;
}

enum ots_status ots_catalog_load(struct ots_catalog *catalog, const struct ots_storage *storage,
				 struct ots_error *err)
{
	struct load load = {catalog, OTS_OK, err};
	const enum ots_status status =
		storage->ops->each_table(storage->self, load_table, &load, err);

	return status != OTS_OK ? status : load.status;
}

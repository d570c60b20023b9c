/** @file catalog.h
 *  The tables of a service in memory: at most OTS_LIMIT_TABLES, looked up by name.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_CATALOG_H
#define OTSFS_SERVICE_CATALOG_H

#include "limits.h"
#include "storage/storage.h"
#include "table.h"

struct ots_catalog_entry {
	struct ots_table table;
	uint8_t *definition; /* the CreateTable request that made it, for DescribeTable */
	size_t definition_len;
};

struct ots_catalog {
	struct ots_catalog_entry *entries[OTS_LIMIT_TABLES];
	size_t count;
};

/** Fill an empty catalog from what is stored.
 *  @return OTS_OK, OTS_NO_MEMORY, OTS_CORRUPT and the statuses of a storage */
enum ots_status ots_catalog_load(struct ots_catalog *catalog, const struct ots_storage *storage,
				 struct ots_error *err) OTS_MUST_USE;
void ots_catalog_release(struct ots_catalog *catalog);

/** @return NULL when there is none. Valid until the table is dropped */
const struct ots_catalog_entry *ots_catalog_find(const struct ots_catalog *catalog,
						 const char *name);

/** Make the entry of a table; it is not yet in the catalog.
 *  @param definition  copied
 *  @return NULL without memory; else for ots_catalog_add() or ots_catalog_entry_free() */
struct ots_catalog_entry *ots_catalog_entry_new(const struct ots_table *table,
						struct ots_bytes definition);
void ots_catalog_entry_free(struct ots_catalog_entry *entry);

/** Take an entry over. There must be room: count < OTS_LIMIT_TABLES. */
void ots_catalog_add(struct ots_catalog *catalog, struct ots_catalog_entry *entry);
/** Put an entry, taken over, in the place of the one of that name, which must be there. */
void ots_catalog_replace(struct ots_catalog *catalog, struct ots_catalog_entry *entry);
void ots_catalog_remove(struct ots_catalog *catalog, const char *name);

#endif

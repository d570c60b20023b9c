/** @file tables.h
 *  Calls about tables: make, describe, change, delete, list. What every call does and returns is in
 *  client.h.
 *  Source: tablestore-protocol 2.2 and 4.8.
 *  Threads: as client.h. */
#ifndef OTSFS_TABLESTORE_TABLES_H
#define OTSFS_TABLESTORE_TABLES_H

#include <otsfs/record/schema.h>
#include <otsfs/tablestore/client.h>

/** What can be changed about a table, as the service tells it. */
struct ots_table_settings {
	int64_t ttl_seconds;            /**< -1: never; 0: not told */
	int64_t max_versions;           /**< 0: not told */
	int64_t version_offset_seconds; /**< 0: not told */
	bool allow_update;              /**< true where it is not told: the service's default */
	struct ots_capacity reserved;
	int64_t increased_s; /**< when reserved units were last raised, seconds since 1970 */
	int64_t decreased_s; /**< when they were last lowered; 0: never */
};

/** Reserved units are 0, options that the schema does not tell are the service's defaults. The
 *  service answers before the table can be used (4.8). */
enum ots_status ots_client_create_table(struct ots_client *client, const struct ots_schema *schema,
					struct ots_cancel *cancel,
					struct ots_error *err) OTS_MUST_USE;

/** @param schema    initialised; filled with key, defined columns, max_versions, ttl, version
 * offset
 *  @param settings  may be NULL */
enum ots_status ots_client_describe_table(struct ots_client *client, const char *table,
					  struct ots_schema *schema,
					  struct ots_table_settings *settings,
					  struct ots_cancel *cancel,
					  struct ots_error *err) OTS_MUST_USE;

enum ots_update_rule { OTS_UPDATES_AS_IS, OTS_UPDATES_ALLOWED, OTS_UPDATES_REFUSED };

/** Only what is given changes; all zeros change nothing (and the service says how things are). */
struct ots_table_change {
	int32_t ttl_seconds;            /**< -1: never; 0: as it is */
	int32_t max_versions;           /**< 0: as it is */
	int64_t version_offset_seconds; /**< 0: as it is */
	enum ots_update_rule updates;   /**< whether UpdateRow is allowed */
	bool has_reserved;              /**< take the units from here, both of them */
	struct ots_capacity reserved;
};

/** The service allows about one change of a table in two minutes (4.8).
 *  @param settings  what holds now; may be NULL */
enum ots_status ots_client_update_table(struct ots_client *client, const char *table,
					const struct ots_table_change *change,
					struct ots_table_settings *settings,
					struct ots_cancel *cancel,
					struct ots_error *err) OTS_MUST_USE;

enum ots_status ots_client_delete_table(struct ots_client *client, const char *table,
					struct ots_cancel *cancel,
					struct ots_error *err) OTS_MUST_USE;

/** @return false to stop */
typedef bool ots_table_name_fn(void *arg, struct ots_bytes name);
enum ots_status ots_client_list_tables(struct ots_client *client, ots_table_name_fn *fn, void *arg,
				       struct ots_cancel *cancel,
				       struct ots_error *err) OTS_MUST_USE;

#endif

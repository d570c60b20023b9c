/** @file table.h
 *  What a table is: its key, its options, made from a CreateTable request and told by
 * DescribeTable. Source: tablestore-protocol 2.1, 2.2, 4.1 and 4.8. Threads: plain values. */
#ifndef OTSFS_SERVICE_TABLE_H
#define OTSFS_SERVICE_TABLE_H

#include <otsfs/tablestore/wire.h>

#include "fault.h"

struct ots_table_key {
	char name[OTS_NAME_MAX_BYTES + 1];
	enum ots_variant kind; /* INTEGER, STRING or BLOB */
	bool auto_increment;
};

struct ots_table {
	int64_t id;
	int64_t created_us;
	char name[OTS_NAME_MAX_BYTES + 1];
	size_t key_count;
	struct ots_table_key key[OTS_KEY_COLUMNS_MAX];
	int32_t ttl_seconds; /* -1: never */
	int32_t max_versions;
	int64_t deviation_seconds;
	bool allow_update;
	int32_t reserved_read;
	int32_t reserved_write;
	int64_t increased_s; /* when reserved units were last raised, seconds since 1970 */
	int64_t decreased_s; /* when they were last lowered; 0: never */
};

/** Check a request and fill @p table (but id and the times). */
bool ots_table_from_request(const Ots__Wire__CreateTableRequest *request, struct ots_table *table,
			    struct ots_fault *fault);

/** Whether a table has an auto-increment column (at most one), and at which place. */
bool ots_table_auto_column(const struct ots_table *table, size_t *index);

/** A key of a request against the table: count, names, types (OTSInvalidPK).
 *  @param bounds  INF_MIN and INF_MAX are allowed in any column
 *  @param placeholder  AUTO_INCREMENT is allowed in that column */
struct ots_key_rules {
	bool bounds;
	bool placeholder;
};
bool ots_table_check_key(const struct ots_table *table, const struct ots_wire_row *row,
			 struct ots_key_rules rules, struct ots_fault *fault);

#endif

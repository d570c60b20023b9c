/** @file schema.h
 *  What a table is beyond its rows: names and types of its key, of its columns where known, and its
 *  options. Comes from `schema.json` (format/schema_file.h), from DescribeTable, or from records.
 *  Threads: immutable once filled. */
#ifndef OTSFS_RECORD_SCHEMA_H
#define OTSFS_RECORD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/error.h>
#include <otsfs/record/record.h>

struct ots_schema_column {
	struct ots_bytes name;
	enum ots_type type;
	bool auto_increment; /**< key columns only */
};

struct ots_schema {
	struct ots_arena arena; /**< holds every name */
	struct ots_bytes table; /**< empty: not told */
	struct ots_schema_column key[OTS_KEY_COLUMNS_MAX];
	size_t key_count; /**< 0: the key is not known */
	struct ots_schema_column *columns;
	size_t column_count;
	int64_t max_versions;           /**< 0: not told */
	int64_t ttl_seconds;            /**< 0: not told; -1 never */
	int64_t version_offset_seconds; /**< 0: not told */
	bool refuses_update; /**< told that allow_update is false: only PUT and DELETE are taken */
};

void ots_schema_init(struct ots_schema *schema);
void ots_schema_release(struct ots_schema *schema);

/** The column named so, or NULL. Names compare as bytes. */
const struct ots_schema_column *ots_schema_column(const struct ots_schema *schema,
						  struct ots_bytes name);

/** Fill key names and types from a record whose key has names.
 *  @return OTS_OK, OTS_REFUSED (a name is missing), OTS_NO_MEMORY */
enum ots_status ots_schema_from_record(struct ots_schema *schema, const struct ots_record *record,
				       struct ots_error *err) OTS_MUST_USE;

/** Put the key of @p record into the schema's order, matching by name (by place where the record
 *  has no names, or the pk1, pk2 … that text gives such a key), and check every type.
 *  @return OTS_OK, or OTS_REFUSED with both sides named */
enum ots_status ots_schema_align_key(const struct ots_schema *schema, struct ots_record *record,
				     struct ots_error *err) OTS_MUST_USE;

#endif

/* Bodies of good answers about tables, from bytes to what the calls hand out. No I/O: the client
 * feeds them from HTTP, tests and the fuzzer from memory.
 * Each @return OTS_OK, OTS_CORRUPT, OTS_NO_MEMORY. Source: tablestore-protocol 2.2, 2.5. */
#ifndef OTSFS_TABLESTORE_TABLES_DECODE_H
#define OTSFS_TABLESTORE_TABLES_DECODE_H

#include <otsfs/tablestore/tables.h>

enum ots_status ots_decode_list_tables(struct ots_bytes body, ots_table_name_fn *fn, void *arg,
				       struct ots_error *err) OTS_MUST_USE;

/* @param table     the one asked for: the answer must name it
 * @param settings  may be NULL */
enum ots_status ots_decode_describe_table(struct ots_bytes body, const char *table,
					  struct ots_schema *schema,
					  struct ots_table_settings *settings,
					  struct ots_error *err) OTS_MUST_USE;

/* @param settings  may be NULL */
enum ots_status ots_decode_update_table(struct ots_bytes body, struct ots_table_settings *settings,
					struct ots_error *err) OTS_MUST_USE;

#endif

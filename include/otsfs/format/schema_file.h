/** @file schema_file.h
 *  `schema.json`, the sidecar that says what text cannot. Which one holds for an object:
 *  schema_find.h. Source: backup-formats 2.13. */
#ifndef OTSFS_FORMAT_SCHEMA_FILE_H
#define OTSFS_FORMAT_SCHEMA_FILE_H

#include <otsfs/base/cursor.h>
#include <otsfs/record/schema.h>

#define OTS_SCHEMA_FILE_MAX_BYTES ((size_t)1024 * 1024)

/** @param schema  initialised; filled on OTS_OK only
 *  @return OTS_OK, OTS_CORRUPT (what is wrong, by member name; which file it is, the caller puts in
 *          front), OTS_NO_MEMORY */
enum ots_status ots_schema_parse(struct ots_bytes json, struct ots_schema *schema,
				 struct ots_error *err) OTS_MUST_USE;

#endif

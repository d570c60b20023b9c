/** @file schema_find.h
 *  Which `schema.json` holds for an object: the one in its folder, else in the nearest folder above
 *  it, up to the source's root. Source: backup-formats 2.13, product.md section 3.
 *  A file that does not parse is an error, never passed over: what it would have told cannot be
 *  guessed, and an object read without it would look sound.
 *  Threads: any; the functions block on the store. */
#ifndef OTSFS_FORMAT_SCHEMA_FIND_H
#define OTSFS_FORMAT_SCHEMA_FIND_H

#include <otsfs/format/schema_file.h>
#include <otsfs/object/input.h>
#include <otsfs/record/form.h>

/** Where a schema file lies, and which content of it: a plain value, good for that object's key. */
struct ots_schema_place {
	bool found;        /**< false: none, and the rest is zero */
	size_t folder_len; /**< it is `schema.json` behind these bytes of the object's key */
	char etag[OTS_ETAG_BYTES];
};

/** Whether records of the format can be others under another schema. Of the others (JSONL says all
 *  of it itself) only a restore that makes the table asks. */
bool ots_schema_tells_of(enum ots_format format);

/** Ask the store, folder by folder: one stat each, until one is there.
 *  @param key  of the object, which need not be there
 *  @return OTS_OK (also when none is there), or what ots_store_stat() returns */
enum ots_status ots_schema_locate(struct ots_store *store, struct ots_bytes key,
				  struct ots_schema_place *place,
				  struct ots_error *err) OTS_MUST_USE;

/** The same, until somebody asks to stop: OTS_CANCELLED. @param cancel  may be NULL */
enum ots_status ots_schema_locate_until(struct ots_store *store, struct ots_bytes key,
					struct ots_cancel *cancel, struct ots_schema_place *place,
					struct ots_error *err) OTS_MUST_USE;

/** Read and parse the content that was located. Errors name its key.
 *  @param schema  initialised; filled on OTS_OK only, left alone when place->found is false
 *  @return OTS_OK, OTS_CORRUPT (does not parse, or above OTS_SCHEMA_FILE_MAX_BYTES), OTS_CHANGED
 *          (another content by now, or gone), OTS_DENIED, OTS_NO_MEMORY, or as ots_input_read() */
enum ots_status ots_schema_load(struct ots_store *store, struct ots_bytes key,
				const struct ots_schema_place *place, struct ots_schema *schema,
				struct ots_error *err) OTS_MUST_USE;

/** Both of the above. */
enum ots_status ots_schema_find(struct ots_store *store, struct ots_bytes key,
				struct ots_schema *schema, struct ots_schema_place *place,
				struct ots_error *err) OTS_MUST_USE;

#endif

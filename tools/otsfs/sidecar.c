#define _GNU_SOURCE /* asprintf */
#include "sidecar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <otsfs/base/bytes.h>
#include <otsfs/format/schema_find.h>
#include <otsfs/object/dir.h>

/* Opened as a source of its own, which needs no permission to list the folder around it. */
static enum ots_status find_in(const char *path, struct ots_schema *schema, bool *found,
			       struct ots_error *err)
{
	struct ots_schema_place place;
	struct ots_store *store = NULL;
	struct stat st;
	enum ots_status status;

	*found = false;
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) /* a link is no object of a folder */
		return OTS_OK;
	status = ots_dir_open(path, &store, err);
	if (status == OTS_OK)
		status = ots_schema_find(store, ots_bytes_of("schema.json"), schema, &place, err);
	if (status == OTS_OK)
		*found = place.found;
	ots_store_free(store);
	return status;
}

/* Beside an object of a bucket. */
static enum ots_status find_in_bucket(const struct bucket *bucket, struct ots_schema *schema,
				      bool *found, struct ots_error *err)
{
	const struct ots_bytes key = bucket->options.prefix;
	struct ots_schema_place place = {.found = false};
	struct ots_store *store = NULL;
	struct ots_buffer beside;
	size_t folder_len = key.len;
	enum ots_status status = OTS_OK;

	*found = false;
	while (folder_len > 0 && key.at[folder_len - 1] != '/') /* ends: falls */
		folder_len--;
	ots_buffer_init(&beside, OTS_KEY_MAX_BYTES);
	/* Where the name does not fit no object can have it. */
	if (ots_buffer_put(&beside, key.at, folder_len) &&
	    ots_buffer_puts(&beside, "schema.json")) {
		const struct ots_bytes prefix = {beside.bytes, beside.len};

		status = bucket_open_beside(bucket, prefix, &store, err);
		if (status == OTS_OK)
			status = ots_schema_find(store, ots_bytes_of("schema.json"), schema, &place,
						 err);
		*found = place.found;
	}
	ots_store_free(store);
	ots_buffer_release(&beside);
	return status;
}

enum ots_status sidecar_find(const struct source *source, struct ots_schema *schema, bool *found,
			     struct ots_error *err)
{
	const char *path = source->path;
	const char *slash = strrchr(path, '/');
	const int folder_len = slash == NULL ? 0 : (int)(slash - path) + 1;
	char *beside = NULL;
	enum ots_status status;

	if (bucket_is(path))
		return find_in_bucket(&source->bucket, schema, found, err);

	if (asprintf(&beside, "%.*sschema.json", folder_len, path) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	status = find_in(beside, schema, found, err);
	if (status != OTS_OK)
		(void)ots_context(err, "beside %s", path);
	free(beside);
	return status;
}

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

enum ots_status sidecar_find(const char *path, struct ots_schema *schema, bool *found,
			     struct ots_error *err)
{
	const char *slash = strrchr(path, '/');
	const int folder_len = slash == NULL ? 0 : (int)(slash - path) + 1;
	char *beside = NULL;
	enum ots_status status;

	if (asprintf(&beside, "%.*sschema.json", folder_len, path) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	status = find_in(beside, schema, found, err);
	if (status != OTS_OK)
		(void)ots_context(err, "beside %s", path);
	free(beside);
	return status;
}

#define _GNU_SOURCE /* O_PATH */
#include <otsfs/object/dir.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"

static void folder_counts(void *self, struct ots_store_counts *counts)
{
	struct folder *folder = self;

	counts->links = atomic_load(&folder->counts.links);
	counts->special = atomic_load(&folder->counts.special);
	counts->unnamed = atomic_load(&folder->counts.unnamed);
}

static void folder_close(void *self)
{
	struct folder *folder = self;

	if (folder == NULL)
		return;
	if (folder->fd >= 0)
		(void)close(folder->fd);
	free(folder->path);
	free(folder->single_key);
	free(folder->single_name);
	free(folder);
}

static const struct ots_store_ops ops = {
	.list = folder_list,
	.stat = folder_stat,
	.open = folder_open,
	.read = folder_read,
	.shut = folder_shut,
	.counts = folder_counts,
	.close = folder_close,
};

/* What lies behind the last '/' of a path that names a file. */
static char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strdup(slash != NULL ? slash + 1 : path);
}

/* The folder itself, or the one around the file at @p real, which is resolved. */
static enum ots_status open_at(struct folder *folder, const char *path, char *real,
			       struct ots_error *err)
{
	struct stat st;

	if (stat(real, &st) != 0)
		return folder_fail(folder, (struct ots_bytes){0}, errno, "looking at it", err);
	if (S_ISDIR(st.st_mode)) {
		folder->fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else if (S_ISREG(st.st_mode)) {
		char *slash = strrchr(real, '/');

		folder->single_key = last_part(path);
		folder->single_name = last_part(real);
		if (folder->single_key == NULL || folder->single_name == NULL || slash == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "%s: no memory to open it", path);
		slash[1] = '\0'; /* "/" for a file in the root */
		folder->fd = open(real, O_PATH | O_DIRECTORY | O_CLOEXEC);
	} else {
		return ots_fail(err, OTS_UNSUPPORTED,
				"%s: neither a folder nor a regular file: expected a folder that "
				"holds a copy of a bucket, or one object",
				path);
	}
	if (folder->fd < 0)
		return folder_fail(folder, (struct ots_bytes){0}, errno, "opening it", err);
	folder->has_openat2 = folder_probe_openat2(folder->fd);
	return OTS_OK;
}

enum ots_status ots_dir_open(const char *path, struct ots_store **out, struct ots_error *err)
{
	struct folder *folder = calloc(1, sizeof *folder);
	char *real = NULL;
	enum ots_status status;

	if (folder == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: no memory to open it", path);
	folder->fd = -1;
	folder->path = strdup(path);
	if (folder->path == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "%s: no memory to open it", path);
		goto out;
	}
	real = realpath(path, NULL); /* links on the way to the source are the caller's own wish */
	if (real == NULL) {
		status = folder_fail(folder, (struct ots_bytes){0}, errno, "opening it", err);
		goto out;
	}
	status = open_at(folder, path, real, err);
	if (status != OTS_OK)
		goto out;
	status = ots_store_new(&ops, folder, path, out, err);
	if (status != OTS_OK)
		goto out;
	folder = NULL; /* the store's */
out:
	free(real);
	folder_close(folder);
	return status;
}

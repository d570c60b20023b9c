#define _GNU_SOURCE /* asprintf, realpath */
#include "source.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>
#include <otsfs/format/records.h>
#include <otsfs/object/dir.h>

static enum ots_status errno_fail(struct ots_error *err, const char *path)
{
	const int number = errno;
	enum ots_status status = OTS_IO;

	if (number == ENOENT || number == ENOTDIR)
		status = OTS_NOT_FOUND;
	else if (number == EACCES || number == EPERM)
		status = OTS_DENIED;
	return ots_fail(err, status, "%s: %s", path, strerror(number));
}

enum ots_status source_path(const char *words, char **out, struct ots_error *err)
{
	const char *path = words;
	char *real;

	if (strncmp(words, "file://", 7) == 0)
		path = words + 7;
	else if (!bucket_is(words) && strstr(words, "://") != NULL)
		return ots_fail(err, OTS_USAGE,
				"source '%s': expected oss://bucket/prefix, file:///folder or a "
				"local path",
				words);
	real = bucket_is(words) ? strdup(words) : realpath(path, NULL);
	if (real == NULL)
		return errno_fail(err, path);
	*out = real;
	return OTS_OK;
}

/* The last part of the source names the table of keys that name none; of a single file, the
 * folder it lies in. */
static char *source_table(const char *path, bool is_file)
{
	char *copy = strdup(path);
	char *slash, *table;
	size_t len;

	if (copy == NULL)
		return NULL;
	len = strlen(copy);
	while (len > 1 &&
	       copy[len - 1] == '/') /* of a bucket; a local path has none. Ends: falls */
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	if (is_file && slash != NULL) {
		*slash = '\0';
		slash = strrchr(copy, '/');
	}
	table = strdup(slash != NULL ? slash + 1 : copy);
	free(copy);
	return table;
}

static enum ots_status open_folder(struct source *out, struct ots_error *err)
{
	char *inside = NULL;
	enum ots_status status = ots_dir_open(out->path, &out->store, err);

	if (status != OTS_OK)
		return status;
	/* A folder can be entered, a file cannot: the same question for every file system. */
	if (asprintf(&inside, "%s/.", out->path) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "source %s", out->path);
	out->is_file = access(inside, F_OK) != 0;
	free(inside);
	return OTS_OK;
}

enum ots_status source_open_store(const char *words, const struct source_options *options,
				  struct source *out, struct ots_error *err)
{
	static const struct oss_words nothing = {.endpoint = NULL};
	enum ots_status status = source_path(words, &out->path, err);

	if (status != OTS_OK)
		return status;
	if (!bucket_is(words))
		return open_folder(out, err);
	status = bucket_open(out->path, options->oss != NULL ? options->oss : &nothing,
			     options->timeout_ms, &out->bucket, err);
	out->store = out->bucket.store;
	out->is_file = out->bucket.is_object;
	if (status == OTS_OK && options->ahead_bytes > 0)
		ots_store_set_memory(out->store, options->ahead_bytes);
	return status;
}

enum ots_status source_open(const char *words, const struct source_options *options,
			    struct source *out, struct ots_error *err)
{
	struct ots_layout_options layout = {.templates = options->layouts,
					    .template_count = options->layout_count,
					    .timezone = options->timezone};
	struct ots_catalog_options catalog = {.refresh_ms = options->refresh_ms,
					      .clock = &ots_clock_system,
					      .log = options->log,
					      .recognise = ots_format_recognise,
					      .recognise_bytes = OTS_RECOGNISE_BYTES};
	char *table = NULL;
	enum ots_status status = source_open_store(words, options, out, err);

	if (status != OTS_OK)
		return status;
	table = source_table(out->path, out->is_file);
	if (table == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "source %s", words);
	layout.source_table = table;
	status = ots_layout_new(&layout, &out->layout, err);
	catalog.layout = out->layout;
	/* A bucket is paid by the page, and by the request for each object's first bytes. */
	catalog.lazy = bucket_is(words);
	catalog.guess = bucket_is(words) ? ots_format_guess : NULL;

	if (status == OTS_OK)
		status = ots_catalog_open(out->store, &catalog, &out->catalog, err);
	free(table);
	return status;
}

void source_release(struct source *source)
{
	ots_catalog_free(source->catalog);
	ots_layout_free(source->layout);
	if (source->bucket.options.bucket.at != NULL)
		bucket_close(&source->bucket);
	else
		ots_store_free(source->store);
	free(source->path);
	*source = (struct source){0};
}

enum ots_status state_path(const char *option, char **out, struct ots_error *err)
{
	const char *base = getenv("XDG_STATE_HOME");
	const struct passwd *entry;
	char *path = NULL;
	int n;

	if (option != NULL) {
		char *cwd = option[0] == '/' ? strdup("") : getcwd(NULL, 0);

		n = cwd == NULL ? -1 : asprintf(&path, "%s%s%s", cwd, cwd[0] ? "/" : "", option);
		free(cwd);
	} else if (base != NULL && base[0] == '/') {
		n = asprintf(&path, "%s/otsfs", base);
	} else {
		entry = getpwuid(geteuid());
		if (entry != NULL && entry->pw_dir != NULL && entry->pw_dir[0] == '/' &&
		    access(entry->pw_dir, W_OK) == 0)
			n = asprintf(&path, "%s/.local/state/otsfs", entry->pw_dir);
		else
			n = asprintf(&path, "/var/lib/otsfs");
	}
	if (n < 0)
		return ots_fail(err, OTS_NO_MEMORY, "state folder");
	*out = path;
	return OTS_OK;
}

enum ots_status source_node(struct source *source, const char *path, struct ots_node *node,
			    struct ots_error *err)
{
	while (*path == '/')
		path++;
	if (*path == '\0') {
		*node = (struct ots_node){.kind = OTS_NODE_FOLDER};
		return OTS_OK;
	}
	return ots_catalog_resolve(source->catalog, ots_bytes_of(path), NULL, node, err);
}

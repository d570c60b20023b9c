/** @file source.h
 *  A SOURCE of the command line, opened: its store, layout and catalog. */
#ifndef OTSFS_TOOLS_SOURCE_H
#define OTSFS_TOOLS_SOURCE_H

#include <otsfs/base/log.h>
#include <otsfs/catalog/catalog.h>
#include <otsfs/object/store.h>

#include "oss/bucket.h"

struct source_options {
	const char *const *layouts;
	size_t layout_count;
	const char *timezone;
	int64_t refresh_ms;
	struct ots_log *log;
	const struct oss_words *oss; /**< of buckets; NULL: nothing was said */
	int64_t timeout_ms;          /**< of a bucket's requests; 0: 60 s */
	size_t ahead_bytes;          /**< for reading ahead of a bucket's readers; 0: 64 MiB */
};

struct source {
	char *path;   /**< absolute, or `oss://bucket/prefix` */
	bool is_file; /**< one object, not a folder */
	struct ots_store *store;
	struct bucket bucket; /**< what store stands on where it is one */
	struct ots_layout *layout;
	struct ots_catalog *catalog;
};

/** Folder or file of a SOURCE, absolute, links resolved: `file:///folder` or a path; a bucket as it
 *  was given.
 *  @param out  the caller's, for free()
 *  @return OTS_OK, OTS_USAGE (a kind of source this version does not read), OTS_NOT_FOUND … */
enum ots_status source_path(const char *words, char **out, struct ots_error *err) OTS_MUST_USE;

/** The objects of a SOURCE without a tree over them: path, is_file, store and bucket.
 *  @param out  zeroed; to be released in every case */
enum ots_status source_open_store(const char *words, const struct source_options *options,
				  struct source *out, struct ots_error *err) OTS_MUST_USE;

/** @param out  zeroed; to be released in every case */
enum ots_status source_open(const char *words, const struct source_options *options,
			    struct source *out, struct ots_error *err) OTS_MUST_USE;
void source_release(struct source *source);

/** Where jobs are kept: `--state DIR`, else `$XDG_STATE_HOME/otsfs`, else below the home of the
 *  passwd entry, else `/var/lib/otsfs` (as under mount(8), which strips HOME).
 *  @param out  the caller's, for free() */
enum ots_status state_path(const char *option, char **out, struct ots_error *err) OTS_MUST_USE;

/** A node of the tree by its path; "" and "/" are the root (number 0, a folder). */
enum ots_status source_node(struct source *source, const char *path, struct ots_node *node,
			    struct ots_error *err) OTS_MUST_USE;

#endif

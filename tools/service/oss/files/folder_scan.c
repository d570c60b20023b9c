#define _GNU_SOURCE /* d_type */
#include "folder_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <otsfs/text/utf8.h>

/* A look at all folders that took no longer is done for every listing. */
#define QUICK_MS 5
#define SHARE 20 /* else: no more than this part of the time */
/* The clock of files moves in ticks: a folder that changed this shortly before it was read may have
 * changed again without showing it. */
#define TICK_NS INT64_C(50000000)
#define KEY_MAX_BYTES 1023

/* A folder and its modification time when it was read. */
struct watched {
	struct ots_oss_item item;
	int64_t mtime_ns;
	int64_t read_ns;
	uint8_t path[]; /* `a/b/`, nothing for the root */
};

struct scan {
	struct ots_oss_folder *folder;
	ots_oss_folder_known_fn *known;
	ots_oss_folder_fn *found;
	void *arg;
};

static int64_t clock_ns(clockid_t which)
{
	struct timespec now;

	(void)clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ots_oss_folder_release_watched(struct ots_oss_folder *folder)
{
	struct ots_oss_place place = {0, 0};
	struct ots_oss_item *item;

	while ((item = ots_oss_index_at(&folder->folders, place)) != NULL) { /* ends: it moves */
		place = ots_oss_index_next(&folder->folders, place);
		free(item);
	}
	ots_oss_index_release(&folder->folders);
}

/* Watch a folder from now on. It is read when its turn comes. */
static void watch(struct ots_oss_folder *folder, struct ots_bytes path)
{
	struct ots_oss_item *replaced;
	struct watched *watched;

	if (ots_oss_index_find(&folder->folders, path) != NULL)
		return;
	watched = calloc(1, sizeof *watched + path.len);
	if (watched == NULL)
		return;
	memcpy(watched->path, path.at, path.len);
	watched->item.key = (struct ots_bytes){watched->path, path.len};
	watched->item.name_len = path.len;
	if (!ots_oss_index_put(&folder->folders, &watched->item, &replaced))
		free(watched);
}

/* What a name in a folder is: one more folder, or a file that may be new. */
static bool meet(struct scan *scan, int dir, struct ots_bytes path, const struct dirent *entry)
{
	uint8_t key[KEY_MAX_BYTES + 1];
	const size_t len = strlen(entry->d_name);
	struct ots_oss_file file;
	struct stat st;
	struct ots_bytes whole = {key, path.len + len};

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
	    path.len + len > KEY_MAX_BYTES ||
	    !ots_utf8_valid((struct ots_bytes){(const uint8_t *)entry->d_name, len}))
		return true;
	memcpy(key, path.at, path.len);
	memcpy(key + path.len, entry->d_name, len);
	if (entry->d_type != DT_DIR && scan->known(scan->arg, whole))
		return true;
	if (entry->d_type != DT_DIR && entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN)
		return true;
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	if (S_ISDIR(st.st_mode)) {
		key[whole.len++] = '/';
		watch(scan->folder, whole);
		return true;
	}
	ots_oss_file_of(&st, &file);
	return !S_ISREG(st.st_mode) || scan->found(scan->arg, whole, &file);
}

/* Read one folder. @return false to give up */
static bool read_folder(struct scan *scan, struct ots_bytes path)
{
	char leaf_bytes[256];
	const struct dirent *entry;
	const char *leaf;
	bool good = true;
	int dir_fd, parent;
	DIR *dir;

	if (ots_oss_folder_parent(scan->folder, path, false, &parent, &leaf, leaf_bytes) != 0)
		return true;
	dir_fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = dir_fd >= 0 ? fdopendir(dir_fd) : NULL;
	if (dir == NULL) {
		if (dir_fd >= 0)
			(void)close(dir_fd);
		return true;
	}
	while (good && (entry = readdir(dir)) != NULL) /* ends: the folder does */
		good = meet(scan, dirfd(dir), path, entry);
	(void)closedir(dir);
	return good;
}

/* Read a watched folder if it has changed; one that is gone is watched no more. */
static bool look(struct scan *scan, struct watched *watched)
{
	char path[OTS_OSS_PATH_BYTES + 1];
	const size_t len = watched->item.key.len;
	const int64_t now = clock_ns(CLOCK_REALTIME);
	struct ots_oss_file file;
	struct stat st;

	memcpy(path, watched->path, len);
	path[len] = '\0';
	if (fstatat(scan->folder->root, len > 0 ? path : ".", &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			free(ots_oss_index_remove(&scan->folder->folders, watched->item.key));
		return true;
	}
	ots_oss_file_of(&st, &file);
	if (watched->read_ns != 0 && file.mtime_ns == watched->mtime_ns &&
	    file.mtime_ns < watched->read_ns - TICK_NS)
		return true;
	watched->mtime_ns = file.mtime_ns;
	watched->read_ns = now;
	return read_folder(scan, watched->item.key);
}

/* Every folder; those that are met on the way come behind the one they are in, so one pass is
 * enough. */
static void look_at_all(struct scan *scan)
{
	uint8_t last[OTS_OSS_PATH_BYTES];
	struct ots_bytes at = {last, 0};
	bool good = true;

	for (bool first = true; good; first = false) { /* ends: `at` grows in every turn */
		const struct ots_oss_index *folders = &scan->folder->folders;
		struct ots_oss_place place = ots_oss_index_seek(folders, at);
		struct ots_oss_item *item = ots_oss_index_at(folders, place);

		if (!first && item != NULL && ots_oss_compare_keys(item->key, at) == 0)
			item = ots_oss_index_at(folders, ots_oss_index_next(folders, place));
		if (item == NULL)
			break;
		memcpy(last, item->key.at, item->key.len);
		at.len = item->key.len;
		good = look(scan, (struct watched *)(void *)item);
	}
}

/* The folders on the way to a prefix. */
static void look_at_way(struct scan *scan, struct ots_bytes prefix)
{
	for (size_t len = 0; len <= prefix.len; len++) {
		struct ots_oss_item *item;

		if (len > 0 && prefix.at[len - 1] != '/')
			continue;
		item = ots_oss_index_find(&scan->folder->folders,
					  (struct ots_bytes){prefix.at, len});
		if (item == NULL || !look(scan, (struct watched *)(void *)item))
			return;
	}
}

void ots_oss_folder_scan(struct ots_oss_folder *folder, struct ots_bytes prefix,
			 ots_oss_folder_known_fn *known, ots_oss_folder_fn *found, void *arg)
{
	struct scan scan = {folder, known, found, arg};
	const int64_t began = clock_ns(CLOCK_MONOTONIC) / 1000000;

	watch(folder, (struct ots_bytes){(const uint8_t *)"", 0});
	if (folder->walked_ms == 0 || folder->walk_ms <= QUICK_MS ||
	    began - folder->walked_ms >= SHARE * folder->walk_ms) {
		look_at_all(&scan);
		folder->walked_ms = clock_ns(CLOCK_MONOTONIC) / 1000000;
		folder->walk_ms = folder->walked_ms - began;
	} else {
		look_at_way(&scan, prefix);
	}
	ots_oss_folder_forget(folder);
}

#define _GNU_SOURCE /* O_PATH */
#include "folder_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 255
#define KEY_MAX_BYTES 1023

enum ots_status ots_oss_folder_open(const char *path, struct ots_oss_folder **out,
				    struct ots_error *err)
{
	struct ots_oss_folder *folder;

	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
	folder = calloc(1, sizeof *folder);
	if (folder == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	folder->last_fd = -1;
	folder->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->root < 0) {
		free(folder);
		return ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
	}
	*out = folder;
	return OTS_OK;
}

void ots_oss_folder_close(struct ots_oss_folder *folder)
{
	if (folder == NULL)
		return;
	ots_oss_folder_forget(folder);
	ots_oss_folder_release_watched(folder);
	(void)close(folder->root);
	free(folder);
}

void ots_oss_folder_forget(struct ots_oss_folder *folder)
{
	if (folder->last_fd >= 0)
		(void)close(folder->last_fd);
	folder->last_fd = -1;
}

/* A part of a path that a folder can hold. */
static bool part_fits(const uint8_t *at, size_t len)
{
	return len > 0 && len <= NAME_MAX_BYTES && !(len == 1 && at[0] == '.') &&
	       !(len == 2 && at[0] == '.' && at[1] == '.');
}

bool ots_oss_folder_fits(struct ots_bytes key)
{
	size_t from = 0;

	if (key.len == 0 || key.len > KEY_MAX_BYTES)
		return false;
	for (size_t i = 0; i <= key.len; i++) {
		if (i < key.len && key.at[i] != '/')
			continue;
		if (!part_fits(key.at + from, i - from))
			return false;
		from = i + 1;
	}
	return true;
}

/* Open one folder below another, made when it is missing and that is wanted. */
static int enter(int dir, const char *name, bool make)
{
	int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(dir, name, 0777) != 0 && errno != EEXIST)
			return -1;
		fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	return fd;
}

/* Walk down to `a/b/`. @return the folder, or -1 with errno */
static int walk(const struct ots_oss_folder *folder, const uint8_t *path, size_t len, bool make)
{
	int dir = openat(folder->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t from = 0;

	for (size_t i = 0; dir >= 0 && i < len; i++) {
		char name[NAME_MAX_BYTES + 1];
		int next, reason;

		if (path[i] != '/')
			continue;
		memcpy(name, path + from, i - from);
		name[i - from] = '\0';
		next = enter(dir, name, make);
		reason = errno;
		(void)close(dir);
		errno = reason;
		dir = next;
		from = i + 1;
	}
	return dir;
}

int ots_oss_folder_parent(struct ots_oss_folder *folder, struct ots_bytes key, bool make, int *fd,
			  const char **leaf, char leaf_bytes[256])
{
	size_t dir_len = key.len;

	while (dir_len > 0 && key.at[dir_len - 1] != '/') /* ends: dir_len falls */
		dir_len--;
	memcpy(leaf_bytes, key.at + dir_len, key.len - dir_len);
	leaf_bytes[key.len - dir_len] = '\0';
	*leaf = leaf_bytes;
	if (folder->last_fd < 0 || strlen(folder->last) != dir_len ||
	    memcmp(folder->last, key.at, dir_len) != 0) {
		ots_oss_folder_forget(folder);
		folder->last_fd = walk(folder, key.at, dir_len, make);
		if (folder->last_fd < 0)
			return errno;
		memcpy(folder->last, key.at, dir_len);
		folder->last[dir_len] = '\0';
	}
	*fd = folder->last_fd;
	return 0;
}

void ots_oss_file_of(const struct stat *st, struct ots_oss_file *out)
{
	*out = (struct ots_oss_file){
		.inode = st->st_ino,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.size = (uint64_t)st->st_size,
	};
}

int ots_oss_folder_stat(struct ots_oss_folder *folder, struct ots_bytes key,
			struct ots_oss_file *out)
{
	char bytes[NAME_MAX_BYTES + 1];
	const char *leaf = NULL;
	struct stat st;
	int dir = -1, reason;

	if (!ots_oss_folder_fits(key))
		return ENOENT;
	reason = ots_oss_folder_parent(folder, key, false, &dir, &leaf, bytes);
	if (reason != 0)
		return reason == ENOTDIR || reason == ELOOP ? ENOENT : reason;
	if (fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return ENOENT;
	ots_oss_file_of(&st, out);
	return 0;
}

int ots_oss_folder_open_file(struct ots_oss_folder *folder, struct ots_bytes key, int flags,
			     int *fd, struct ots_oss_file *out)
{
	char bytes[NAME_MAX_BYTES + 1];
	const char *leaf = NULL;
	struct stat st;
	int dir = -1, reason;

	if (!ots_oss_folder_fits(key))
		return ENOENT;
	reason = ots_oss_folder_parent(folder, key, false, &dir, &leaf, bytes);
	if (reason != 0)
		return reason == ENOTDIR || reason == ELOOP ? ENOENT : reason;
	*fd = openat(dir, leaf, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return errno == ELOOP || errno == ENXIO ? ENOENT : errno;
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(*fd);
		*fd = -1;
		return ENOENT;
	}
	ots_oss_file_of(&st, out);
	return 0;
}

/* Folders that are empty now go too: a bucket has none. */
static void remove_empty(struct ots_oss_folder *folder, struct ots_bytes key)
{
	char path[OTS_OSS_PATH_BYTES];
	char *slash;

	memcpy(path, key.at, key.len);
	path[key.len] = '\0';
	ots_oss_folder_forget(folder);
	while ((slash = strrchr(path, '/')) != NULL) { /* ends: the path gets shorter */
		*slash = '\0';
		if (unlinkat(folder->root, path, AT_REMOVEDIR) != 0)
			break;
	}
}

int ots_oss_folder_put(struct ots_oss_folder *folder, struct ots_bytes key,
		       struct ots_oss_blobs *blobs, struct ots_oss_blob *blob,
		       struct ots_oss_file *out)
{
	char bytes[NAME_MAX_BYTES + 1];
	const char *leaf = NULL;
	struct stat st;
	int dir = -1, reason;

	if (!ots_oss_folder_fits(key))
		return ENAMETOOLONG;
	reason = ots_oss_folder_parent(folder, key, true, &dir, &leaf, bytes);
	if (reason == 0)
		reason = ots_oss_blob_move_out(blobs, blob, dir, leaf);
	if (reason != 0) {
		remove_empty(folder, key);
		return reason;
	}
	if (fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	ots_oss_file_of(&st, out);
	return 0;
}

int ots_oss_folder_take(struct ots_oss_folder *folder, struct ots_bytes key,
			struct ots_oss_blobs *blobs, struct ots_oss_blob **out)
{
	char bytes[NAME_MAX_BYTES + 1];
	struct ots_oss_file file = {.size = 0};
	const char *leaf = NULL;
	int dir = -1;
	int reason = ots_oss_folder_stat(folder, key, &file);

	if (reason == 0)
		reason = ots_oss_folder_parent(folder, key, false, &dir, &leaf, bytes);
	if (reason == 0)
		reason = ots_oss_blob_move_in(blobs, dir, leaf, file.size, out);
	if (reason == 0)
		remove_empty(folder, key);
	return reason;
}

void ots_oss_folder_remove(struct ots_oss_folder *folder, struct ots_bytes key)
{
	char bytes[NAME_MAX_BYTES + 1];
	const char *leaf = NULL;
	int dir = -1;

	if (!ots_oss_folder_fits(key) ||
	    ots_oss_folder_parent(folder, key, false, &dir, &leaf, bytes) != 0)
		return;
	(void)unlinkat(dir, leaf, 0);
	remove_empty(folder, key);
}

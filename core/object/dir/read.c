#define _GNU_SOURCE /* O_PATH */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file {
	int fd;
	struct stat pinned;
	size_t key_len;
	uint8_t key[];
};

/* A descriptor of the object; where the source is one file, of that one only. */
static int open_key(const struct folder *folder, struct ots_bytes key, int flags)
{
	const char *single = folder->single_key;

	if (single == NULL && key.len == 0)
		errno = ENOENT;
	else if (single == NULL)
		return folder_openat(folder, key, flags);
	else if (strlen(single) == key.len && memcmp(single, key.at, key.len) == 0)
		return folder_openat(folder,
				     (struct ots_bytes){(const uint8_t *)folder->single_name,
							strlen(folder->single_name)},
				     flags);
	else
		errno = ENOENT;
	return -1;
}

/* Only a regular file is an object. */
static enum ots_status look_at(const struct folder *folder, struct ots_bytes key, int fd,
			       struct stat *st, struct ots_error *err)
{
	if (fstat(fd, st) != 0)
		return folder_fail(folder, key, errno, "looking at it", err);
	if (!S_ISREG(st->st_mode))
		return folder_fail(folder, key, ENOENT, "looking at it", err);
	return OTS_OK;
}

/* By what the ETag is made of. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

enum ots_status folder_stat(void *self, struct ots_bytes key, struct ots_entry *entry,
			    struct ots_error *err)
{
	const struct folder *folder = self;
	const int fd = open_key(folder, key, O_PATH);
	struct stat st;
	enum ots_status status;

	if (fd < 0)
		return folder_fail(folder, key, errno, "looking at it", err);
	status = look_at(folder, key, fd, &st, err);
	(void)close(fd);
	if (status == OTS_OK) {
		entry->key = key;
		folder_fill_entry(&st, entry);
	}
	return status;
}

enum ots_status folder_open(void *self, const struct ots_open_request *request,
			    struct ots_entry *entry, void **handle, struct ots_error *err)
{
	const struct ots_bytes key = request->key;
	const struct folder *folder = self;
	struct file *file = malloc(sizeof *file + key.len);
	enum ots_status status;

	if (file == NULL)
		return folder_fail(folder, key, ENOMEM, "opening it", err);
	file->fd = open_key(folder, key, O_RDONLY);
	if (file->fd < 0) {
		status = folder_fail(folder, key, errno, "opening it", err);
		goto out;
	}
	status = look_at(folder, key, file->fd, &file->pinned, err);
	if (status != OTS_OK)
		goto out;
	memcpy(file->key, key.at, key.len);
	file->key_len = key.len;
	entry->key = key;
	folder_fill_entry(&file->pinned, entry);
	*handle = file;
	file = NULL;
out:
	if (file != NULL)
		folder_shut(self, file);
	return status;
}

void folder_shut(void *self, void *handle)
{
	struct file *file = handle;

	(void)self;
	if (file->fd >= 0)
		(void)close(file->fd);
	free(file);
}

/* Bytes until @p len are there or the file ends. @return -1 with errno, or how many came */
static ssize_t read_fully(int fd, uint64_t offset, uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) { /* ends: each turn adds bytes, or the file ends, or it fails */
		const ssize_t n = pread(fd, buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static enum ots_status fail_changed(const struct folder *folder, const struct file *file,
				    const struct stat *now, struct ots_error *err)
{
	struct ots_entry was = {0};
	struct ots_entry is = {0};

	folder_fill_entry(&file->pinned, &was);
	folder_fill_entry(now, &is);
	return ots_fail(err, OTS_CHANGED,
			"%s/%.*s: changed while open: its ETag is %s, expected %s", folder->path,
			(int)file->key_len, (const char *)file->key, is.etag, was.etag);
}

enum ots_status folder_read(void *self, void *handle, uint64_t offset, void *buf, size_t len,
			    size_t *got, struct ots_error *err)
{
	const struct folder *folder = self;
	const struct file *file = handle;
	const struct ots_bytes key = {file->key, file->key_len};
	const uint64_t size = (uint64_t)file->pinned.st_size;
	struct stat now;
	enum ots_status status;
	ssize_t n = 0;

	*got = 0;
	if (offset < size) {
		if (len > size - offset)
			len = (size_t)(size - offset);
		n = read_fully(file->fd, offset, buf, len);
		if (n < 0)
			return folder_fail(folder, key, errno, "reading", err);
	}
	/* After the bytes, not before: a write between the two would else go unseen. */
	status = look_at(folder, key, file->fd, &now, err);
	if (status != OTS_OK)
		return status;
	if (!is_same(&now, &file->pinned))
		return fail_changed(folder, file, &now, err);
	*got = (size_t)n;
	return OTS_OK;
}

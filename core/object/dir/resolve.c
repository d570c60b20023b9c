#define _GNU_SOURCE /* O_PATH, syscall, the strerror_r that returns text */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An open that races with a rename above it answers EAGAIN; once or twice is what happens. */
#define RACE_TRIES 16

static bool part_is_safe(const uint8_t *at, size_t len)
{
	if (len == 0)
		return false;
	if (at[0] == '.' && (len == 1 || (len == 2 && at[1] == '.')))
		return false;
	return memchr(at, '\0', len) == NULL;
}

bool folder_key_is_path(struct ots_bytes key)
{
	size_t begin = 0;

	if (key.len == 0 || key.len > OTS_KEY_MAX_BYTES)
		return false;
	for (;;) { /* ends: begin grows by a part each turn, and the last one returns */
		const uint8_t *slash = memchr(key.at + begin, '/', key.len - begin);
		const size_t end = slash != NULL ? (size_t)(slash - key.at) : key.len;

		if (!part_is_safe(key.at + begin, end - begin))
			return false;
		if (slash == NULL)
			return true;
		begin = end + 1;
		if (begin == key.len) /* "a/" names no file */
			return false;
	}
}

static int call_openat2(int fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	for (int tries = 0;; tries++) { /* ends: RACE_TRIES, or an answer that is final */
		const long opened = syscall(SYS_openat2, fd, path, &how, sizeof how);

		if (opened >= 0)
			return (int)opened;
		if (errno != EINTR && (errno != EAGAIN || tries == RACE_TRIES))
			return -1;
	}
}

static int call_openat(int fd, const char *name, int flags)
{
	int opened;

	do
		opened = openat(fd, name, flags);
	while (opened < 0 && errno == EINTR);
	return opened;
}

/* Part by part, each without following a link: for kernels before 5.6 and sandboxes that refuse
 * openat2(). @p path is changed. */
static int open_by_parts(int fd, char *path, int flags)
{
	int folder = fd;
	char *part = path;
	int opened;

	for (;;) { /* ends: each turn passes one '/', and none is left at last */
		char *slash = strchr(part, '/');

		if (slash == NULL)
			break;
		*slash = '\0';
		opened = call_openat(folder, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (folder != fd)
			(void)close(folder);
		if (opened < 0)
			return -1;
		folder = opened;
		part = slash + 1;
	}
	opened = call_openat(folder, part, flags | O_NOFOLLOW);
	if (folder != fd) {
		const int error = errno;

		(void)close(folder);
		errno = error;
	}
	return opened;
}

int folder_openat(const struct folder *folder, struct ots_bytes path, int flags)
{
	char text[OTS_KEY_MAX_BYTES + 1] = ".";

	if (path.len > 0) {
		if (!folder_key_is_path(path)) {
			errno = EINVAL;
			return -1;
		}
		memcpy(text, path.at, path.len);
		text[path.len] = '\0';
	}
	flags |= O_CLOEXEC;
	if ((flags & O_PATH) == 0) /* openat2() refuses them beside it */
		flags |= O_NOCTTY | O_NONBLOCK;
	return folder->has_openat2 ? call_openat2(folder->fd, text, flags)
				   : open_by_parts(folder->fd, text, flags);
}

bool folder_probe_openat2(int fd)
{
	const int opened = call_openat2(fd, ".", O_PATH | O_CLOEXEC);

	if (opened <
	    0) /* ENOSYS: an old kernel; EPERM: some sandboxes for a call they do not know */
		return errno != ENOSYS && errno != EPERM && errno != EINVAL;
	(void)close(opened);
	return true;
}

/* Microseconds since 1970; what does not fit stays at the end of the range. */
static int64_t time_us(const struct timespec *t)
{
	int64_t us;

	if (__builtin_mul_overflow((int64_t)t->tv_sec, INT64_C(1000000), &us) ||
	    __builtin_add_overflow(us, (int64_t)(t->tv_nsec / 1000), &us))
		return t->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return us;
}

void folder_fill_entry(const struct stat *st, struct ots_entry *entry)
{
	entry->folder = S_ISDIR(st->st_mode);
	entry->size = entry->folder ? 0 : (uint64_t)st->st_size;
	entry->mtime_us = time_us(&st->st_mtim);
	entry->etag[0] = '\0';
	if (entry->folder)
		return;
	/* The change time moves with every write, rename, link and chmod, and nobody can set it
	 * back. Two writes within one tick of a coarse file-system clock (4 ms before Linux 6.13)
	 * that leave the size alone look like one: that is all a folder can tell. */
	(void)snprintf(entry->etag, sizeof entry->etag,
		       "%" PRIx64 "-%" PRIx64 "-%" PRIx64 ".%lx-%" PRIx64 ".%lx",
		       (uint64_t)st->st_ino, (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec,
		       (unsigned long)st->st_mtim.tv_nsec, (uint64_t)st->st_ctim.tv_sec,
		       (unsigned long)st->st_ctim.tv_nsec);
}

static enum ots_status status_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EINVAL: /* no such path can be */
	case ENAMETOOLONG:
	case ELOOP: /* a link, which is no object */
	case EXDEV: /* a way out of the folder */
	case ENXIO: /* a socket or a device with nothing behind it */
	case ENODEV: return OTS_NOT_FOUND;
	case EACCES:
	case EPERM: return OTS_DENIED;
	case ENOMEM: return OTS_NO_MEMORY;
	case ESTALE: /* a network file system: the file behind the handle is gone */
		return OTS_CHANGED;
	default: return OTS_IO;
	}
}

enum ots_status folder_fail(const struct folder *folder, struct ots_bytes key, int error,
			    const char *doing, struct ots_error *err)
{
	const enum ots_status status = status_of(error);
	const char *slash = key.len > 0 && folder->single_key == NULL ? "/" : "";
	const int len = folder->single_key == NULL ? (int)key.len : 0; /* its path is its name */
	char text[128];

	if (status == OTS_NOT_FOUND && key.len == 0)
		return ots_fail(err, status, "%s: no such file or folder", folder->path);
	if (status == OTS_NOT_FOUND)
		return ots_fail(err, status, "%s%s%.*s: no such object", folder->path, slash, len,
				(const char *)key.at);
	return ots_fail(err, status, "%s%s%.*s: %s: %s", folder->path, slash, len,
			(const char *)key.at, doing, strerror_r(error, text, sizeof text));
}

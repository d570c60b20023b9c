#define _GNU_SOURCE /* asprintf, explicit_bzero */
#include "secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../credentials/places.h"

static enum ots_status open_error(const char *path, int number, struct ots_error *err)
{
	if (number == ENOENT || number == ENOTDIR)
		return ots_fail(err, OTS_NOT_FOUND, "%s: %s", path, strerror(number));
	if (number == EACCES || number == EPERM)
		return ots_fail(err, OTS_DENIED, "%s: %s", path, strerror(number));
	return ots_fail(err, OTS_IO, "%s: %s", path, strerror(number));
}

/* Asked of the open file, so that it cannot be another one a moment later. */
static enum ots_status check(const char *path, int fd, bool guarded, size_t *size,
			     struct ots_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ots_fail(err, OTS_DENIED, "%s is no regular file", path);
	if (guarded && st.st_uid != 0 && st.st_uid != geteuid())
		return ots_fail(err, OTS_DENIED,
				"%s belongs to user %u, not to this one (%u): keys in it are not "
				"taken; chown it",
				path, (unsigned)st.st_uid, (unsigned)geteuid());
	if (guarded && (st.st_mode & 077) != 0)
		return ots_fail(err, OTS_DENIED,
				"%s is open to other users (mode %04o): keys in it are not taken; "
				"chmod 600 %s",
				path, (unsigned)(st.st_mode & 07777), path);
	if (st.st_size < 0 || (uint64_t)st.st_size > SECRET_FILE_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT, "%s has %lld bytes, above %zu", path,
				(long long)st.st_size, SECRET_FILE_MAX_BYTES);
	*size = (size_t)st.st_size;
	return OTS_OK;
}

/* A file that grows meanwhile gives what fits; one being replaced is read again at the next need.
 */
static enum ots_status fill(const char *path, int fd, struct secret_file *file,
			    struct ots_error *err)
{
	while (file->len < file->cap) { /* ends: len grows, or the file ends */
		const ssize_t n = read(fd, file->bytes + file->len, file->cap - file->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
		if (n == 0)
			break;
		file->len += (size_t)n;
	}
	return OTS_OK;
}

enum ots_status secret_file_read(const char *path, bool guarded, struct secret_file *out,
				 struct ots_error *err)
{
	struct secret_file file = {NULL, 0, 0};
	enum ots_status status;
	size_t size = 0;
	/* A pipe in the place of the file must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return open_error(path, errno, err);
	status = check(path, fd, guarded, &size, err);
	if (status != OTS_OK)
		goto out;
	file.cap = size > 0 ? size : 1;
	file.bytes = malloc(file.cap);
	if (file.bytes == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "%s", path);
		goto out;
	}
	status = fill(path, fd, &file, err);
	if (status != OTS_OK)
		goto out;
	*out = file;
	file.bytes = NULL;
out:
	secret_file_release(&file);
	(void)close(fd);
	return status;
}

void secret_file_release(struct secret_file *file)
{
	if (file->bytes != NULL)
		explicit_bzero(file->bytes, file->cap);
	free(file->bytes);
	*file = (struct secret_file){NULL, 0, 0};
}

enum ots_status home_path(const char *below, char **out, struct ots_error *err)
{
	const char *home = environment_text("HOME");
	struct passwd entry, *found = NULL;
	char room[4096];

	if (home == NULL && getpwuid_r(geteuid(), &entry, room, sizeof room, &found) == 0 &&
	    found != NULL && entry.pw_dir != NULL && entry.pw_dir[0] != '\0')
		home = entry.pw_dir;
	if (home == NULL)
		return ots_fail(err, OTS_NOT_FOUND, "no home folder for %s", below);
	if (asprintf(out, "%s/%s", home, below) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "%s", below);
	return OTS_OK;
}

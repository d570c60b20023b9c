#define _XOPEN_SOURCE 700 /* realpath */
#include "authority_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ots_status fail(const char *path, struct ots_error *err)
{
	return ots_fail(err, OTS_IO, "certificate file %s: %s", path, strerror(errno));
}

static bool write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) { /* ends: each turn writes something or returns */
		const ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return true;
}

/* Fill a new file beside the place it shall have; a certificate is for everybody to read. */
static enum ots_status fill(char *path, const char *pem, struct ots_error *err)
{
	const int fd = mkstemp(path);
	enum ots_status status = OTS_OK;

	if (fd < 0)
		return fail(path, err);
	if (!write_all(fd, pem) || fchmod(fd, 0644) != 0)
		status = fail(path, err);
	if (close(fd) != 0 && status == OTS_OK)
		status = fail(path, err);
	if (status != OTS_OK)
		(void)unlink(path);
	return status;
}

/* An absolute path of @p folder, which is there, and @p name. @return NULL: see errno */
static char *path_below(const char *folder, const char *name)
{
	char *full = realpath(folder, NULL);
	const size_t size = full != NULL ? strlen(full) + strlen(name) + 2 : 0;
	char *path = full != NULL ? malloc(size) : NULL;

	if (path != NULL)
		(void)snprintf(path, size, "%s/%s", full, name);
	free(full);
	return path;
}

enum ots_status ots_authority_file_write(const char *dir, const char *pem, char **out,
					 struct ots_error *err)
{
	const char *temporary = getenv("TMPDIR");
	const char *folder = dir;
	enum ots_status status = OTS_OK;
	char *first = NULL, *last = NULL;

	if (folder == NULL)
		folder = temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp";
	first = path_below(folder, "otsfs-ca-XXXXXX");
	if (dir != NULL)
		last = path_below(dir, "ca.pem");
	if (first == NULL || (dir != NULL && last == NULL)) {
		status = fail(folder, err);
		goto out;
	}
	status = fill(first, pem, err);
	if (status != OTS_OK)
		goto out;
	if (last != NULL && rename(first, last) != 0) {
		status = fail(last, err);
		(void)unlink(first);
		goto out;
	}
	*out = last != NULL ? last : first;
	if (last == NULL)
		first = NULL;
	last = NULL;
out:
	free(first);
	free(last);
	return status;
}

void ots_authority_file_remove(char *path)
{
	if (path != NULL)
		(void)unlink(path);
	free(path);
}

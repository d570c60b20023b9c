#include "../folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <otsfs/restore/engine.h>

#define NAME_BYTES 64

enum ots_status ots_job_folder_fail(struct ots_error *err, int error, const char *what,
				    const char *path)
{
	enum ots_status status = OTS_IO;
	char words[128];

	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		status = OTS_NO_SPACE;
	else if (error == EACCES || error == EPERM || error == EROFS)
		status = OTS_DENIED;
	else if (error == ENOENT)
		status = OTS_NOT_FOUND;
	else if (error == EEXIST)
		status = OTS_EXISTS;
	else if (error == ENOMEM)
		status = OTS_NO_MEMORY;
	if (strerror_r(error, words, sizeof words) != 0)
		(void)snprintf(words, sizeof words, "error %d", error);
	return ots_fail(err, status, "%s %s: %s", what, path, words);
}

int ots_job_folder_write(int fd, struct ots_bytes bytes)
{
	while (bytes.len > 0) { /* ends: each turn writes something, or returns */
		const ssize_t n = write(fd, bytes.at, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		bytes.at += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

bool ots_job_folder_id_valid(const char *id)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	const size_t len = strlen(id);

	return len > 0 && len < OTS_JOB_ID_BYTES && strspn(id, letters) == len;
}

/* Every folder of the path that is missing. */
static int make_folders(char *path)
{
	for (char *p = path + 1;; p++) {
		const char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST) {
			const int error = errno;

			*p = c;
			return error;
		}
		*p = c;
		if (c == '\0')
			return 0;
	}
}

enum ots_status ots_job_folder_root(const char *state_dir, bool make, char **path, int *fd,
				    struct ots_error *err)
{
	const size_t size = strlen(state_dir) + sizeof "/jobs";
	char *name = malloc(size);
	int error = 0;

	if (name == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "state folder %s", state_dir);
	(void)snprintf(name, size, "%s/jobs", state_dir);
	if (make)
		error = make_folders(name);
	if (error == 0) {
		*fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*fd < 0)
			error = errno;
	}
	if (error != 0) {
		const enum ots_status status =
			ots_job_folder_fail(err, error, "state folder", name);

		free(name);
		return status;
	}
	*path = name;
	return OTS_OK;
}

static int make_file(int dir_fd, const char *name, int *fd)
{
	*fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd < 0 ? errno : 0;
}

/* The files of a new folder, the lock held. */
static int fill_folder(struct ots_job_folder *folder)
{
	int dead_fd = -1;
	int error = make_file(folder->dir_fd, "journal", &folder->lock_fd);

	if (error == 0 && flock(folder->lock_fd, LOCK_EX) != 0)
		error = errno;
	if (error == 0)
		error = make_file(folder->dir_fd, "dead.jsonl", &dead_fd);
	if (dead_fd >= 0)
		(void)close(dead_fd);
	return error;
}

enum ots_status ots_job_folder_create(int root_fd, const char *root_path, const char *id,
				      struct ots_job_folder *out, struct ots_error *err)
{
	struct ots_job_folder folder = {-1, -1, NULL};
	char fresh[NAME_BYTES];
	const size_t size = strlen(root_path) + strlen(id) + 2;
	enum ots_status status = OTS_OK;
	int error = 0;

	(void)snprintf(fresh, sizeof fresh, ".%s", id);
	folder.path = malloc(size);
	if (folder.path == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "job folder %s", id);
	(void)snprintf(folder.path, size, "%s/%s", root_path, id);
	if (mkdirat(root_fd, fresh, 0700) != 0)
		error = errno;
	if (error == 0) {
		folder.dir_fd = openat(root_fd, fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = folder.dir_fd < 0 ? errno : fill_folder(&folder);
		if (error == 0 && renameat(root_fd, fresh, root_fd, id) != 0)
			error = errno;
		if (error != 0)
			ots_job_folder_remove(root_fd, fresh);
	}
	if (error != 0) {
		status = ots_job_folder_fail(err, error, "job folder", folder.path);
		ots_job_folder_close(&folder);
		return status;
	}
	(void)fsync(root_fd);
	*out = folder;
	return OTS_OK;
}

void ots_job_folder_close(struct ots_job_folder *folder)
{
	if (folder->lock_fd >= 0)
		(void)close(folder->lock_fd);
	if (folder->dir_fd >= 0)
		(void)close(folder->dir_fd);
	free(folder->path);
	*folder = (struct ots_job_folder){-1, -1, NULL};
}

void ots_job_folder_remove(int root_fd, const char *id)
{
	static const char *const names[] = {
		"plan.json", "status.json",    "report.json",      "dead.jsonl",      "journal",
		"input",     ".plan.json.new", ".status.json.new", ".report.json.new"};
	const int fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)unlinkat(fd, names[i], 0);
	(void)close(fd);
	(void)unlinkat(root_fd, id, AT_REMOVEDIR);
}

bool ots_job_folder_locked(int root_fd, const char *id)
{
	char name[NAME_BYTES];
	bool held;
	int fd;

	(void)snprintf(name, sizeof name, "%s/journal", id);
	fd = openat(root_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	(void)close(fd);
	return held;
}

enum ots_status ots_job_folder_replace(const struct ots_job_folder *folder, const char *name,
				       struct ots_bytes bytes, bool sync, struct ots_error *err)
{
	char fresh[NAME_BYTES];
	int error = 0, fd;

	(void)snprintf(fresh, sizeof fresh, ".%s.new", name);
	fd = openat(folder->dir_fd, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ots_job_folder_fail(err, errno, name, folder->path);
	error = ots_job_folder_write(fd, bytes);
	if (error == 0 && sync && fsync(fd) != 0)
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && renameat(folder->dir_fd, fresh, folder->dir_fd, name) != 0)
		error = errno;
	if (error != 0) {
		(void)unlinkat(folder->dir_fd, fresh, 0);
		return ots_job_folder_fail(err, error, name, folder->path);
	}
	if (sync)
		(void)fsync(folder->dir_fd);
	return OTS_OK;
}

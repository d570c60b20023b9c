#include "../staging.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FRESH_SECONDS 3600

struct ots_staging {
	struct ots_engine *engine;
	struct ots_staging *next; /* of the engine's list */
	char id[OTS_JOB_ID_BYTES];
	struct ots_job_folder folder; /* empty once taken */
	int fd;
	uint64_t size;
	bool taken;
};

static void link_staging(struct ots_staging *staging)
{
	struct ots_engine *engine = staging->engine;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	staging->next = engine->locked.stagings;
	engine->locked.stagings = staging;
	(void)pthread_mutex_unlock(&engine->locked.mutex);
}

static void unlink_staging(struct ots_staging *staging)
{
	struct ots_engine *engine = staging->engine;
	struct ots_staging **at = &engine->locked.stagings;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	while (*at != NULL && *at != staging)
		at = &(*at)->next;
	if (*at != NULL)
		*at = staging->next;
	(void)pthread_mutex_unlock(&engine->locked.mutex);
}

enum ots_status ots_staging_open(struct ots_engine *engine, struct ots_staging **out,
				 struct ots_error *err)
{
	struct ots_staging *staging = calloc(1, sizeof *staging);
	enum ots_status status;

	if (staging == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "staging");
	staging->engine = engine;
	staging->fd = -1;
	ots_engine_id(engine, staging->id);
	status = ots_job_folder_create(engine->root_fd, engine->root_path, staging->id,
				       &staging->folder, err);
	if (status != OTS_OK) {
		free(staging);
		return status;
	}
	staging->fd = openat(staging->folder.dir_fd, "input",
			     O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	link_staging(staging);
	if (staging->fd < 0) {
		status = ots_job_folder_fail(err, errno, "input of", staging->folder.path);
		ots_staging_discard(staging);
		return status;
	}
	*out = staging;
	return OTS_OK;
}

enum ots_status ots_staging_append(struct ots_staging *staging, const void *bytes, size_t len,
				   struct ots_error *err)
{
	const uint64_t limit = staging->engine->options.staging_limit_bytes;
	int error;

	if (len > limit || staging->size > limit - len)
		return ots_fail(err, OTS_NO_SPACE, "dropped text is above the limit of %llu bytes",
				(unsigned long long)limit);
	error = ots_job_folder_write(staging->fd, (struct ots_bytes){bytes, len});
	if (error != 0) {
		/* Half a write must not stay: the writer is told that nothing of it was taken. */
		if (ftruncate(staging->fd, (off_t)staging->size) != 0)
			error = errno;
		return ots_job_folder_fail(err, error, "dropped text in", staging->id);
	}
	staging->size += len;
	return OTS_OK;
}

uint64_t ots_staging_size(const struct ots_staging *staging)
{
	return staging->size;
}

enum ots_status ots_staging_read(const struct ots_staging *staging, uint64_t offset, void *buf,
				 size_t len, size_t *got, struct ots_error *err)
{
	uint8_t *at = buf;

	*got = 0;
	if (offset >= staging->size)
		return OTS_OK;
	if (len > staging->size - offset)
		len = (size_t)(staging->size - offset);
	while (*got < len) { /* ends: each turn reads something, or returns */
		const ssize_t n = pread(staging->fd, at + *got, len - *got, (off_t)(offset + *got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ots_job_folder_fail(err, errno, "dropped text in", staging->id);
		if (n == 0)
			return ots_fail(err, OTS_IO, "dropped text in %s has become shorter",
					staging->id);
		*got += (size_t)n;
	}
	return OTS_OK;
}

static void free_staging(struct ots_staging *staging)
{
	if (staging->fd >= 0)
		(void)close(staging->fd);
	if (!staging->taken)
		ots_job_folder_remove(staging->engine->root_fd, staging->id);
	ots_job_folder_close(&staging->folder);
	free(staging);
}

void ots_staging_discard(struct ots_staging *staging)
{
	if (staging == NULL)
		return;
	unlink_staging(staging);
	free_staging(staging);
}

enum ots_status ots_staging_take(struct ots_staging *staging, struct ots_job *job,
				 struct ots_error *err)
{
	if (staging->taken)
		return ots_fail(err, OTS_USAGE, "the dropped text of %s is a job already",
				staging->id);
	staging->taken = true;
	memcpy(job->id, staging->id, sizeof job->id);
	job->folder = staging->folder;
	staging->folder = (struct ots_job_folder){-1, -1, NULL};
	if (fsync(staging->fd) != 0)
		return ots_job_folder_fail(err, errno, "input of", job->folder.path);
	return OTS_OK;
}

void ots_staging_take_back(struct ots_staging *staging, struct ots_job *job)
{
	assert(staging->taken && job->folder.dir_fd >= 0);
	staging->folder = job->folder;
	job->folder = (struct ots_job_folder){-1, -1, NULL};
	staging->taken = false;
}

void ots_staging_free_all(struct ots_engine *engine)
{
	struct ots_staging *staging = engine->locked.stagings;

	engine->locked.stagings = NULL;
	while (staging != NULL) {
		struct ots_staging *next = staging->next;

		free_staging(staging);
		staging = next;
	}
}

/* What ots_job_folder_create() had not renamed yet begins with a dot; for a moment it is there
 * without a lock, so only an old one is abandoned. */
static bool is_abandoned(int root_fd, const char *name)
{
	const bool fresh = name[0] == '.';
	char path[NAME_MAX + 16];
	struct stat st;

	if (!ots_job_folder_id_valid(fresh ? name + 1 : name))
		return false;
	if (fresh && (fstatat(root_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		      st.st_mtime > time(NULL) - FRESH_SECONDS))
		return false;
	(void)snprintf(path, sizeof path, "%s/status.json", name);
	if (fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	return !ots_job_folder_locked(root_fd, name);
}

void ots_staging_sweep(struct ots_engine *engine)
{
	DIR *dir = opendir(engine->root_path);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) /* ends with the folder */
		if (is_abandoned(engine->root_fd, entry->d_name))
			ots_job_folder_remove(engine->root_fd, entry->d_name);
	(void)closedir(dir);
}

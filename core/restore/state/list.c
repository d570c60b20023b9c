#include <otsfs/restore/engine.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../documents.h"

/* A status is a few KiB; its longest parts are one error text and two names. */
#define STATUS_MAX_BYTES ((size_t)1024 * 1024)

/* The folder of one job, opened. */
static enum ots_status open_job(const char *state_dir, const char *id, int *root_fd, int *job_fd,
				struct ots_error *err)
{
	char *path = NULL;
	enum ots_status status;

	if (!ots_job_folder_id_valid(id))
		return ots_fail(err, OTS_NOT_FOUND, "there is no job %s", id);
	status = ots_job_folder_root(state_dir, false, &path, root_fd, err);
	if (status != OTS_OK)
		return status;
	*job_fd = openat(*root_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*job_fd < 0) {
		status = errno == ENOENT ? ots_fail(err, OTS_NOT_FOUND, "there is no job %s", id)
					 : ots_job_folder_fail(err, errno, "job folder", id);
		(void)close(*root_fd);
	}
	free(path);
	return status;
}

static enum ots_status read_all(int fd, const char *name, size_t limit_bytes,
				struct ots_buffer *out, struct ots_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ots_job_folder_fail(err, errno, "file", name);
	if (st.st_size < 0 || (uint64_t)st.st_size > limit_bytes)
		return ots_fail(err, OTS_LIMIT, "%s has %lld bytes, at most %zu are read", name,
				(long long)st.st_size, limit_bytes);
	if (!ots_buffer_reserve(out, (size_t)st.st_size))
		return ots_buffer_fail(out, (size_t)st.st_size, name, err);
	for (size_t left = (size_t)st.st_size; left > 0;) { /* ends: left shrinks, or returns */
		const ssize_t n = read(fd, out->bytes + out->len, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ots_job_folder_fail(err, errno, "file", name);
		if (n == 0)
			break;
		out->len += (size_t)n;
		left -= (size_t)n;
	}
	return OTS_OK;
}

/* A job that says it goes on, and whose lock nobody holds, was left by a driver that died. */
static bool correct_state(int root_fd, const char *id, size_t begin, struct ots_buffer *out)
{
	const char *now = ots_job_state_word(OTS_JOB_INTERRUPTED);
	enum ots_job_state state;
	struct ots_bytes word;
	size_t at, rest;

	if (out->bytes == NULL) /* an empty file */
		return true;
	if (!ots_status_state((struct ots_bytes){out->bytes + begin, out->len - begin}, id, &state,
			      &word))
		return true;
	if (ots_job_state_ended(state) || ots_job_folder_locked(root_fd, id))
		return true;
	at = (size_t)(word.at - out->bytes);
	rest = out->len - at - word.len;
	if (strlen(now) > word.len && !ots_buffer_reserve(out, strlen(now) - word.len))
		return false;
	memmove(out->bytes + at + strlen(now), out->bytes + at + word.len, rest);
	memcpy(out->bytes + at, now, strlen(now));
	out->len = at + strlen(now) + rest;
	return true;
}

static bool is_document(const char *name)
{
	return strcmp(name, "plan.json") == 0 || strcmp(name, "status.json") == 0 ||
	       strcmp(name, "report.json") == 0;
}

static enum ots_status read_document(int root_fd, int job_fd, const char *id, const char *name,
				     size_t limit_bytes, struct ots_buffer *out,
				     struct ots_error *err)
{
	const size_t begin = out->len;
	const int fd = openat(job_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum ots_status status;

	if (fd < 0 && errno == ENOENT)
		return ots_fail(err, OTS_NOT_FOUND, "job %s has no %s", id, name);
	if (fd < 0)
		return ots_job_folder_fail(err, errno, name, id);
	status = read_all(fd, name, limit_bytes, out, err);
	(void)close(fd);
	if (status == OTS_OK && strcmp(name, "status.json") == 0 &&
	    !correct_state(root_fd, id, begin, out))
		status = ots_buffer_fail(out, 16, name, err);
	if (status != OTS_OK)
		out->len = begin;
	return status;
}

enum ots_status ots_job_file(const char *state_dir, const char *id, const char *name,
			     size_t limit_bytes, struct ots_buffer *out, struct ots_error *err)
{
	int root_fd = -1, job_fd = -1;
	enum ots_status status;

	if (!is_document(name))
		return ots_fail(err, OTS_NOT_FOUND, "a job has no %s", name);
	status = open_job(state_dir, id, &root_fd, &job_fd, err);
	if (status != OTS_OK)
		return status;
	status = read_document(root_fd, job_fd, id, name, limit_bytes, out, err);
	(void)close(job_fd);
	(void)close(root_fd);
	return status;
}

enum ots_status ots_job_dead_open(const char *state_dir, const char *id, int *fd,
				  struct ots_error *err)
{
	int root_fd = -1, job_fd = -1;
	enum ots_status status = open_job(state_dir, id, &root_fd, &job_fd, err);

	if (status != OTS_OK)
		return status;
	*fd = openat(job_fd, "dead.jsonl", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		status = ots_job_folder_fail(err, errno, "dead.jsonl of job", id);
	(void)close(job_fd);
	(void)close(root_fd);
	return status;
}

static int visible(const struct dirent *entry)
{
	return ots_job_folder_id_valid(entry->d_name);
}

/* @return false: @p fn said stop */
static enum ots_status list_one(int root_fd, const char *id, struct ots_buffer *text,
				ots_jobs_fn *fn, void *arg, bool *go_on, struct ots_error *err)
{
	const int job_fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	enum ots_status status;

	if (job_fd < 0)
		return OTS_OK; /* removed meanwhile, or no folder */
	text->len = 0;
	status = read_document(root_fd, job_fd, id, "status.json", STATUS_MAX_BYTES, text, err);
	(void)close(job_fd);
	if (status == OTS_NOT_FOUND)
		return OTS_OK; /* text that is still being dropped is no job yet */
	if (status != OTS_OK)
		return status;
	while (text->len > 0 && text->bytes[text->len - 1] == '\n')
		text->len--;
	*go_on = fn(arg, id, (struct ots_bytes){text->bytes, text->len});
	return OTS_OK;
}

enum ots_status ots_jobs_list(const char *state_dir, ots_jobs_fn *fn, void *arg,
			      struct ots_error *err)
{
	struct dirent **entries = NULL;
	struct ots_buffer text;
	char *path = NULL;
	bool go_on = true;
	int root_fd = -1, count;
	enum ots_status status = ots_job_folder_root(state_dir, false, &path, &root_fd, err);

	if (status == OTS_NOT_FOUND)
		return OTS_OK; /* nobody has restored anything here */
	if (status != OTS_OK)
		return status;
	ots_buffer_init(&text, STATUS_MAX_BYTES + 16);
	count = scandir(path, &entries, visible, alphasort);
	if (count < 0)
		status = ots_job_folder_fail(err, errno, "jobs in", path);
	for (int i = 0; i < count; i++) {
		if (status == OTS_OK && go_on)
			status = list_one(root_fd, entries[i]->d_name, &text, fn, arg, &go_on, err);
		free(entries[i]);
	}
	free(entries);
	ots_buffer_release(&text);
	(void)close(root_fd);
	free(path);
	return status;
}

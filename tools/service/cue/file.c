#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <otsfs/base/clock.h>

/* How young a file is read once more: far above what any file system's clock ticks by. */
#define YOUNG_US INT64_C(50000)

bool ots_cue_stamp_equal(const struct ots_cue_stamp *a, const struct ots_cue_stamp *b)
{
	return a->there == b->there && a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->written.tv_sec == b->written.tv_sec &&
	       a->written.tv_nsec == b->written.tv_nsec;
}

static void stamp_of(const struct stat *status, struct ots_cue_stamp *stamp)
{
	*stamp = (struct ots_cue_stamp){
		.there = true,
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.written = status->st_mtim,
	};
}

void ots_cue_file_look(const char *path, struct ots_cue_stamp *stamp)
{
	struct stat status;

	*stamp = (struct ots_cue_stamp){.there = false};
	if (stat(path, &status) == 0)
		stamp_of(&status, stamp);
}

static enum ots_status fail_file(const char *path, int error, struct ots_error *err)
{
	return ots_fail(err, error == ENOENT ? OTS_NOT_FOUND : OTS_IO, "fault file %s: %s", path,
			strerror(error));
}

/* Read up to one byte more than a file may have. @return 0 or an errno */
static int read_all(int file, struct ots_buffer *text)
{
	for (;;) { /* ends: at the end of the file, or when the buffer is full */
		ssize_t got;

		if (!ots_buffer_reserve(text, 4096) && !ots_buffer_reserve(text, 1))
			return text->len == text->limit ? 0 : ENOMEM;
		got = read(file, text->bytes + text->len, text->cap - text->len);
		if (got < 0 && errno != EINTR)
			return errno;
		if (got == 0)
			return 0;
		if (got > 0)
			text->len += (size_t)got;
	}
}

enum ots_status ots_cue_file_read(const char *path, struct ots_cue_stamp *stamp,
				  struct ots_buffer *text, bool *stable, struct ots_error *err)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat before, after;
	struct ots_cue_stamp then;
	int error = 0;

	if (file < 0)
		return fail_file(path, errno, err);
	if (fstat(file, &before) != 0)
		error = errno;
	else if (!S_ISREG(before.st_mode))
		error = EINVAL;
	else
		error = read_all(file, text);
	if (error == 0 && fstat(file, &after) != 0)
		error = errno;
	(void)close(file);
	if (error != 0)
		return fail_file(path, error, err);
	stamp_of(&before, stamp);
	stamp_of(&after, &then);
	*stable = ots_cue_stamp_equal(stamp, &then) &&
		  (text->len == (size_t)after.st_size || text->len == text->limit);
	return OTS_OK;
}

int64_t ots_cue_stamp_young_until(const struct ots_cue_stamp *stamp)
{
	const int64_t end_us =
		(int64_t)stamp->written.tv_sec * 1000000 + stamp->written.tv_nsec / 1000 + YOUNG_US;

	return ots_clock_wall_us(&ots_clock_system) < end_us ? end_us : 0;
}

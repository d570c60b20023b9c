#include "cue.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <otsfs/text/json_write.h>

#include "book.h"

/* A file system notes times to some milliseconds: two writes within them may look alike. A file
 * that was written so shortly before it was read is read once more. */
#define YOUNG_US INT64_C(50000)

/* What tells one state of the file from another. */
struct stamp {
	bool there;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written;
};

struct ots_cue {
	char *path;
	const struct ots_clock *clock;
	struct ots_log *log;
	int64_t started_ms;
	pthread_mutex_t mutex;
	struct {
		struct ots_cue_book *book;
		struct stamp stamp;     /* of what was read last, good or bad */
		struct ots_buffer text; /* that */
		int64_t again_us;       /* it was young: read it again from then on; 0: no */
	} locked;
};

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->there == b->there && a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->written.tv_sec == b->written.tv_sec &&
	       a->written.tv_nsec == b->written.tv_nsec;
}

static void stamp_of(const struct stat *status, struct stamp *stamp)
{
	*stamp = (struct stamp){
		.there = true,
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.written = status->st_mtim,
	};
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

/* The whole file as it stood at one moment.
 *  @param stable  false: somebody wrote while it was read */
static enum ots_status read_file(const char *path, struct stamp *stamp, struct ots_buffer *text,
				 bool *stable, struct ots_error *err)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat before, after;
	struct stamp then;
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
	*stable = same_stamp(stamp, &then) &&
		  (text->len == (size_t)after.st_size || text->len > OTS_CUE_FILE_MAX_BYTES);
	return OTS_OK;
}

static int64_t young_until(const struct stamp *stamp)
{
	const int64_t end_us =
		(int64_t)stamp->written.tv_sec * 1000000 + stamp->written.tv_nsec / 1000 + YOUNG_US;

	return ots_clock_wall_us(&ots_clock_system) < end_us ? end_us : 0;
}

/* Put a state of the file in the place of the one before.
 *  @param book  taken over; NULL: it is no good, what was there stays */
static void install(struct ots_cue *cue, const struct stamp *stamp, struct ots_buffer *text,
		    struct ots_cue_book *book)
{
	const int64_t again_us = stamp->there ? young_until(stamp) : 0;
	struct ots_cue_book *old = NULL;

	(void)pthread_mutex_lock(&cue->mutex);
	cue->locked.stamp = *stamp;
	cue->locked.again_us = again_us;
	if (book != NULL) {
		old = cue->locked.book;
		cue->locked.book = book;
	}
	if (text != NULL) { /* the old one goes with the caller's buffer */
		const struct ots_buffer swap = cue->locked.text;

		cue->locked.text = *text;
		*text = swap;
	}
	(void)pthread_mutex_unlock(&cue->mutex);
	ots_cue_book_let_go(old);
}

/* Whether the text is the one that was read last: then its counts go on. */
static bool is_known(struct ots_cue *cue, const struct ots_buffer *text)
{
	const struct ots_buffer *known = &cue->locked.text;
	bool same;

	(void)pthread_mutex_lock(&cue->mutex);
	same = known->len == text->len &&
	       (text->len == 0 || memcmp(known->bytes, text->bytes, text->len) == 0);
	(void)pthread_mutex_unlock(&cue->mutex);
	return same;
}

/* Read the file, which looks as if it had changed. */
static void read_again(struct ots_cue *cue, const struct stamp *seen)
{
	struct stamp stamp = *seen;
	struct ots_cue_book *book = NULL;
	struct ots_error err = {.status = OTS_OK};
	struct ots_buffer text;
	enum ots_status status;
	bool stable = true;

	ots_buffer_init(&text, OTS_CUE_FILE_MAX_BYTES + 1);
	status = read_file(cue->path, &stamp, &text, &stable, &err);
	if (status == OTS_OK && !stable)
		goto out; /* its writer is at it: the next request looks again */
	if (status != OTS_OK) {
		install(cue, &stamp, NULL, NULL);
		ots_log_line(cue->log, OTS_LOG_WARNING, "%s: the faults from before stay",
			     err.text);
		goto out;
	}
	if (is_known(cue, &text)) {
		install(cue, &stamp, NULL, NULL);
		goto out;
	}
	status = ots_cue_book_new((struct ots_bytes){text.bytes, text.len}, &book, &err);
	install(cue, &stamp, &text, book);
	if (status != OTS_OK)
		ots_log_line(cue->log, OTS_LOG_WARNING,
			     "fault file %s: %s: the faults from before stay", cue->path, err.text);
out:
	ots_buffer_release(&text);
}

/* Look at the file, and read it if it is another one than before. */
static void follow(struct ots_cue *cue)
{
	struct stamp stamp = {.there = false};
	struct stat status;
	bool changed;

	if (stat(cue->path, &status) == 0)
		stamp_of(&status, &stamp);
	(void)pthread_mutex_lock(&cue->mutex);
	changed = !same_stamp(&stamp, &cue->locked.stamp) ||
		  (cue->locked.again_us != 0 &&
		   ots_clock_wall_us(&ots_clock_system) >= cue->locked.again_us);
	(void)pthread_mutex_unlock(&cue->mutex);
	if (changed)
		read_again(cue, &stamp);
}

enum ots_status ots_cue_open(const char *path, const struct ots_clock *clock, struct ots_log *log,
			     struct ots_cue **out, struct ots_error *err)
{
	struct ots_cue *cue = calloc(1, sizeof *cue);
	struct ots_cue_book *book = NULL;
	struct ots_buffer text;
	struct stamp stamp;
	enum ots_status status;
	bool stable = true;

	ots_buffer_init(&text, OTS_CUE_FILE_MAX_BYTES + 1);
	if (cue == NULL || (cue->path = strdup(path)) == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "fault file %s", path);
		goto out;
	}
	(void)pthread_mutex_init(&cue->mutex, NULL);
	cue->clock = clock;
	cue->log = log;
	cue->started_ms = ots_clock_monotonic_ms(clock);
	status = read_file(path, &stamp, &text, &stable, err);
	if (status != OTS_OK)
		goto out;
	status = ots_cue_book_new((struct ots_bytes){text.bytes, text.len}, &book, err);
	if (status != OTS_OK) {
		(void)ots_context(err, "fault file %s", path);
		goto out;
	}
	install(cue, &stamp, &text, book);
	*out = cue;
	cue = NULL;
out:
	ots_buffer_release(&text);
	ots_cue_close(cue);
	return status;
}

void ots_cue_close(struct ots_cue *cue)
{
	if (cue == NULL)
		return;
	ots_cue_book_let_go(cue->locked.book);
	ots_buffer_release(&cue->locked.text);
	if (cue->path != NULL)
		(void)pthread_mutex_destroy(&cue->mutex);
	free(cue->path);
	free(cue);
}

static struct ots_cue_book *current_book(struct ots_cue *cue)
{
	struct ots_cue_book *book;

	(void)pthread_mutex_lock(&cue->mutex);
	book = cue->locked.book;
	ots_cue_book_hold(book);
	(void)pthread_mutex_unlock(&cue->mutex);
	return book;
}

bool ots_cue_decide(struct ots_cue *cue, const struct ots_cue_subject *subject,
		    struct ots_cue_verdict *verdict)
{
	follow(cue);
	verdict->book = current_book(cue);
	return ots_cue_book_decide(verdict->book,
				   ots_clock_monotonic_ms(cue->clock) - cue->started_ms, subject,
				   verdict);
}

void ots_cue_verdict_release(struct ots_cue_verdict *verdict)
{
	ots_cue_book_let_go(verdict->book);
	verdict->book = NULL;
}

bool ots_cue_report(struct ots_cue *cue, struct ots_buffer *out)
{
	struct ots_json_writer writer;
	struct ots_cue_book *book = NULL;

	if (cue != NULL) {
		follow(cue);
		book = current_book(cue);
	}
	ots_json_writer_init(&writer, out);
	ots_json_array_begin(&writer, NULL);
	for (size_t i = 0; book != NULL && i < book->plan.line_count; i++) {
		ots_json_object_begin(&writer, NULL);
		ots_json_put_unsigned(&writer, "line", book->plan.lines[i].number);
		ots_json_put_unsigned(&writer, "used", atomic_load(&book->tallies[i].used));
		ots_json_object_end(&writer);
	}
	ots_json_array_end(&writer);
	ots_cue_book_let_go(book);
	return !writer.failed;
}

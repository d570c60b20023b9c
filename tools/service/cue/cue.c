#include "cue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/text/json_write.h>

#include "book.h"
#include "file.h"

struct ots_cue {
	char *path;
	const struct ots_clock *clock;
	struct ots_log *log;
	int64_t started_ms;
	pthread_mutex_t mutex;
	pthread_cond_t read; /* somebody has */
	struct {
		struct ots_cue_book *book;
		struct ots_cue_stamp stamp; /* of what was read last, good or bad */
		struct ots_buffer text;     /* that */
		bool reading;               /* a thread is at it */
		int64_t again_us;           /* it was young: read it again from then on; 0: no */
	} locked;
};

/* Put a state of the file in the place of the one before.
 *  @param book  taken over; NULL: it is no good, what was there stays */
static void install(struct ots_cue *cue, const struct ots_cue_stamp *stamp, struct ots_buffer *text,
		    struct ots_cue_book *book)
{
	const int64_t again_us = stamp->there ? ots_cue_stamp_young_until(stamp) : 0;
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
static void read_again(struct ots_cue *cue, const struct ots_cue_stamp *seen)
{
	struct ots_cue_stamp stamp = *seen;
	struct ots_cue_book *book = NULL;
	struct ots_error err = {.status = OTS_OK};
	struct ots_buffer text;
	enum ots_status status;
	bool stable = true;

	ots_buffer_init(&text, OTS_CUE_FILE_MAX_BYTES + 1);
	status = ots_cue_file_read(cue->path, &stamp, &text, &stable, &err);
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

static bool is_changed_locked(const struct ots_cue *cue, const struct ots_cue_stamp *stamp)
{
	return !ots_cue_stamp_equal(stamp, &cue->locked.stamp) ||
	       (cue->locked.again_us != 0 &&
		ots_clock_wall_us(&ots_clock_system) >= cue->locked.again_us);
}

/* Look at the file, and read it if it is another one than before. One thread reads, others that see
 * the change wait for it: a second plan of the same text would forget what the first has counted.
 */
static void follow(struct ots_cue *cue)
{
	struct ots_cue_stamp stamp;
	bool waited;

	do { /* ends: it goes on only while another thread reads */
		bool changed;

		ots_cue_file_look(cue->path, &stamp);
		(void)pthread_mutex_lock(&cue->mutex);
		changed = is_changed_locked(cue, &stamp);
		waited = changed && cue->locked.reading;
		if (waited)
			(void)pthread_cond_wait(&cue->read, &cue->mutex);
		else if (changed)
			cue->locked.reading = true;
		(void)pthread_mutex_unlock(&cue->mutex);
		if (!changed)
			return;
	} while (waited);
	read_again(cue, &stamp);
	(void)pthread_mutex_lock(&cue->mutex);
	cue->locked.reading = false;
	(void)pthread_cond_broadcast(&cue->read);
	(void)pthread_mutex_unlock(&cue->mutex);
}

enum ots_status ots_cue_open(const char *path, const struct ots_clock *clock, struct ots_log *log,
			     struct ots_cue **out, struct ots_error *err)
{
	struct ots_cue *cue = calloc(1, sizeof *cue);
	struct ots_cue_book *book = NULL;
	struct ots_buffer text;
	struct ots_cue_stamp stamp = {.there = false};
	enum ots_status status;
	bool stable = true;

	ots_buffer_init(&text, OTS_CUE_FILE_MAX_BYTES + 1);
	if (cue == NULL || (cue->path = strdup(path)) == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "fault file %s", path);
		goto out;
	}
	(void)pthread_mutex_init(&cue->mutex, NULL);
	(void)pthread_cond_init(&cue->read, NULL);
	cue->clock = clock;
	cue->log = log;
	cue->started_ms = ots_clock_monotonic_ms(clock);
	status = ots_cue_file_read(path, &stamp, &text, &stable, err);
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
	if (cue->path != NULL) {
		(void)pthread_cond_destroy(&cue->read);
		(void)pthread_mutex_destroy(&cue->mutex);
	}
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

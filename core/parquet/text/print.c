/* The whole text, in order, by several workers. Each takes the next slice of rows; only the one
 * whose turn it is hands text on, the others write ahead into buffers of a bounded size. */
#include <otsfs/parquet/text.h>

#include <pthread.h>
#include <stdlib.h>

#include <otsfs/base/pool.h>

#include "plan.h"

#define MEMORY_DEFAULT_BYTES ((size_t)512 * 1024 * 1024)
/* Handed on at once by whoever has the turn. */
#define PIECE_BYTES ((size_t)512 * 1024)
/* What a worker writes ahead of its turn. Half of a slice's text is what two workers need to never
 * wait for each other; more memory than this is not spent on it. */
#define AHEAD_MAX_BYTES ((size_t)14 * 1024 * 1024)
/* A row's text is bounded by this and by the memory allowed. */
#define ROW_MAX_BYTES ((size_t)1024 * 1024 * 1024)
/* Row groups are cut where there are too few for the workers, not into less than this. */
#define SLICE_MIN_ROWS ((uint64_t)32 * 1024)

struct slice {
	size_t group;
	uint64_t begin, end; /* rows */
};

struct print {
	const struct ots_parquet_plan *plan;
	struct ots_cancel *cancel;
	ots_parquet_sink *sink;
	void *arg;
	size_t reader_bytes, ahead_bytes;
	struct slice *slices;
	size_t slice_count;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct {
		size_t next, turn;
		bool stopped;
		enum ots_status status;
		struct ots_error err;
	} locked;
};

struct writer {
	struct print *print;
	struct ots_parquet_reader *reader;
	struct ots_buffer text;
	size_t slice;
	bool has_turn;
	bool holds; /* nothing of the row group at hand is out, and it is small so far */
};

static void lock(struct print *p)
{
	(void)pthread_mutex_lock(&p->mutex);
}

static void unlock(struct print *p)
{
	(void)pthread_mutex_unlock(&p->mutex);
}

/* Wait for the turn of the slice at hand. @return false: all has been stopped */
static bool take_turn(struct writer *w)
{
	struct print *p = w->print;

	lock(p);
	while (!p->locked.stopped && p->locked.turn != w->slice)
		(void)pthread_cond_wait(&p->changed, &p->mutex);
	w->has_turn = !p->locked.stopped;
	unlock(p);
	return w->has_turn;
}

static bool sees_turn(struct writer *w)
{
	struct print *p = w->print;

	if (!w->has_turn) {
		lock(p);
		w->has_turn = p->locked.turn == w->slice;
		unlock(p);
	}
	return w->has_turn;
}

/* Room for what is written ahead, all at once: growing step by step would have two of it in memory,
 * and what is not written to is not taken. A refusal shows again where the room is needed. */
static void make_room(struct writer *w)
{
	(void)ots_buffer_reserve(&w->text, w->print->ahead_bytes + PIECE_BYTES);
}

static enum ots_status hand_on(struct writer *w, struct ots_error *err)
{
	const size_t len = w->text.len;
	enum ots_status status = OTS_OK;

	if (len > 0)
		status = w->print->sink(w->print->arg, w->text.bytes, len, err);
	w->text.len = 0;
	if (len > 2 * OTS_PARQUET_HOLD_BYTES) { /* it was ahead: who is next needs the memory */
		ots_buffer_release(&w->text);
		make_room(w);
	}
	return status;
}

/* Text is handed on, kept for later, or waits for its turn. @return OTS_CANCELLED: stopped */
static enum ots_status pass_on(struct writer *w, struct ots_error *err)
{
	if (w->text.len < (w->holds ? OTS_PARQUET_HOLD_BYTES : PIECE_BYTES))
		return OTS_OK;
	w->holds = false;
	if (sees_turn(w))
		return hand_on(w, err);
	if (w->text.len < w->print->ahead_bytes)
		return OTS_OK;
	return take_turn(w) ? hand_on(w, err) : OTS_CANCELLED;
}

static enum ots_status print_slice(struct writer *w, struct ots_error *err)
{
	const struct print *p = w->print;
	const struct slice *slice = &p->slices[w->slice];
	const bool last = slice->end == ots_parquet_group_rows(p->plan->file, slice->group);
	uint64_t at = slice->begin;
	enum ots_status status =
		ots_parquet_reader_begin(w->reader, slice->group, slice->begin, err);

	while (status == OTS_OK) { /* ends: each turn prints a row at least, or leaves */
		uint64_t rows = 0;

		if (ots_cancel_asked(p->cancel))
			return ots_fail(err, OTS_CANCELLED, "asked to stop");
		/* The one call more behind the last row checks that the columns have ended. */
		if (at == slice->end && !last)
			break;
		status = ots_parquet_reader_next(w->reader, last ? UINT64_MAX : slice->end - at,
						 &w->text, &rows, err);
		at += rows;
		if (status == OTS_OK && rows == 0)
			break;
		if (status == OTS_OK)
			status = pass_on(w, err);
	}
	return status;
}

/* The end of a slice: what is left goes out, then the turn goes on; or all is stopped. */
static void end_slice(struct writer *w, enum ots_status status, struct ots_error *err)
{
	struct print *p = w->print;
	struct ots_error late = {0};

	if (!w->has_turn && !take_turn(w))
		return;
	if (status != OTS_OK && w->holds)
		w->text.len = 0;
	if (status == OTS_OK) {
		status = hand_on(w, err);
	} else if (hand_on(w, &late) != OTS_OK && status != OTS_CANCELLED) {
		status = late.status; /* the sink's own trouble comes first in the text */
		*err = late;
	}
	lock(p);
	p->locked.turn++;
	if (status != OTS_OK) {
		p->locked.stopped = true;
		p->locked.status = status;
		p->locked.err = *err;
	}
	(void)pthread_cond_broadcast(&p->changed);
	unlock(p);
}

static bool next_slice(struct writer *w)
{
	struct print *p = w->print;
	bool found;

	lock(p);
	found = !p->locked.stopped && p->locked.next < p->slice_count;
	if (found)
		w->slice = p->locked.next++;
	unlock(p);
	w->has_turn = false;
	w->holds = found && p->slices[w->slice].begin == 0;
	return found;
}

static void work(void *arg)
{
	struct writer w = {.print = arg};
	struct ots_error err = {0};
	enum ots_status status =
		ots_parquet_reader_new(w.print->plan, w.print->reader_bytes, &w.reader, &err);

	ots_buffer_init(&w.text, ROW_MAX_BYTES);
	make_room(&w);
	while (next_slice(&w)) { /* ends: each turn takes a slice */
		if (status == OTS_OK)
			status = print_slice(&w, &err);
		end_slice(&w, status, &err);
	}
	ots_buffer_release(&w.text);
	ots_parquet_reader_free(w.reader);
}

/* Row groups, cut into pieces where they alone would leave workers idle. */
static enum ots_status cut(struct print *p, size_t workers, struct ots_error *err)
{
	const size_t groups = ots_parquet_group_count(p->plan->file);
	const size_t parts =
		workers > 1 && groups > 0 && groups < 2 * workers ? 2 * workers / groups : 1;

	p->slices = calloc(groups * parts + 1, sizeof *p->slices);
	if (p->slices == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for %zu row groups", groups);
	for (size_t g = 0; g < groups; g++) {
		const uint64_t rows = ots_parquet_group_rows(p->plan->file, g);
		uint64_t step = rows / parts + 1, at = 0;

		if (step < SLICE_MIN_ROWS)
			step = SLICE_MIN_ROWS;
		do { /* ends: at grows to rows */
			const uint64_t end = rows - at < step ? rows : at + step;

			p->slices[p->slice_count++] = (struct slice){g, at, end};
			at = end;
		} while (at < rows);
	}
	return OTS_OK;
}

static enum ots_status run(struct print *p, size_t workers, struct ots_error *err)
{
	struct ots_pool *pool = NULL;
	enum ots_status status = OTS_OK;

	if (workers > 1)
		status = ots_pool_new(workers - 1, workers, &pool, err);
	for (size_t i = 1; status == OTS_OK && i < workers; i++)
		status = ots_pool_submit(pool, work, p, err);
	if (status == OTS_OK)
		work(p);
	ots_pool_free(pool);
	if (status == OTS_OK && p->locked.stopped) {
		status = p->locked.status;
		if (err != NULL)
			*err = p->locked.err;
	}
	return status;
}

enum ots_status ots_parquet_print(const struct ots_parquet_plan *plan,
				  const struct ots_parquet_print_options *options,
				  ots_parquet_sink *sink, void *arg, struct ots_error *err)
{
	const size_t memory =
		options->memory_bytes > 0 ? options->memory_bytes : MEMORY_DEFAULT_BYTES;
	struct print p = {.plan = plan, .cancel = options->cancel, .sink = sink, .arg = arg};
	size_t workers = options->workers > 0 ? options->workers : 1;
	enum ots_status status;

	status = cut(&p, workers, err);
	if (status == OTS_OK) {
		if (workers > p.slice_count)
			workers = p.slice_count > 0 ? p.slice_count : 1;
		p.reader_bytes = memory / workers;
		p.ahead_bytes = memory / workers / 8;
		if (p.ahead_bytes > AHEAD_MAX_BYTES)
			p.ahead_bytes = AHEAD_MAX_BYTES;
		(void)pthread_mutex_init(&p.mutex, NULL);
		(void)pthread_cond_init(&p.changed, NULL);
		status = run(&p, workers, err);
		(void)pthread_cond_destroy(&p.changed);
		(void)pthread_mutex_destroy(&p.mutex);
	}
	free(p.slices);
	return status;
}

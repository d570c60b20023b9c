#include "run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../documents.h"

/* A cancelled job waits so long for answers before it cuts the calls off. */
#define GRACE_MS 5000
#define STATUS_EVERY_MS 1000
#define MAX_DEAD_ROWS 1000
/* A rate lets a tenth of a second's rows go at once. */
#define RATE_BURST 10

/* What people asked for, as it stands now. */
struct wishes {
	bool pause, cancel;
	uint64_t rate;
};

static int64_t now_ms(const struct ots_run *run)
{
	return ots_clock_monotonic_ms(run->clock);
}

int64_t ots_run_active_ms(const struct ots_run *run)
{
	return now_ms(run) - run->job->started_ms - run->job->paused_ms;
}

bool ots_run_has_room(const struct ots_run *run)
{
	return run->keys.rows < run->held_rows_max && run->keys.bytes < run->held_bytes_max;
}

void ots_run_rest(struct ots_run *run, const struct ots_error *why)
{
	if (run->rest.status == OTS_OK)
		run->rest = *why;
}

static struct wishes look_at_wishes(struct ots_run *run)
{
	struct ots_job *job = run->job;
	struct wishes wishes;

	(void)pthread_mutex_lock(&job->locked.mutex);
	job->locked.counts = run->counts;
	wishes = (struct wishes){job->locked.want_pause, job->locked.want_cancel, job->locked.rate};
	(void)pthread_mutex_unlock(&job->locked.mutex);
	if (wishes.rate != run->rate) {
		run->rate = wishes.rate;
		run->rate_rows = 0;
		run->rate_ms = now_ms(run);
	}
	return wishes;
}

/* @return 0: a request may go; else milliseconds until it may */
static int64_t held_back_ms(struct ots_run *run)
{
	const int64_t active = ots_run_active_ms(run);
	const int64_t now = now_ms(run);
	double burst;

	if (active < run->hold_until_ms)
		return run->hold_until_ms - active;
	if (run->rate == 0)
		return 0;
	burst = (double)run->rate / RATE_BURST + 1;
	run->rate_rows += (double)run->rate * (double)(now - run->rate_ms) / 1000;
	run->rate_ms = now;
	if (run->rate_rows > burst)
		run->rate_rows = burst;
	if (run->rate_rows > 0)
		return 0;
	return 1 + (int64_t)(-run->rate_rows * 1000 / (double)run->rate);
}

static void send_request(struct ots_run *run, struct ots_out_request *request)
{
	const int64_t active = ots_run_active_ms(run);
	const int64_t wall_us = ots_clock_wall_us(run->clock);

	for (size_t i = 0; i < request->count; i++) {
		struct ots_out_row *row = request->rows[i];

		row->attempts++;
		if (row->first_ms < 0) {
			row->first_ms = active;
			row->first_us = wall_us;
		}
	}
	run->rate_rows -= (double)request->count;
	run->job->tally.requests++;
	run->job->tally.bytes += request->body_bytes;
	ots_senders_send(&run->senders, request);
}

/* Those whose time has come: whole requests are sent again, loose rows join others. */
static void release_due(struct ots_run *run)
{
	struct ots_out_request *request;

	while ((request = ots_out_delayed_due(&run->delayed, ots_run_active_ms(run))) != NULL) {
		/* ends: the heap shrinks */
		if (request->intact) {
			ots_out_queue_push(&run->formed, request);
			continue;
		}
		for (size_t i = request->count; i > 0; i--)
			ots_run_ready(run, request->rows[i - 1], true);
		ots_out_request_free(request);
	}
}

/* Send while somebody is idle. The next request is filled meanwhile, so that an answer finds it
 * ready.
 * @return milliseconds until there may be more to do; 0: at once; -1: nothing but answers */
static int64_t dispatch(struct ots_run *run)
{
	for (;;) { /* ends: nobody is idle, or there is nothing to send */
		const bool more = ots_run_fill(run);
		struct ots_out_request *request;
		int64_t wait_ms;

		if (run->fatal.status != OTS_OK)
			return 0;
		if (run->senders.idle == NULL)
			return -1;
		if (run->formed.first == NULL && run->open == NULL)
			return more || run->dead != NULL ? 0 : -1;
		wait_ms = held_back_ms(run);
		if (wait_ms > 0)
			return wait_ms;
		request = ots_out_queue_pop(&run->formed);
		if (request == NULL) {
			request = run->open;
			run->open = NULL;
		}
		send_request(run, request);
	}
}

static void collect(struct ots_run *run)
{
	struct ots_sender *sender;

	while ((sender = ots_senders_answer(&run->senders)) != NULL) /* ends: few are in flight */
		ots_run_settle(run, sender);
	ots_run_flush_dead(run);
	if (run->senders.in_flight == 0 && run->keys.rows == 0)
		run->throttled = 0;
}

static void wait_for_more(struct ots_run *run, int64_t wait_ms)
{
	const int64_t most = run->job->engine->tuning.wait_max_ms;

	if (run->delayed.count > 0) {
		const int64_t due = run->delayed.heap[0]->due_ms - ots_run_active_ms(run);

		if (wait_ms < 0 || due < wait_ms)
			wait_ms = due > 0 ? due : 0;
	}
	if (wait_ms < 0 || wait_ms > most)
		wait_ms = most;
	ots_wake_wait(&run->job->wake, wait_ms);
}

static void write_progress(struct ots_run *run, int64_t *written_ms)
{
	struct ots_job_view view;
	struct ots_error err = {0};

	if (now_ms(run) - *written_ms < STATUS_EVERY_MS)
		return;
	*written_ms = now_ms(run);
	view = ots_job_look(run->job);
	if (ots_status_write(run->job, &view, false, &err) != OTS_OK)
		ots_log_line(run->job->engine->options.log, OTS_LOG_WARNING,
			     "job %s: its progress could not be written: %s", run->job->id,
			     err.text);
}

/* Nothing is in flight: rest until somebody says resume or cancel. */
static void rest(struct ots_run *run)
{
	struct ots_job *job = run->job;
	const int64_t begin_ms = now_ms(run);
	const bool itself = run->rest.status != OTS_OK;
	struct wishes wishes;

	if (itself) {
		(void)pthread_mutex_lock(&job->locked.mutex);
		job->locked.want_pause = true;
		(void)pthread_mutex_unlock(&job->locked.mutex);
	}
	ots_engine_place_leave(job->engine);
	ots_job_enter(job, OTS_JOB_PAUSED, itself ? &run->rest : NULL);
	for (;;) { /* ends: by resume or cancel */
		wishes = look_at_wishes(run);
		if (!wishes.pause || wishes.cancel)
			break;
		ots_wake_wait(&job->wake, STATUS_EVERY_MS);
	}
	if (!ots_engine_place_take(job->engine, job))
		wishes.cancel = true;
	job->paused_ms += now_ms(run) - begin_ms;
	if (itself && run->counts.dead > run->dead_limit)
		run->dead_limit = run->counts.dead + run->dead_step;
	run->rest = (struct ots_error){.status = OTS_OK};
	ots_job_enter(job, OTS_JOB_RUNNING, NULL);
}

/* Cancelled, or it cannot go on: wait for what is in flight, so that counts are true. */
static void drain(struct ots_run *run)
{
	const int64_t begin_ms = now_ms(run);

	while (run->senders.in_flight > 0) { /* ends: calls have deadlines, and are cut off */
		struct ots_sender *sender;

		while ((sender = ots_senders_answer(&run->senders)) != NULL)
			ots_run_settle(run, sender);
		if (run->senders.in_flight == 0)
			break;
		if (now_ms(run) - begin_ms >= GRACE_MS)
			ots_cancel_ask(&run->job->calls);
		ots_wake_wait(&run->job->wake, 100);
	}
	ots_run_flush_dead(run);
}

static bool is_finished(const struct ots_run *run)
{
	return run->read_ended && run->keys.rows == 0;
}

static uint64_t default_max_dead(const struct ots_job *job)
{
	const uint64_t share = job->records_known ? job->records / OTS_MAX_DEAD_SHARE : 0;

	return share > MAX_DEAD_ROWS ? share : MAX_DEAD_ROWS;
}

/* @return whether it was cancelled */
static bool drive(struct ots_run *run)
{
	int64_t written_ms = now_ms(run);

	for (;;) { /* ends: finished, cancelled, or it cannot go on */
		struct wishes wishes;
		int64_t wait_ms = -1;

		collect(run);
		wishes = look_at_wishes(run);
		if (wishes.cancel || run->fatal.status != OTS_OK) {
			drain(run);
			return wishes.cancel;
		}
		/* A last row set aside beyond the limit is for people to see, too. */
		if (is_finished(run) && run->rest.status == OTS_OK)
			return false;
		if (wishes.pause || run->rest.status != OTS_OK) {
			if (run->senders.in_flight == 0) {
				rest(run);
				continue;
			}
		} else {
			release_due(run);
			wait_ms = dispatch(run);
		}
		write_progress(run, &written_ms);
		if (wait_ms != 0)
			wait_for_more(run, wait_ms);
	}
}

static enum ots_status open_run(struct ots_run *run, struct ots_job *job, struct ots_error *err)
{
	const struct ots_engine *engine = job->engine;
	enum ots_status status;

	run->job = job;
	run->clock = engine->options.clock;
	run->held_rows_max = engine->tuning.held_rows_max;
	run->held_bytes_max = engine->options.memory_bytes / 2;
	run->backoff = (struct ots_backoff){engine->tuning.seed, engine->tuning.delay_percent};
	run->dead_step = job->has_max_dead ? job->max_dead : default_max_dead(job);
	run->dead_limit = run->dead_step;
	run->letters.fd = -1;
	run->senders.target = engine->options.target;
	run->senders.table = job->table;
	run->senders.cancel = &job->calls;
	run->senders.wake = &job->wake;
	/* A held row is in one request at most: the heap never needs more. */
	if (!ots_out_keys_init(&run->keys, run->held_rows_max, engine->tuning.seed) ||
	    !ots_out_delayed_reserve(&run->delayed, run->held_rows_max + 1))
		return ots_fail(err, OTS_NO_MEMORY, "tables of job %s", job->id);
	status = ots_dead_open(&run->letters, &job->folder, err);
	if (status == OTS_OK)
		status = ots_reader_open(job, &run->reader, err);
	if (status == OTS_OK)
		status = ots_senders_start(&run->senders, engine->options.batches_in_flight, err);
	return status;
}

/* @return rows that were read and not settled */
static uint64_t close_run(struct ots_run *run)
{
	struct ots_out_request *request;

	ots_senders_stop(&run->senders);
	ots_reader_close(run->reader);
	ots_dead_close(&run->letters);
	while ((request = ots_out_queue_pop(&run->formed)) != NULL)
		ots_out_request_free(request);
	ots_out_request_free(run->open);
	ots_out_delayed_release(&run->delayed);
	return ots_out_keys_release(&run->keys);
}

/* Rows that were read ahead and never settled count as not read, and then the sum must hold. */
static enum ots_status balance(struct ots_job_counts *counts, uint64_t returned,
			       struct ots_error *err)
{
	uint64_t sum = counts->written + counts->filtered + counts->skipped + counts->superseded +
		       counts->dead;

	if (returned <= counts->read && counts->read - returned == sum) {
		counts->read = sum;
		return OTS_OK;
	}
	return ots_fail(err, OTS_CORRUPT,
			"the counts do not add up: %" PRIu64 " read, %" PRIu64
			" not settled, %" PRIu64 " written, skipped or set aside",
			counts->read, returned, sum);
}

enum ots_job_state ots_job_run(struct ots_job *job, struct ots_error *error)
{
	struct ots_run *run = calloc(1, sizeof *run);
	struct ots_job_counts counts;
	uint64_t returned;
	bool cancelled = false;

	if (run == NULL) {
		(void)ots_fail(error, OTS_NO_MEMORY, "job %s", job->id);
		return OTS_JOB_FAILED;
	}
	if (open_run(run, job, &run->fatal) == OTS_OK)
		cancelled = drive(run);
	*error = run->fatal.status != OTS_OK ? run->fatal : run->read_error;
	returned = close_run(run);
	counts = run->counts;
	free(run);
	if (balance(&counts, returned, error) != OTS_OK)
		cancelled = false;
	(void)pthread_mutex_lock(&job->locked.mutex);
	job->locked.counts = counts;
	(void)pthread_mutex_unlock(&job->locked.mutex);
	if (cancelled) {
		*error = (struct ots_error){.status = OTS_OK};
		return OTS_JOB_CANCELLED;
	}
	if (error->status != OTS_OK)
		return OTS_JOB_FAILED;
	return counts.dead > 0 ? OTS_JOB_DONE_WITH_DEAD : OTS_JOB_DONE;
}

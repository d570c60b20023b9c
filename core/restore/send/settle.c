#include "run.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>

/* A code nobody knows counts as passing for so long. Source: design of the restore engine, B.4. */
#define UNKNOWN_MS INT64_C(300000)
#define THROTTLE_STEPS 8
#define KEY_TEXT_BYTES 512

static void count_retry(struct ots_tally *tally, const struct ots_error *error, uint64_t rows)
{
	const char *cause = ots_out_cause(error);
	size_t i = 0;

	while (i < tally->retry_count && strcmp(tally->retries[i].code, cause) != 0)
		i++;
	if (i == OTS_CAUSES_MAX)
		i--; /* a service with so many codes: the last place takes the rest */
	if (i == tally->retry_count) {
		(void)snprintf(tally->retries[i].code, sizeof tally->retries[i].code, "%s",
			       i == OTS_CAUSES_MAX - 1 ? "other" : cause);
		tally->retry_count++;
	}
	tally->retries[i].rows += rows;
}

void ots_run_set_aside(struct ots_run *run, struct ots_out_row *row, const struct ots_error *error)
{
	const struct ots_job *job = run->job;
	const struct ots_job_input *input = &job->inputs[row->source];
	struct ots_dead_why why = {.source = input->key,
				   .etag = input->etag,
				   .attempts = row->attempts,
				   .first_us = row->first_us,
				   .last_us = row->last_us};
	struct ots_record record = row->record;

	if (job->staging != NULL) {
		const char *name = job->name != NULL ? job->name : "dropped text";

		why.source = ots_bytes_of(name);
		why.etag = NULL;
	}
	record.op = row->op;
	if (run->counts.dead == 0 && run->dead == NULL) { /* the first; dead.jsonl has all */
		char key[KEY_TEXT_BYTES];

		ots_record_key_text(&record, key, sizeof key);
		ots_log_line(job->engine->options.log, OTS_LOG_WARNING,
			     "job %s (table %s): row %s is set aside: %s", job->id, job->table, key,
			     error->text);
	}
	/* On failure the job ends; the row stays held, and so is counted as not settled. */
	if (ots_dead_add(&run->letters, &record, &why, error, &run->fatal) != OTS_OK)
		return;
	row->next = run->dead;
	run->dead = row;
}

/* Written or set aside: the next record of its key may go. */
static void settle_row(struct ots_run *run, struct ots_out_row *row)
{
	struct ots_out_row *next = ots_out_keys_settle(&run->keys, row);

	if (next != NULL)
		ots_run_ready(run, next, false);
}

/* Of objects the number of records is not known: the share is of those read so far. */
static uint64_t dead_limit(const struct ots_run *run)
{
	const uint64_t share = run->counts.read / OTS_MAX_DEAD_SHARE;

	if (run->job->has_max_dead || share < run->dead_limit)
		return run->dead_limit;
	return share;
}

void ots_run_flush_dead(struct ots_run *run)
{
	struct ots_error error = {0};

	if (run->dead == NULL)
		return;
	if (ots_dead_flush(&run->letters, &error) != OTS_OK) {
		ots_run_rest(run, &error); /* tried again when the job is resumed */
		return;
	}
	while (run->dead != NULL) { /* ends: the list shrinks */
		struct ots_out_row *row = run->dead;

		run->dead = row->next;
		run->counts.dead++;
		settle_row(run, row);
	}
	if (run->counts.dead > dead_limit(run)) {
		(void)ots_fail(&error, OTS_LIMIT,
			       "%llu rows were set aside, more than the %llu of --max-dead: see "
			       "dead.jsonl, then resume or cancel",
			       (unsigned long long)run->counts.dead,
			       (unsigned long long)dead_limit(run));
		ots_run_rest(run, &error);
	}
}

static void settle_written(struct ots_run *run, struct ots_out_row *row)
{
	run->counts.written++;
	settle_row(run, row);
}

/* A table made a moment ago is not known everywhere yet. */
static enum ots_out_class class_of(const struct ots_run *run, const struct ots_error *error)
{
	const enum ots_out_class class = ots_out_classify(error);

	if (class == OTS_CLASS_JOB_FATAL && error->status == OTS_NOT_FOUND &&
	    run->job->table_created && run->counts.written == 0)
		return OTS_CLASS_MOVING;
	return class;
}

/* Whether the row has had its time. */
static bool is_over(struct ots_run *run, struct ots_out_row *row, enum ots_out_class class,
		    int64_t now_ms)
{
	if (class == OTS_CLASS_UNKNOWN) {
		if (row->unknown_ms < 0)
			row->unknown_ms = now_ms;
		if (now_ms - row->unknown_ms >= UNKNOWN_MS)
			return true;
	}
	return now_ms - row->first_ms >= run->job->engine->options.row_deadline_ms;
}

/* One hold for all answers that were on their way when the service became busy. */
static void hold_back(struct ots_run *run, int64_t now_ms)
{
	if (now_ms < run->hold_until_ms)
		return;
	if (run->throttled < THROTTLE_STEPS)
		run->throttled++;
	run->hold_until_ms =
		now_ms + ots_backoff_ms(&run->backoff, OTS_CLASS_THROTTLE, run->throttled);
}

/* What a failed row does next. @return the wait before it goes again; -1: it is set aside */
static int64_t judge(struct ots_run *run, struct ots_out_row *row, const struct ots_error *error,
		     enum ots_out_class class, int64_t now_ms)
{
	switch (class) {
	case OTS_CLASS_POISON:
	case OTS_CLASS_ROW_FATAL: return -1;
	case OTS_CLASS_JOB_FATAL: ots_run_rest(run, error); return 0;
	case OTS_CLASS_THROTTLE: hold_back(run, now_ms); break;
	case OTS_CLASS_TRANSIENT:
	case OTS_CLASS_MOVING:
	case OTS_CLASS_UNKNOWN: break;
	}
	if (is_over(run, row, class, now_ms))
		return -1;
	row->failures++;
	return ots_backoff_ms(&run->backoff, class, row->failures);
}

/* The rows that are left of a request wait for their time. */
static void delay(struct ots_run *run, struct ots_out_request *request, int64_t due_ms)
{
	if (request->count == 0) {
		ots_out_request_free(request);
		return;
	}
	request->due_ms = due_ms;
	ots_out_delayed_add(&run->delayed, request);
}

/* An answer came: each row has its own result. */
static void settle_rows(struct ots_run *run, struct ots_out_request *request,
			const struct ots_error *errors, int64_t now_ms)
{
	int64_t wait_ms = 0;
	size_t kept = 0;

	for (size_t i = 0; i < request->count; i++) {
		struct ots_out_row *row = request->rows[i];
		int64_t ms;

		if (errors[i].status == OTS_OK) {
			settle_written(run, row);
			continue;
		}
		ms = judge(run, row, &errors[i], class_of(run, &errors[i]), now_ms);
		if (ms < 0) {
			ots_run_set_aside(run, row, &errors[i]);
			continue;
		}
		count_retry(&run->job->tally, &errors[i], 1);
		wait_ms = ms > wait_ms ? ms : wait_ms;
		request->rows[kept++] = row;
	}
	/* Where most rows pass, it is a partition that is busy: its rows wait, but what holds all
	 * others back must not grow. */
	if (kept <= request->count / 2)
		run->throttled = 0;
	request->count = kept;
	delay(run, request, now_ms + wait_ms);
}

/* One row spoils the request: each half is sent on its own, until that row stands alone. */
static void halve(struct ots_run *run, struct ots_out_request *request,
		  const struct ots_error *error)
{
	struct ots_out_request *rest = NULL;

	if (request->count == 1) {
		ots_run_set_aside(run, request->rows[0], error);
		ots_out_request_free(request);
		return;
	}
	count_retry(&run->job->tally, error, request->count);
	if (!ots_out_request_halve(request, &rest)) {
		(void)ots_fail(&run->fatal, OTS_NO_MEMORY, "half a request of %zu rows",
			       request->count);
		ots_out_request_free(request);
		return;
	}
	ots_out_queue_push_front(&run->formed, rest);
	ots_out_queue_push_front(&run->formed, request);
}

/* The request failed as a whole. */
static void settle_request(struct ots_run *run, struct ots_out_request *request,
			   const struct ots_error *error, int64_t now_ms)
{
	const enum ots_out_class class = class_of(run, error);
	int64_t wait_ms = 0;
	size_t kept = 0;

	if (class == OTS_CLASS_POISON || class == OTS_CLASS_ROW_FATAL) {
		halve(run, request, error);
		return;
	}
	for (size_t i = 0; i < request->count; i++) {
		struct ots_out_row *row = request->rows[i];
		const int64_t ms = judge(run, row, error, class, now_ms);

		if (ms < 0) {
			ots_run_set_aside(run, row, error);
			continue;
		}
		wait_ms = i == 0 ? ms : wait_ms; /* one request, one wait */
		request->rows[kept++] = row;
	}
	if (kept > 0)
		count_retry(&run->job->tally, error, kept);
	request->count = kept;
	request->intact = true;
	delay(run, request, now_ms + wait_ms);
}

/* Of a row in parts one was written. */
static void settle_part(struct ots_run *run, struct ots_out_request *request)
{
	struct ots_out_row *row = request->rows[0];

	row->part_begin += row->part_count;
	row->failures = 0;
	if (row->part_begin < row->record.cell_count) {
		ots_out_queue_push_front(&run->formed, request);
		return;
	}
	ots_out_request_free(request);
	settle_written(run, row);
}

void ots_run_settle(struct ots_run *run, struct ots_sender *sender)
{
	struct ots_out_request *request = sender->request;
	const int64_t now_ms = ots_run_active_ms(run);
	const int64_t now_us = ots_clock_wall_us(run->clock);

	for (size_t i = 0; i < request->count; i++)
		request->rows[i]->last_us = now_us;
	if (sender->status == OTS_CANCELLED && ots_cancel_asked(&run->job->calls)) {
		run->job->tally.unknown += request->count;
		ots_out_request_free(request); /* its rows stay held, and are not counted as read */
	} else if (sender->status != OTS_OK) {
		settle_request(run, request, &sender->error, now_ms);
	} else if (request->kind == OTS_OUT_PARTS && sender->errors[0].status == OTS_OK) {
		settle_part(run, request);
	} else {
		settle_rows(run, request, sender->errors, now_ms);
	}
	ots_senders_done(&run->senders, sender);
}

/** @file run.h
 *  The driver of one running job: reads records, fills requests, looks at answers, repeats, sets
 *  aside, counts. One thread owns everything here; senders (senders.h) only make the calls, so the
 *  way of a row crosses threads twice per request, not per row.
 *
 *  Memory of a job is bounded by options.memory_bytes: half of it for the decoder (its window and
 * its batch), half for rows on their way, each a copy of its own (row.h) from being read until it
 * is settled; at most OTS_HELD_ROWS_MAX of them. A single row above the half goes alone. Senders
 * hold 230 KiB each for answers. Rows are copied because a decoder's bytes live only until its next
 * call, and waiting for answers before that call would empty the pipe; the copy costs about as much
 * as the record's hash, far below its encoding.
 *
 *  fill.c: records → requests. settle.c: answers → settled rows and repeats. run.c: the loop. */
#ifndef OTSFS_CORE_RESTORE_SEND_RUN_H
#define OTSFS_CORE_RESTORE_SEND_RUN_H

#include "../dead.h"
#include "backoff.h"
#include "keys.h"
#include "reader.h"
#include "senders.h"

/** Rows set aside of which a job pauses: 0.1 % of its records, at least 1000, if not told. */
#define OTS_MAX_DEAD_SHARE 1000

struct ots_run {
	struct ots_job *job;
	const struct ots_clock *clock;
	struct ots_reader *reader;
	struct ots_batch *batch; /* being consumed; the reader's */
	size_t batch_at;
	uint32_t source;
	bool read_ended;
	struct ots_error read_error; /* status OTS_OK: none */

	struct ots_out_keys keys;
	size_t held_rows_max, held_bytes_max;
	struct ots_out_row *ready, *ready_last; /* free to go, in no request yet */
	struct ots_out_request *open;           /* being filled; NULL: none */
	struct ots_out_queue formed;            /* to be sent as they are */
	struct ots_out_delayed delayed;
	struct ots_out_row *dead; /* collected for dead.jsonl, not on disk yet */
	struct ots_dead letters;
	struct ots_senders senders;

	struct ots_backoff backoff;
	int64_t hold_until_ms; /* nothing is sent before: the service is busy */
	uint32_t throttled;    /* holds in a row */
	uint64_t rate;         /* rows a second; 0: none */
	int64_t rate_ms;       /* of the last refill */
	double rate_rows;      /* that may go now; below 0 after a large request */

	struct ots_job_counts counts;
	uint64_t dead_limit;
	uint64_t dead_step;
	struct ots_error rest;  /* why it must pause by itself; status OTS_OK: it need not */
	struct ots_error fatal; /* why it must end; status OTS_OK: it need not */
};

/** Time without pauses. */
int64_t ots_run_active_ms(const struct ots_run *run);
bool ots_run_has_room(const struct ots_run *run);
/** Ask for a pause with a reason; the first one counts. */
void ots_run_rest(struct ots_run *run, const struct ots_error *why);

/* fill.c */
/** Fill `open` and `formed` as far as records and memory go, at most a few batches of the source.
 *  @return whether it stopped for its own sake: there may be more at once */
bool ots_run_fill(struct ots_run *run);
void ots_run_ready(struct ots_run *run, struct ots_out_row *row, bool in_front);

/* settle.c */
void ots_run_settle(struct ots_run *run, struct ots_sender *sender);
/** The row can never be written, for @p error: collect it for dead.jsonl. */
void ots_run_set_aside(struct ots_run *run, struct ots_out_row *row, const struct ots_error *error);
/** What was collected goes to disk and is counted then. */
void ots_run_flush_dead(struct ots_run *run);

/** Run @p job to its end, on the calling thread.
 *  @param error  why it failed. @return the state it has ended in */
enum ots_job_state ots_job_run(struct ots_job *job, struct ots_error *error);

#endif

/** @file cue.h
 *  Faults on cue: follows a fault file and says of each request what is to be done to it. Acting on
 *  it is for the HTTP frames of the two services.
 *  How lines combine and what each member does: docs/formats/fault-file.md.
 *  Threads: any may ask at once; ots_cue_close() comes last, from one. Counts are exact. */
#ifndef OTSFS_SERVICE_CUE_CUE_H
#define OTSFS_SERVICE_CUE_CUE_H

#include <otsfs/base/buffer.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/log.h>

#include "../fault.h"
#include "subject.h"

struct ots_cue;
struct ots_cue_book; /* a plan in use, with its counts */

/** What is done to one request. */
struct ots_cue_verdict {
	struct ots_cue_book *book; /* keeps the texts; NULL: nothing is held */
	/** The members of all lines that took the request; of each the first line's. `error` is
	 *  that of the whole request, always with status and message; capacity and partitions are
	 *  settled already and absent. Texts live until the verdict is released. */
	struct ots_cue_act act;
	bool refuses_rows; /**< of a batch: some entry of rows has a code */
	struct ots_row_refusal rows[OTS_CUE_ROWS_MAX]; /**< filled when refuses_rows; texts live as
							  long as the verdict */
};

/** Read the file. From now on it is read again when it has changed, at the next request; while it
 *  cannot be read then, or is no fault file, what was read before stays, and the log says so.
 *  @param clock  borrowed; traces of capacity begin now
 *  @param log    borrowed; may be NULL
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_IO, OTS_NO_MEMORY, as ots_cue_plan_read() */
enum ots_status ots_cue_open(const char *path, const struct ots_clock *clock, struct ots_log *log,
			     struct ots_cue **out, struct ots_error *err) OTS_MUST_USE;
void ots_cue_close(struct ots_cue *cue);

/** Count a request and decide. Each request is asked for once. May read the file.
 *  @param verdict  filled; to be released when the reply is over, also when nothing is to be done
 *  @return whether anything is to be done */
bool ots_cue_decide(struct ots_cue *cue, const struct ots_cue_subject *subject,
		    struct ots_cue_verdict *verdict);
void ots_cue_verdict_release(struct ots_cue_verdict *verdict);

/** Append `[{"line":1,"used":3}]`: each line with what to do, and the requests that it was done to.
 *  @param cue  NULL: no file, an empty list. @return false without room */
bool ots_cue_report(struct ots_cue *cue, struct ots_buffer *out);

#endif

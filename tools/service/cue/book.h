/** @file book.h
 *  A plan in use: how often each line was met and acted, and what its throttle has given out.
 *  Threads: counts are atomic, throttles locked inside; whoever holds a reference may decide. */
#ifndef OTSFS_SERVICE_CUE_BOOK_H
#define OTSFS_SERVICE_CUE_BOOK_H

#include <stdatomic.h>

#include "cue.h"
#include "throttle.h"

struct ots_cue_tally {
	atomic_uint_least64_t met;     /* requests that the line matches, chosen by nth or not */
	atomic_uint_least64_t used;    /* those that it was done to */
	struct ots_throttle *throttle; /* NULL: neither capacity nor partitions */
};

struct ots_cue_book {
	atomic_uint references;
	struct ots_cue_plan plan;
	struct ots_cue_tally *tallies; /* one a line */
};

/** A book with one reference, from the text of a fault file.
 *  @return OTS_OK, OTS_NO_MEMORY, as ots_cue_plan_read() */
enum ots_status ots_cue_book_new(struct ots_bytes text, struct ots_cue_book **out,
				 struct ots_error *err) OTS_MUST_USE;
void ots_cue_book_hold(struct ots_cue_book *book);
/** NULL does nothing. */
void ots_cue_book_let_go(struct ots_cue_book *book);

/** Count a request and decide.
 *  @param now_ms   since the start of the service
 *  @param verdict  its book is left alone, all else filled
 *  @return whether anything is to be done */
bool ots_cue_book_decide(struct ots_cue_book *book, int64_t now_ms,
			 const struct ots_cue_subject *subject, struct ots_cue_verdict *verdict);

#endif

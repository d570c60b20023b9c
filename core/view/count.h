/** @file count.h
 *  Counting: the one way through an object that finds the exact size of its text and its chunk
 *  index, and keeps the pages that fit.
 *  Threads: one at a time for one text, not always the same one: whoever waits for the text goes on
 *  where another gave up. */
#ifndef OTSFS_CORE_VIEW_COUNT_H
#define OTSFS_CORE_VIEW_COUNT_H

#include "state.h"

struct count;

/** @return NULL without memory */
struct count *count_new(void);

/** Go on to the end. Fills the text's size, records, damage and index.
 *  @return OTS_OK; OTS_CANCELLED: nothing is lost, call again to go on; or why the object cannot be
 *          read, its damage where no byte of it is good */
enum ots_status count_run(struct ots_text *text, struct ots_cancel *cancel,
			  struct ots_error *err) OTS_MUST_USE;

void count_free(struct count *count, struct ots_view *view);

#endif

/** @file throttle.h
 *  What `capacity` and `partitions` of one line do to rows.
 *
 *  A bucket of rows fills with the rate of the trace and holds at most what one second brings. With
 *  partitions each range of keys has its own bucket, with its share of the rate. Ranges cut the
 *  span between the smallest and the largest partition key that the line has seen into equal parts.
 *  The hot range gets a tenth of a share, or OTS_THROTTLE_HOT_ROWS a second where there is no
 *  trace. A range that has taken OTS_THROTTLE_MOVE_ROWS rows is moved: for OTS_THROTTLE_MOVE_MS its
 *  rows find no partition. The numbers are ours; the service tells none.
 *  Threads: locked inside. */
#ifndef OTSFS_SERVICE_CUE_THROTTLE_H
#define OTSFS_SERVICE_CUE_THROTTLE_H

#include "subject.h"

#define OTS_THROTTLE_HOT_ROWS 100.0
#define OTS_THROTTLE_MOVE_ROWS 1000
#define OTS_THROTTLE_MOVE_MS 300

struct ots_throttle;

enum ots_throttle_answer {
	OTS_THROTTLE_OTHERS, /**< set by the caller: the row is not this line's */
	OTS_THROTTLE_PASSES,
	OTS_THROTTLE_NO_CAPACITY,
	OTS_THROTTLE_MOVED
};

/** @param act  says capacity or partitions or both; borrowed
 *  @return NULL without memory */
struct ots_throttle *ots_throttle_new(const struct ots_cue_act *act);
void ots_throttle_free(struct ots_throttle *throttle);

/** Take capacity for the rows of a request.
 *  @param now_ms   since the start of the service; below 0 counts as 0
 *  @param answers  one a row; those that are not OTHERS are filled
 *  @return rows that pass */
size_t ots_throttle_take(struct ots_throttle *throttle, int64_t now_ms,
			 const struct ots_cue_subject *subject, enum ots_throttle_answer *answers);

#endif

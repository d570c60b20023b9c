#include "throttle.h"

#include <pthread.h>
#include <stdlib.h>

#include "key_span.h"

/* One range of keys, or the only one. */
struct range {
	double share;  /* of the rate of the trace */
	double level;  /* rows that may pass at once */
	uint64_t rows; /* taken since it was last moved */
	int64_t moved_until_ms;
};

struct ots_throttle {
	const struct ots_cue_point *points;
	size_t point_count;
	size_t count; /* of ranges, at least 1 */
	bool moves;   /* partitions were asked for */
	pthread_mutex_t mutex;
	struct {
		int64_t filled_ms; /* levels are those of this moment */
		struct ots_cue_key_span span;
		struct range *ranges;
	} locked;
};

/* Where there is no trace, only the hot range has a limit. */
static const struct ots_cue_point hot_point = {0, OTS_THROTTLE_HOT_ROWS};
#define HOT_SHARE 0.1

struct ots_throttle *ots_throttle_new(const struct ots_cue_act *act)
{
	struct ots_throttle *throttle = calloc(1, sizeof *throttle);
	const bool hot = OTS_CUE_SAYS(act, OTS_CUE_HOT);

	if (throttle == NULL)
		return NULL;
	throttle->moves = OTS_CUE_SAYS(act, OTS_CUE_PARTITIONS);
	throttle->count = throttle->moves ? (size_t)act->partitions : 1;
	throttle->points = act->points;
	throttle->point_count = act->point_count;
	throttle->locked.ranges = calloc(throttle->count, sizeof *throttle->locked.ranges);
	if (throttle->locked.ranges == NULL) {
		free(throttle);
		return NULL;
	}
	for (size_t i = 0; i < throttle->count; i++) {
		const bool is_hot = hot && i == (size_t)act->hot;

		throttle->locked.ranges[i].share =
			(is_hot ? HOT_SHARE : 1) / (double)throttle->count;
		if (act->point_count == 0) /* 0: no limit */
			throttle->locked.ranges[i].share = is_hot ? 1 : 0;
	}
	if (throttle->point_count == 0) {
		throttle->points = &hot_point;
		throttle->point_count = 1;
	}
	(void)pthread_mutex_init(&throttle->mutex, NULL);
	return throttle;
}

void ots_throttle_free(struct ots_throttle *throttle)
{
	if (throttle == NULL)
		return;
	(void)pthread_mutex_destroy(&throttle->mutex);
	free(throttle->locked.ranges);
	free(throttle);
}

/* So much time at a rate goes by in all ranges. */
static void fill_locked(struct ots_throttle *throttle, double seconds, double rate)
{
	for (size_t i = 0; i < throttle->count; i++) {
		struct range *range = &throttle->locked.ranges[i];
		const double mine = rate * range->share;
		const double most = mine <= 0 ? 0 : mine < 1 ? 1 : mine;

		range->level += seconds * mine;
		if (range->level > most)
			range->level = most;
	}
}

/* @return false: the trace has not begun, there is no limit yet */
static bool advance_locked(struct ots_throttle *throttle, int64_t now_ms)
{
	const double now = (double)now_ms / 1000;
	double at = (double)throttle->locked.filled_ms / 1000;

	if (now < throttle->points[0].second)
		return false;
	for (size_t i = 0; i < throttle->point_count; i++) {
		const struct ots_cue_point *point = &throttle->points[i];
		const double end = i + 1 < throttle->point_count && point[1].second < now
					   ? point[1].second
					   : now;
		const double begin = point->second > at ? point->second : at;

		if (point->second > now)
			break;
		if (end >= begin)
			fill_locked(throttle, end - begin, point->rows_per_s);
		at = end > at ? end : at;
	}
	if (now_ms > throttle->locked.filled_ms)
		throttle->locked.filled_ms = now_ms;
	return true;
}

static enum ots_throttle_answer take_locked(struct ots_throttle *throttle, struct range *range,
					    bool limited, int64_t now_ms)
{
	if (throttle->moves && now_ms < range->moved_until_ms)
		return OTS_THROTTLE_MOVED;
	if (limited && range->share > 0) {
		if (range->level < 1)
			return OTS_THROTTLE_NO_CAPACITY;
		range->level -= 1;
	}
	if (throttle->moves && ++range->rows == OTS_THROTTLE_MOVE_ROWS) {
		range->rows = 0;
		range->moved_until_ms = now_ms + OTS_THROTTLE_MOVE_MS;
	}
	return OTS_THROTTLE_PASSES;
}

/* The keys of the rows that are this line's. Read before the lock is taken. */
static struct ots_cue_key *read_keys(const struct ots_cue_subject *subject,
				     const enum ots_throttle_answer *answers)
{
	struct ots_cue_key *keys = calloc(subject->row_count, sizeof *keys);

	for (size_t i = 0; keys != NULL && i < subject->row_count; i++)
		if (answers[i] != OTS_THROTTLE_OTHERS &&
		    !ots_cue_key_read(subject->rows[i].plain, &keys[i]))
			keys[i].len = 0;
	return keys;
}

size_t ots_throttle_take(struct ots_throttle *throttle, int64_t now_ms,
			 const struct ots_cue_subject *subject, enum ots_throttle_answer *answers)
{
	/* Without memory for keys all rows are those of the first range. */
	struct ots_cue_key *keys =
		throttle->count > 1 && subject->row_count > 0 ? read_keys(subject, answers) : NULL;
	size_t passed = 0;
	bool limited;

	now_ms = now_ms > 0 ? now_ms : 0;
	(void)pthread_mutex_lock(&throttle->mutex);
	if (now_ms < throttle->locked.filled_ms)
		now_ms = throttle->locked.filled_ms; /* another thread was faster */
	limited = advance_locked(throttle, now_ms);
	for (size_t i = 0; keys != NULL && i < subject->row_count; i++)
		if (answers[i] != OTS_THROTTLE_OTHERS && keys[i].len > 0)
			ots_cue_key_span_widen(&throttle->locked.span, &keys[i]);
	for (size_t i = 0; i < subject->row_count; i++) {
		size_t at = 0;

		if (answers[i] == OTS_THROTTLE_OTHERS)
			continue;
		if (keys != NULL && keys[i].len > 0)
			at = ots_cue_key_span_range(&throttle->locked.span, &keys[i],
						    throttle->count);
		answers[i] = take_locked(throttle, &throttle->locked.ranges[at], limited, now_ms);
		passed += answers[i] == OTS_THROTTLE_PASSES;
	}
	(void)pthread_mutex_unlock(&throttle->mutex);
	free(keys);
	return passed;
}

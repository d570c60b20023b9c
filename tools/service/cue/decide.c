#include "book.h"

#include <string.h>

#include <otsfs/base/bytes.h>

#include "codes.h"

#define ANSWER                                                                                     \
	(OTS_CUE_BIT(OTS_CUE_ERROR) | OTS_CUE_BIT(OTS_CUE_STATUS) | OTS_CUE_BIT(OTS_CUE_MESSAGE))
#define THROTTLES                                                                                  \
	(OTS_CUE_BIT(OTS_CUE_CAPACITY) | OTS_CUE_BIT(OTS_CUE_PARTITIONS) | OTS_CUE_BIT(OTS_CUE_HOT))

/* What of a line concerns the service that the request was sent to; 0: it is not for it. */
static uint32_t members_for(const struct ots_cue_line *line, bool oss)
{
	uint32_t has = line->act.has & ~(oss ? OTS_CUE_TABLESTORE_ONLY : OTS_CUE_OSS_ONLY);

	if ((has & (OTS_CUE_BIT(OTS_CUE_ERROR) | OTS_CUE_BIT(OTS_CUE_BODY))) == 0)
		has &= ~ANSWER; /* a status belongs to an error or a body */
	return has;
}

static bool names_row(const struct ots_cue_match *match, size_t position)
{
	return !OTS_CUE_SAYS(match, OTS_CUE_ROWS) ||
	       (match->rows[position / 64] >> (position % 64) & 1) != 0;
}

static bool names_table(const struct ots_cue_match *match, struct ots_bytes table)
{
	return !OTS_CUE_SAYS(match, OTS_CUE_TABLE) || ots_bytes_equal(match->table, table);
}

/* Whether the row at that position is one of those that the line is about. */
static bool takes_row(const struct ots_cue_match *match, const struct ots_cue_subject *subject,
		      size_t position)
{
	return names_row(match, position) &&
	       names_table(match, subject->tables[subject->rows[position].table]);
}

static bool matches_rows(const struct ots_cue_match *match, const struct ots_cue_subject *subject)
{
	for (size_t i = 0; i < subject->row_count; i++)
		if (takes_row(match, subject, i))
			return true;
	return false;
}

static bool matches_table(const struct ots_cue_match *match, const struct ots_cue_subject *subject)
{
	for (size_t i = 0; i < subject->table_count; i++)
		if (ots_bytes_equal(match->table, subject->tables[i]))
			return true;
	return false;
}

static bool matches(const struct ots_cue_match *match, const struct ots_cue_subject *subject)
{
	if (OTS_CUE_SAYS(match, OTS_CUE_OP) && !ots_bytes_equal(match->op, subject->op))
		return false;
	if (OTS_CUE_SAYS(match, OTS_CUE_BUCKET) && !ots_bytes_equal(match->bucket, subject->bucket))
		return false;
	if (OTS_CUE_SAYS(match, OTS_CUE_KEY) &&
	    (match->key.len > subject->key.len ||
	     memcmp(match->key.at, subject->key.at, match->key.len) != 0))
		return false;
	if (OTS_CUE_SAYS(match, OTS_CUE_ROWS))
		return !subject->oss && matches_rows(match, subject);
	return !OTS_CUE_SAYS(match, OTS_CUE_TABLE) ||
	       (!subject->oss && matches_table(match, subject));
}

/* 0 to below 1, the same for the same seed, line and request: splitmix64 over their mix. */
static double draw(const struct ots_cue_line *line, uint64_t n)
{
	uint64_t z = line->seed * UINT64_C(0xd1342543de82ef95) +
		     line->number * UINT64_C(0x9e3779b97f4a7c15) + n;

	for (int round = 0; round < 2; round++) {
		z += UINT64_C(0x9e3779b97f4a7c15);
		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
	}
	return (double)(z >> 11) / 9007199254740992.0; /* 2^53 */
}

/* Whether the line takes the n-th request that it matches, from 1. */
static bool chooses(const struct ots_cue_line *line, uint64_t n)
{
	const struct ots_cue_match *match = &line->match;
	const bool every = OTS_CUE_SAYS(match, OTS_CUE_EVERY);

	if (every || OTS_CUE_SAYS(match, OTS_CUE_NTH)) {
		const uint64_t first =
			(uint64_t)(OTS_CUE_SAYS(match, OTS_CUE_NTH) ? match->nth : match->every);

		if (n < first || (every ? (n - first) % (uint64_t)match->every != 0 : n != first))
			return false;
	}
	return !OTS_CUE_SAYS(match, OTS_CUE_CHANCE) || draw(line, n) < match->chance;
}

static void set_error(struct ots_cue_act *act, const char *code)
{
	act->error = ots_bytes_of(code);
	act->status = ots_cue_code_status(act->error);
	act->message = ots_bytes_of(ots_cue_code_message(act->error));
	act->has |= ANSWER;
}

/* What the request is answered with, unless a line above has said so. */
static void take_answer(struct ots_cue_act *to, const struct ots_cue_act *from, uint32_t has)
{
	if ((has & ANSWER) == 0 || (to->has & ANSWER) != 0)
		return;
	if ((has & OTS_CUE_BIT(OTS_CUE_ERROR)) != 0)
		set_error(to, (const char *)from->error.at);
	if ((has & OTS_CUE_BIT(OTS_CUE_MESSAGE)) != 0)
		to->message = from->message;
	if ((has & OTS_CUE_BIT(OTS_CUE_STATUS)) != 0)
		to->status = from->status;
	to->has |= has & ANSWER;
}

/* Members that are one value each. Those without an entry are flags. */
#define VALUE(member, field)                                                                       \
	[OTS_CUE_##member] = {offsetof(struct ots_cue_act, field),                                 \
			      sizeof(((struct ots_cue_act *)0)->field)}
static const struct {
	size_t offset, size;
} values[OTS_CUE_ACT_MEMBERS] = {
	VALUE(LATENCY_MS, latency_ms),       VALUE(RESET_AFTER_BYTES, reset_after_bytes),
	VALUE(TRUNCATE_BODY, truncate_body), VALUE(CORRUPT_BYTE, corrupt_byte),
	VALUE(CLOCK_SKEW_S, clock_skew_s),   VALUE(BODY, body),
	VALUE(PAGE_KEYS, page_keys),         VALUE(STALL_MS, stall_ms),
	VALUE(DROP_IDLE, drop_idle_ms),      VALUE(OBJECT_STATE, object_state),
	VALUE(RESTORE_MS, restore_ms),
};

/* Add what a line says, but not over what a line above has said. */
static void take_members(struct ots_cue_act *to, const struct ots_cue_act *from, uint32_t has)
{
	const uint32_t missing = has & ~to->has & ~ANSWER;

	take_answer(to, from, has);
	for (size_t member = 0; member < OTS_CUE_ACT_MEMBERS; member++)
		if ((missing & OTS_CUE_BIT(member)) != 0)
			memcpy((uint8_t *)to + values[member].offset,
			       (const uint8_t *)from + values[member].offset, values[member].size);
	if ((missing & OTS_CUE_BIT(OTS_CUE_HEADERS)) != 0) {
		to->headers = from->headers;
		to->header_count = from->header_count;
	}
	to->has |= missing;
}

static void refuse_row(struct ots_cue_verdict *verdict, size_t position, const char *code,
		       const char *message)
{
	if (!verdict->refuses_rows)
		memset(verdict->rows, 0, sizeof verdict->rows);
	verdict->refuses_rows = true;
	if (verdict->rows[position].code == NULL)
		verdict->rows[position] = (struct ots_row_refusal){code, message};
}

static bool is_refused(const struct ots_cue_verdict *verdict, size_t position)
{
	return verdict->refuses_rows && verdict->rows[position].code != NULL;
}

/* The error goes to those rows alone. */
static void refuse_rows(const struct ots_cue_line *line, const struct ots_cue_subject *subject,
			struct ots_cue_verdict *verdict)
{
	const char *message = OTS_CUE_SAYS(&line->act, OTS_CUE_MESSAGE)
				      ? (const char *)line->act.message.at
				      : ots_cue_code_message(line->act.error);

	for (size_t i = 0; i < subject->row_count; i++)
		if (takes_row(&line->match, subject, i))
			refuse_row(verdict, i, (const char *)line->act.error.at, message);
}

static const char *code_of(enum ots_throttle_answer answer)
{
	return answer == OTS_THROTTLE_MOVED ? "OTSPartitionUnavailable"
					    : "OTSNotEnoughCapacityUnit";
}

/* @return whether it refused anything */
static bool throttle(const struct ots_cue_line *line, struct ots_throttle *by, int64_t now_ms,
		     const struct ots_cue_subject *subject, struct ots_cue_verdict *verdict)
{
	enum ots_throttle_answer answers[OTS_CUE_ROWS_MAX];
	size_t asked = 0, without = 0, passed;

	for (size_t i = 0; i < subject->row_count; i++) {
		const bool mine = takes_row(&line->match, subject, i) && !is_refused(verdict, i);

		answers[i] = mine ? OTS_THROTTLE_PASSES : OTS_THROTTLE_OTHERS;
		asked += mine;
	}
	passed = asked == 0 ? 0 : ots_throttle_take(by, now_ms, subject, answers);
	if (passed == asked)
		return false;
	for (size_t i = 0; i < subject->row_count; i++)
		without += answers[i] == OTS_THROTTLE_NO_CAPACITY;
	if (!subject->batch)
		set_error(&verdict->act, code_of(answers[0]));
	else if (without == subject->row_count)
		set_error(&verdict->act, "OTSServerBusy");
	else
		for (size_t i = 0; i < subject->row_count; i++)
			if (answers[i] == OTS_THROTTLE_NO_CAPACITY ||
			    answers[i] == OTS_THROTTLE_MOVED)
				refuse_row(verdict, i, code_of(answers[i]),
					   ots_cue_code_message(ots_bytes_of(code_of(answers[i]))));
	return true;
}

/* @return whether the line does anything to the request */
static bool apply(struct ots_cue_book *book, size_t index, int64_t now_ms,
		  const struct ots_cue_subject *subject, struct ots_cue_verdict *verdict)
{
	const struct ots_cue_line *line = &book->plan.lines[index];
	uint32_t has = members_for(line, subject->oss);
	bool done = false;

	/* What a line above refuses as a whole takes no capacity. */
	if (book->tallies[index].throttle != NULL && !OTS_CUE_SAYS(&verdict->act, OTS_CUE_ERROR))
		done = throttle(line, book->tallies[index].throttle, now_ms, subject, verdict);
	has &= ~THROTTLES;
	if ((has & OTS_CUE_BIT(OTS_CUE_ERROR)) != 0 && subject->batch &&
	    OTS_CUE_SAYS(&line->match, OTS_CUE_ROWS)) {
		refuse_rows(line, subject, verdict);
		has &= ~ANSWER;
		done = true;
	}
	take_members(&verdict->act, &line->act, has);
	return done || has != 0;
}

bool ots_cue_book_decide(struct ots_cue_book *book, int64_t now_ms,
			 const struct ots_cue_subject *subject, struct ots_cue_verdict *verdict)
{
	verdict->act = (struct ots_cue_act){.has = 0};
	verdict->refuses_rows = false;
	for (size_t i = 0; i < book->plan.line_count; i++) {
		const struct ots_cue_line *line = &book->plan.lines[i];
		struct ots_cue_tally *tally = &book->tallies[i];

		if (members_for(line, subject->oss) == 0 || !matches(&line->match, subject) ||
		    !chooses(line, atomic_fetch_add(&tally->met, 1) + 1))
			continue;
		if (apply(book, i, now_ms, subject, verdict))
			(void)atomic_fetch_add(&tally->used, 1);
	}
	return verdict->act.has != 0 || verdict->refuses_rows;
}

#include "book.h"

#include <stdlib.h>

#define THROTTLES (OTS_CUE_BIT(OTS_CUE_CAPACITY) | OTS_CUE_BIT(OTS_CUE_PARTITIONS))

static void book_free(struct ots_cue_book *book)
{
	for (size_t i = 0; book->tallies != NULL && i < book->plan.line_count; i++)
		ots_throttle_free(book->tallies[i].throttle);
	free(book->tallies);
	ots_cue_plan_release(&book->plan);
	free(book);
}

static enum ots_status make_tallies(struct ots_cue_book *book, struct ots_error *err)
{
	const size_t count = book->plan.line_count;

	book->tallies = calloc(count + 1, sizeof *book->tallies); /* of 1000 lines at most */
	if (book->tallies == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu faults", count);
	for (size_t i = 0; i < count; i++) {
		const struct ots_cue_act *act = &book->plan.lines[i].act;

		if ((act->has & THROTTLES) == 0)
			continue;
		book->tallies[i].throttle = ots_throttle_new(act);
		if (book->tallies[i].throttle == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "%zu faults", count);
	}
	return OTS_OK;
}

enum ots_status ots_cue_book_new(struct ots_bytes text, struct ots_cue_book **out,
				 struct ots_error *err)
{
	struct ots_cue_book *book = calloc(1, sizeof *book);
	enum ots_status status;

	if (book == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "faults");
	atomic_init(&book->references, 1);
	status = ots_cue_plan_read(text, &book->plan, err);
	if (status == OTS_OK)
		status = make_tallies(book, err);
	if (status == OTS_OK)
		*out = book;
	else
		book_free(book);
	return status;
}

void ots_cue_book_hold(struct ots_cue_book *book)
{
	(void)atomic_fetch_add(&book->references, 1);
}

void ots_cue_book_let_go(struct ots_cue_book *book)
{
	if (book != NULL && atomic_fetch_sub(&book->references, 1) == 1)
		book_free(book);
}

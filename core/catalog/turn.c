#include "handle.h"

#include <otsfs/base/wait.h>

/* A waiter looks so often whether it was cancelled; the end of the listing wakes it at once. */
#define WAIT_STEP_MS 20

static int64_t now_ms(const struct ots_catalog *catalog)
{
	return ots_clock_monotonic_ms(catalog->lister.options.clock);
}

static bool is_fresh_locked(const struct ots_catalog *catalog)
{
	return catalog->locked.current != NULL && now_ms(catalog) < catalog->locked.fresh_until_ms;
}

bool ots_catalog_is_fresh(struct ots_catalog *catalog)
{
	bool fresh;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	fresh = is_fresh_locked(catalog);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return fresh;
}

void ots_catalog_expire(struct ots_catalog *catalog)
{
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	catalog->locked.expiries++;
	catalog->locked.fresh_until_ms = now_ms(catalog);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
}

struct ots_snapshot *ots_catalog_current(struct ots_catalog *catalog)
{
	struct ots_snapshot *current;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	current = catalog->locked.current;
	if (current != NULL)
		(void)ots_snapshot_hold(current);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return current;
}

static void wait_step_locked(struct ots_catalog *catalog)
{
	ots_wait(&catalog->locked.turn_over, &catalog->locked.mutex, WAIT_STEP_MS);
}

/* A listing counts as fresh from its beginning, since that is how old its first page is; but one
 * that takes longer than the interval is good for as long again, or nothing but listing would be
 * done. */
static int64_t fresh_until(int64_t start_ms, int64_t end_ms, int64_t refresh_ms)
{
	const bool is_slow = end_ms - start_ms >= refresh_ms;
	int64_t until_ms;

	/* An interval without end (commands list once) is later than any clock shows. */
	if (__builtin_add_overflow(is_slow ? end_ms : start_ms, refresh_ms, &until_ms))
		return INT64_MAX;
	return until_ms;
}

/* Takes the turn, lists without the lock, and publishes. */
static enum ots_status list_locked(struct ots_catalog *catalog, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	const int64_t start_ms = now_ms(catalog);
	const struct ots_clock *clock = catalog->lister.options.clock;
	struct ots_snapshot *before = catalog->locked.current; /* held by `current` meanwhile */
	struct ots_snapshot *found = NULL;
	struct ots_store_counts passed_over = {0};
	struct ots_error why = {0};
	const uint64_t expiries = catalog->locked.expiries;
	enum ots_status status;

	catalog->locked.listing = true;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	status = ots_lister_run(&catalog->lister, cancel, before, &found, &why);
	ots_store_counts(catalog->lister.store, &passed_over);
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	catalog->locked.listing = false;
	catalog->locked.turn++;
	catalog->locked.last_status = status;
	catalog->locked.last_error = why;
	if (status == OTS_OK) {
		catalog->locked.current = found;
		catalog->locked.fresh_until_ms =
			catalog->locked.expiries !=
					expiries /* meanwhile: it may have missed that */
				? start_ms
				: fresh_until(start_ms, now_ms(catalog),
					      catalog->lister.options.refresh_ms);
		catalog->locked.listed_us = ots_clock_wall_us(clock);
		catalog->locked.passed_over = passed_over;
	} else if (err != NULL) {
		*err = why;
	}
	(void)pthread_cond_broadcast(&catalog->locked.turn_over);
	if (status == OTS_OK)
		ots_snapshot_drop(before);
	return status;
}

/* Waits for the listing of another. @return what it came to, or OTS_CANCELLED for our own wish */
static enum ots_status wait_locked(struct ots_catalog *catalog, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	const uint64_t turn = catalog->locked.turn;

	while (catalog->locked.turn == turn) { /* ends: with the listing, or when cancelled */
		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "list %s: asked to stop",
					ots_store_name(catalog->lister.store));
		wait_step_locked(catalog);
	}
	if (catalog->locked.last_status != OTS_OK && err != NULL)
		*err = catalog->locked.last_error;
	return catalog->locked.last_status;
}

enum ots_status ots_catalog_fresh(struct ots_catalog *catalog, struct ots_cancel *cancel,
				  struct ots_snapshot **out, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	while (!is_fresh_locked(catalog)) {
		/* ends: a listing of ours, or of another, settles it; one that another cancelled
		 * does not, and then it is our turn or that of a next */
		if (!catalog->locked.listing) {
			status = list_locked(catalog, cancel, err);
			break;
		}
		status = wait_locked(catalog, cancel, err);
		if (status != OTS_CANCELLED || ots_cancel_asked(cancel))
			break;
		status = OTS_OK;
	}
	if (status == OTS_OK)
		*out = ots_snapshot_hold(catalog->locked.current);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return status;
}

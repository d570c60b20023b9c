/* Listing what is needed: side by side where there is much, each folder by one at a time. */
#include <stdlib.h>

#include <otsfs/base/wait.h>

#include "listing.h"

/* A waiter looks so often whether it was cancelled; the end of a listing wakes it at once. */
#define WAIT_STEP_MS 20
/* Folders that one asker lists side by side. */
#define SIDE_BY_SIDE 16
/* A walk is seen by its second step; so many folders are then listed ahead of it. */
#define AHEAD 8

/* One listing, on a worker or on the asker's own thread. */
struct task {
	struct ots_catalog *catalog;
	uint32_t folder;
	bool whole;
	bool looks;  /* at objects whose names say nothing */
	bool unseen; /* there are such, and it did not */
	struct ots_cancel *cancel;
	uint64_t expiry;
	int64_t start_ms;
	bool done;
	enum ots_status status;
	struct ots_error err;
};

static int64_t now_ms(const struct ots_catalog *catalog)
{
	return ots_clock_monotonic_ms(catalog->options.clock);
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

static void begin_locked(struct ots_catalog *catalog, uint32_t folder, bool looks,
			 struct ots_cancel *cancel, struct task *task)
{
	ots_tree_dir(&catalog->locked.tree, folder)->listing = true;
	task->catalog = catalog;
	task->folder = folder;
	task->whole = ots_catalog_is_whole_locked(catalog);
	task->looks = looks || !catalog->options.lazy;
	task->cancel = cancel;
	task->expiry = catalog->locked.expiries;
	task->start_ms = now_ms(catalog);
}

static void end_locked(struct task *task)
{
	struct ots_catalog *catalog = task->catalog;
	struct ots_dir *dir = ots_tree_dir(&catalog->locked.tree, task->folder);

	dir->listing = false;
	dir->turn = ++catalog->locked.turn;
	if (task->status == OTS_OK) {
		dir->unseen = task->unseen;
		dir->expiry = task->expiry;
		dir->fresh_until_ms =
			fresh_until(task->start_ms, now_ms(catalog), catalog->options.refresh_ms);
		catalog->locked.listed_us = ots_clock_wall_us(catalog->options.clock);
		ots_store_counts(catalog->store, &catalog->locked.passed_over);
	} else {
		dir->turn = 0; /* whoever needs it asks again */
		catalog->locked.failed_folder = task->folder;
		catalog->locked.failed_turn = catalog->locked.turn;
		catalog->locked.failure = task->err;
		catalog->locked.failure.status = task->status;
	}
	/* A path has told wrong: what was listed by folders does not count as the whole. */
	if (!task->whole && ots_catalog_is_whole_locked(catalog))
		ots_tree_dir(&catalog->locked.tree, OTS_FOLDER_RAW_TOP)->listed = false;
	task->done = true;
	(void)pthread_cond_broadcast(&catalog->locked.listed);
}

static void run(void *arg)
{
	struct task *task = arg;
	struct ots_catalog *catalog = task->catalog;

	task->status = ots_listing_run(catalog, task->folder, task->whole, task->looks,
				       task->cancel, &task->unseen, &task->err);
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	end_locked(task);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
}

/* One that nobody waits for. */
static void run_detached(void *arg)
{
	run(arg);
	free(arg);
}

/* The siblings behind a folder that were never listed, when the one in front was: somebody walks.
 */
static void list_ahead_locked(struct ots_catalog *catalog, uint32_t folder, bool looks)
{
	const struct ots_tree *tree = &catalog->locked.tree;
	const struct ots_list *siblings =
		&ots_tree_dir(tree, ots_index_folder(&tree->index, folder)->parent)->folders;
	uint32_t at = 0;

	while (at < siblings->count && siblings->items[at] != folder) /* ends: counts up */
		at++;
	if (catalog->pool == NULL || at == 0 || at >= siblings->count ||
	    !ots_tree_dir(tree, siblings->items[at - 1])->listed)
		return;
	for (uint32_t i = at + 1; i < siblings->count && i <= at + AHEAD; i++) {
		struct ots_dir *dir = ots_tree_dir(tree, siblings->items[i]);
		struct task *task;

		if (dir->listed || dir->listing)
			continue;
		task = calloc(1, sizeof *task);
		if (task == NULL)
			return;
		begin_locked(catalog, siblings->items[i], looks, &catalog->closing, task);
		if (ots_pool_try_submit(catalog->pool, run_detached, task, NULL) != OTS_OK) {
			dir->listing = false;
			free(task);
			return;
		}
	}
}

/* Another's listing failed after we began to need it. Its being cancelled is no answer for us. */
static bool failed_locked(const struct ots_catalog *catalog, uint32_t folder, uint64_t since)
{
	return catalog->locked.failed_folder == folder && catalog->locked.failed_turn > since &&
	       catalog->locked.failure.status != OTS_CANCELLED;
}

static enum ots_status wait_locked(struct ots_catalog *catalog, uint32_t folder, uint64_t since,
				   struct ots_cancel *cancel, struct ots_error *err)
{
	while (ots_tree_dir(&catalog->locked.tree, folder)->listing) {
		/* ends: with the listing, or when cancelled */
		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "list %s: asked to stop",
					ots_store_name(catalog->store));
		ots_wait(&catalog->locked.listed, &catalog->locked.mutex, WAIT_STEP_MS);
	}
	if (!failed_locked(catalog, folder, since))
		return OTS_OK;
	if (err != NULL)
		*err = catalog->locked.failure;
	return catalog->locked.failure.status;
}

/* List folders that nobody lists, the first of them on this thread. */
static enum ots_status list_locked(struct ots_catalog *catalog, struct task *tasks, size_t count,
				   struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	for (size_t i = 1; i < count; i++) {
		if (catalog->pool == NULL ||
		    ots_pool_try_submit(catalog->pool, run, &tasks[i], NULL) != OTS_OK)
			run(&tasks[i]);
	}
	run(&tasks[0]);
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	for (size_t i = 0; i < count; i++) {
		while (!tasks[i].done) /* ends: a worker has it, and it heeds the cancel */
			ots_wait(&catalog->locked.listed, &catalog->locked.mutex, WAIT_STEP_MS);
		if (status == OTS_OK && tasks[i].status != OTS_OK) {
			status = tasks[i].status;
			if (err != NULL)
				*err = tasks[i].err;
		}
	}
	return status;
}

/* List what is wanted, or wait for who does. */
static enum ots_status settle_locked(struct ots_catalog *catalog, const uint32_t *want,
				     size_t count, bool looks, uint64_t since,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct task *tasks = calloc(count, sizeof *tasks);
	size_t ours = 0;
	enum ots_status status;

	if (tasks == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "list %zu folders", count);
	for (size_t i = 0; i < count; i++) {
		if (!ots_tree_dir(&catalog->locked.tree, want[i])->listing)
			begin_locked(catalog, want[i], looks, cancel, &tasks[ours++]);
	}
	if (count == 1 && ours == 1 && !tasks[0].whole && want[0] != OTS_FOLDER_RAW_TOP)
		list_ahead_locked(catalog, want[0], looks);
	status = ours > 0 ? list_locked(catalog, tasks, ours, err)
			  : wait_locked(catalog, want[0], since, cancel, err);
	free(tasks);
	return status;
}

static bool is_fresh_locked(const struct ots_catalog *catalog, uint32_t folder)
{
	const struct ots_tree *tree = &catalog->locked.tree;
	const bool seen = !ots_tree_is_raw(tree, folder); /* what objects hold matters there */
	const struct ots_dir *dir;

	if (ots_catalog_is_whole_locked(catalog))
		folder = OTS_FOLDER_RAW_TOP;
	dir = ots_tree_dir(tree, folder);
	return (dir->listed || !ots_tree_is_raw(tree, folder)) && !(seen && dir->unseen) &&
	       dir->expiry == catalog->locked.expiries && now_ms(catalog) < dir->fresh_until_ms;
}

enum ots_status ots_catalog_ready_locked(struct ots_catalog *catalog, uint32_t folder,
					 struct ots_cancel *cancel, struct ots_error *err)
{
	const uint64_t since = catalog->locked.turn;

	while (ots_tree_shows(&catalog->locked.tree, folder) && !is_fresh_locked(catalog, folder)) {
		/* ends: each turn lists, or waits for a listing of, folders not listed since it
		 * began, of which a source has so many; one that another cancelled is ours then. A
		 * folder that is gone needs nothing */
		uint32_t want[SIDE_BY_SIDE];
		int64_t until_ms;
		enum ots_status status;
		const int count = ots_catalog_needs_locked(catalog, folder, since, want,
							   SIDE_BY_SIDE, &until_ms);

		if (count < 0)
			return ots_fail(err, OTS_NO_MEMORY, "list %s",
					ots_store_name(catalog->store));
		if (count == 0) {
			struct ots_dir *dir = ots_tree_dir(&catalog->locked.tree, folder);

			if (!ots_tree_is_raw(&catalog->locked.tree, folder)) {
				dir->expiry = catalog->locked.expiries;
				dir->fresh_until_ms = until_ms;
			}
			break;
		}
		status = settle_locked(catalog, want, (size_t)count,
				       !ots_tree_is_raw(&catalog->locked.tree, folder), since,
				       cancel, err);
		if (status == OTS_OK && ots_cancel_asked(cancel))
			status = ots_fail(err, OTS_CANCELLED, "list %s: asked to stop",
					  ots_store_name(catalog->store));
		if (status != OTS_OK)
			return status;
	}
	return OTS_OK;
}

/* The folder that a node's freshness is that of. */
static uint32_t folder_of_locked(const struct ots_catalog *catalog, uint64_t node)
{
	const struct ots_tree *tree = &catalog->locked.tree;
	const uint64_t id = node & (((uint64_t)1 << OTS_NODE_FORM_SHIFT) - 1);

	if (ots_node_form(node) != OTS_NODE_FORM_FOLDER)
		return id < tree->index.rows.count
			       ? ots_index_row(&tree->index, (uint32_t)id)->raw_folder
			       : OTS_FOLDER_NONE;
	if (id == OTS_FOLDER_NONE || id >= tree->dirs.count)
		return OTS_FOLDER_NONE;
	return ots_index_folder(&tree->index, (uint32_t)id)->kind == OTS_FOLDER_LATEST
		       ? ots_index_folder(&tree->index, (uint32_t)id)->parent
		       : (uint32_t)id;
}

bool ots_catalog_is_fresh(struct ots_catalog *catalog, uint64_t folder)
{
	return ots_catalog_fresh_ms(catalog, folder) > 0;
}

int64_t ots_catalog_fresh_ms(struct ots_catalog *catalog, uint64_t node)
{
	int64_t left_ms = 0;
	uint32_t folder;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	folder = folder_of_locked(catalog, node);
	if (folder != OTS_FOLDER_NONE && is_fresh_locked(catalog, folder)) {
		if (ots_catalog_is_whole_locked(catalog))
			folder = OTS_FOLDER_RAW_TOP;
		left_ms = ots_tree_dir(&catalog->locked.tree, folder)->fresh_until_ms -
			  now_ms(catalog);
	}
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return left_ms;
}

void ots_catalog_expire(struct ots_catalog *catalog)
{
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	catalog->locked.expiries++;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
}

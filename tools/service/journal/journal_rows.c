#include "journal_state.h"

#include <string.h>

#include "../storage/key.h"

/* Above the rows of a request, which may be sorted though requests are not. */
#define DIRECT_FROM_RUN 256

/* Whether a change may go to its place at once: keys have ascended for longer than a batch sorted
 * by its sender, so that the file's pages fill one after the other; and no recent change is in
 * front. */
static bool goes_direct(struct journal_storage *s, struct ots_bytes map_key)
{
	const struct ots_bytes last = {s->last_key.bytes, s->last_key.len};
	const bool ascends = ots_key_compare(last, map_key) < 0;

	s->last_key.len = 0;
	s->run = ots_buffer_put(&s->last_key, map_key.at, map_key.len) && ascends ? s->run + 1 : 0;
	return s->run > DIRECT_FROM_RUN && ots_memory_tree_find(journal_tree(s), map_key) == NULL;
}

static enum ots_status change_now(struct journal_storage *s, int64_t table_id, struct ots_bytes key,
				  enum journal_fate fate, struct ots_bytes row,
				  struct ots_error *err)
{
	struct ots_bytes map_key;
	enum ots_status status = journal_make_key(s, table_id, key, &map_key, err);

	if (status != OTS_OK)
		return status;
	if (goes_direct(s, map_key))
		return fate == JOURNAL_KEPT
			       ? s->file.ops->put(s->file.self, table_id, key, row, err)
			       : s->file.ops->remove(s->file.self, table_id, key, err);
	status = journal_set_recent(s, table_id, key, fate, row, err);
	return status == OTS_OK ? journal_note(s, table_id, fate, key, row, err) : status;
}

static enum ots_status change_row(struct journal_storage *s, int64_t table_id, struct ots_bytes key,
				  enum journal_fate fate, struct ots_bytes row,
				  struct ots_error *err)
{
	bool alone;
	enum ots_status status = journal_begin_alone(s, &alone, err);

	if (status != OTS_OK)
		return status;
	status = change_now(s, table_id, key, fate, row, err);
	return journal_end_alone(s, alone, status, err);
}

enum ots_status journal_put(void *self, int64_t table_id, struct ots_bytes key,
			    struct ots_bytes row, struct ots_error *err)
{
	return change_row(self, table_id, key, JOURNAL_KEPT, row, err);
}

enum ots_status journal_remove(void *self, int64_t table_id, struct ots_bytes key,
			       struct ots_error *err)
{
	return change_row(self, table_id, key, JOURNAL_GONE, (struct ots_bytes){NULL, 0}, err);
}

enum ots_status journal_get(void *self, int64_t table_id, struct ots_bytes key,
			    struct ots_buffer *row, bool *found, struct ots_error *err)
{
	struct journal_storage *s = self;
	struct ots_memory_record **place;
	struct ots_bytes map_key, tagged;
	enum ots_status status = journal_make_key(s, table_id, key, &map_key, err);

	if (status != OTS_OK)
		return status;
	place = ots_memory_tree_find(journal_tree(s), map_key);
	if (place == NULL)
		return s->file.ops->get(s->file.self, table_id, key, row, found, err);
	tagged = ots_memory_row(*place);
	*found = tagged.at[0] == JOURNAL_KEPT;
	row->len = 0;
	if (*found && !ots_buffer_put(row, tagged.at + 1, tagged.len - 1))
		return ots_buffer_fail(row, tagged.len - 1, "storage: a row", err);
	return OTS_OK;
}

/* The file's rows and the recent ones, side by side in key order; of a key in both the recent one.
 */
struct merge {
	const struct ots_scan *scan;
	uint8_t id[JOURNAL_ID_BYTES];
	struct ots_memory_place place;
	ots_storage_row_fn *fn;
	void *arg;
	bool stopped;
};

/* Whether the scan meets a before b; 0: they are one. */
static int order_of(const struct merge *merge, struct ots_bytes a, struct ots_bytes b)
{
	const int order = ots_key_compare(a, b);

	return merge->scan->backward ? -order : order;
}

/* Give the recent rows before @p limit (NULL: to the scan's end).
 *  @return whether the row of @p limit itself is among them */
static bool give_recent(struct merge *merge, const struct ots_bytes *limit)
{
	const struct ots_bytes id = {merge->id, JOURNAL_ID_BYTES};
	struct ots_bytes key, row;
	enum journal_fate fate;

	while (!merge->stopped && journal_recent_at(merge->place, id, &key, &fate, &row)) {
		/* ends: a place further each turn, or it returns */
		const int order = limit != NULL ? order_of(merge, key, *limit) : -1;

		if (order > 0 || order_of(merge, key, merge->scan->end) >= 0)
			return false;
		merge->stopped = fate == JOURNAL_KEPT && !merge->fn(merge->arg, key, row);
		if (merge->scan->backward)
			ots_memory_tree_previous(&merge->place);
		else
			ots_memory_tree_next(&merge->place);
		if (order == 0)
			return true;
	}
	return false;
}

static bool merge_row(void *arg, struct ots_bytes key, struct ots_bytes row)
{
	struct merge *merge = arg;
	const bool newer = give_recent(merge, &key);

	if (!merge->stopped && !newer)
		merge->stopped = !merge->fn(merge->arg, key, row);
	return !merge->stopped;
}

enum ots_status journal_scan(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
			     void *arg, struct ots_error *err)
{
	struct journal_storage *s = self;
	struct merge merge = {.scan = scan, .fn = fn, .arg = arg};
	struct ots_bytes map_key;
	enum ots_status status = journal_make_key(s, scan->table_id, scan->start, &map_key, err);
	bool found;

	if (status != OTS_OK)
		return status;
	journal_put_id(scan->table_id, merge.id);
	merge.place = scan->backward ? ots_memory_tree_seek_back(journal_tree(s), map_key)
				     : ots_memory_tree_seek(journal_tree(s), map_key, &found);
	status = s->file.ops->scan(s->file.self, scan, merge_row, &merge, err);
	if (status == OTS_OK)
		(void)give_recent(&merge, NULL);
	return status;
}

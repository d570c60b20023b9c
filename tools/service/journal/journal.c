/* Rows in a SQLite file, the latest of them in memory. Tables and their numbers go straight to the
 * file. A change of a row goes to the map of recent changes, which undoes it when the transaction
 * does not hold, and at the commit, with the others of its transaction, to the file's journal.
 * Reads look into both. Threads: the caller serialises. */
#include "journal.h"

#include <stdlib.h>

#include "journal_state.h"

/* A flush that fails leaves everything where it is, and the next commit tries again. Beyond so many
 * times the bound changes are refused with its reason. */
#define OVERFULL 4
/* What is kept of the room for changes between transactions. */
#define CHANGES_KEEP_BYTES ((size_t)8 * 1024 * 1024)

static enum ots_status journal_begin(void *self, struct ots_error *err)
{
	struct journal_storage *s = self;
	enum ots_status status = OTS_OK;

	if (journal_map(s)->used_bytes / OVERFULL > s->flush_bytes)
		status = journal_flush(s, err);
	if (status == OTS_OK)
		status = s->file.ops->begin(s->file.self, err);
	if (status != OTS_OK)
		return status;
	status = s->recent.ops->begin(s->recent.self, err);
	if (status != OTS_OK)
		s->file.ops->rollback(s->file.self);
	s->changes.len = 0;
	s->open = status == OTS_OK;
	return status;
}

static void end_change(struct journal_storage *s)
{
	s->open = false;
	if (s->changes.cap > CHANGES_KEEP_BYTES)
		ots_buffer_release(&s->changes);
	s->changes.len = 0;
}

static enum ots_status journal_commit(void *self, struct ots_error *err)
{
	struct journal_storage *s = self;
	enum ots_status status = OTS_OK;

	if (!s->open)
		return ots_fail(err, OTS_IO, "storage: commit: no change is open");
	if (s->changes.len > 0)
		status = ots_sqlite_journal_add(
			s->file.self, (struct ots_bytes){s->changes.bytes, s->changes.len}, err);
	if (status == OTS_OK)
		status = s->file.ops->commit(s->file.self, err);
	if (status == OTS_OK) /* cannot fail: it is open, and frees only */
		status = s->recent.ops->commit(s->recent.self, err);
	if (status != OTS_OK)
		return status;
	end_change(s);
	/* What was committed stays so; one that fails is tried again, and at last told by begin. */
	if (journal_map(s)->used_bytes > s->flush_bytes)
		(void)journal_flush(s, NULL);
	return OTS_OK;
}

static void journal_rollback(void *self)
{
	struct journal_storage *s = self;

	s->file.ops->rollback(s->file.self);
	s->recent.ops->rollback(s->recent.self);
	end_change(s);
}

enum ots_status journal_begin_alone(struct journal_storage *s, bool *alone, struct ots_error *err)
{
	*alone = !s->open;
	return *alone ? journal_begin(s, err) : OTS_OK;
}

enum ots_status journal_end_alone(struct journal_storage *s, bool alone, enum ots_status status,
				  struct ots_error *err)
{
	if (!alone)
		return status;
	if (status == OTS_OK)
		status = journal_commit(s, err);
	if (status != OTS_OK)
		journal_rollback(s);
	return status;
}

static enum ots_status journal_add_table(void *self, const struct ots_stored_table *table,
					 int64_t *id, struct ots_error *err)
{
	struct journal_storage *s = self;

	return s->file.ops->add_table(s->file.self, table, id, err);
}

static enum ots_status journal_set_definition(void *self, int64_t id, struct ots_bytes definition,
					      struct ots_error *err)
{
	struct journal_storage *s = self;

	return s->file.ops->set_definition(s->file.self, id, definition, err);
}

static enum ots_status journal_each_table(void *self, ots_storage_table_fn *fn, void *arg,
					  struct ots_error *err)
{
	struct journal_storage *s = self;

	return s->file.ops->each_table(s->file.self, fn, arg, err);
}

static enum ots_status journal_next_number(void *self, int64_t table_id, int64_t *number,
					   struct ots_error *err)
{
	struct journal_storage *s = self;

	return s->file.ops->next_number(s->file.self, table_id, number, err);
}

static enum ots_status journal_drop_table(void *self, int64_t id, struct ots_error *err)
{
	struct journal_storage *s = self;
	const struct ots_bytes none = {NULL, 0};
	bool alone;
	enum ots_status status = journal_begin_alone(s, &alone, err);

	if (status != OTS_OK)
		return status;
	status = s->file.ops->drop_table(s->file.self, id, err);
	if (status == OTS_OK)
		status = journal_forget_table(s, id, err);
	if (status == OTS_OK)
		status = journal_note(s, id, JOURNAL_ALL_GONE, none, none, err);
	return journal_end_alone(s, alone, status, err);
}

static void journal_close(void *self)
{
	struct journal_storage *s = self;

	if (s->open)
		journal_rollback(s);
	if (s->ready)
		(void)journal_flush(s, NULL); /* else the journal has it for the next time */
	if (s->recent.ops != NULL)
		s->recent.ops->close(s->recent.self);
	if (s->file.ops != NULL)
		s->file.ops->close(s->file.self);
	ots_buffer_release(&s->changes);
	ots_buffer_release(&s->key);
	ots_buffer_release(&s->row);
	ots_buffer_release(&s->last_key);
	free(s);
}

static const struct ots_storage_ops journal_ops = {
	.begin = journal_begin,
	.commit = journal_commit,
	.rollback = journal_rollback,
	.add_table = journal_add_table,
	.set_definition = journal_set_definition,
	.drop_table = journal_drop_table,
	.each_table = journal_each_table,
	.next_number = journal_next_number,
	.get = journal_get,
	.put = journal_put,
	.remove = journal_remove,
	.scan = journal_scan,
	.close = journal_close,
};

enum ots_status ots_storage_open_journaled(const char *dir, size_t flush_bytes,
					   struct ots_storage *out, struct ots_error *err)
{
	struct journal_storage *s = calloc(1, sizeof *s);
	enum ots_status status;

	if (s == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "storage");
	s->flush_bytes = flush_bytes;
	ots_buffer_init(&s->changes, JOURNAL_CHANGES_MAX_BYTES);
	ots_buffer_init(&s->key, JOURNAL_CHANGES_MAX_BYTES);
	ots_buffer_init(&s->row, JOURNAL_CHANGES_MAX_BYTES);
	ots_buffer_init(&s->last_key, JOURNAL_CHANGES_MAX_BYTES);
	status = ots_sqlite_open(dir, &s->file, err);
	if (status == OTS_OK)
		status = ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &s->recent, err);
	if (status == OTS_OK)
		status = journal_renew_map(s, err);
	if (status == OTS_OK)
		status = journal_replay(s, err);
	s->ready = status == OTS_OK;
	if (s->ready)
		*out = (struct ots_storage){&journal_ops, s};
	else
		journal_close(s);
	return status;
}

enum ots_status ots_storage_open_sqlite(const char *dir, struct ots_storage *out,
					struct ots_error *err)
{
	return ots_storage_open_journaled(dir, OTS_JOURNAL_BYTES, out, err);
}

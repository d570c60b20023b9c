/* Storage in memory: a tree of records for each table. Changes are made in place and written down
 * in a log, from which a rollback undoes them backward; it needs no memory for that. A deleted row
 * stays in its tree, marked, until the commit, so that its place needs not be made again. */
#include "../storage/storage.h"

#include <stdlib.h>
#include <string.h>

#include "../storage/key.h"
#include "memory_state.h"

enum ots_status ots_memory_no_room(const struct memory_storage *s, struct ots_error *err)
{
	return ots_fail(err, OTS_NO_SPACE,
			"storage: the tables in memory may take %zu bytes, and %zu are taken: drop "
			"tables, or keep them in a folder (--dir)",
			s->limit_bytes, s->used_bytes);
}

enum ots_status ots_memory_no_memory(struct ots_error *err)
{
	return ots_fail(err, OTS_NO_MEMORY, "storage: no memory for another row or table");
}

size_t ots_memory_record_bytes(const struct ots_memory_record *record)
{
	return MEMORY_ALLOCATION_BYTES + sizeof *record + record->key_len + record->row_len;
}

void ots_memory_record_free(void *arg, struct ots_memory_record *record)
{
	struct memory_storage *s = arg;

	s->used_bytes -= ots_memory_record_bytes(record);
	free(record);
}

static enum ots_status memory_begin(void *self, struct ots_error *err)
{
	struct memory_storage *s = self;

	if (s->open)
		return ots_fail(err, OTS_IO, "storage: begin: a change is open already");
	s->open = true;
	return OTS_OK;
}

static enum ots_status memory_commit(void *self, struct ots_error *err)
{
	struct memory_storage *s = self;

	if (!s->open)
		return ots_fail(err, OTS_IO, "storage: commit: no change is open");
	ots_memory_log_settle(s);
	s->open = false;
	return OTS_OK;
}

static void memory_rollback(void *self)
{
	struct memory_storage *s = self;

	ots_memory_log_undo(s);
	s->open = false;
}

static enum ots_status memory_get(void *self, int64_t table_id, struct ots_bytes key,
				  struct ots_buffer *row, bool *found, struct ots_error *err)
{
	struct memory_table *table = ots_memory_table_find(self, table_id);
	struct ots_memory_record **place =
		table != NULL ? ots_memory_tree_find(&table->rows, key) : NULL;
	struct ots_bytes blob;

	row->len = 0;
	*found = place != NULL && !(*place)->gone;
	if (!*found)
		return OTS_OK;
	blob = ots_memory_row(*place);
	if (!ots_buffer_put(row, blob.at, blob.len))
		return ots_buffer_fail(row, blob.len, "storage: a row", err);
	return OTS_OK;
}

static struct ots_memory_record *new_record(struct ots_bytes key, struct ots_bytes row)
{
	struct ots_memory_record *record = malloc(sizeof *record + key.len + row.len);

	if (record == NULL)
		return NULL;
	*record = (struct ots_memory_record){.key_len = (uint32_t)key.len,
					     .row_len = (uint32_t)row.len};
	if (key.len > 0)
		memcpy(record->bytes, key.at, key.len);
	if (row.len > 0)
		memcpy(record->bytes + key.len, row.at, row.len);
	return record;
}

static enum ots_status memory_put(void *self, int64_t table_id, struct ots_bytes key,
				  struct ots_bytes row, struct ots_error *err)
{
	struct memory_storage *s = self;
	struct memory_table *table = ots_memory_table_find(s, table_id);
	struct memory_step step = {.kind = STEP_INSERT, .table = table};

	if (table == NULL)
		return ots_memory_no_table(table_id, err);
	if (key.len > UINT32_MAX / 4 || row.len > UINT32_MAX / 4 ||
	    s->used_bytes > s->limit_bytes ||
	    MEMORY_ALLOCATION_BYTES + sizeof *step.record + key.len + row.len >
		    s->limit_bytes - s->used_bytes)
		return ots_memory_no_room(s, err);
	step.record = new_record(key, row);
	if (step.record == NULL || !ots_memory_log_reserve(s) ||
	    !ots_memory_tree_put(&table->rows, step.record, &step.old)) {
		free(step.record);
		return ots_memory_no_memory(err);
	}
	if (step.old != NULL)
		step.kind = STEP_REPLACE;
	s->used_bytes += ots_memory_record_bytes(step.record);
	ots_memory_log_step(s, step);
	return OTS_OK;
}

static enum ots_status memory_remove(void *self, int64_t table_id, struct ots_bytes key,
				     struct ots_error *err)
{
	struct memory_storage *s = self;
	struct memory_table *table = ots_memory_table_find(s, table_id);
	struct ots_memory_record **place =
		table != NULL ? ots_memory_tree_find(&table->rows, key) : NULL;

	if (place == NULL || (*place)->gone)
		return OTS_OK;
	if (!ots_memory_log_reserve(s))
		return ots_memory_no_memory(err);
	(*place)->gone = true;
	ots_memory_log_step(
		s, (struct memory_step){.kind = STEP_REMOVE, .table = table, .record = *place});
	return OTS_OK;
}

static enum ots_status memory_scan(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
				   void *arg, struct ots_error *err)
{
	struct memory_table *table = ots_memory_table_find(self, scan->table_id);
	const struct ots_memory_record *record;
	struct ots_memory_place place;
	bool found;

	(void)err;
	if (table == NULL)
		return OTS_OK;
	place = scan->backward ? ots_memory_tree_seek_back(&table->rows, scan->start)
			       : ots_memory_tree_seek(&table->rows, scan->start, &found);
	while ((record = ots_memory_tree_at(place)) != NULL) { /* ends with the rows */
		const struct ots_bytes key = ots_memory_key(record);
		const int order = ots_key_compare(key, scan->end);

		if (scan->backward ? order <= 0 : order >= 0)
			break;
		if (!record->gone && !fn(arg, key, ots_memory_row(record)))
			break;
		if (scan->backward)
			ots_memory_tree_previous(&place);
		else
			ots_memory_tree_next(&place);
	}
	return OTS_OK;
}

static void memory_close(void *self)
{
	struct memory_storage *s = self;

	memory_rollback(s); /* what is not committed never was, and the log holds the old rows */
	while (s->tables != NULL)
		ots_memory_table_free(s, s->tables);
	free(s->steps);
	free(s);
}

static const struct ots_storage_ops memory_ops = {
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.add_table = ots_memory_add_table,
	.set_definition = ots_memory_set_definition,
	.drop_table = ots_memory_drop_table,
	.each_table = ots_memory_each_table,
	.next_number = ots_memory_next_number,
	.get = memory_get,
	.put = memory_put,
	.remove = memory_remove,
	.scan = memory_scan,
	.close = memory_close,
};

enum ots_status ots_storage_open_memory(size_t limit_bytes, struct ots_storage *out,
					struct ots_error *err)
{
	struct memory_storage *s = calloc(1, sizeof *s);

	if (s == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "storage");
	s->limit_bytes = limit_bytes;
	out->ops = &memory_ops;
	out->self = s;
	return OTS_OK;
}

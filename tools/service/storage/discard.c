/* A storage that keeps tables and throws rows away. Tables lie in a storage in memory. */
#include "storage.h"

#include <stdlib.h>

struct discard_storage {
	struct ots_storage tables;
};

static enum ots_status discard_begin(void *self, struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->begin(s->tables.self, err);
}

static enum ots_status discard_commit(void *self, struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->commit(s->tables.self, err);
}

static void discard_rollback(void *self)
{
	const struct discard_storage *s = self;

	s->tables.ops->rollback(s->tables.self);
}

static enum ots_status discard_add_table(void *self, const struct ots_stored_table *table,
					 int64_t *id, struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->add_table(s->tables.self, table, id, err);
}

static enum ots_status discard_set_definition(void *self, int64_t id, struct ots_bytes definition,
					      struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->set_definition(s->tables.self, id, definition, err);
}

static enum ots_status discard_drop_table(void *self, int64_t id, struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->drop_table(s->tables.self, id, err);
}

static enum ots_status discard_each_table(void *self, ots_storage_table_fn *fn, void *arg,
					  struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->each_table(s->tables.self, fn, arg, err);
}

static enum ots_status discard_next_number(void *self, int64_t table_id, int64_t *number,
					   struct ots_error *err)
{
	const struct discard_storage *s = self;

	return s->tables.ops->next_number(s->tables.self, table_id, number, err);
}

static enum ots_status discard_get(void *self, int64_t table_id, struct ots_bytes key,
				   struct ots_buffer *row, bool *found, struct ots_error *err)
{
	(void)self;
	(void)table_id;
	(void)key;
	(void)err;
	row->len = 0;
	*found = false;
	return OTS_OK;
}

static enum ots_status discard_put(void *self, int64_t table_id, struct ots_bytes key,
				   struct ots_bytes row, struct ots_error *err)
{
	(void)self;
	(void)table_id;
	(void)key;
	(void)row;
	(void)err;
	return OTS_OK;
}

static enum ots_status discard_remove(void *self, int64_t table_id, struct ots_bytes key,
				      struct ots_error *err)
{
	(void)self;
	(void)table_id;
	(void)key;
	(void)err;
	return OTS_OK;
}

static enum ots_status discard_scan(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
				    void *arg, struct ots_error *err)
{
	(void)self;
	(void)scan;
	(void)fn;
	(void)arg;
	(void)err;
	return OTS_OK;
}

static void discard_close(void *self)
{
	struct discard_storage *s = self;

	s->tables.ops->close(s->tables.self);
	free(s);
}

static const struct ots_storage_ops discard_ops = {
	.begin = discard_begin,
	.commit = discard_commit,
	.rollback = discard_rollback,
	.add_table = discard_add_table,
	.set_definition = discard_set_definition,
	.drop_table = discard_drop_table,
	.each_table = discard_each_table,
	.next_number = discard_next_number,
	.get = discard_get,
	.put = discard_put,
	.remove = discard_remove,
	.scan = discard_scan,
	.close = discard_close,
};

enum ots_status ots_storage_open_discard(struct ots_storage *out, struct ots_error *err)
{
	struct discard_storage *s = calloc(1, sizeof *s);
	enum ots_status status;

	if (s == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "storage");
	status = ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &s->tables, err);
	if (status == OTS_OK)
		*out = (struct ots_storage){&discard_ops, s};
	else
		free(s);
	return status;
}

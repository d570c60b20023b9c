/* Storage in memory: a tree of records for each table. Changes are made in place and written down
 * in a log, from which a rollback undoes them backward; it needs no memory for that. A deleted row
 * stays in its tree, marked, until the commit, so that its place needs not be made again. */
#include "storage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "memory_tree.h"

/* What malloc() keeps for itself, about; rows are counted with it. */
#define ALLOCATION_BYTES 16
#define FIRST_STEPS 256

struct table {
	struct table *next; /* by ascending id */
	int64_t id;
	int64_t created_us;
	int64_t number;
	bool dropped; /* by a change that is not yet committed */
	struct ots_memory_tree rows;
	struct definition *definition;
	size_t name_len;
	uint8_t name[];
};

struct definition {
	size_t len;
	uint8_t bytes[];
};

enum step_kind {
	STEP_ADD_TABLE,
	STEP_DROP_TABLE,
	STEP_DEFINITION,
	STEP_NUMBER,
	STEP_INSERT,
	STEP_REPLACE,
	STEP_REMOVE
};

/* One change as the log has it. */
struct step {
	enum step_kind kind;
	struct table *table;
	struct ots_memory_record *record; /* inserted, put in place of old, removed */
	struct ots_memory_record *old;
	struct definition *definition; /* that another has taken the place of */
};

struct memory_storage {
	struct table *tables;
	struct table *latest; /* the one that was asked for last */
	int64_t last_id;
	struct step *steps;
	size_t step_count;
	size_t step_capacity;
	bool open; /* between begin and commit or rollback */
	size_t used_bytes;
	size_t limit_bytes;
};

static enum ots_status no_room(const struct memory_storage *s, struct ots_error *err)
{
	return ots_fail(err, OTS_NO_SPACE,
			"storage: the tables in memory may take %zu bytes, and %zu are taken: drop "
			"tables, or keep them in a folder (--dir)",
			s->limit_bytes, s->used_bytes);
}

static enum ots_status no_memory(struct ots_error *err)
{
	return ots_fail(err, OTS_NO_MEMORY, "storage: no memory for another row or table");
}

static struct table *find_table(struct memory_storage *s, int64_t id)
{
	struct table *table = s->latest;

	if (table == NULL || table->id != id)
		for (table = s->tables; table != NULL && table->id != id;)
			table = table->next;
	if (table == NULL || table->dropped)
		return NULL;
	s->latest = table;
	return table;
}

static enum ots_status no_table(int64_t id, struct ots_error *err)
{
	return ots_fail(err, OTS_CORRUPT, "storage: there is no table %" PRId64, id);
}

static size_t record_bytes(const struct ots_memory_record *record)
{
	return ALLOCATION_BYTES + sizeof *record + record->key_len + record->row_len;
}

static void free_record(void *arg, struct ots_memory_record *record)
{
	struct memory_storage *s = arg;

	s->used_bytes -= record_bytes(record);
	free(record);
}

static size_t table_bytes(const struct table *table)
{
	return sizeof *table + table->name_len + table->definition->len;
}

/* @return NULL without memory */
static struct definition *new_definition(struct ots_bytes from)
{
	struct definition *definition = malloc(sizeof *definition + from.len);

	if (definition == NULL)
		return NULL;
	definition->len = from.len;
	if (from.len > 0)
		memcpy(definition->bytes, from.at, from.len);
	return definition;
}

static void free_definition(struct memory_storage *s, struct definition *definition)
{
	s->used_bytes -= definition->len;
	free(definition);
}

static void free_table(struct memory_storage *s, struct table *table)
{
	struct table **link = &s->tables;

	while (*link != NULL && *link != table) /* ends with the list */
		link = &(*link)->next;
	if (*link != NULL)
		*link = table->next;
	if (s->latest == table)
		s->latest = NULL;
	ots_memory_tree_clear(&table->rows, free_record, s);
	s->used_bytes -= table_bytes(table);
	free(table->definition);
	free(table);
}

/* Room for the step that a change is about to log: what follows cannot fail half done. */
static bool reserve_step(struct memory_storage *s)
{
	const size_t capacity = s->step_capacity == 0 ? FIRST_STEPS : 2 * s->step_capacity;
	struct step *steps;

	if (s->step_count < s->step_capacity)
		return true;
	if (capacity > SIZE_MAX / sizeof *steps)
		return false;
	steps = realloc(s->steps, capacity * sizeof *steps);
	if (steps == NULL)
		return false;
	s->steps = steps;
	s->step_capacity = capacity;
	return true;
}

/* Make the logged changes final: free what they replaced. */
static void settle(struct memory_storage *s)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		struct ots_memory_record **place;

		switch (step->kind) {
		case STEP_ADD_TABLE:
		case STEP_NUMBER:
		case STEP_INSERT: break;
		case STEP_DROP_TABLE: free_table(s, step->table); break;
		case STEP_DEFINITION: free_definition(s, step->definition); break;
		case STEP_REPLACE: free_record(s, step->old); break;
		case STEP_REMOVE:
			place = ots_memory_tree_find(&step->table->rows,
						     ots_memory_key(step->record));
			if (place == NULL || *place != step->record)
				break; /* put again since: that step frees it */
			ots_memory_tree_erase(&step->table->rows, ots_memory_key(step->record));
			free_record(s, step->record);
			break;
		}
	}
	s->step_count = 0;
}

static void undo(struct memory_storage *s, const struct step *step)
{
	struct ots_memory_record **place;

	switch (step->kind) {
	case STEP_ADD_TABLE: free_table(s, step->table); break;
	case STEP_DROP_TABLE: step->table->dropped = false; break;
	case STEP_DEFINITION:
		free_definition(s, step->table->definition);
		step->table->definition = step->definition;
		break;
	case STEP_NUMBER: step->table->number--; break;
	case STEP_INSERT:
		ots_memory_tree_erase(&step->table->rows, ots_memory_key(step->record));
		free_record(s, step->record);
		break;
	case STEP_REPLACE:
		place = ots_memory_tree_find(&step->table->rows, ots_memory_key(step->old));
		if (place != NULL)
			*place = step->old;
		free_record(s, step->record);
		break;
	case STEP_REMOVE: step->record->gone = false; break;
	}
}

/* Log a change; outside of begin it is final at once. There is room: reserve_step(). */
static void log_step(struct memory_storage *s, struct step step)
{
	s->steps[s->step_count++] = step;
	if (!s->open)
		settle(s);
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
	settle(s);
	s->open = false;
	return OTS_OK;
}

static void memory_rollback(void *self)
{
	struct memory_storage *s = self;

	while (s->step_count > 0)
		undo(s, &s->steps[--s->step_count]);
	s->open = false;
}

static enum ots_status memory_add_table(void *self, const struct ots_stored_table *from,
					int64_t *id, struct ots_error *err)
{
	struct memory_storage *s = self;
	const size_t room = s->limit_bytes - s->used_bytes;
	struct table **link = &s->tables;
	struct definition *definition;
	struct table *table;

	if (s->used_bytes > s->limit_bytes || from->name.len > room ||
	    from->definition.len > room - from->name.len ||
	    sizeof *table > room - from->name.len - from->definition.len)
		return no_room(s, err);
	for (; *link != NULL; link = &(*link)->next)
		if (!(*link)->dropped && (*link)->name_len == from->name.len &&
		    memcmp((*link)->name, from->name.at, from->name.len) == 0)
			return ots_fail(err, OTS_IO, "storage: add a table: %.*s is there already",
					(int)from->name.len, (const char *)from->name.at);
	table = malloc(sizeof *table + from->name.len);
	definition = new_definition(from->definition);
	if (table == NULL || definition == NULL || !reserve_step(s)) {
		free(definition);
		free(table);
		return no_memory(err);
	}
	*table = (struct table){.id = ++s->last_id,
				.created_us = from->created_us,
				.rows.used_bytes = &s->used_bytes,
				.definition = definition,
				.name_len = from->name.len};
	if (from->name.len > 0)
		memcpy(table->name, from->name.at, from->name.len);
	*link = table;
	s->used_bytes += table_bytes(table);
	*id = table->id;
	log_step(s, (struct step){.kind = STEP_ADD_TABLE, .table = table});
	return OTS_OK;
}

static enum ots_status memory_set_definition(void *self, int64_t id, struct ots_bytes from,
					     struct ots_error *err)
{
	struct memory_storage *s = self;
	struct table *table = find_table(s, id);
	struct definition *definition;

	if (table == NULL)
		return no_table(id, err);
	if (s->used_bytes > s->limit_bytes || from.len > s->limit_bytes - s->used_bytes)
		return no_room(s, err);
	definition = new_definition(from);
	if (definition == NULL || !reserve_step(s)) {
		free(definition);
		return no_memory(err);
	}
	s->used_bytes += from.len;
	log_step(s, (struct step){.kind = STEP_DEFINITION,
				  .table = table,
				  .definition = table->definition});
	table->definition = definition;
	return OTS_OK;
}

static enum ots_status memory_drop_table(void *self, int64_t id, struct ots_error *err)
{
	struct memory_storage *s = self;
	struct table *table = find_table(s, id);

	if (table == NULL)
		return OTS_OK;
	if (!reserve_step(s))
		return no_memory(err);
	table->dropped = true;
	log_step(s, (struct step){.kind = STEP_DROP_TABLE, .table = table});
	return OTS_OK;
}

static enum ots_status memory_each_table(void *self, ots_storage_table_fn *fn, void *arg,
					 struct ots_error *err)
{
	const struct memory_storage *s = self;

	(void)err;
	for (const struct table *table = s->tables; table != NULL; table = table->next) {
		const struct ots_stored_table shown = {
			.id = table->id,
			.created_us = table->created_us,
			.name = {table->name, table->name_len},
			.definition = {table->definition->bytes, table->definition->len},
		};

		if (!table->dropped && !fn(arg, &shown))
			break;
	}
	return OTS_OK;
}

static enum ots_status memory_next_number(void *self, int64_t table_id, int64_t *number,
					  struct ots_error *err)
{
	struct memory_storage *s = self;
	struct table *table = find_table(s, table_id);

	if (table == NULL)
		return no_table(table_id, err);
	if (!reserve_step(s))
		return no_memory(err);
	*number = ++table->number;
	log_step(s, (struct step){.kind = STEP_NUMBER, .table = table});
	return OTS_OK;
}

static enum ots_status memory_get(void *self, int64_t table_id, struct ots_bytes key,
				  struct ots_buffer *row, bool *found, struct ots_error *err)
{
	struct table *table = find_table(self, table_id);
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
	struct table *table = find_table(s, table_id);
	struct step step = {.kind = STEP_INSERT, .table = table};

	if (table == NULL)
		return no_table(table_id, err);
	if (key.len > UINT32_MAX / 4 || row.len > UINT32_MAX / 4 ||
	    s->used_bytes > s->limit_bytes ||
	    ALLOCATION_BYTES + sizeof *step.record + key.len + row.len >
		    s->limit_bytes - s->used_bytes)
		return no_room(s, err);
	step.record = new_record(key, row);
	if (step.record == NULL || !reserve_step(s) ||
	    !ots_memory_tree_put(&table->rows, step.record, &step.old)) {
		free(step.record);
		return no_memory(err);
	}
	if (step.old != NULL)
		step.kind = STEP_REPLACE;
	s->used_bytes += record_bytes(step.record);
	log_step(s, step);
	return OTS_OK;
}

static enum ots_status memory_remove(void *self, int64_t table_id, struct ots_bytes key,
				     struct ots_error *err)
{
	struct memory_storage *s = self;
	struct table *table = find_table(s, table_id);
	struct ots_memory_record **place =
		table != NULL ? ots_memory_tree_find(&table->rows, key) : NULL;

	if (place == NULL || (*place)->gone)
		return OTS_OK;
	if (!reserve_step(s))
		return no_memory(err);
	(*place)->gone = true;
	log_step(s, (struct step){.kind = STEP_REMOVE, .table = table, .record = *place});
	return OTS_OK;
}

static enum ots_status memory_scan(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
				   void *arg, struct ots_error *err)
{
	struct table *table = find_table(self, scan->table_id);
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
		free_table(s, s->tables);
	free(s->steps);
	free(s);
}

static const struct ots_storage_ops memory_ops = {
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.add_table = memory_add_table,
	.set_definition = memory_set_definition,
	.drop_table = memory_drop_table,
	.each_table = memory_each_table,
	.next_number = memory_next_number,
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
	*out = (struct ots_storage){&memory_ops, s};
	return OTS_OK;
}

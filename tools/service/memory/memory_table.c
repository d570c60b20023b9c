#include "memory_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum ots_status ots_memory_no_table(int64_t id, struct ots_error *err)
{
	return ots_fail(err, OTS_CORRUPT, "storage: there is no table %" PRId64, id);
}

struct memory_table *ots_memory_table_find(struct memory_storage *s, int64_t id)
{
	struct memory_table *table = s->latest;

	if (table == NULL || table->id != id)
		for (table = s->tables; table != NULL && table->id != id;)
			table = table->next;
	if (table == NULL || table->dropped)
		return NULL;
	s->latest = table;
	return table;
}

static size_t table_bytes(const struct memory_table *table)
{
	return sizeof *table + table->name_len + table->definition->len;
}

/* @return NULL without memory */
static struct memory_definition *new_definition(struct ots_bytes from)
{
	struct memory_definition *definition = malloc(sizeof *definition + from.len);

	if (definition == NULL)
		return NULL;
	definition->len = from.len;
	if (from.len > 0)
		memcpy(definition->bytes, from.at, from.len);
	return definition;
}

void ots_memory_definition_free(struct memory_storage *s, struct memory_definition *definition)
{
	s->used_bytes -= definition->len;
	free(definition);
}

void ots_memory_table_free(struct memory_storage *s, struct memory_table *table)
{
	struct memory_table **link = &s->tables;

	while (*link != NULL && *link != table) /* ends with the list */
		link = &(*link)->next;
	if (*link != NULL)
		*link = table->next;
	if (s->latest == table)
		s->latest = NULL;
	ots_memory_tree_clear(&table->rows, ots_memory_record_free, s);
	s->used_bytes -= table_bytes(table);
	free(table->definition);
	free(table);
}

enum ots_status ots_memory_add_table(void *self, const struct ots_stored_table *from, int64_t *id,
				     struct ots_error *err)
{
	struct memory_storage *s = self;
	const size_t room = s->limit_bytes - s->used_bytes;
	struct memory_table **link = &s->tables;
	struct memory_definition *definition;
	struct memory_table *table;

	if (s->used_bytes > s->limit_bytes || from->name.len > room ||
	    from->definition.len > room - from->name.len ||
	    sizeof *table > room - from->name.len - from->definition.len)
		return ots_memory_no_room(s, err);
	for (; *link != NULL; link = &(*link)->next)
		if (!(*link)->dropped && (*link)->name_len == from->name.len &&
		    memcmp((*link)->name, from->name.at, from->name.len) == 0)
			return ots_fail(err, OTS_IO, "storage: add a table: %.*s is there already",
					(int)from->name.len, (const char *)from->name.at);
	table = malloc(sizeof *table + from->name.len);
	definition = new_definition(from->definition);
	if (table == NULL || definition == NULL || !ots_memory_log_reserve(s)) {
		free(definition);
		free(table);
		return ots_memory_no_memory(err);
	}
	*table = (struct memory_table){.id = ++s->last_id,
				       .created_us = from->created_us,
				       .rows.used_bytes = &s->used_bytes,
				       .definition = definition,
				       .name_len = from->name.len};
	if (from->name.len > 0)
		memcpy(table->name, from->name.at, from->name.len);
	*link = table;
	s->used_bytes += table_bytes(table);
	*id = table->id;
	ots_memory_log_step(s, (struct memory_step){.kind = STEP_ADD_TABLE, .table = table});
	return OTS_OK;
}

enum ots_status ots_memory_set_definition(void *self, int64_t id, struct ots_bytes from,
					  struct ots_error *err)
{
	struct memory_storage *s = self;
	struct memory_table *table = ots_memory_table_find(s, id);
	struct memory_definition *definition;

	if (table == NULL)
		return ots_memory_no_table(id, err);
	if (s->used_bytes > s->limit_bytes || from.len > s->limit_bytes - s->used_bytes)
		return ots_memory_no_room(s, err);
	definition = new_definition(from);
	if (definition == NULL || !ots_memory_log_reserve(s)) {
		free(definition);
		return ots_memory_no_memory(err);
	}
	s->used_bytes += from.len;
	ots_memory_log_step(s, (struct memory_step){.kind = STEP_DEFINITION,
						    .table = table,
						    .definition = table->definition});
	table->definition = definition;
	return OTS_OK;
}

enum ots_status ots_memory_drop_table(void *self, int64_t id, struct ots_error *err)
{
	struct memory_storage *s = self;
	struct memory_table *table = ots_memory_table_find(s, id);

	if (table == NULL)
		return OTS_OK;
	if (!ots_memory_log_reserve(s))
		return ots_memory_no_memory(err);
	table->dropped = true;
	ots_memory_log_step(s, (struct memory_step){.kind = STEP_DROP_TABLE, .table = table});
	return OTS_OK;
}

enum ots_status ots_memory_each_table(void *self, ots_storage_table_fn *fn, void *arg,
				      struct ots_error *err)
{
	const struct memory_storage *s = self;

	(void)err;
	for (const struct memory_table *table = s->tables; table != NULL; table = table->next) {
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

enum ots_status ots_memory_next_number(void *self, int64_t table_id, int64_t *number,
				       struct ots_error *err)
{
	struct memory_storage *s = self;
	struct memory_table *table = ots_memory_table_find(s, table_id);

	if (table == NULL)
		return ots_memory_no_table(table_id, err);
	if (!ots_memory_log_reserve(s))
		return ots_memory_no_memory(err);
	*number = ++table->number;
	ots_memory_log_step(s, (struct memory_step){.kind = STEP_NUMBER, .table = table});
	return OTS_OK;
}

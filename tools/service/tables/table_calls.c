/* CreateTable, ListTable, DeleteTable. Source: tablestore-protocol 2.2 and 4.8. */
#include "table_state.h"

#include <string.h>

static bool store_table_locked(struct ots_call *call, struct ots_table *table,
			       struct ots_bytes definition)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	const struct ots_stored_table stored = {
		.created_us = table->created_us,
		.name = {(const uint8_t *)table->name, strlen(table->name)},
		.definition = definition,
	};
	struct ots_error err = {.status = OTS_OK};
	bool good;

	if (!ots_call_begin_locked(call))
		return false;
	good = storage->ops->add_table(storage->self, &stored, &table->id, &err) == OTS_OK ||
	       ots_refuse_error(call->fault, &err);
	return ots_call_end_locked(call, good);
}

static bool create_locked(struct ots_call *call, struct ots_table *table,
			  struct ots_bytes definition)
{
	struct ots_catalog *catalog = &call->engine->locked.catalog;
	struct ots_catalog_entry *entry;

	if (ots_catalog_find(catalog, table->name) != NULL)
		return ots_refuse(call->fault, OTS_FAULT_EXISTS, "Requested table already exists.");
	if (catalog->count >= OTS_LIMIT_TABLES)
		return ots_refuse(call->fault, OTS_FAULT_QUOTA,
				  "Number of tables exceeds the quota:%d.", OTS_LIMIT_TABLES);
	entry = ots_catalog_entry_new(table, definition);
	if (entry == NULL)
		return ots_call_no_memory(call->fault);
	if (!store_table_locked(call, &entry->table, definition)) {
		ots_catalog_entry_free(entry);
		return false;
	}
	ots_catalog_add(catalog, entry);
	return true;
}

bool ots_call_create_table(struct ots_call *call)
{
	Ots__Wire__CreateTableRequest *request = ots__wire__create_table_request__unpack(
		&call->allocator, call->body.len, call->body.at);
	struct ots_bytes definition = {NULL, 0};
	struct ots_table table;
	bool good;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!ots_table_from_request(request, &table, call->fault))
		return false;
	table.created_us = ots_clock_wall_us(call->engine->clock);
	table.increased_s = table.created_us / 1000000;
	if (!ots_table_pack_definition(call, request, &table, &definition))
		return false;
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = create_locked(call, &table, definition);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	return good; /* the response is an empty message */
}

bool ots_call_list_table(struct ots_call *call)
{
	Ots__Wire__ListTableResponse response = OTS__WIRE__LIST_TABLE_RESPONSE__INIT;
	const struct ots_catalog *catalog = &call->engine->locked.catalog;
	char *names[OTS_LIMIT_TABLES];
	bool good = true;

	(void)pthread_mutex_lock(&call->engine->mutex);
	for (size_t i = 0; good && i < catalog->count; i++) {
		const char *name = catalog->entries[i]->table.name;

		names[i] = ots_arena_copy(&call->arena, name, strlen(name) + 1);
		good = names[i] != NULL;
	}
	response.n_table_names = catalog->count;
	(void)pthread_mutex_unlock(&call->engine->mutex);
	response.table_names = names;
	return good ? ots_call_reply(call, &response.base) : ots_call_no_memory(call->fault);
}

static bool drop_locked(struct ots_call *call, const char *name)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	const struct ots_table *table = ots_call_table_locked(call, name);
	struct ots_error err = {.status = OTS_OK};
	bool good;

	if (table == NULL || !ots_call_begin_locked(call))
		return false;
	good = storage->ops->drop_table(storage->self, table->id, &err) == OTS_OK ||
	       ots_refuse_error(call->fault, &err);
	if (!ots_call_end_locked(call, good))
		return false;
	ots_catalog_remove(&call->engine->locked.catalog, name);
	return true;
}

bool ots_call_delete_table(struct ots_call *call)
{
	const Ots__Wire__DeleteTableRequest *request = ots__wire__delete_table_request__unpack(
		&call->allocator, call->body.len, call->body.at);
	bool good;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!ots_check_table_name(request->table_name, call->fault))
		return false;
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = drop_locked(call, request->table_name);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	return good; /* the response is an empty message */
}

/* CreateTable, ListTable, DescribeTable, UpdateTable, DeleteTable. Source:
 * tablestore-protocol 2.2, 2.9, 4.8. */
#include "../call.h"

#include <stdlib.h>
#include <string.h>

/* What DescribeTable needs again; a list of partitions only spreads load and may be long. */
static bool pack_definition(struct ots_call *call, Ots__Wire__CreateTableRequest *request,
			    struct ots_bytes *out)
{
	uint8_t *bytes;

	request->n_partitions = 0;
	request->table_meta->table_id = NULL;
	request->table_meta->global_table_id = NULL;
	out->len = ots__wire__create_table_request__get_packed_size(request);
	bytes = ots_arena_alloc(&call->arena, out->len);
	if (bytes == NULL)
		return ots_call_no_memory(call->fault);
	out->len = ots__wire__create_table_request__pack(request, bytes);
	out->at = bytes;
	return true;
}

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
	if (!ots_table_from_request(request, &table, call->fault) ||
	    !pack_definition(call, request, &definition))
		return false;
	table.created_us = ots_clock_wall_us(call->engine->clock);
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

/* What DescribeTable and UpdateTable tell of a table, with every field that clients take without a
 * test (2.9). */
struct table_state {
	Ots__Wire__ReservedThroughputDetails throughput;
	Ots__Wire__CapacityUnit unit;
	Ots__Wire__TableOptions options;
	Ots__Wire__StreamDetails stream;
};

static void fill_state(const struct ots_table *table, struct table_state *state)
{
	ots__wire__reserved_throughput_details__init(&state->throughput);
	ots__wire__capacity_unit__init(&state->unit);
	ots__wire__table_options__init(&state->options);
	ots__wire__stream_details__init(&state->stream);
	state->unit.has_read = state->unit.has_write = 1;
	state->unit.read = table->reserved_read;
	state->unit.write = table->reserved_write;
	state->throughput.capacity_unit = &state->unit;
	state->throughput.last_increase_time = table->created_us / 1000000;
	state->options.has_time_to_live = state->options.has_max_versions = 1;
	state->options.time_to_live = table->ttl_seconds;
	state->options.max_versions = table->max_versions;
	state->options.has_deviation_cell_version_in_sec = state->options.has_allow_update = 1;
	state->options.deviation_cell_version_in_sec = table->deviation_seconds;
	state->options.allow_update = table->allow_update;
}

static bool reply_description(struct ots_call *call, const struct ots_table *table,
			      const Ots__Wire__CreateTableRequest *definition)
{
	Ots__Wire__DescribeTableResponse response = OTS__WIRE__DESCRIBE_TABLE_RESPONSE__INIT;
	struct table_state state;

	fill_state(table, &state);
	response.table_meta = definition->table_meta;
	response.reserved_throughput_details = &state.throughput;
	response.table_options = &state.options;
	response.has_table_status = 1;
	response.table_status = OTS__WIRE__TABLE_STATUS__ACTIVE;
	response.stream_details = &state.stream;
	response.has_creation_time = 1;
	response.creation_time = table->created_us;
	return ots_call_reply(call, &response.base);
}

bool ots_call_describe_table(struct ots_call *call)
{
	const Ots__Wire__DescribeTableRequest *request = ots__wire__describe_table_request__unpack(
		&call->allocator, call->body.len, call->body.at);
	const Ots__Wire__CreateTableRequest *definition = NULL;
	const struct ots_catalog_entry *entry;
	struct ots_table table;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!ots_check_table_name(request->table_name, call->fault))
		return false;
	(void)pthread_mutex_lock(&call->engine->mutex);
	entry = ots_catalog_find(&call->engine->locked.catalog, request->table_name);
	if (entry != NULL) {
		table = entry->table;
		definition = ots__wire__create_table_request__unpack(
			&call->allocator, entry->definition_len, entry->definition);
	}
	(void)pthread_mutex_unlock(&call->engine->mutex);
	if (entry == NULL)
		return ots_refuse(call->fault, OTS_FAULT_NOT_EXIST,
				  "Requested table does not exist.");
	if (definition == NULL)
		return ots_call_no_memory(call->fault);
	return reply_description(call, &table, definition);
}

static bool check_update(const Ots__Wire__UpdateTableRequest *request, struct ots_fault *fault)
{
	const Ots__Wire__TableOptions *options = request->table_options;

	if (!ots_check_table_name(request->table_name, fault))
		return false;
	if (request->stream_spec != NULL && request->stream_spec->enable_stream)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Unsupported option of UpdateTable: 'stream_spec'.");
	if (options != NULL && options->has_update_full_row)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The table options must not contain updateFullRow.");
	return true;
}

/* Put the fields that are given over those of the definition. */
static void merge(const Ots__Wire__UpdateTableRequest *request, Ots__Wire__TableOptions *options,
		  Ots__Wire__CapacityUnit *unit)
{
	const Ots__Wire__TableOptions *given = request->table_options;

	if (given != NULL && given->has_time_to_live) {
		options->has_time_to_live = 1;
		options->time_to_live = given->time_to_live;
	}
	if (given != NULL && given->has_max_versions) {
		options->has_max_versions = 1;
		options->max_versions = given->max_versions;
	}
	if (given != NULL && given->has_deviation_cell_version_in_sec) {
		options->has_deviation_cell_version_in_sec = 1;
		options->deviation_cell_version_in_sec = given->deviation_cell_version_in_sec;
	}
	if (given != NULL && given->has_allow_update) {
		options->has_allow_update = 1;
		options->allow_update = given->allow_update;
	}
	if (request->reserved_throughput != NULL) {
		const Ots__Wire__CapacityUnit *cu = request->reserved_throughput->capacity_unit;

		unit->has_read = unit->has_read || cu->has_read;
		unit->read = cu->has_read ? cu->read : unit->read;
		unit->has_write = unit->has_write || cu->has_write;
		unit->write = cu->has_write ? cu->write : unit->write;
	}
}

static bool set_table_locked(struct ots_call *call, const struct ots_table *table,
			     struct ots_bytes definition)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_catalog_entry *entry = ots_catalog_entry_new(table, definition);
	struct ots_error err = {.status = OTS_OK};
	bool good;

	if (entry == NULL)
		return ots_call_no_memory(call->fault);
	good = ots_call_begin_locked(call);
	if (good) {
		good = storage->ops->set_definition(storage->self, table->id, definition, &err) ==
			       OTS_OK ||
		       ots_refuse_error(call->fault, &err);
		good = ots_call_end_locked(call, good);
	}
	if (good)
		ots_catalog_replace(&call->engine->locked.catalog, entry);
	else
		ots_catalog_entry_free(entry);
	return good;
}

/* The table with the request's changes goes to @p table. */
static bool update_locked(struct ots_call *call, const Ots__Wire__UpdateTableRequest *request,
			  struct ots_table *table)
{
	const struct ots_catalog_entry *entry =
		ots_catalog_find(&call->engine->locked.catalog, request->table_name);
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	Ots__Wire__CreateTableRequest *definition;
	struct ots_bytes packed = {0};

	if (entry == NULL)
		return ots_refuse(call->fault, OTS_FAULT_NOT_EXIST,
				  "Requested table does not exist.");
	definition = ots__wire__create_table_request__unpack(
		&call->allocator, entry->definition_len, entry->definition);
	if (definition == NULL)
		return ots_call_no_memory(call->fault);
	if (definition->table_options == NULL)
		definition->table_options = &options;
	merge(request, definition->table_options, definition->reserved_throughput->capacity_unit);
	if (!ots_table_from_request(definition, table, call->fault) ||
	    !pack_definition(call, definition, &packed))
		return false;
	table->id = entry->table.id;
	table->created_us = entry->table.created_us;
	return set_table_locked(call, table, packed);
}

bool ots_call_update_table(struct ots_call *call)
{
	const Ots__Wire__UpdateTableRequest *request = ots__wire__update_table_request__unpack(
		&call->allocator, call->body.len, call->body.at);
	Ots__Wire__UpdateTableResponse response = OTS__WIRE__UPDATE_TABLE_RESPONSE__INIT;
	struct table_state state;
	struct ots_table table = {0};
	bool good;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!check_update(request, call->fault))
		return false;
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = update_locked(call, request, &table);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	if (!good)
		return false;
	fill_state(&table, &state);
	response.reserved_throughput_details = &state.throughput;
	response.table_options = &state.options;
	response.stream_details = &state.stream;
	return ots_call_reply(call, &response.base);
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

/* UpdateTable. Source: tablestore-protocol 2.2, 2.9 and 4.8. */
#include "table_state.h"

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
			     struct ots_bytes definition, bool trims)
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
		good = good && (!trims || ots_table_trim_versions_locked(call, table));
		good = ots_call_end_locked(call, good);
	}
	if (good)
		ots_catalog_replace(&call->engine->locked.catalog, entry);
	else
		ots_catalog_entry_free(entry);
	return good;
}

/* When reserved units went up, and when they went down; one change may do both. */
static void note_times(const struct ots_call *call, const struct ots_table *before,
		       struct ots_table *table)
{
	const int64_t now_s = call->now_ms / 1000;

	table->increased_s = before->increased_s;
	table->decreased_s = before->decreased_s;
	if (table->reserved_read > before->reserved_read ||
	    table->reserved_write > before->reserved_write)
		table->increased_s = now_s;
	if (table->reserved_read < before->reserved_read ||
	    table->reserved_write < before->reserved_write)
		table->decreased_s = now_s;
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
	if (!ots_table_from_request(definition, table, call->fault))
		return false;
	table->id = entry->table.id;
	table->created_us = entry->table.created_us;
	note_times(call, &entry->table, table);
	return ots_table_pack_definition(call, definition, table, &packed) &&
	       set_table_locked(call, table, packed,
				table->max_versions < entry->table.max_versions);
}

bool ots_call_update_table(struct ots_call *call)
{
	const Ots__Wire__UpdateTableRequest *request = ots__wire__update_table_request__unpack(
		&call->allocator, call->body.len, call->body.at);
	Ots__Wire__UpdateTableResponse response = OTS__WIRE__UPDATE_TABLE_RESPONSE__INIT;
	struct ots_table_state state;
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
	ots_table_state_fill(&table, &state);
	response.reserved_throughput_details = &state.throughput;
	response.table_options = &state.options;
	response.stream_details = &state.stream;
	return ots_call_reply(call, &response.base);
}

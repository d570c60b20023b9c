/* DescribeTable. Source: tablestore-protocol 2.2, 2.9. */
#include "table_state.h"

static bool reply_description(struct ots_call *call, const struct ots_table *table,
			      const Ots__Wire__CreateTableRequest *definition)
{
	Ots__Wire__DescribeTableResponse response = OTS__WIRE__DESCRIBE_TABLE_RESPONSE__INIT;
	struct ots_table_state state;

	ots_table_state_fill(table, &state);
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

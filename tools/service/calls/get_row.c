/* GetRow. Source: tablestore-protocol 2.3 and 4.4. */
#include "read.h"

/* The row's bytes for the reply; none when there is no such row. */
static bool read_locked(struct ots_call *call, const char *table_name,
			const struct ots_wire_row *key, const struct ots_selection *selection,
			struct ots_buffer *out, size_t *bytes)
{
	const struct ots_read_point point = {
		.table = ots_call_table_locked(call, table_name),
		.key = key,
		.selection = selection,
		.arena = &call->arena,
	};

	return point.table != NULL && ots_read_point_locked(call, &point, out, bytes, call->fault);
}

static bool read_request(struct ots_call *call, const Ots__Wire__GetRowRequest *request,
			 struct ots_wire_row *key, struct ots_selection *selection)
{
	struct ots_read_request shared = {
		.columns = request->columns_to_get,
		.column_count = request->n_columns_to_get,
		.time_range = request->time_range,
		.has_max_versions = request->has_max_versions,
		.max_versions = request->max_versions,
		.has_token = request->has_token && request->token.len > 0,
		.transaction_id = request->transaction_id,
		.start_column = request->start_column,
		.end_column = request->end_column,
		.no_version_text = "No version condition is specified.",
	};

	if (request->has_filter)
		shared.filter = (struct ots_bytes){request->filter.data, request->filter.len};
	return ots_check_table_name(request->table_name, call->fault) &&
	       ots_read_selection(call, &shared, selection) &&
	       ots_read_point_key(
		       call,
		       (struct ots_bytes){request->primary_key.data, request->primary_key.len},
		       key);
}

static bool reply(struct ots_call *call, const struct ots_buffer *row, size_t bytes)
{
	Ots__Wire__GetRowResponse response = OTS__WIRE__GET_ROW_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;

	unit.has_read = unit.has_write = 1;
	unit.read = ots_capacity_units(bytes);
	consumed.capacity_unit = &unit;
	response.consumed = &consumed;
	response.row = (ProtobufCBinaryData){row->len, row->bytes};
	return ots_call_reply(call, &response.base);
}

bool ots_call_get_row(struct ots_call *call)
{
	const Ots__Wire__GetRowRequest *request =
		ots__wire__get_row_request__unpack(&call->allocator, call->body.len, call->body.at);
	struct ots_selection selection;
	struct ots_wire_row key;
	struct ots_buffer row;
	size_t bytes = 0;
	bool good;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!read_request(call, request, &key, &selection))
		return false;
	ots_buffer_init(&row, ots_engine_reply_max_bytes);
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = read_locked(call, request->table_name, &key, &selection, &row, &bytes);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	good = good && reply(call, &row, bytes);
	ots_buffer_release(&row);
	return good;
}

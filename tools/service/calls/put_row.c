/* PutRow. Source: tablestore-protocol 2.3 and 4.3. */
#include "change.h"

static bool put_locked(struct ots_call *call, const char *table_name, struct ots_change *change,
		       struct ots_change_result *result)
{
	const struct ots_table *table = ots_call_table_locked(call, table_name);
	bool good;

	if (table == NULL || !ots_change_fit(call, table, change, call->fault) ||
	    !ots_call_begin_locked(call))
		return false;
	good = ots_change_apply_locked(call, table, change, result);
	if (good && result->fault.kind != OTS_FAULT_NONE) {
		*call->fault = result->fault;
		good = false;
	}
	return ots_call_end_locked(call, good);
}

static bool reply(struct ots_call *call, const struct ots_change_result *result)
{
	Ots__Wire__PutRowResponse response = OTS__WIRE__PUT_ROW_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;

	unit.has_read = unit.has_write = 1;
	unit.read = result->read_units;
	unit.write = result->write_units;
	consumed.capacity_unit = &unit;
	response.consumed = &consumed;
	response.has_row = result->row != NULL;
	response.row = (ProtobufCBinaryData){result->row_len, result->row};
	return ots_call_reply(call, &response.base);
}

bool ots_call_put_row(struct ots_call *call)
{
	const Ots__Wire__PutRowRequest *request =
		ots__wire__put_row_request__unpack(&call->allocator, call->body.len, call->body.at);
	struct ots_change_result result = {.fault.kind = OTS_FAULT_NONE};
	struct ots_change change;
	bool good;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!ots_check_table_name(request->table_name, call->fault))
		return false;
	if (request->transaction_id != NULL)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Unsupported parameter: transaction_id.");
	if (!ots_change_read(call,
			     &(struct ots_change_request){
				     .op = OTS__WIRE__OPERATION_TYPE__PUT,
				     .row = {request->row.data, request->row.len},
				     .condition = request->condition,
				     .return_content = request->return_content,
			     },
			     &change))
		return false;
	if (change.data_bytes > OTS_LIMIT_WRITE_BYTES)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The total data size of PutRow request exceeds the limit, limit "
				  "size: %zu, data size: %zu.",
				  OTS_LIMIT_WRITE_BYTES, change.data_bytes);
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = put_locked(call, request->table_name, &change, &result);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	return good && reply(call, &result);
}

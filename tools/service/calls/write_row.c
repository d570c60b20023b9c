/* PutRow, UpdateRow, DeleteRow. Source: tablestore-protocol 2.3 and 4.3. */
#include "change.h"

/* What the three requests have alike. */
struct write_request {
	const char *action;
	const char *table_name;
	const char *transaction_id;
	struct ots_change_request change;
};

static bool write_locked(struct ots_call *call, const char *table_name, struct ots_change *change,
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

/* The three responses have the same two fields under the same numbers, so one message is all of
 * them on the wire. */
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

static bool write_row(struct ots_call *call, const struct write_request *request)
{
	struct ots_change_result result = {.fault.kind = OTS_FAULT_NONE};
	struct ots_change change;
	bool good;

	if (!ots_check_table_name(request->table_name, call->fault))
		return false;
	if (request->transaction_id != NULL)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Unsupported parameter: transaction_id.");
	if (!ots_change_read(call, &request->change, &change))
		return false;
	if (change.data_bytes > OTS_LIMIT_WRITE_BYTES)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The total data size of %s request exceeds the limit, limit "
				  "size: %zu, data size: %zu.",
				  request->action, OTS_LIMIT_WRITE_BYTES, change.data_bytes);
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = write_locked(call, request->table_name, &change, &result);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	return good && reply(call, &result);
}

bool ots_call_put_row(struct ots_call *call)
{
	const Ots__Wire__PutRowRequest *request =
		ots__wire__put_row_request__unpack(&call->allocator, call->body.len, call->body.at);

	if (request == NULL)
		return ots_call_bad_message(call);
	return write_row(call, &(struct write_request){
				       .action = "PutRow",
				       .table_name = request->table_name,
				       .transaction_id = request->transaction_id,
				       .change =
					       {
						       .op = OTS__WIRE__OPERATION_TYPE__PUT,
						       .row = {request->row.data, request->row.len},
						       .condition = request->condition,
						       .return_content = request->return_content,
					       },
			       });
}

bool ots_call_update_row(struct ots_call *call)
{
	const Ots__Wire__UpdateRowRequest *request = ots__wire__update_row_request__unpack(
		&call->allocator, call->body.len, call->body.at);

	if (request == NULL)
		return ots_call_bad_message(call);
	return write_row(call, &(struct write_request){
				       .action = "UpdateRow",
				       .table_name = request->table_name,
				       .transaction_id = request->transaction_id,
				       .change =
					       {
						       .op = OTS__WIRE__OPERATION_TYPE__UPDATE,
						       .row = {request->row_change.data,
							       request->row_change.len},
						       .condition = request->condition,
						       .return_content = request->return_content,
					       },
			       });
}

bool ots_call_delete_row(struct ots_call *call)
{
	const Ots__Wire__DeleteRowRequest *request = ots__wire__delete_row_request__unpack(
		&call->allocator, call->body.len, call->body.at);

	if (request == NULL)
		return ots_call_bad_message(call);
	return write_row(call, &(struct write_request){
				       .action = "DeleteRow",
				       .table_name = request->table_name,
				       .transaction_id = request->transaction_id,
				       .change =
					       {
						       .op = OTS__WIRE__OPERATION_TYPE__DELETE,
						       .row = {request->primary_key.data,
							       request->primary_key.len},
						       .bare_key = true,
						       .condition = request->condition,
						       .return_content = request->return_content,
					       },
			       });
}

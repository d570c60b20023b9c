#include "change.h"

#include <inttypes.h>
#include <string.h>

/* More cells than any request within the limits has: only so that the message can name the number.
 */
#define DECODED_CELLS_MAX ((size_t)1024 * 1024)

static bool read_condition(struct ots_call *call, const struct ots_change_request *request,
			   struct ots_change *change)
{
	const Ots__Wire__Condition *condition = request->condition;
	const int existence = (int)condition->row_existence;

	if (existence < OTS__WIRE__ROW_EXISTENCE_EXPECTATION__IGNORE ||
	    existence > OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_NOT_EXIST)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Invalid row existence: %d.",
				  existence);
	change->existence = condition->row_existence;
	change->return_content = request->return_content;
	if (!condition->has_column_condition || condition->column_condition.len == 0)
		return true;
	return ots_filter_read(&call->arena,
			       (struct ots_bytes){condition->column_condition.data,
						  condition->column_condition.len},
			       OTS_FILTER_CONDITION, &change->filter, call->fault);
}

static bool decode_row(struct ots_call *call, struct ots_bytes bytes, struct ots_wire_row *row)
{
	struct ots_plainbuffer_reader reader = {
		.in = {bytes.at, bytes.len, 0},
		.lenient_tail = true,
	};
	struct ots_error err = {.status = OTS_OK};
	struct ots_wire_row second;
	bool more = false;
	bool again = false;

	if (ots_plainbuffer_next(&reader, DECODED_CELLS_MAX, &call->arena, row, &more, &err) !=
	    OTS_OK)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Invalid PlainBuffer: %s.",
				  err.text);
	if (!more)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Invalid PlainBuffer: no row.");
	if (ots_plainbuffer_next(&reader, DECODED_CELLS_MAX, &call->arena, &second, &again, &err) !=
		    OTS_OK ||
	    again)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Invalid PlainBuffer: more than one row.");
	return true;
}

/* Which parts a cell may have in which operation (3.4). */
static bool check_cell_form(const struct ots_change *change, const struct ots_wire_cell *cell,
			    struct ots_fault *fault)
{
	const bool update = change->op == OTS__WIRE__OPERATION_TYPE__UPDATE;
	const char *wrong = NULL;

	switch (cell->op) {
	case OTS_WIRE_PUT:
		if (!cell->has_value)
			wrong = "a value is missing";
		break;
	case OTS_WIRE_DELETE_ALL:
		if (!update || cell->has_value || cell->has_timestamp)
			wrong = "delete all versions takes an update, no value and no version";
		break;
	case OTS_WIRE_DELETE_ONE:
		if (!update || cell->has_value || !cell->has_timestamp)
			wrong = "delete one version takes an update, a version and no value";
		break;
	case OTS_WIRE_INCREMENT:
		if (!update || !cell->has_value || cell->value.kind != OTS_VT_INTEGER)
			wrong = "increment takes an update and an INTEGER";
		break;
	}
	return wrong == NULL ||
	       ots_refuse(fault, OTS_FAULT_PARAMETER, "Invalid cell of column: '%.*s': %s.",
			  (int)cell->name.len, (const char *)cell->name.at, wrong);
}

static bool check_row(const struct ots_change *change, struct ots_fault *fault)
{
	const struct ots_wire_row *row = &change->row;

	for (size_t i = 0; i < row->key_count; i++)
		if (!ots_check_key_value(&row->key[i], fault))
			return false;
	if (row->cell_count > OTS_LIMIT_WRITE_COLUMNS)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The number of attribute columns exceeds the limit, limit count: "
				  "%d, column count: %zu.",
				  OTS_LIMIT_WRITE_COLUMNS, row->cell_count);
	for (size_t i = 0; i < row->cell_count; i++)
		if (!ots_check_attribute(&row->cells[i], fault) ||
		    !check_cell_form(change, &row->cells[i], fault))
			return false;
	return true;
}

static bool check_operation(const struct ots_change *change, bool bare_key, struct ots_fault *fault)
{
	const struct ots_wire_row *row = &change->row;
	const bool delete_row = change->op == OTS__WIRE__OPERATION_TYPE__DELETE;

	if (change->op == OTS__WIRE__OPERATION_TYPE__UPDATE && row->cell_count == 0)
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Attribute column is missing.");
	if (row->has_sequence || (row->delete_marker && !delete_row) ||
	    (delete_row && !row->delete_marker && !bare_key))
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Invalid PlainBuffer: its row is of another operation.");
	if (delete_row && row->cell_count > 0)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Invalid PlainBuffer: a deleted row has attribute columns.");
	return true;
}

/* Every part lies in a body of at most 5 MB, so the sum cannot wrap. */
static size_t data_bytes(const struct ots_wire_row *row)
{
	size_t sum = 0;

	for (size_t i = 0; i < row->key_count; i++)
		sum += row->key[i].name.len + ots_value_bytes(&row->key[i].value);
	for (size_t i = 0; i < row->cell_count; i++) {
		const struct ots_wire_cell *cell = &row->cells[i];

		sum += cell->name.len + (cell->has_timestamp ? 8 : 0) +
		       (cell->has_value ? ots_value_bytes(&cell->value) : 0);
	}
	return sum;
}

bool ots_change_read(struct ots_call *call, const struct ots_change_request *request,
		     struct ots_change *change)
{
	*change = (struct ots_change){.data_bytes = 0};
	if (request->op < OTS__WIRE__OPERATION_TYPE__PUT ||
	    request->op > OTS__WIRE__OPERATION_TYPE__DELETE)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Invalid operation type: %d.",
				  request->op);
	change->op = (Ots__Wire__OperationType)request->op;
	if (!read_condition(call, request, change) ||
	    !decode_row(call, request->row, &change->row) ||
	    !check_operation(change, request->bare_key, call->fault) ||
	    !check_row(change, call->fault))
		return false;
	change->data_bytes = data_bytes(&change->row);
	return true;
}

/* n seconds before or after now in milliseconds; what does not fit is as far as can be. */
static int64_t shift_ms(int64_t now_ms, int64_t seconds)
{
	int64_t ms;

	if (__builtin_mul_overflow(seconds, (int64_t)1000, &ms) ||
	    __builtin_add_overflow(now_ms, ms, &ms))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return ms;
}

/* [max(now - deviation, now - TTL), now + deviation) for what is written; a delete may name any
 * version that can exist. */
static bool check_version(const struct ots_call *call, const struct ots_table *table,
			  const struct ots_wire_cell *cell, struct ots_fault *fault)
{
	const int64_t low = shift_ms(call->now_ms, -table->deviation_seconds);
	const int64_t high = shift_ms(call->now_ms, table->deviation_seconds);
	const int64_t oldest =
		table->ttl_seconds == -1 ? 0 : shift_ms(call->now_ms, -table->ttl_seconds);
	const int64_t from = low > oldest ? low : oldest;

	if (!cell->has_timestamp)
		return true;
	if (cell->timestamp < 0 || cell->timestamp >= OTS_LIMIT_VERSION)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Timestamp must be in range [0, INT64_MAX/1000).");
	if (cell->op == OTS_WIRE_DELETE_ONE || (cell->timestamp >= from && cell->timestamp < high))
		return true;
	return ots_refuse(fault, OTS_FAULT_PARAMETER,
			  "The version of column: '%.*s' is out of the range that the table's "
			  "deviation and time to live allow: [%" PRId64 ", %" PRId64
			  "), version: %" PRId64 ".",
			  (int)cell->name.len, (const char *)cell->name.at, from, high,
			  cell->timestamp);
}

static bool is_key_name(const struct ots_wire_row *row, struct ots_bytes name)
{
	for (size_t i = 0; i < row->key_count; i++)
		if (row->key[i].name.len == name.len &&
		    memcmp(row->key[i].name.at, name.at, name.len) == 0)
			return true;
	return false;
}

/* A key with a placeholder is encoded once its number is known. */
static bool encode_key(struct ots_call *call, struct ots_change *change, struct ots_fault *fault)
{
	for (size_t i = 0; i < change->row.key_count; i++)
		if (change->row.key[i].value.kind == OTS_VT_AUTO_INCREMENT)
			return true;
	return ots_call_encode_key(call, change->row.key, change->row.key_count, &change->key,
				   fault);
}

bool ots_change_fit(struct ots_call *call, const struct ots_table *table, struct ots_change *change,
		    struct ots_fault *fault)
{
	const bool update = change->op == OTS__WIRE__OPERATION_TYPE__UPDATE;
	const struct ots_key_rules rules = {
		.placeholder = change->op != OTS__WIRE__OPERATION_TYPE__DELETE,
	};

	if (update && !table->allow_update)
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "The table does not allow updates.");
	if (!ots_table_check_key(table, &change->row, rules, fault))
		return false;
	for (size_t i = 0; i < change->row.cell_count; i++) {
		const struct ots_wire_cell *cell = &change->row.cells[i];

		if (is_key_name(&change->row, cell->name))
			return ots_refuse(fault, OTS_FAULT_PARAMETER,
					  "Attribute column: '%.*s' has the name of a primary key "
					  "column.",
					  (int)cell->name.len, (const char *)cell->name.at);
		if (!check_version(call, table, cell, fault))
			return false;
	}
	return encode_key(call, change, fault);
}

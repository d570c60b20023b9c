/* BatchWriteRow. Source: tablestore-protocol 2.4, 4.3 and 4.5. */
#include "batch.h"
#include "change.h"

#include <stdlib.h>

struct row {
	struct ots_change change;
	struct ots_change_result result;
};

/* The rows of all tables, in request order. */
struct batch {
	const Ots__Wire__BatchWriteRowRequest *request;
	struct row *rows;
	size_t row_count;
};

static bool check_tables(struct ots_call *call, struct batch *batch)
{
	const Ots__Wire__BatchWriteRowRequest *request = batch->request;
	struct ots_batch_table tables[OTS_LIMIT_BATCH_ROWS];

	if (request->n_tables == 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "No row is specified in BatchWriteRow.");
	if (request->transaction_id != NULL || (request->has_is_atomic && request->is_atomic))
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Unsupported parameter: %s.",
				  request->transaction_id != NULL ? "transaction_id" : "is_atomic");
	if (request->n_tables > OTS_LIMIT_BATCH_ROWS) /* each has a row, or is refused for that */
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Rows count exceeds the upper limit: %d.", OTS_LIMIT_BATCH_ROWS);
	for (size_t t = 0; t < request->n_tables; t++) {
		tables[t] = (struct ots_batch_table){request->tables[t]->table_name,
						     request->tables[t]->n_rows};
		if (tables[t].row_count == 0)
			return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
					  "No operation is specified for table: '%s'.",
					  tables[t].name);
	}
	return ots_batch_check_tables(call, tables, request->n_tables, OTS_LIMIT_BATCH_ROWS,
				      &batch->row_count);
}

static bool read_rows(struct ots_call *call, struct batch *batch)
{
	size_t data_bytes = 0;
	size_t at = 0;

	batch->rows = ots_arena_alloc(&call->arena, batch->row_count * sizeof *batch->rows);
	if (batch->rows == NULL)
		return ots_call_no_memory(call->fault);
	for (size_t t = 0; t < batch->request->n_tables; t++) {
		const Ots__Wire__TableInBatchWriteRowRequest *table = batch->request->tables[t];

		for (size_t r = 0; r < table->n_rows; r++, at++) {
			const Ots__Wire__RowInBatchWriteRowRequest *from = table->rows[r];
			const struct ots_change_request request = {
				.op = (int)from->type,
				.row = {from->row_change.data, from->row_change.len},
				.condition = from->condition,
				.return_content = from->return_content,
			};
			struct row *row = &batch->rows[at];

			row->result.fault.kind = OTS_FAULT_NONE; /* its message stays unset */
			row->result.row = NULL;
			ots_call_refuse_row(call, at, &row->result.fault);
			if (!ots_change_read(call, &request, &row->change))
				return false;
			data_bytes += row->change.data_bytes; /* of a body of 5 MB at most */
		}
	}
	return data_bytes <= OTS_LIMIT_WRITE_BYTES ||
	       ots_refuse(call->fault, OTS_FAULT_PARAMETER,
			  "The total data size of BatchWriteRow request exceeds the limit, limit "
			  "size: %zu, data size: %zu.",
			  OTS_LIMIT_WRITE_BYTES, data_bytes);
}

static int compare_keys(const void *a, const void *b)
{
	const struct row *const *left = a;
	const struct row *const *right = b;

	return ots_key_compare((*left)->change.key, (*right)->change.key);
}

/* Rows of one table. Rows that do not fit have no key here and placeholders have none yet: neither
 * can repeat one. */
static bool check_repeats(struct ots_call *call, const struct row *rows, size_t count)
{
	const struct row *sorted[OTS_LIMIT_BATCH_ROWS];
	bool ascending = true; /* as most clients send them: then nothing repeats */
	size_t used = 0;

	if (call->engine->apply_repeated_keys)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].change.key.len == 0)
			continue;
		sorted[used++] = &rows[i];
		ascending = ascending &&
			    (used == 1 || compare_keys(&sorted[used - 2], &sorted[used - 1]) < 0);
	}
	if (ascending)
		return true;
	qsort(sorted, used, sizeof(struct row *), compare_keys);
	for (size_t i = 1; i < used; i++)
		if (compare_keys(&sorted[i - 1], &sorted[i]) == 0)
			return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
					  "The batch has more than one row with the same primary "
					  "key.");
	return true;
}

/* Every table is there, every row was held against its table, no key is there twice. */
static bool fit_locked(struct ots_call *call, struct batch *batch)
{
	size_t first = 0;

	for (size_t t = 0; t < batch->request->n_tables; t++) {
		const Ots__Wire__TableInBatchWriteRowRequest *from = batch->request->tables[t];
		const struct ots_table *table = ots_call_table_locked(call, from->table_name);

		if (table == NULL)
			return false;
		for (size_t i = first; i < first + from->n_rows; i++) {
			struct row *row = &batch->rows[i];

			if (!ots_change_fit(call, table, &row->change, &row->result.fault))
				row->change.key.len = 0;
		}
		if (!check_repeats(call, &batch->rows[first], from->n_rows))
			return false;
		first += from->n_rows;
	}
	return true;
}

static bool apply_locked(struct ots_call *call, struct batch *batch)
{
	size_t at = 0;

	for (size_t t = 0; t < batch->request->n_tables; t++) {
		const Ots__Wire__TableInBatchWriteRowRequest *from = batch->request->tables[t];
		const struct ots_table *table = ots_call_table_locked(call, from->table_name);

		for (size_t r = 0; r < from->n_rows; r++, at++) {
			struct row *row = &batch->rows[at];

			if (row->result.fault.kind == OTS_FAULT_NONE &&
			    !ots_change_apply_locked(call, table, &row->change, &row->result))
				return false;
		}
	}
	return true;
}

static bool write_locked(struct ots_call *call, struct batch *batch)
{
	if (!fit_locked(call, batch) || !ots_call_begin_locked(call))
		return false;
	return ots_call_end_locked(call, apply_locked(call, batch));
}

struct row_reply {
	Ots__Wire__RowInBatchWriteRowResponse row;
	struct ots_batch_outcome outcome;
};

static void fill_reply(struct row *row, struct row_reply *to)
{
	struct ots_change_result *result = &row->result;

	ots__wire__row_in_batch_write_row_response__init(&to->row);
	to->row.is_ok = ots_batch_outcome_fill(&result->fault, result->read_units,
					       result->write_units, &to->outcome);
	if (!to->row.is_ok) {
		to->row.error = &to->outcome.error;
		return;
	}
	to->row.consumed = &to->outcome.consumed;
	to->row.has_row = result->row != NULL;
	to->row.row = (ProtobufCBinaryData){result->row_len, result->row};
}

static bool reply(struct ots_call *call, struct batch *batch)
{
	const size_t tables = batch->request->n_tables;
	Ots__Wire__BatchWriteRowResponse response = OTS__WIRE__BATCH_WRITE_ROW_RESPONSE__INIT;
	Ots__Wire__TableInBatchWriteRowResponse *table =
		ots_arena_alloc(&call->arena, tables * sizeof *table);
	Ots__Wire__TableInBatchWriteRowResponse **table_list =
		ots_arena_alloc(&call->arena, tables * sizeof(void *));
	struct row_reply *rows = ots_arena_alloc(&call->arena, batch->row_count * sizeof *rows);
	Ots__Wire__RowInBatchWriteRowResponse **row_list =
		ots_arena_alloc(&call->arena, batch->row_count * sizeof(void *));
	size_t at = 0;

	if (table == NULL || table_list == NULL || rows == NULL || row_list == NULL)
		return ots_call_no_memory(call->fault);
	for (size_t t = 0; t < tables; t++) {
		const Ots__Wire__TableInBatchWriteRowRequest *from = batch->request->tables[t];

		ots__wire__table_in_batch_write_row_response__init(&table[t]);
		table[t].table_name = from->table_name;
		table[t].n_rows = from->n_rows;
		table[t].rows = &row_list[at];
		table_list[t] = &table[t];
		for (size_t r = 0; r < from->n_rows; r++, at++) {
			fill_reply(&batch->rows[at], &rows[at]);
			row_list[at] = &rows[at].row;
		}
	}
	response.n_tables = tables;
	response.tables = table_list;
	return ots_call_reply(call, &response.base);
}

static bool write_rows(struct ots_call *call)
{
	struct batch batch = {
		.request = ots__wire__batch_write_row_request__unpack(
			&call->allocator, call->body.len, call->body.at),
	};
	bool good;

	if (batch.request == NULL)
		return ots_call_bad_message(call);
	if (!check_tables(call, &batch) || !read_rows(call, &batch))
		return false;
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = write_locked(call, &batch);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	return good && reply(call, &batch);
}

bool ots_call_batch_write_row(struct ots_call *call)
{
	return (call->engine->discard && call->refusals == NULL && ots_call_discard_batch(call)) ||
	       write_rows(call);
}

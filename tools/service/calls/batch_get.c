/* BatchGetRow. Source: tablestore-protocol 2.4, 4.4 and 4.5. */
#include "batch.h"
#include "read.h"

/* One key that is asked for, and what became of it. */
struct row {
	struct ots_wire_row key;
	struct ots_fault fault; /* NONE: read, or not there */
	size_t offset;          /* of its bytes in the batch's rows */
	size_t len;             /* 0: no such row */
	int32_t units;
};

/* The keys of all tables, in request order. */
struct batch {
	const Ots__Wire__BatchGetRowRequest *request;
	struct ots_selection selections[OTS_LIMIT_TABLES];
	struct row *rows;
	size_t row_count;
	struct ots_buffer found; /* the rows as PlainBuffer, one behind the other */
};

static bool check_tables(struct ots_call *call, struct batch *batch)
{
	const Ots__Wire__BatchGetRowRequest *request = batch->request;
	struct ots_batch_table tables[OTS_LIMIT_TABLES];

	if (request->n_tables == 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "No row specified in the request of BatchGetRow.");
	if (request->n_tables > OTS_LIMIT_TABLES) /* each has a name of its own */
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Tables count exceeds the upper limit: %d.", OTS_LIMIT_TABLES);
	for (size_t t = 0; t < request->n_tables; t++)
		tables[t] = (struct ots_batch_table){request->tables[t]->table_name,
						     request->tables[t]->n_primary_key};
	return ots_batch_check_tables(call, tables, request->n_tables, OTS_LIMIT_BATCH_READ_ROWS,
				      &batch->row_count);
}

static bool read_selection(struct ots_call *call, const Ots__Wire__TableInBatchGetRowRequest *table,
			   struct ots_selection *selection)
{
	struct ots_read_request shared = {
		.columns = table->columns_to_get,
		.column_count = table->n_columns_to_get,
		.time_range = table->time_range,
		.has_max_versions = table->has_max_versions,
		.max_versions = table->max_versions,
		.start_column = table->start_column,
		.end_column = table->end_column,
		.no_version_text = "No version condition is specified while querying row.",
	};

	if (table->has_filter)
		shared.filter = (struct ots_bytes){table->filter.data, table->filter.len};
	for (size_t i = 0; i < table->n_token; i++) /* ends with what took bytes of the body */
		shared.has_token = shared.has_token || table->token[i].len > 0;
	return ots_read_selection(call, &shared, selection);
}

static bool read_keys(struct ots_call *call, struct batch *batch)
{
	size_t at = 0;

	batch->rows = ots_arena_alloc(&call->arena, (batch->row_count + 1) * sizeof *batch->rows);
	if (batch->rows == NULL)
		return ots_call_no_memory(call->fault);
	for (size_t t = 0; t < batch->request->n_tables; t++) {
		const Ots__Wire__TableInBatchGetRowRequest *table = batch->request->tables[t];

		if (!read_selection(call, table, &batch->selections[t]))
			return false;
		for (size_t r = 0; r < table->n_primary_key; r++, at++) {
			const ProtobufCBinaryData bytes = table->primary_key[r];
			struct row *row = &batch->rows[at];

			row->fault.kind = OTS_FAULT_NONE; /* its message stays unset */
			row->offset = row->len = 0;
			ots_call_refuse_row(call, at, &row->fault);
			if (!ots_read_point_key(call, (struct ots_bytes){bytes.data, bytes.len},
						&row->key))
				return false;
		}
	}
	return true;
}

static void read_row_locked(struct ots_call *call, struct ots_read_point *point,
			    struct batch *batch, struct row *row)
{
	size_t bytes = 0;

	point->key = &row->key;
	row->offset = batch->found.len;
	ots_arena_reset(point->arena);
	if (!ots_read_point_locked(call, point, &batch->found, &bytes, &row->fault))
		batch->found.len = row->offset;
	row->len = batch->found.len - row->offset;
	row->units = ots_capacity_units(bytes);
}

static bool read_locked(struct ots_call *call, struct batch *batch, struct ots_arena *arena)
{
	size_t at = 0;

	for (size_t t = 0; t < batch->request->n_tables; t++) {
		const Ots__Wire__TableInBatchGetRowRequest *from = batch->request->tables[t];
		struct ots_read_point point = {
			.table = ots_call_table_locked(call, from->table_name),
			.selection = &batch->selections[t],
			.arena = arena,
		};

		if (point.table == NULL)
			return false;
		for (size_t r = 0; r < from->n_primary_key; r++, at++)
			if (batch->rows[at].fault.kind == OTS_FAULT_NONE)
				read_row_locked(call, &point, batch, &batch->rows[at]);
	}
	return true;
}

struct row_reply {
	Ots__Wire__RowInBatchGetRowResponse row;
	struct ots_batch_outcome outcome;
};

static void fill_reply(struct batch *batch, struct row *row, struct row_reply *to)
{
	ots__wire__row_in_batch_get_row_response__init(&to->row);
	to->row.is_ok = ots_batch_outcome_fill(&row->fault, row->units, 0, &to->outcome);
	if (!to->row.is_ok) {
		to->row.error = &to->outcome.error;
		return;
	}
	to->row.consumed = &to->outcome.consumed;
	to->row.has_row = row->len > 0; /* no such row: no field (2.4), not an empty one */
	if (row->len > 0)
		to->row.row = (ProtobufCBinaryData){row->len, batch->found.bytes + row->offset};
}

static bool reply(struct ots_call *call, struct batch *batch)
{
	const size_t tables = batch->request->n_tables;
	Ots__Wire__BatchGetRowResponse response = OTS__WIRE__BATCH_GET_ROW_RESPONSE__INIT;
	Ots__Wire__TableInBatchGetRowResponse table[OTS_LIMIT_TABLES];
	Ots__Wire__TableInBatchGetRowResponse *table_list[OTS_LIMIT_TABLES];
	struct row_reply *rows =
		ots_arena_alloc(&call->arena, (batch->row_count + 1) * sizeof *rows);
	Ots__Wire__RowInBatchGetRowResponse *row_list[OTS_LIMIT_BATCH_READ_ROWS + 1];
	size_t at = 0;

	if (rows == NULL)
		return ots_call_no_memory(call->fault);
	for (size_t t = 0; t < tables; t++) {
		const Ots__Wire__TableInBatchGetRowRequest *from = batch->request->tables[t];

		ots__wire__table_in_batch_get_row_response__init(&table[t]);
		table[t].table_name = from->table_name;
		table[t].n_rows = from->n_primary_key;
		table[t].rows = &row_list[at];
		table_list[t] = &table[t];
		for (size_t r = 0; r < from->n_primary_key; r++, at++) {
			fill_reply(batch, &batch->rows[at], &rows[at]);
			row_list[at] = &rows[at].row;
		}
	}
	response.n_tables = tables;
	response.tables = table_list;
	return ots_call_reply(call, &response.base);
}

bool ots_call_batch_get_row(struct ots_call *call)
{
	struct batch batch = {
		.request = ots__wire__batch_get_row_request__unpack(&call->allocator,
								    call->body.len, call->body.at),
	};
	struct ots_arena row_arena;
	bool good;

	if (batch.request == NULL)
		return ots_call_bad_message(call);
	if (!check_tables(call, &batch) || !read_keys(call, &batch))
		return false;
	ots_arena_init(&row_arena, call->arena.cap_bytes);
	ots_buffer_init(&batch.found, ots_engine_reply_max_bytes);
	(void)pthread_mutex_lock(&call->engine->mutex);
	good = read_locked(call, &batch, &row_arena);
	(void)pthread_mutex_unlock(&call->engine->mutex);
	good = good && reply(call, &batch);
	ots_buffer_release(&batch.found);
	ots_arena_release(&row_arena);
	return good;
}

#include "change.h"

#include <string.h>

#include "visible.h"

/* The row as it is before the change. */
struct before {
	struct ots_row row; /* borrows the blob in engine->locked.row */
	bool exists;
};

static bool storage_failed(struct ots_call *call, const struct ots_error *err)
{
	return ots_refuse_error(call->fault, err);
}

static bool load_locked(struct ots_call *call, const struct ots_table *table, struct ots_bytes key,
			struct before *before)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_buffer *blob = &call->engine->locked.row;
	struct ots_error err = {.status = OTS_OK};
	bool found = false;

	ots_row_init(&before->row, &call->arena);
	before->exists = false;
	if (storage->ops->get(storage->self, table->id, key, blob, &found, &err) != OTS_OK)
		return storage_failed(call, &err);
	if (!found)
		return true;
	if (ots_row_decode((struct ots_bytes){blob->bytes, blob->len}, &before->row, &err) !=
	    OTS_OK)
		return storage_failed(call, &err);
	before->exists = ots_visible_exists(&before->row, ots_visible_from(table, call->now_ms));
	if (!before->exists) /* outlived: whoever writes now begins anew */
		before->row.count = 0;
	return true;
}

/* Tables with an auto-increment column: a placeholder makes a row, a number addresses an old one
 * (4.6). Other rows: their existence as the request expects it (4.3). */
static bool condition_holds(const struct ots_change *change, bool auto_table, bool exists)
{
	const bool deletes = change->op == OTS__WIRE__OPERATION_TYPE__DELETE;
	const Ots__Wire__RowExistenceExpectation expected = change->existence;

	if (auto_table && !deletes && change->key.len == 0)
		return expected == OTS__WIRE__ROW_EXISTENCE_EXPECTATION__IGNORE;
	if (auto_table && !deletes)
		return exists && expected == OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_EXIST;
	if (expected == OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_EXIST)
		return exists;
	if (expected == OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_NOT_EXIST)
		return !exists;
	return true;
}

/* The column condition, held against what a reader would see of the row now. */
static bool filter_holds(const struct ots_call *call, const struct ots_table *table,
			 const struct ots_change *change, const struct before *before, bool *holds,
			 struct ots_fault *fault)
{
	static const struct ots_selection all = {
		.start_ms = INT64_MIN, .end_ms = INT64_MAX, .max_versions = INT32_MAX};
	struct ots_row visible;

	*holds = true;
	if (change->filter == NULL)
		return true;
	ots_row_init(&visible, before->row.arena);
	if (before->exists && before->row.count > 0) {
		/* A copy: cells that nobody sees any more may still matter to an update. */
		visible.cells = ots_arena_copy(visible.arena, before->row.cells,
					       before->row.count * sizeof *visible.cells);
		if (visible.cells == NULL)
			return ots_call_no_memory(fault);
		visible.count = visible.capacity = before->row.count;
		(void)ots_visible_select(table, &all, call->now_ms, &visible);
	}
	*holds = ots_filter_passes(change->filter, &visible);
	return true;
}

/* Put the next number of the table in place of the placeholder. */
static bool number_key_locked(struct ots_call *call, const struct ots_table *table,
			      struct ots_change *change)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_error err = {.status = OTS_OK};
	int64_t number = 0;
	size_t index = 0;

	if (!ots_table_auto_column(table, &index))
		return ots_refuse(call->fault, OTS_FAULT_INTERNAL,
				  "A placeholder in a table without such a column.");
	if (storage->ops->next_number(storage->self, table->id, &number, &err) != OTS_OK)
		return storage_failed(call, &err);
	change->row.key[index].value =
		(struct ots_wire_value){.kind = OTS_VT_INTEGER, .as.integer = number};
	return ots_call_encode_key(call, change->row.key, change->row.key_count, &change->key,
				   call->fault);
}

/* Adds to the newest version. The sum is written now, but never below what it was added to. */
static bool increment(const struct ots_call *call, const struct ots_wire_cell *cell,
		      struct ots_row *row, struct ots_fault *fault)
{
	const struct ots_row_cell *newest = ots_row_newest(row, cell->name);
	struct ots_row_cell sum = {cell->name, call->now_ms, cell->value};

	if (cell->has_timestamp)
		sum.timestamp = cell->timestamp;
	if (newest != NULL && newest->value.kind != OTS_VT_INTEGER)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Column: '%.*s' is no INTEGER and cannot be incremented.",
				  (int)cell->name.len, (const char *)cell->name.at);
	if (newest != NULL && newest->timestamp > sum.timestamp)
		sum.timestamp = newest->timestamp;
	if (newest != NULL &&
	    __builtin_add_overflow(cell->value.as.integer, newest->value.as.integer,
				   &sum.value.as.integer))
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The increment of column: '%.*s' overflows an INTEGER.",
				  (int)cell->name.len, (const char *)cell->name.at);
	return ots_row_put(row, &sum) || ots_call_no_memory(fault);
}

static bool apply_cell(const struct ots_call *call, const struct ots_wire_cell *cell,
		       struct ots_row *row, struct ots_fault *fault)
{
	const struct ots_row_cell put = {
		cell->name, cell->has_timestamp ? cell->timestamp : call->now_ms, cell->value};

	switch (cell->op) {
	case OTS_WIRE_PUT: return ots_row_put(row, &put) || ots_call_no_memory(fault);
	case OTS_WIRE_DELETE_ALL: ots_row_delete_column(row, cell->name); return true;
	case OTS_WIRE_DELETE_ONE:
		ots_row_delete_version(row, cell->name, cell->timestamp);
		return true;
	case OTS_WIRE_INCREMENT: return increment(call, cell, row, fault);
	}
	return true;
}

/* The row after a PUT or UPDATE.
 *  @return false: this row fails with @p fault; *stays: there is a row afterwards */
static bool make_row(const struct ots_call *call, const struct ots_change *change, bool exists,
		     struct ots_row *row, bool *stays, struct ots_fault *fault)
{
	bool written = exists || change->op == OTS__WIRE__OPERATION_TYPE__PUT;

	if (change->op == OTS__WIRE__OPERATION_TYPE__PUT)
		row->count = 0;
	for (size_t i = 0; i < change->row.cell_count; i++) {
		const struct ots_wire_cell *cell = &change->row.cells[i];

		written = written || cell->has_value;
		if (!apply_cell(call, cell, row, fault))
			return false;
	}
	*stays = written; /* an update that only deletes makes no row */
	return true;
}

static bool store_locked(struct ots_call *call, const struct ots_table *table,
			 const struct ots_change *change, const struct ots_row *row,
			 struct ots_fault *fault)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_error err = {.status = OTS_OK};
	struct ots_buffer *blob = &call->engine->locked.blob;

	blob->len = 0;
	if (!ots_row_encode(row, (size_t)table->max_versions, blob))
		(void)ots_refuse(fault, OTS_FAULT_ROW_SIZE,
				 "The size of the row exceeds the limit, limit size: %zu.",
				 OTS_LIMIT_ROW_BYTES);
	else if (storage->ops->put(storage->self, table->id, change->key,
				   (struct ots_bytes){blob->bytes, blob->len}, &err) != OTS_OK)
		return storage_failed(call, &err);
	return true;
}

static bool wants_column(const Ots__Wire__ReturnContent *content, struct ots_bytes name)
{
	for (size_t i = 0; i < content->n_return_column_names; i++)
		if (strlen(content->return_column_names[i]) == name.len &&
		    memcmp(content->return_column_names[i], name.at, name.len) == 0)
			return true;
	return false;
}

/* RT_PK: the key. RT_AFTER_MODIFY: the key, and the newest versions of the columns named. */
static bool fill_returned(struct ots_call *call, const struct ots_change *change,
			  const struct ots_row *row, struct ots_change_result *result)
{
	const Ots__Wire__ReturnContent *content = change->return_content;
	struct ots_wire_row returned = {.key_count = change->row.key_count};

	if (content == NULL || !content->has_return_type ||
	    (content->return_type != OTS__WIRE__RETURN_TYPE__RT_PK &&
	     content->return_type != OTS__WIRE__RETURN_TYPE__RT_AFTER_MODIFY))
		return true;
	memcpy(returned.key, change->row.key, sizeof returned.key);
	if (content->return_type == OTS__WIRE__RETURN_TYPE__RT_AFTER_MODIFY && row->count > 0) {
		returned.cells = ots_arena_alloc(&call->arena, row->count * sizeof *returned.cells);
		if (returned.cells == NULL)
			return ots_call_no_memory(call->fault);
		for (size_t i = 0; i < row->count; i++) {
			const struct ots_row_cell *cell = &row->cells[i];

			if (!wants_column(content, cell->name) ||
			    cell != ots_row_newest(row, cell->name))
				continue;
			returned.cells[returned.cell_count++] =
				(struct ots_wire_cell){.name = cell->name,
						       .has_value = true,
						       .value = cell->value,
						       .has_timestamp = true,
						       .timestamp = cell->timestamp};
		}
	}
	return ots_call_encode_row(call, &returned, &result->row, &result->row_len);
}

static bool delete_locked(struct ots_call *call, const struct ots_table *table,
			  const struct ots_change *change)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_error err = {.status = OTS_OK};

	return storage->ops->remove(storage->self, table->id, change->key, &err) == OTS_OK ||
	       storage_failed(call, &err);
}

/* Write what the change makes of the row; faults of the row go to the result. */
static bool write_locked(struct ots_call *call, const struct ots_table *table,
			 struct ots_change *change, struct before *before,
			 struct ots_change_result *result)
{
	bool stays = false;

	if (change->op == OTS__WIRE__OPERATION_TYPE__DELETE) {
		before->row.count = 0;
		return delete_locked(call, table, change) &&
		       fill_returned(call, change, &before->row, result);
	}
	if (!make_row(call, change, before->exists, &before->row, &stays, &result->fault))
		return true;
	if (change->key.len == 0 && !number_key_locked(call, table, change))
		return false;
	if (stays && !store_locked(call, table, change, &before->row, &result->fault))
		return false;
	return result->fault.kind != OTS_FAULT_NONE ||
	       fill_returned(call, change, &before->row, result);
}

bool ots_change_apply_locked(struct ots_call *call, const struct ots_table *table,
			     struct ots_change *change, struct ots_change_result *result)
{
	const bool auto_table = ots_table_auto_column(table, &(size_t){0});
	const bool ignore = change->existence == OTS__WIRE__ROW_EXISTENCE_EXPECTATION__IGNORE;
	const bool conditional = !ignore || change->filter != NULL;
	const bool look =
		conditional || auto_table || change->op == OTS__WIRE__OPERATION_TYPE__UPDATE;
	struct before before = {.exists = false};
	bool holds = false;

	ots_row_init(&before.row, &call->arena);
	if (look && change->key.len > 0 && !load_locked(call, table, change->key, &before))
		return false;
	result->read_units = conditional ? 1 : 0;
	result->write_units = ots_capacity_units(change->data_bytes);
	if (!filter_holds(call, table, change, &before, &holds, call->fault))
		return false;
	if (!holds || !condition_holds(change, auto_table, before.exists)) {
		(void)ots_refuse(&result->fault, OTS_FAULT_CONDITION, "Condition check failed.");
		return true;
	}
	return write_locked(call, table, change, &before, result);
}

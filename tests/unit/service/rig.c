#include "rig.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t standing_wall(void *self)
{
	return ((struct rig *)self)->now_us;
}

static int64_t standing_monotonic(void *self)
{
	return ((struct rig *)self)->now_us / 1000;
}

void rig_open(struct rig *rig, bool apply_repeated_keys)
{
	struct ots_error err = {0};
	struct ots_storage storage;

	memset(rig, 0, sizeof *rig);
	rig->now_us = RIG_NOW_MS * 1000;
	rig->clock = (struct ots_clock){standing_wall, standing_monotonic, rig};
	ots_buffer_init(&rig->reply, ots_engine_reply_max_bytes);
	cr_assert_eq(ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &storage, &err), OTS_OK,
		     "%s", err.text);
	cr_assert_eq(ots_engine_new(&storage,
				    &(struct ots_engine_options){.clock = &rig->clock,
								 .apply_repeated_keys =
									 apply_repeated_keys},
				    &rig->engine, &err),
		     OTS_OK, "%s", err.text);
}

void rig_close(struct rig *rig)
{
	ots_engine_free(rig->engine);
	ots_buffer_release(&rig->reply);
}

bool rig_call(struct rig *rig, const char *action, const ProtobufCMessage *message)
{
	const size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *body = malloc(len > 0 ? len : 1); /* heap, exact: a byte too many is seen */
	bool good;

	cr_assert_not_null(body);
	(void)protobuf_c_message_pack(message, body);
	rig->reply.len = 0;
	rig->fault = (struct ots_fault){.kind = OTS_FAULT_NONE};
	good = ots_engine_call(rig->engine,
			       (struct ots_bytes){(const uint8_t *)action, strlen(action)},
			       (struct ots_bytes){body, len}, &rig->reply, &rig->fault);
	cr_assert_eq(good, rig->fault.kind == OTS_FAULT_NONE, "%s", rig->fault.message);
	free(body);
	return good;
}

static char *mutable_text(const char *text)
{
	char *copy = strdup(text);

	cr_assert_not_null(copy);
	return copy;
}

bool rig_create(struct rig *rig, struct rig_table table)
{
	Ots__Wire__CreateTableRequest request = OTS__WIRE__CREATE_TABLE_REQUEST__INIT;
	Ots__Wire__TableMeta meta = OTS__WIRE__TABLE_META__INIT;
	Ots__Wire__ReservedThroughput throughput = OTS__WIRE__RESERVED_THROUGHPUT__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	Ots__Wire__PrimaryKeySchema columns[8];
	Ots__Wire__PrimaryKeySchema *list[8];
	char names[8][4] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};
	char *name = mutable_text(table.name);
	bool good;

	for (size_t i = 0; i < strlen(table.key); i++) {
		ots__wire__primary_key_schema__init(&columns[i]);
		columns[i].name = names[i];
		columns[i].type = table.key[i] == 's'   ? OTS__WIRE__PRIMARY_KEY_TYPE__STRING
				  : table.key[i] == 'b' ? OTS__WIRE__PRIMARY_KEY_TYPE__BINARY
							: OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER;
		columns[i].has_option = table.key[i] == 'n';
		columns[i].option = OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
		list[i] = &columns[i];
	}
	meta.table_name = name;
	meta.n_primary_key = strlen(table.key);
	meta.primary_key = list;
	throughput.capacity_unit = &unit;
	options.has_time_to_live = table.ttl != 0;
	options.time_to_live = table.ttl;
	options.has_max_versions = table.max_versions != 0;
	options.max_versions = table.max_versions;
	options.has_deviation_cell_version_in_sec = table.deviation != 0;
	options.deviation_cell_version_in_sec = table.deviation;
	request.table_meta = &meta;
	request.reserved_throughput = &throughput;
	request.table_options = &options;
	good = rig_call(rig, "CreateTable", &request.base);
	free(name);
	return good;
}

static struct ots_wire_cell named(const char *name)
{
	return (struct ots_wire_cell){.name = {(const uint8_t *)name, strlen(name)}};
}

struct ots_wire_cell rig_key_text(const char *name, const char *value)
{
	struct ots_wire_cell cell = named(name);

	cell.has_value = true;
	cell.value.kind = OTS_VT_STRING;
	cell.value.as.bytes = (struct ots_bytes){(const uint8_t *)value, strlen(value)};
	return cell;
}

struct ots_wire_cell rig_key_number(const char *name, int64_t value)
{
	return rig_now(name, value);
}

struct ots_wire_cell rig_key_kind(const char *name, enum ots_variant kind)
{
	struct ots_wire_cell cell = named(name);

	cell.has_value = true;
	cell.value.kind = kind;
	return cell;
}

struct ots_wire_cell rig_now(const char *name, int64_t value)
{
	struct ots_wire_cell cell = named(name);

	cell.has_value = true;
	cell.value = (struct ots_wire_value){.kind = OTS_VT_INTEGER, .as.integer = value};
	return cell;
}

struct ots_wire_cell rig_at(const char *name, int64_t value, int64_t version)
{
	struct ots_wire_cell cell = rig_now(name, value);

	cell.has_timestamp = true;
	cell.timestamp = version;
	return cell;
}

struct ots_wire_cell rig_delete_version(const char *name, int64_t version)
{
	struct ots_wire_cell cell = named(name);

	cell.op = OTS_WIRE_DELETE_ONE;
	cell.has_timestamp = true;
	cell.timestamp = version;
	return cell;
}

struct ots_wire_cell rig_delete_column(const char *name)
{
	struct ots_wire_cell cell = named(name);

	cell.op = OTS_WIRE_DELETE_ALL;
	return cell;
}

struct ots_wire_cell rig_increment(const char *name, int64_t by)
{
	struct ots_wire_cell cell = rig_now(name, by);

	cell.op = OTS_WIRE_INCREMENT;
	return cell;
}

static void encode_change(const struct rig_change *change, struct ots_buffer *out)
{
	struct ots_wire_cell cells[8];
	struct ots_wire_row row = {
		.key_count = 1,
		.cells = cells,
		.cell_count = change->cell_count,
		.delete_marker = change->op == OTS__WIRE__OPERATION_TYPE__DELETE,
	};

	ots_buffer_init(out, (size_t)64 << 20);
	if (change->row == NULL) {
		row.key[0] = rig_key_text("k0", change->key);
		memcpy(cells, change->cells, sizeof cells);
	}
	cr_assert(ots_plainbuffer_put_row(out, change->row != NULL ? change->row : &row));
}

static void take_faults(struct rig *rig, size_t count, struct ots_fault *faults)
{
	Ots__Wire__BatchWriteRowResponse *response =
		ots__wire__batch_write_row_response__unpack(NULL, rig->reply.len, rig->reply.bytes);

	cr_assert_not_null(response);
	cr_assert_eq(response->n_tables, 1);
	cr_assert_eq(response->tables[0]->n_rows, count);
	for (size_t i = 0; i < count; i++) {
		const Ots__Wire__RowInBatchWriteRowResponse *row = response->tables[0]->rows[i];

		faults[i] = (struct ots_fault){.kind = OTS_FAULT_NONE};
		cr_assert_eq(row->is_ok, row->error == NULL);
		if (row->error == NULL)
			continue;
		(void)snprintf(faults[i].message, sizeof faults[i].message, "%s: %s",
			       row->error->code, row->error->message);
		faults[i].kind = OTS_FAULT_INTERNAL;
	}
	ots__wire__batch_write_row_response__free_unpacked(response, NULL);
}

bool rig_batch(struct rig *rig, const char *table, const struct rig_change *changes, size_t count,
	       struct ots_fault *faults)
{
	static struct ots_buffer encoded[RIG_ROWS_MAX];
	static Ots__Wire__RowInBatchWriteRowRequest rows[RIG_ROWS_MAX];
	static Ots__Wire__Condition conditions[RIG_ROWS_MAX];
	static Ots__Wire__RowInBatchWriteRowRequest *list[RIG_ROWS_MAX];
	Ots__Wire__TableInBatchWriteRowRequest entry =
		OTS__WIRE__TABLE_IN_BATCH_WRITE_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchWriteRowRequest *entries[] = {&entry};
	Ots__Wire__BatchWriteRowRequest request = OTS__WIRE__BATCH_WRITE_ROW_REQUEST__INIT;
	char *name = mutable_text(table);
	bool good;

	cr_assert_leq(count, (size_t)RIG_ROWS_MAX);
	for (size_t i = 0; i < count; i++) {
		encode_change(&changes[i], &encoded[i]);
		ots__wire__row_in_batch_write_row_request__init(&rows[i]);
		ots__wire__condition__init(&conditions[i]);
		conditions[i].row_existence =
			(Ots__Wire__RowExistenceExpectation)changes[i].existence;
		rows[i].type = (Ots__Wire__OperationType)changes[i].op;
		rows[i].row_change = (ProtobufCBinaryData){encoded[i].len, encoded[i].bytes};
		rows[i].condition = &conditions[i];
		list[i] = &rows[i];
	}
	entry.table_name = name;
	entry.n_rows = count;
	entry.rows = list;
	request.n_tables = 1;
	request.tables = entries;
	good = rig_call(rig, "BatchWriteRow", &request.base);
	for (size_t i = 0; i < count; i++)
		ots_buffer_release(&encoded[i]);
	free(name);
	if (good)
		take_faults(rig, count, faults);
	return good;
}

void rig_apply(struct rig *rig, const char *table, struct rig_change change)
{
	struct ots_fault fault;

	cr_assert(rig_batch(rig, table, &change, 1, &fault), "%s", rig->fault.message);
	cr_assert_eq(fault.kind, OTS_FAULT_NONE, "%s", fault.message);
}

bool rig_put_row(struct rig *rig, const char *table, const struct ots_wire_row *row)
{
	Ots__Wire__PutRowRequest request = OTS__WIRE__PUT_ROW_REQUEST__INIT;
	Ots__Wire__Condition condition = OTS__WIRE__CONDITION__INIT;
	struct ots_buffer encoded;
	char *name = mutable_text(table);
	bool good;

	ots_buffer_init(&encoded, (size_t)64 << 20);
	cr_assert(ots_plainbuffer_put_row(&encoded, row));
	request.table_name = name;
	request.row = (ProtobufCBinaryData){encoded.len, encoded.bytes};
	request.condition = &condition;
	good = rig_call(rig, "PutRow", &request.base);
	ots_buffer_release(&encoded);
	free(name);
	return good;
}

static size_t print_row(char *out, size_t size, const struct ots_wire_row *row)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < row->cell_count && used + 128 < size; i++) {
		const struct ots_wire_cell *cell = &row->cells[i];

		cr_assert_eq(cell->value.kind, OTS_VT_INTEGER);
		used += (size_t)snprintf(out + used, size - used, "%s%.*s=%" PRId64 "@%" PRId64,
					 i > 0 ? " " : "", (int)cell->name.len,
					 (const char *)cell->name.at, cell->value.as.integer,
					 cell->timestamp);
	}
	return used;
}

const char *rig_get(struct rig *rig, const char *table, const char *key)
{
	Ots__Wire__GetRowRequest request = OTS__WIRE__GET_ROW_REQUEST__INIT;
	Ots__Wire__GetRowResponse *response;
	struct ots_wire_row row = {.key_count = 1};
	struct ots_plainbuffer_reader reader = {.header_read = false};
	struct ots_error err = {0};
	struct ots_buffer encoded;
	struct ots_arena arena;
	char *name = mutable_text(table);
	bool more = false;

	row.key[0] = rig_key_text("k0", key);
	ots_arena_init(&arena, (size_t)1 << 20);
	ots_buffer_init(&encoded, (size_t)1 << 20);
	cr_assert(ots_plainbuffer_put_row(&encoded, &row));
	request.table_name = name;
	request.primary_key = (ProtobufCBinaryData){encoded.len, encoded.bytes};
	request.has_max_versions = 1;
	request.max_versions = 100;
	cr_assert(rig_call(rig, "GetRow", &request.base), "%s", rig->fault.message);
	response = ots__wire__get_row_response__unpack(NULL, rig->reply.len, rig->reply.bytes);
	cr_assert_not_null(response);
	reader.in = (struct ots_cursor){response->row.data, response->row.len, 0};
	cr_assert_eq(ots_plainbuffer_next(&reader, 1000, &arena, &row, &more, &err), OTS_OK, "%s",
		     err.text);
	(void)snprintf(rig->text, sizeof rig->text, "-");
	if (more)
		(void)print_row(rig->text, sizeof rig->text, &row);
	ots__wire__get_row_response__free_unpacked(response, NULL);
	ots_buffer_release(&encoded);
	ots_arena_release(&arena);
	free(name);
	return rig->text;
}

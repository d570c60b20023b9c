#include "../../../core/tablestore/wire/batch_write.h"
#include "../../../core/tablestore/wire/put_record.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/record/batch.h>

#include "vectors.h"

TestSuite(batch_write, .timeout = 60);

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

/* A small generator with a seed that a failure can name. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct ots_bytes random_bytes(struct ots_arena *arena, uint64_t *state, size_t max)
{
	const size_t len = next_random(state) % (max + 1);
	uint8_t *at = ots_arena_alloc(arena, len);

	cr_assert_not_null(at);
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)next_random(state);
	return (struct ots_bytes){at, len};
}

static struct ots_value random_value(struct ots_arena *arena, uint64_t *state, unsigned types)
{
	struct ots_value value = {.type = (enum ots_type)(next_random(state) % types)};
	const uint64_t bits = next_random(state);

	switch (value.type) {
	case OTS_STRING:
	case OTS_BINARY: value.as.bytes = random_bytes(arena, state, 70); break;
	case OTS_INTEGER: value.as.integer = (int64_t)bits; break;
	case OTS_DOUBLE: memcpy(&value.as.real, &bits, sizeof bits); break;
	case OTS_BOOLEAN: value.as.boolean = (bits & 1) != 0; break;
	}
	return value;
}

static void random_record(struct ots_arena *arena, uint64_t *state, struct ots_record *record)
{
	record->op = (enum ots_op)(next_random(state) % 3);
	record->key_count = (uint8_t)(1 + next_random(state) % 4);
	for (size_t i = 0; i < record->key_count; i++) {
		record->key[i].name = random_bytes(arena, state, 20);
		record->key[i].value = random_value(arena, state, 3);
	}
	record->cell_count = next_random(state) % 12;
	record->cells = ots_arena_alloc(arena, record->cell_count * sizeof *record->cells);
	cr_assert_not_null(record->cells);
	for (size_t i = 0; i < record->cell_count; i++) {
		struct ots_cell *cell = &record->cells[i];
		const uint64_t dice = next_random(state);

		*cell = (struct ots_cell){.name = random_bytes(arena, state, 20),
					  .action = (enum ots_action)(dice % 3)};
		cell->has_version = cell->action == OTS_CELL_DELETE_VERSION ||
				    (cell->action == OTS_CELL_PUT && (dice & 64) != 0);
		cell->version = (int64_t)(next_random(state) >> 1);
		if (cell->action == OTS_CELL_PUT)
			cell->value = random_value(arena, state, 5);
	}
}

/* The row change alone, as it stands in a batch. */
static void put_record(struct ots_buffer *out, const struct ots_record *record)
{
	const size_t size = ots_plainbuffer_record_size(record);

	cr_assert(ots_buffer_reserve(out, size));
	cr_assert_eq(ots_plainbuffer_write_record(out->bytes + out->len, record),
		     out->bytes + out->len + size, "it is as long as it says");
	out->len += size;
}

Test(batch_write, a_record_is_encoded_as_its_row_and_reads_back)
{
	struct ots_arena arena;

	ots_arena_init(&arena, (size_t)64 * 1024 * 1024);
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15);
		struct ots_record record = {.op = OTS_PUT};
		struct ots_wire_row row, read;
		struct ots_buffer fast, slow;
		struct ots_error err = {0};
		bool more = false;

		ots_arena_reset(&arena);
		random_record(&arena, &state, &record);
		cr_assert_eq(ots_wire_row_from_record(&record, &arena, &row, NULL), OTS_OK);
		ots_buffer_init(&fast, ots_plainbuffer_record_size(&record));
		ots_buffer_init(&slow, 65536);
		put_record(&fast, &record);
		cr_assert(ots_plainbuffer_put_row(&slow, &row));
		cr_assert(fast.len == slow.len && memcmp(fast.bytes, slow.bytes, fast.len) == 0,
			  "seed %zu", (size_t)seed);
		struct ots_plainbuffer_reader reader = {.in = {fast.bytes, fast.len, 0}};
		cr_assert_eq(ots_plainbuffer_next(&reader, 100, &arena, &read, &more, &err), OTS_OK,
			     "seed %zu: %s", (size_t)seed, err.text);
		cr_assert(more && vectors_same_row(&row, &read), "seed %zu", (size_t)seed);
		ots_buffer_release(&fast);
		ots_buffer_release(&slow);
	}
	ots_arena_release(&arena);
}

/* The body as protobuf-c packs it. */
static void pack_slow(struct ots_arena *arena, const char *table,
		      const struct ots_record *const *records, size_t count, struct ots_buffer *out)
{
	static const Ots__Wire__OperationType ops[] = {
		[OTS_PUT] = OTS__WIRE__OPERATION_TYPE__PUT,
		[OTS_UPDATE] = OTS__WIRE__OPERATION_TYPE__UPDATE,
		[OTS_DELETE] = OTS__WIRE__OPERATION_TYPE__DELETE,
		[OTS_BASE] = OTS__WIRE__OPERATION_TYPE__UPDATE};
	Ots__Wire__BatchWriteRowRequest body = OTS__WIRE__BATCH_WRITE_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchWriteRowRequest in =
		OTS__WIRE__TABLE_IN_BATCH_WRITE_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchWriteRowRequest *tables[] = {&in};
	Ots__Wire__RowInBatchWriteRowRequest *rows[OTS_BATCH_ROWS_MAX];
	Ots__Wire__Condition condition = OTS__WIRE__CONDITION__INIT;

	condition.row_existence = OTS__WIRE__ROW_EXISTENCE_EXPECTATION__IGNORE;
	for (size_t i = 0; i < count; i++) {
		struct ots_buffer change;

		ots_buffer_init(&change, 65536);
		put_record(&change, records[i]);
		rows[i] = ots_arena_alloc(arena, sizeof *rows[i]);
		ots__wire__row_in_batch_write_row_request__init(rows[i]);
		rows[i]->type = ops[records[i]->op];
		rows[i]->row_change = (ProtobufCBinaryData){
			change.len, ots_arena_copy(arena, change.bytes, change.len)};
		rows[i]->condition = &condition;
		ots_buffer_release(&change);
	}
	in.table_name = ots_arena_copy(arena, table, strlen(table) + 1);
	in.n_rows = count;
	in.rows = rows;
	body.n_tables = 1;
	body.tables = tables;
	cr_assert(ots_buffer_reserve(out,
				     ots__wire__batch_write_row_request__get_packed_size(&body)));
	out->len = ots__wire__batch_write_row_request__pack(&body, out->bytes);
}

Test(batch_write, the_body_equals_what_protobuf_c_packs)
{
	static const size_t counts[] = {1, 2, 3, 50, 199, 200};
	struct ots_record *records = calloc(OTS_BATCH_ROWS_MAX, sizeof *records);
	const struct ots_record *list[OTS_BATCH_ROWS_MAX];
	struct ots_arena arena;

	cr_assert_not_null(records);
	ots_arena_init(&arena, (size_t)64 * 1024 * 1024);
	for (uint64_t seed = 1; seed <= 60; seed++) {
		const size_t count = counts[seed % 6];
		uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15);
		struct ots_buffer fast, slow;
		struct ots_error err = {0};

		ots_arena_reset(&arena);
		ots_buffer_init(&fast, OTS_BODY_MAX_BYTES);
		ots_buffer_init(&slow, OTS_BODY_MAX_BYTES);
		for (size_t i = 0; i < count; i++) {
			records[i] = (struct ots_record){.op = OTS_PUT};
			random_record(&arena, &state, &records[i]);
			if (i % 7 == 6 && records[i].op != OTS_DELETE)
				records[i].op = OTS_BASE;
			list[i] = &records[i];
		}
		cr_assert_eq(ots_batch_write_encode(&fast, bytes_of("orders"), list, count, &err),
			     OTS_OK, "%s", err.text);
		pack_slow(&arena, "orders", list, count, &slow);
		cr_assert(fast.len == slow.len && memcmp(fast.bytes, slow.bytes, fast.len) == 0,
			  "seed %zu", (size_t)seed);
		ots_buffer_release(&fast);
		ots_buffer_release(&slow);
	}
	ots_arena_release(&arena);
	free(records);
}

/* The vector py_BatchWriteRow: a put, an update and a delete on t1. */
Test(batch_write, the_body_equals_that_of_the_official_client)
{
	cJSON *json = vectors_load("tests/data/ots-signing-vectors.json");
	struct ots_cell cells[2] = {{.name = bytes_of("c"), .value = ots_value_integer(1)},
				    {.name = bytes_of("c"), .value = ots_value_integer(2)}};
	struct ots_record rows[3] = {{.op = OTS_PUT, .cells = &cells[0], .cell_count = 1},
				     {.op = OTS_UPDATE, .cells = &cells[1], .cell_count = 1},
				     {.op = OTS_DELETE}};
	const struct ots_record *list[3];
	const cJSON *vector;
	struct ots_arena arena;
	struct ots_buffer out;
	bool found = false;

	for (size_t i = 0; i < 3; i++) {
		rows[i].key_count = 1;
		rows[i].key[0].name = bytes_of("pk");
		rows[i].key[0].value = ots_value_string(&"abd"[i], 1);
		list[i] = &rows[i];
	}
	ots_arena_init(&arena, (size_t)1024 * 1024);
	ots_buffer_init(&out, 65536);
	cr_assert_eq(ots_batch_write_encode(&out, bytes_of("t1"), list, 3, NULL), OTS_OK);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		struct ots_bytes body;

		if (strcmp(vectors_text(vector, "name"), "py_BatchWriteRow") != 0)
			continue;
		found = true;
		body = vectors_hex(&arena, vectors_text(vector, "body_hex"));
		cr_expect(out.len == body.len && memcmp(out.bytes, body.at, body.len) == 0);
	}
	cr_expect(found);
	ots_buffer_release(&out);
	ots_arena_release(&arena);
	cJSON_Delete(json);
}

static void expect_refused(struct ots_bytes table, const struct ots_record *const *list,
			   size_t count, enum ots_status expected, const char *text)
{
	struct ots_error err = {0};
	struct ots_buffer out;

	ots_buffer_init(&out, (size_t)16 * 1024 * 1024);
	cr_expect_eq(ots_batch_write_encode(&out, table, list, count, &err), expected, "%s: %s",
		     text, err.text);
	cr_expect_not_null(strstr(err.text, text), "wanted '%s' in '%s'", text, err.text);
	cr_expect_eq(out.len, 0);
	ots_buffer_release(&out);
}

Test(batch_write, what_the_service_would_refuse_is_not_encoded)
{
	struct ots_cell cell = {.name = bytes_of("c"), .action = OTS_CELL_DELETE_VERSION};
	struct ots_record record = {
		.op = OTS_UPDATE, .key_count = 1, .cells = &cell, .cell_count = 1};
	const struct ots_record *list[OTS_BATCH_ROWS_MAX + 1];
	char name[OTS_NAME_MAX_BYTES + 2];

	record.key[0].name = bytes_of("pk");
	record.key[0].value = ots_value_integer(1);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		list[i] = &record;
	memset(name, 't', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	expect_refused(bytes_of("t"), list, 0, OTS_USAGE, "without rows");
	expect_refused(bytes_of(""), list, 1, OTS_USAGE, "without a table");
	expect_refused(bytes_of("t"), list, 1, OTS_USAGE,
		       "row 0 deletes a version without saying which");
	cell.has_version = true;
	expect_refused(bytes_of("t"), list, OTS_BATCH_ROWS_MAX + 1, OTS_LIMIT,
		       "201 rows, limit 200");
	expect_refused(bytes_of(name), list, 1, OTS_LIMIT, "table name of 256 bytes, limit 255");
}

/* Two rows: 2 names of 2, 2 integers of 8, and values: data of exactly the limit. */
Test(batch_write, the_limit_of_data_bytes_is_exact)
{
	const size_t value_bytes = OTS_BATCH_DATA_MAX_BYTES / 4;
	uint8_t *bytes = calloc(1, value_bytes + 1);
	struct ots_cell cells[2];
	struct ots_record records[2] = {{.op = OTS_PUT}, {.op = OTS_PUT}};
	const struct ots_record *list[2] = {&records[0], &records[1]};

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < 2; i++) {
		records[i].key_count = 1;
		records[i].key[0].name = bytes_of("pk");
		records[i].key[0].value = ots_value_integer((int64_t)i);
		records[i].cells = cells;
		records[i].cell_count = 2;
		cells[i] = (struct ots_cell){.name = bytes_of("c"),
					     .value = ots_value_binary(bytes, value_bytes - 6)};
	}
	for (int more = -1; more <= 1; more++) {
		struct ots_buffer out;

		/* 2 × (2 + 8 + 1 + 1 + two values) is the limit when more is 0. */
		cells[0].value.as.bytes.len = value_bytes - 6;
		cells[1].value.as.bytes.len = value_bytes - 6;
		if (more < 0)
			cells[0].value.as.bytes.len--;
		if (more > 0)
			cells[1].value.as.bytes.len++;
		ots_buffer_init(&out, (size_t)16 * 1024 * 1024);
		cr_expect_eq(ots_batch_write_encode(&out, bytes_of("t"), list, 2, NULL),
			     more <= 0 ? OTS_OK : OTS_LIMIT, "%d", more);
		ots_buffer_release(&out);
	}
	free(bytes);
}

Test(batch_write, a_buffer_without_room_keeps_what_it_had)
{
	struct ots_record record = {.op = OTS_DELETE, .key_count = 1};
	const struct ots_record *list[] = {&record};
	struct ots_buffer out;
	size_t whole;

	record.key[0].name = bytes_of("pk");
	record.key[0].value = ots_value_integer(1);
	ots_buffer_init(&out, 4096);
	cr_assert_eq(ots_batch_write_encode(&out, bytes_of("t"), list, 1, NULL), OTS_OK);
	whole = out.len;
	ots_buffer_release(&out);
	for (size_t limit = 0; limit <= whole; limit++) {
		ots_buffer_init(&out, limit);
		cr_expect_eq(ots_batch_write_encode(&out, bytes_of("t"), list, 1, NULL),
			     limit < whole ? OTS_LIMIT : OTS_OK);
		cr_expect_eq(out.len, limit < whole ? 0 : whole);
		ots_buffer_release(&out);
	}
}

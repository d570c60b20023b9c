/* What readers see: versions, time to live, and tables as they were made. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

TestSuite(service_read, .timeout = 60);

#define PUT OTS__WIRE__OPERATION_TYPE__PUT
#define UPDATE OTS__WIRE__OPERATION_TYPE__UPDATE
#define NOT_EXIST OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_NOT_EXIST
#define DAY_MS (INT64_C(86400) * 1000)

Test(service_read, only_the_newest_versions_of_the_table_are_readable)
{
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t",
						      .key = "s",
						      .max_versions = 2,
						      .deviation = 2000000000}));
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("a", 1, 1), rig_at("a", 3, 3),
						rig_at("a", 2, 2), rig_at("b", 1, 1)));
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "a=3@3 a=2@2 b=1@1", "%s", rig.text);
	rig_close(&rig);
}

Test(service_read, versions_outlive_their_time_and_a_row_goes_with_its_last)
{
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(rig_create(
		&rig,
		(struct rig_table){.name = "t", .key = "s", .max_versions = 9, .ttl = 86400}));
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(PUT, "r", rig_now("a", 1)));
	rig_apply(&rig, "t", (struct rig_change){.op = PUT, .key = "key"});
	rig.now_us += 1000 * 1000;
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_now("a", 2)));
	rig.now_us = (RIG_NOW_MS + DAY_MS) * 1000;
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "a=2@1700000001000 a=1@1700000000000");
	rig.now_us += 1000;
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "a=2@1700000001000");
	rig.now_us += 1000 * 1000;
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "-");
	cr_expect_str_eq(rig_get(&rig, "t", "key"), "");
	rig_apply(&rig, "t",
		  (struct rig_change){.op = PUT,
				      .key = "r",
				      .cells = {rig_now("b", 3)},
				      .cell_count = 1,
				      .existence = NOT_EXIST});
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "b=3@1700086401001");
	rig_close(&rig);
}

static bool get_range(struct rig *rig, bool backward, int32_t limit, int32_t max_versions)
{
	Ots__Wire__GetRangeRequest request = OTS__WIRE__GET_RANGE_REQUEST__INIT;
	const struct ots_wire_row ends[] = {
		{.key = {rig_key_kind("k0", OTS_VT_INF_MIN)}, .key_count = 1},
		{.key = {rig_key_kind("k0", OTS_VT_INF_MAX)}, .key_count = 1},
	};
	struct ots_buffer low, high;
	char name[] = "t";
	bool good;

	ots_buffer_init(&low, 1024);
	ots_buffer_init(&high, 1024);
	cr_assert(ots_plainbuffer_put_row(&low, &ends[backward ? 1 : 0]));
	cr_assert(ots_plainbuffer_put_row(&high, &ends[backward ? 0 : 1]));
	request.table_name = name;
	request.direction =
		backward ? OTS__WIRE__DIRECTION__BACKWARD : OTS__WIRE__DIRECTION__FORWARD;
	request.has_limit = limit != INT32_MIN;
	request.limit = limit;
	request.has_max_versions = max_versions != 0;
	request.max_versions = max_versions;
	request.inclusive_start_primary_key = (ProtobufCBinaryData){low.len, low.bytes};
	request.exclusive_end_primary_key = (ProtobufCBinaryData){high.len, high.bytes};
	good = rig_call(rig, "GetRange", &request.base);
	ots_buffer_release(&low);
	ots_buffer_release(&high);
	return good;
}

/* Numbers of the rows of the last reply, and whether there is more. */
static size_t count_rows(struct rig *rig, bool *next)
{
	Ots__Wire__GetRangeResponse *response =
		ots__wire__get_range_response__unpack(NULL, rig->reply.len, rig->reply.bytes);
	struct ots_plainbuffer_reader reader = {.header_read = false};
	struct ots_error err = {0};
	struct ots_wire_row row;
	struct ots_arena arena;
	size_t count = 0;
	bool more = true;

	cr_assert_not_null(response);
	*next = response->has_next_start_primary_key;
	cr_expect_geq(response->consumed->capacity_unit->read, 1);
	ots_arena_init(&arena, 1 << 24);
	reader.in = (struct ots_cursor){response->rows.data, response->rows.len, 0};
	while (more) { /* ends with the rows */
		cr_assert_eq(ots_plainbuffer_next(&reader, 100, &arena, &row, &more, &err), OTS_OK,
			     "%s", err.text);
		count += more;
	}
	ots_arena_release(&arena);
	ots__wire__get_range_response__free_unpacked(response, NULL);
	return count;
}

Test(service_read, a_page_ends_at_its_limit_and_says_where_to_go_on)
{
	static const struct {
		int32_t limit;
		size_t rows;
		bool next;
	} cases[] = {{1, 1, true},    {9, 9, true},           {10, 10, false},
		     {11, 10, false}, {INT32_MIN, 10, false}, {INT32_MAX, 10, false}};
	struct rig rig;
	bool next;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	for (char key[] = "a"; key[0] <= 'j'; key[0]++)
		rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(PUT, key, rig_now("a", 1)));
	for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
		cr_assert(get_range(&rig, i % 2 == 1, cases[i / 2].limit, 1));
		cr_expect_eq(count_rows(&rig, &next), cases[i / 2].rows, "case %zu", i);
		cr_expect_eq(next, cases[i / 2].next, "case %zu", i);
	}
	for (int32_t limit = -1; limit <= 0; limit++) {
		cr_expect_not(get_range(&rig, false, limit, 1));
		cr_expect_str_eq(rig.fault.message, "The limit must be greater than 0.");
	}
	cr_expect_not(get_range(&rig, false, 1, 0));
	cr_expect_str_eq(rig.fault.message, "No version condition is specified.");
	cr_expect_not(get_range(&rig, false, 1, -1));
	cr_expect_str_eq(rig.fault.message, "The max versions must be greater than 0.");
	rig_close(&rig);
}

/* GetRange over a table with keys k0, k1 and the column c, all that is asked for by name.
 * @param names  becomes the last letter of each column of its one row, key first */
static void range_of_named(struct rig *rig, char **columns, size_t column_count, bool whole_keys,
			   char *names, size_t size)
{
	const struct ots_wire_row ends[] = {
		{.key = {rig_key_kind("k0", OTS_VT_INF_MIN), rig_key_kind("k1", OTS_VT_INF_MIN)},
		 .key_count = 2},
		{.key = {rig_key_kind("k0", OTS_VT_INF_MAX), rig_key_kind("k1", OTS_VT_INF_MAX)},
		 .key_count = 2},
	};
	Ots__Wire__GetRangeRequest request = OTS__WIRE__GET_RANGE_REQUEST__INIT;
	Ots__Wire__GetRangeResponse *response;
	struct ots_buffer bytes[2];
	size_t used = 0;
	char table[] = "t";
	char c[2] = "";

	for (size_t i = 0; i < 2; i++) {
		ots_buffer_init(&bytes[i], 1024);
		cr_assert(ots_plainbuffer_put_row(&bytes[i], &ends[i]));
	}
	request.table_name = table;
	request.columns_to_get = columns;
	request.n_columns_to_get = column_count;
	request.has_max_versions = request.max_versions = 1;
	request.has_return_entire_primary_keys = 1;
	request.return_entire_primary_keys = whole_keys;
	request.inclusive_start_primary_key = (ProtobufCBinaryData){bytes[0].len, bytes[0].bytes};
	request.exclusive_end_primary_key = (ProtobufCBinaryData){bytes[1].len, bytes[1].bytes};
	cr_assert(rig_call(rig, "GetRange", &request.base), "%s", rig->fault.message);
	response = ots__wire__get_range_response__unpack(NULL, rig->reply.len, rig->reply.bytes);
	cr_assert_not_null(response);
	/* Behind each tag of a name stand its length, four bytes, and the name. */
	names[0] = '\0';
	for (size_t i = 0; i + 5 < response->rows.len; i++) {
		const uint8_t *at = response->rows.data + i;

		if (at[0] != 0x03 || at[1] != 0x04 || at[2] > 2 || used + 3 >= size)
			continue;
		c[0] = (char)at[6 + at[2] - 1];
		used += (size_t)snprintf(names + used, size - used, "%s", c);
	}
	ots__wire__get_range_response__free_unpacked(response, NULL);
	for (size_t i = 0; i < 2; i++)
		ots_buffer_release(&bytes[i]);
}

Test(service_read, a_range_returns_only_the_key_columns_named_when_it_is_told_so)
{
	static char k0[] = "k0", k1[] = "k1", column[] = "c";
	static const struct {
		char *columns[3];
		size_t count;
		bool whole;
		const char *names; /* the last letter of each column */
	} cases[] = {
		{{column}, 1, true, "01c"},          {{column}, 1, false, "c"},
		{{k1, column}, 2, false, "1c"},      {{k0}, 1, false, "0"},
		{{column, k1, k0}, 3, false, "01c"}, {{NULL}, 0, false, "01c"},
	};
	const struct ots_wire_row row = {
		.key = {rig_key_text("k0", "r"), rig_key_number("k1", 7)},
		.key_count = 2,
		.cells = (struct ots_wire_cell[]){rig_now("c", 1)},
		.cell_count = 1,
	};
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "si"}));
	cr_assert(rig_put_row(&rig, "t", &row), "%s", rig.fault.message);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *columns[3];
		char names[16];

		memcpy(columns, cases[i].columns, sizeof columns);
		range_of_named(&rig, columns, cases[i].count, cases[i].whole, names, sizeof names);
		cr_expect_str_eq(names, cases[i].names, "case %zu: %s", i, names);
	}
	rig_close(&rig);
}

Test(service_read, tables_are_held_against_their_limits)
{
	static const struct {
		struct rig_table table;
		const char *text;
	} cases[] = {
		{{.name = "", .key = "s"}, "Invalid table name: ''."},
		{{.name = "1t", .key = "s"}, "Invalid table name: '1t'."},
		{{.name = "t-t", .key = "s"}, "Invalid table name: 't-t'."},
		{{.name = "t", .key = ""},
		 "The number of primary key columns must be in range: [1, 4]."},
		{{.name = "t", .key = "sssss"},
		 "The number of primary key columns must be in range: [1, 4]."},
		{{.name = "t", .key = "s", .ttl = 86399},
		 "Time to live must be -1 or at least 86400."},
		{{.name = "t", .key = "s", .ttl = -2},
		 "Time to live must be -1 or at least 86400."},
		{{.name = "t", .key = "s", .max_versions = -1},
		 "The max versions must be greater than 0."},
		{{.name = "t", .key = "s", .deviation = -1},
		 "The deviation of cell version must be greater than 0."},
		{{.name = "t", .key = "n"},
		 "Auto-increment primary key column: 'k0' must be the only one, of type INTEGER "
		 "and "
		 "not the first."},
		{{.name = "t", .key = "snn"},
		 "Auto-increment primary key column: 'k2' must be the only one, of type INTEGER "
		 "and "
		 "not the first."},
	};
	char name[258];
	struct rig rig;

	rig_open(&rig, false);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_expect_not(rig_create(&rig, cases[i].table), "case %zu", i);
		cr_expect_eq(rig.fault.kind, OTS_FAULT_PARAMETER);
		cr_expect_str_eq(rig.fault.message, cases[i].text, "case %zu: %s", i,
				 rig.fault.message);
	}
	memset(name, 'x', sizeof name);
	for (size_t len = 254; len <= 256; len++) {
		name[len] = '\0';
		cr_expect_eq(rig_create(&rig, (struct rig_table){.name = name, .key = "ssss"}),
			     len <= 255, "name of %zu bytes", len);
		name[len] = 'x';
	}
	rig_close(&rig);
}

Test(service_read, sixty_four_tables_and_no_more)
{
	char name[16];
	struct rig rig;

	rig_open(&rig, false);
	for (int i = 0; i < 65; i++) {
		(void)snprintf(name, sizeof name, "t%d", i);
		cr_expect_eq(rig_create(&rig, (struct rig_table){.name = name, .key = "s"}),
			     i < 64);
	}
	cr_expect_eq(rig.fault.kind, OTS_FAULT_QUOTA);
	cr_expect_str_eq(rig.fault.message, "Number of tables exceeds the quota:64.");
	cr_expect_not(rig_create(&rig, (struct rig_table){.name = "t0", .key = "s"}));
	cr_expect_eq(rig.fault.kind, OTS_FAULT_EXISTS);
	cr_expect_str_eq(rig.fault.message, "Requested table already exists.");
	rig_close(&rig);
}

/* The client of Node 4.x takes a row field that is there and empty for a row and fails on it. */
Test(service_read, a_missing_row_of_a_batch_leaves_its_field_out)
{
	Ots__Wire__BatchGetRowRequest request = OTS__WIRE__BATCH_GET_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchGetRowRequest table =
		OTS__WIRE__TABLE_IN_BATCH_GET_ROW_REQUEST__INIT;
	Ots__Wire__TableInBatchGetRowRequest *tables[] = {&table};
	struct ots_wire_cell cells[] = {rig_key_text("k0", "here"), rig_key_text("k0", "gone")};
	Ots__Wire__BatchGetRowResponse *response;
	ProtobufCBinaryData keys[2];
	struct ots_buffer encoded[2];
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(PUT, "here", rig_now("a", 1)));
	for (size_t i = 0; i < 2; i++) {
		ots_buffer_init(&encoded[i], 1024);
		cr_assert(ots_plainbuffer_put_row(
			&encoded[i], &(struct ots_wire_row){.key = {cells[i]}, .key_count = 1}));
		keys[i] = (ProtobufCBinaryData){encoded[i].len, encoded[i].bytes};
	}
	table.table_name = (char[]){"t"};
	table.primary_key = keys;
	table.n_primary_key = 2;
	table.has_max_versions = table.max_versions = 1;
	request.tables = tables;
	request.n_tables = 1;
	cr_assert(rig_call(&rig, "BatchGetRow", &request.base), "%s", rig.fault.message);
	response = ots__wire__batch_get_row_response__unpack(NULL, rig.reply.len, rig.reply.bytes);
	cr_assert_not_null(response);
	cr_assert_eq(response->tables[0]->n_rows, 2);
	cr_expect(response->tables[0]->rows[0]->has_row);
	cr_expect(response->tables[0]->rows[1]->is_ok);
	cr_expect_not(response->tables[0]->rows[1]->has_row);
	ots__wire__batch_get_row_response__free_unpacked(response, NULL);
	ots_buffer_release(&encoded[0]);
	ots_buffer_release(&encoded[1]);
	rig_close(&rig);
}

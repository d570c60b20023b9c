/* Writes: what a row is after them, and what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

TestSuite(service_write, .timeout = 60);

#define PUT OTS__WIRE__OPERATION_TYPE__PUT
#define UPDATE OTS__WIRE__OPERATION_TYPE__UPDATE
#define DELETE OTS__WIRE__OPERATION_TYPE__DELETE
#define EXIST OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_EXIST
#define NOT_EXIST OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_NOT_EXIST
#define OLD_ENOUGH INT64_C(2000000000)

static void open_table(struct rig *rig)
{
	rig_open(rig, false);
	cr_assert(rig_create(
		rig, (struct rig_table){
			     .name = "t", .key = "s", .max_versions = 3, .deviation = OLD_ENOUGH}));
}

static void expect_row(struct rig *rig, const char *key, const char *row)
{
	cr_expect_str_eq(rig_get(rig, "t", key), row, "row %s: %s", key, rig->text);
}

Test(service_write, a_put_replaces_the_row_and_its_last_cell_of_a_version_wins)
{
	struct rig rig;

	open_table(&rig);
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("old", 1, 5)));
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("b", 1, 5), rig_at("a", 2, 6),
						rig_at("b", 3, 7), rig_at("b", 4, 5)));
	expect_row(&rig, "r", "a=2@6 b=3@7 b=4@5");
	rig_apply(&rig, "t", (struct rig_change){.op = PUT, .key = "r"});
	expect_row(&rig, "r", "");
	expect_row(&rig, "another", "-");
	rig_close(&rig);
}

Test(service_write, cells_without_version_get_the_services_time)
{
	struct rig rig;

	open_table(&rig);
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(PUT, "r", rig_now("a", 1), rig_now("b", 2)));
	expect_row(&rig, "r", "a=1@1700000000000 b=2@1700000000000");
	rig_close(&rig);
}

Test(service_write, an_update_applies_its_changes_in_order)
{
	struct rig rig;

	open_table(&rig);
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("a", 1, 1), rig_at("a", 2, 2),
						rig_at("b", 1, 1)));
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(
			  UPDATE, "r", rig_at("a", 3, 3), rig_delete_version("a", 2),
			  rig_delete_column("b"), rig_at("b", 9, 1), rig_at("c", 1, 1),
			  rig_delete_column("c"), rig_delete_version("d", 1)));
	expect_row(&rig, "r", "a=3@3 a=1@1 b=9@1");
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_delete_column("a"),
						rig_delete_column("b")));
	expect_row(&rig, "r", ""); /* its key stays */
	rig_close(&rig);
}

Test(service_write, an_update_makes_a_row_only_when_it_writes)
{
	struct rig rig;

	open_table(&rig);
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "x", rig_delete_column("a")));
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(UPDATE, "x", rig_delete_version("a", 1)));
	expect_row(&rig, "x", "-");
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "x", rig_at("a", 1, 1)));
	expect_row(&rig, "x", "a=1@1");
	rig_apply(&rig, "t", (struct rig_change){.op = DELETE, .key = "x"});
	expect_row(&rig, "x", "-");
	rig_apply(&rig, "t", (struct rig_change){.op = DELETE, .key = "x"});
	rig_close(&rig);
}

Test(service_write, a_deleted_version_can_be_written_again)
{
	struct rig rig;

	open_table(&rig);
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("a", 1, 5)));
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_delete_column("a")));
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_at("a", 2, 4)));
	expect_row(&rig, "r", "a=2@4");
	rig_close(&rig);
}

Test(service_write, increments_add_to_the_newest_version)
{
	struct ots_fault fault;
	struct rig rig;

	open_table(&rig);
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_increment("n", 5),
						rig_increment("n", -2)));
	expect_row(&rig, "r", "n=3@1700000000000");
	rig_apply(
		&rig, "t",
		(struct rig_change)RIG_CHANGE(UPDATE, "r", rig_at("n", INT64_MAX, 1700000000001)));
	cr_assert(rig_batch(&rig, "t",
			    &(struct rig_change)RIG_CHANGE(UPDATE, "r", rig_increment("n", 1)), 1,
			    &fault));
	cr_expect_str_eq(fault.message, "OTSParameterInvalid: The increment of column: 'n' "
					"overflows an INTEGER.");
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_increment("n", -1)));
	expect_row(&rig, "r", "n=9223372036854775806@1700000000001 n=3@1700000000000");
	rig_close(&rig);
}

Test(service_write, row_existence_is_held)
{
	static const struct {
		int op, existence;
		bool there, good;
	} cases[] = {
		{PUT, EXIST, true, true},         {PUT, EXIST, false, false},
		{PUT, NOT_EXIST, true, false},    {PUT, NOT_EXIST, false, true},
		{UPDATE, EXIST, true, true},      {UPDATE, EXIST, false, false},
		{UPDATE, NOT_EXIST, true, false}, {UPDATE, NOT_EXIST, false, true},
		{DELETE, EXIST, true, true},      {DELETE, EXIST, false, false},
		{DELETE, NOT_EXIST, true, false}, {DELETE, NOT_EXIST, false, true},
	};
	struct ots_fault fault;
	struct rig rig;

	open_table(&rig);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig_change change = {.op = cases[i].op,
					    .key = "r",
					    .cells = {rig_at("a", 2, 2)},
					    .cell_count = 1,
					    .existence = cases[i].existence};

		if (cases[i].op == DELETE)
			change.cell_count = 0;
		rig_apply(&rig, "t",
			  cases[i].there
				  ? (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("a", 1, 1))
				  : (struct rig_change){.op = DELETE, .key = "r"});
		cr_assert(rig_batch(&rig, "t", &change, 1, &fault));
		cr_expect_eq(fault.kind == OTS_FAULT_NONE, cases[i].good, "case %zu", i);
		if (!cases[i].good)
			cr_expect_str_eq(fault.message,
					 "OTSConditionCheckFail: Condition check failed.");
	}
	rig_close(&rig);
}

Test(service_write, versions_must_lie_within_the_deviation_and_time_to_live)
{
	static const struct {
		int64_t version;
		bool good;
	} cases[] = {
		{RIG_NOW_MS - 100000 * 1000, true},
		{RIG_NOW_MS - 100000 * 1000 - 1, false},
		{RIG_NOW_MS + 100000 * 1000, false},
		{RIG_NOW_MS + 100000 * 1000 - 1, true},
		{-1, false},
		{INT64_MAX / 1000, false},
		{INT64_MAX, false},
	};
	struct ots_fault fault;
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(
		rig_create(&rig, (struct rig_table){.name = "t", .key = "s", .deviation = 100000}));
	cr_assert(rig_create(
		&rig,
		(struct rig_table){.name = "l", .key = "s", .deviation = 100000, .ttl = 86400}));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct rig_change change =
			RIG_CHANGE(PUT, "r", rig_at("a", 1, cases[i].version));

		cr_assert(rig_batch(&rig, "t", &change, 1, &fault));
		cr_expect_eq(fault.kind == OTS_FAULT_NONE, cases[i].good, "case %zu: %s", i,
			     fault.message);
	}
	cr_expect_str_eq(fault.message, "OTSParameterInvalid: Timestamp must be in range [0, "
					"INT64_MAX/1000).");
	for (int64_t more = 0; more < 2; more++) {
		const struct rig_change change =
			RIG_CHANGE(PUT, "r", rig_at("a", 1, RIG_NOW_MS - 86400 * 1000 - more));

		cr_assert(rig_batch(&rig, "l", &change, 1, &fault));
		cr_expect_eq(fault.kind == OTS_FAULT_NONE, more == 0, "%s", fault.message);
	}
	cr_expect_not_null(
		strstr(fault.message, "[1699913600000, 1700100000000), version: 1699913599999."),
		"%s", fault.message);
	rig_close(&rig);
}

Test(service_write, versions_that_can_never_be_written_can_still_be_deleted)
{
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(UPDATE, "r", rig_delete_version("a", 0)));
	rig_close(&rig);
}

Test(service_write, keys_must_be_those_of_the_table)
{
	const struct ots_wire_row rows[] = {
		{.key = {rig_key_text("k0", "a")}, .key_count = 1},
		{.key = {rig_key_text("k0", "a"), rig_key_text("k1", "b")}, .key_count = 2},
		{.key = {rig_key_number("k1", 1), rig_key_text("k0", "a")}, .key_count = 2},
	};
	static const char *const texts[] = {
		"OTSInvalidPK: Validate PK size fail. Input: 1, Meta: 2.",
		"OTSInvalidPK: Validate PK type fail. Input: VT_STRING, Meta: VT_INTEGER.",
		"OTSInvalidPK: Validate PK name fail. Input: k1, Meta: k0.",
	};
	struct rig_change changes[3];
	struct ots_fault faults[3];
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "si"}));
	for (size_t i = 0; i < 3; i++)
		changes[i] = (struct rig_change){.op = PUT, .row = &rows[i]};
	cr_assert(rig_batch(&rig, "t", changes, 3, faults));
	for (size_t i = 0; i < 3; i++) {
		cr_expect_str_eq(faults[i].message, texts[i], "row %zu: %s", i, faults[i].message);
		cr_expect_not(rig_put_row(&rig, "t", &rows[i]));
		cr_expect_eq(rig.fault.kind, OTS_FAULT_INVALID_PK);
	}
	rig_close(&rig);
}

Test(service_write, whole_batches_are_refused_and_write_nothing)
{
	const struct ots_wire_row minimum = {.key = {rig_key_kind("k0", OTS_VT_INF_MIN)},
					     .key_count = 1};
	const struct rig_change good = RIG_CHANGE(PUT, "good", rig_at("a", 1, 1));
	const struct {
		struct rig_change change;
		const char *text;
	} cases[] = {
		{{.op = UPDATE, .key = "r"}, "Attribute column is missing."},
		{RIG_CHANGE(PUT, "r", rig_delete_column("a")),
		 "Invalid cell of column: 'a': delete all versions takes an update, no value and "
		 "no "
		 "version."},
		{RIG_CHANGE(PUT, "r", rig_increment("a", 1)),
		 "Invalid cell of column: 'a': increment takes an update and an INTEGER."},
		{RIG_CHANGE(PUT, "r", rig_now("#a", 1)), "Invalid column name: '#a'."},
		{RIG_CHANGE(PUT, "r", rig_now("", 1)), "Invalid column name: ''."},
		{RIG_CHANGE(PUT, "r", rig_now("\xff", 1)), "Invalid column name: '?'."},
		{{.op = 4, .key = "r"}, "Invalid operation type: 4."},
		{{.op = PUT, .key = "r", .existence = 3}, "Invalid row existence: 3."},
		{{.op = PUT, .row = &minimum},
		 "VT_INF_MIN is an invalid type for the primary key."},
		{RIG_CHANGE(PUT, "good", rig_at("a", 2, 1)),
		 "The batch has more than one row with the same primary key."},
	};
	struct ots_fault faults[2];
	struct rig rig;

	open_table(&rig);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct rig_change changes[] = {good, cases[i].change};

		cr_expect_not(rig_batch(&rig, "t", changes, 2, faults), "case %zu", i);
		cr_expect_eq(rig.fault.kind, OTS_FAULT_PARAMETER, "case %zu", i);
		cr_expect_str_eq(rig.fault.message, cases[i].text, "case %zu: %s", i,
				 rig.fault.message);
		expect_row(&rig, "good", "-");
	}
	cr_expect_not(rig_batch(&rig, "none", &good, 1, faults));
	cr_expect_eq(rig.fault.kind, OTS_FAULT_NOT_EXIST);
	cr_expect_str_eq(rig.fault.message, "Requested table does not exist.");
	rig_close(&rig);
}

Test(service_write, a_repeated_key_is_applied_in_order_where_that_is_asked_for)
{
	const struct rig_change changes[] = {
		RIG_CHANGE(PUT, "r", rig_at("a", 1, 1)),
		RIG_CHANGE(UPDATE, "r", rig_at("b", 2, 2)),
		{.op = DELETE, .key = "r"},
		RIG_CHANGE(UPDATE, "r", rig_at("c", 3, 3)),
	};
	struct ots_fault faults[4];
	struct rig rig;

	rig_open(&rig, true);
	cr_assert(rig_create(&rig,
			     (struct rig_table){.name = "t", .key = "s", .deviation = OLD_ENOUGH}));
	cr_assert(rig_batch(&rig, "t", changes, 4, faults));
	for (size_t i = 0; i < 4; i++)
		cr_expect_eq(faults[i].kind, OTS_FAULT_NONE, "row %zu", i);
	expect_row(&rig, "r", "c=3@3");
	rig_close(&rig);
}

Test(service_write, two_hundred_rows_and_no_more)
{
	static struct rig_change changes[RIG_ROWS_MAX];
	static struct ots_fault faults[RIG_ROWS_MAX];
	static char keys[RIG_ROWS_MAX][8];
	struct rig rig;

	open_table(&rig);
	for (size_t i = 0; i < RIG_ROWS_MAX; i++) {
		(void)snprintf(keys[i], sizeof keys[i], "%zu", i);
		changes[i] = (struct rig_change)RIG_CHANGE(PUT, keys[i], rig_at("a", 1, 1));
	}
	cr_expect_not(rig_batch(&rig, "t", changes, 201, faults));
	cr_expect_str_eq(rig.fault.message, "Rows count exceeds the upper limit: 200.");
	expect_row(&rig, "0", "-");
	cr_expect(rig_batch(&rig, "t", changes, 200, faults), "%s", rig.fault.message);
	cr_expect(rig_batch(&rig, "t", changes, 199, faults), "%s", rig.fault.message);
	expect_row(&rig, "199", "a=1@1");
	rig_close(&rig);
}

Test(service_write, sizes_at_the_limit_pass_and_one_above_do_not)
{
	static uint8_t bytes[OTS_VALUE_MAX_BYTES + 1];
	struct ots_wire_cell cell = rig_now("a", 0);
	struct ots_wire_row row = {.key_count = 1, .cells = &cell, .cell_count = 1};
	struct rig rig;

	open_table(&rig);
	cell.value.kind = OTS_VT_BLOB;
	for (size_t more = 0; more < 2; more++) {
		row.key[0] = rig_key_text("k0", "r");
		cell.value.as.bytes = (struct ots_bytes){bytes, OTS_VALUE_MAX_BYTES + more};
		cr_expect_eq(rig_put_row(&rig, "t", &row), more == 0);
	}
	cr_expect_str_eq(rig.fault.message, "The length of attribute column: 'a' exceeds the "
					    "MaxLength:2097152 with CurrentLength:2097153.");
	cell = rig_now("a", 0);
	for (size_t more = 0; more < 2; more++) {
		memset(bytes, 'k', sizeof bytes);
		row.key[0] = rig_key_text("k0", "");
		row.key[0].value.as.bytes =
			(struct ots_bytes){bytes, OTS_KEY_VALUE_MAX_BYTES + more};
		cr_expect_eq(rig_put_row(&rig, "t", &row), more == 0);
	}
	cr_expect_str_eq(rig.fault.message, "The length of primary key column: 'k0' exceeds the "
					    "MaxLength:1024 with CurrentLength:1025.");
	rig_close(&rig);
}

Test(service_write, columns_and_data_of_one_write_are_bounded)
{
	static uint8_t bytes[OTS_VALUE_MAX_BYTES];
	static struct ots_wire_cell cells[1025];
	static char names[1025][8];
	struct ots_wire_row row = {
		.key = {rig_key_text("k0", "r")}, .key_count = 1, .cells = cells};
	struct rig rig;

	open_table(&rig);
	for (size_t i = 0; i < 1025; i++) {
		(void)snprintf(names[i], sizeof names[i], "%zu", i);
		cells[i] = rig_now(names[i], 1);
	}
	row.cell_count = 1024;
	cr_expect(rig_put_row(&rig, "t", &row), "%s", rig.fault.message);
	row.cell_count = 1025;
	cr_expect_not(rig_put_row(&rig, "t", &row));
	cr_expect_str_eq(rig.fault.message,
			 "The number of attribute columns exceeds the limit, limit "
			 "count: 1024, column count: 1025.");
	/* 2 MiB, and 2 MiB without the key (3 bytes) and the names (2): 4 MiB; a version is 8 more.
	 */
	row.cell_count = 2;
	for (size_t i = 0; i < 2; i++) {
		cells[i].value.kind = OTS_VT_BLOB;
		cells[i].value.as.bytes = (struct ots_bytes){bytes, sizeof bytes - 5 * i};
	}
	cr_expect(rig_put_row(&rig, "t", &row), "%s", rig.fault.message);
	cells[1].value.as.bytes.len++;
	cr_expect_not(rig_put_row(&rig, "t", &row));
	cr_expect_not_null(strstr(rig.fault.message, "limit size: 4194304, data size: 4194305."));
	cells[1].value.as.bytes.len--;
	cells[1].has_timestamp = true;
	cells[1].timestamp = 1;
	cr_expect_not(rig_put_row(&rig, "t", &row));
	cr_expect_not_null(strstr(rig.fault.message, "limit size: 4194304, data size: 4194312."));
	rig_close(&rig);
}

Test(service_write, every_cut_of_a_row_and_of_a_message_is_refused)
{
	const struct ots_wire_row row = {.key = {rig_key_text("k0", "r")}, .key_count = 1};
	Ots__Wire__PutRowRequest request = OTS__WIRE__PUT_ROW_REQUEST__INIT;
	Ots__Wire__Condition condition = OTS__WIRE__CONDITION__INIT;
	struct ots_buffer encoded;
	char name[] = "t";
	struct rig rig;

	open_table(&rig);
	ots_buffer_init(&encoded, 1 << 16);
	cr_assert(ots_plainbuffer_put_row(&encoded, &row));
	request.table_name = name;
	request.condition = &condition;
	for (size_t n = 0; n < encoded.len; n++) {
		request.row = (ProtobufCBinaryData){n, encoded.bytes};
		cr_expect_not(rig_call(&rig, "PutRow", &request.base), "cut at %zu", n);
		cr_expect_eq(rig.fault.kind, OTS_FAULT_PARAMETER);
		cr_expect_eq(strncmp(rig.fault.message, "Invalid PlainBuffer: ", 21), 0, "%s",
			     rig.fault.message);
	}
	expect_row(&rig, "r", "-");
	request.row = (ProtobufCBinaryData){encoded.len, encoded.bytes};
	cr_expect(rig_call(&rig, "PutRow", &request.base));
	expect_row(&rig, "r", "");
	ots_buffer_release(&encoded);
	rig_close(&rig);
}

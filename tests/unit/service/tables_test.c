/* What tables tell of themselves: times of their reserved units, search indexes they never have. */
#include <criterion/criterion.h>

#include "../../support/scratch_folder.h"
#include "rig.h"

TestSuite(service_tables, .timeout = 60);

/* Put an engine that has its rows in a folder in the place of the rig's. */
static void serve_from(struct rig *rig, const char *dir)
{
	const struct ots_engine_options options = {.clock = &rig->clock};
	struct ots_error err = {0};
	struct ots_storage storage;

	ots_engine_free(rig->engine);
	rig->engine = NULL;
	cr_assert_eq(ots_storage_open_sqlite(dir, &storage, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_engine_new(&storage, &options, &rig->engine, &err), OTS_OK, "%s",
		     err.text);
}

static void reserve(struct rig *rig, int32_t read, int32_t write)
{
	Ots__Wire__UpdateTableRequest request = OTS__WIRE__UPDATE_TABLE_REQUEST__INIT;
	Ots__Wire__ReservedThroughput throughput = OTS__WIRE__RESERVED_THROUGHPUT__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	char name[] = "t";

	unit.has_read = unit.has_write = 1;
	unit.read = read;
	unit.write = write;
	throughput.capacity_unit = &unit;
	request.table_name = name;
	request.reserved_throughput = &throughput;
	cr_assert(rig_call(rig, "UpdateTable", &request.base), "%s", rig->fault.message);
}

/* Seconds after the rig's beginning; -1: not told. */
static void expect_times(struct rig *rig, int64_t increased, int64_t decreased)
{
	Ots__Wire__DescribeTableRequest request = OTS__WIRE__DESCRIBE_TABLE_REQUEST__INIT;
	Ots__Wire__DescribeTableResponse *response;
	const Ots__Wire__ReservedThroughputDetails *details;
	char name[] = "t";

	request.table_name = name;
	cr_assert(rig_call(rig, "DescribeTable", &request.base), "%s", rig->fault.message);
	response =
		ots__wire__describe_table_response__unpack(NULL, rig->reply.len, rig->reply.bytes);
	cr_assert_not_null(response);
	details = response->reserved_throughput_details;
	cr_expect_eq(details->last_increase_time, RIG_NOW_MS / 1000 + increased);
	cr_expect_eq(details->has_last_decrease_time != 0, decreased >= 0);
	if (decreased >= 0)
		cr_expect_eq(details->last_decrease_time, RIG_NOW_MS / 1000 + decreased);
	ots__wire__describe_table_response__free_unpacked(response, NULL);
}

Test(service_tables, reserved_units_remember_when_they_went_up_and_when_down)
{
	struct scratch scratch;
	struct rig rig;

	scratch_make(&scratch);
	rig_open(&rig, false);
	serve_from(&rig, scratch.path);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	expect_times(&rig, 0, -1);
	rig.now_us += 10 * 1000000;
	reserve(&rig, 0, 0);
	expect_times(&rig, 0, -1);
	reserve(&rig, 5, 0);
	expect_times(&rig, 10, -1);
	rig.now_us += 10 * 1000000;
	reserve(&rig, 4, 0);
	expect_times(&rig, 10, 20);
	rig.now_us += 10 * 1000000;
	reserve(&rig, 3, 7);
	expect_times(&rig, 30, 30);
	serve_from(&rig, scratch.path);
	expect_times(&rig, 30, 30);
	rig_close(&rig);
	scratch_remove(&scratch);
}

Test(service_tables, a_request_does_not_say_when_units_changed)
{
	Ots__Wire__CreateTableRequest request = OTS__WIRE__CREATE_TABLE_REQUEST__INIT;
	Ots__Wire__TableMeta meta = OTS__WIRE__TABLE_META__INIT;
	Ots__Wire__PrimaryKeySchema key = OTS__WIRE__PRIMARY_KEY_SCHEMA__INIT, *keys[] = {&key};
	Ots__Wire__ReservedThroughput throughput = OTS__WIRE__RESERVED_THROUGHPUT__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	char name[] = "t", column[] = "k0";
	struct rig rig;

	rig_open(&rig, false);
	throughput.capacity_unit = &unit;
	key.name = column;
	key.type = OTS__WIRE__PRIMARY_KEY_TYPE__STRING;
	meta.table_name = name;
	meta.n_primary_key = 1;
	meta.primary_key = keys;
	request.table_meta = &meta;
	request.reserved_throughput = &throughput;
	request.has_stored_last_increase_time = request.has_stored_last_decrease_time = 1;
	request.stored_last_increase_time = request.stored_last_decrease_time = 1;
	cr_assert(rig_call(&rig, "CreateTable", &request.base), "%s", rig.fault.message);
	expect_times(&rig, 0, -1);
	rig_close(&rig);
}

Test(service_tables, there_is_never_a_search_index)
{
	Ots__Wire__ListSearchIndexRequest request = OTS__WIRE__LIST_SEARCH_INDEX_REQUEST__INIT;
	struct rig rig;

	rig_open(&rig, false);
	cr_expect(rig_call(&rig, "ListSearchIndex", &request.base), "%s", rig.fault.message);
	cr_expect_eq(rig.reply.len, 0);
	rig_close(&rig);
}

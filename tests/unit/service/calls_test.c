/* UpdateTable, and conditions of the single writes, held against the engine itself. */
#include <criterion/criterion.h>
#include <string.h>

#include "filters.h"
#include "rig.h"

TestSuite(service_calls, .timeout = 60);

#define PUT OTS__WIRE__OPERATION_TYPE__PUT
#define UPDATE OTS__WIRE__OPERATION_TYPE__UPDATE
#define EQ OTS__WIRE__COMPARATOR_TYPE__CT_EQUAL
#define HAS OTS__WIRE__COMPARATOR_TYPE__CT_EXIST
#define DAY_US (INT64_C(86400) * 1000 * 1000)

static bool update_table(struct rig *rig, Ots__Wire__TableOptions *options,
			 Ots__Wire__StreamSpecification *stream)
{
	Ots__Wire__UpdateTableRequest request = OTS__WIRE__UPDATE_TABLE_REQUEST__INIT;
	char name[] = "t";

	request.table_name = name;
	request.table_options = options;
	request.stream_spec = stream;
	return rig_call(rig, "UpdateTable", &request.base);
}

static void open_table(struct rig *rig, int32_t ttl)
{
	rig_open(rig, false);
	cr_assert(rig_create(rig, (struct rig_table){.name = "t",
						     .key = "s",
						     .ttl = ttl,
						     .max_versions = 3,
						     .deviation = 2000000000}));
}

Test(service_calls, an_option_of_a_key_column_that_is_none_counts_as_absent)
{
	Ots__Wire__CreateTableRequest request = OTS__WIRE__CREATE_TABLE_REQUEST__INIT;
	Ots__Wire__TableMeta meta = OTS__WIRE__TABLE_META__INIT;
	Ots__Wire__PrimaryKeySchema key = OTS__WIRE__PRIMARY_KEY_SCHEMA__INIT;
	Ots__Wire__ReservedThroughput reserved = OTS__WIRE__RESERVED_THROUGHPUT__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__DescribeTableRequest ask = OTS__WIRE__DESCRIBE_TABLE_REQUEST__INIT;
	Ots__Wire__DescribeTableResponse *told;
	char table[] = "t", column[] = "k0";
	struct rig rig;

	rig_open(&rig, false);
	reserved.capacity_unit = &unit;
	key.name = column;
	key.type = OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER;
	key.has_option = 1;
	key.option = (Ots__Wire__PrimaryKeyOption)0;
	meta.table_name = table;
	meta.n_primary_key = 1;
	meta.primary_key = (Ots__Wire__PrimaryKeySchema *[]){&key};
	request.table_meta = &meta;
	request.reserved_throughput = &reserved;
	cr_assert(rig_call(&rig, "CreateTable", &request.base), "%s", rig.fault.message);
	ask.table_name = table;
	cr_assert(rig_call(&rig, "DescribeTable", &ask.base), "%s", rig.fault.message);
	told = ots__wire__describe_table_response__unpack(NULL, rig.reply.len, rig.reply.bytes);
	cr_assert_not_null(told);
	cr_expect_not(told->table_meta->primary_key[0]->has_option);
	ots__wire__describe_table_response__free_unpacked(told, NULL);
	rig_close(&rig);
}

Test(service_calls, an_update_of_a_table_answers_every_field)
{
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	Ots__Wire__UpdateTableResponse *response;
	struct rig rig;

	open_table(&rig, 0);
	options.has_max_versions = 1;
	options.max_versions = 5;
	cr_assert(update_table(&rig, &options, NULL), "%s", rig.fault.message);
	response = ots__wire__update_table_response__unpack(NULL, rig.reply.len, rig.reply.bytes);
	cr_assert_not_null(response);
	cr_expect(response->reserved_throughput_details->capacity_unit->has_read);
	cr_expect(response->reserved_throughput_details->capacity_unit->has_write);
	cr_expect_eq(response->reserved_throughput_details->last_increase_time, RIG_NOW_MS / 1000);
	cr_expect_eq(response->table_options->max_versions, 5);
	cr_expect(response->table_options->has_time_to_live);
	cr_expect_eq(response->table_options->time_to_live, -1);
	cr_expect_eq(response->table_options->deviation_cell_version_in_sec, 2000000000);
	cr_expect(response->table_options->has_allow_update);
	cr_expect(response->table_options->allow_update);
	cr_assert_not_null(response->stream_details);
	cr_expect_not(response->stream_details->enable_stream);
	ots__wire__update_table_response__free_unpacked(response, NULL);
	rig_close(&rig);
}

static void keep_versions(struct rig *rig, int32_t max_versions)
{
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;

	options.has_max_versions = 1;
	options.max_versions = max_versions;
	cr_assert(update_table(rig, &options, NULL), "%s", rig->fault.message);
}

Test(service_calls, versions_that_a_table_kept_no_more_do_not_come_back)
{
	static const char *const keys[] = {"a", "b", "c"};
	struct rig rig;

	open_table(&rig, 0); /* of three versions */
	for (int64_t n = 1; n <= 5; n++)
		for (size_t k = 0; k < 3; k++)
			rig_apply(&rig, "t",
				  (struct rig_change)RIG_CHANGE(UPDATE, keys[k], rig_at("x", n, n),
								rig_at("y", n, n % 2)));
	keep_versions(&rig, 9);
	cr_expect_str_eq(rig_get(&rig, "t", "b"), "x=5@5 x=4@4 x=3@3 y=5@1 y=4@0", "%s", rig.text);
	rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(UPDATE, "b", rig_at("x", 6, 6)));
	cr_expect_str_eq(rig_get(&rig, "t", "b"), "x=6@6 x=5@5 x=4@4 x=3@3 y=5@1 y=4@0");
	keep_versions(&rig, 1);
	keep_versions(&rig, 9);
	for (size_t k = 0; k < 3; k++)
		cr_expect_str_eq(rig_get(&rig, "t", keys[k]),
				 k == 1 ? "x=6@6 y=5@1" : "x=5@5 y=5@1", "%s: %s", keys[k],
				 rig.text);
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(UPDATE, "a", rig_delete_version("x", 5)));
	cr_expect_str_eq(rig_get(&rig, "t", "a"), "y=5@1");
	rig_close(&rig);
}

Test(service_calls, an_update_of_a_table_that_cannot_be_is_refused_and_changes_nothing)
{
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	Ots__Wire__StreamSpecification stream = OTS__WIRE__STREAM_SPECIFICATION__INIT;
	struct rig rig;

	open_table(&rig, 0);
	options.has_max_versions = options.has_update_full_row = 1;
	options.max_versions = 1;
	cr_expect_not(update_table(&rig, &options, NULL));
	cr_expect_not_null(strstr(rig.fault.message, "contain updateFullRow"), "%s",
			   rig.fault.message);
	options.has_update_full_row = 0;
	stream.enable_stream = 1;
	cr_expect_not(update_table(&rig, &options, &stream));
	cr_expect_str_eq(rig.fault.message, "Unsupported option of UpdateTable: 'stream_spec'.");
	options.max_versions = 0;
	cr_expect_not(update_table(&rig, &options, NULL));
	cr_expect_str_eq(rig.fault.message, "The max versions must be greater than 0.");
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("a", 1, 1), rig_at("a", 2, 2),
						rig_at("a", 3, 3)));
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "a=3@3 a=2@2 a=1@1");
	rig_close(&rig);
}

/* DeleteRow of k0 = "r" under a column condition. */
static bool delete_row(struct rig *rig, const struct packed_filter *filter, bool marker)
{
	Ots__Wire__DeleteRowRequest request = OTS__WIRE__DELETE_ROW_REQUEST__INIT;
	Ots__Wire__Condition condition = OTS__WIRE__CONDITION__INIT;
	struct ots_wire_row row = {.key_count = 1, .delete_marker = marker};
	struct packed_filter copy = {.len = 0};
	struct ots_buffer key;
	char name[] = "t";
	bool good;

	if (filter != NULL)
		copy = *filter;
	row.key[0] = rig_key_text("k0", "r");
	ots_buffer_init(&key, 1024);
	cr_assert(ots_plainbuffer_put_row(&key, &row));
	condition.has_column_condition = filter != NULL;
	condition.column_condition = (ProtobufCBinaryData){copy.len, copy.bytes};
	request.table_name = name;
	request.primary_key = (ProtobufCBinaryData){key.len, key.bytes};
	request.condition = &condition;
	good = rig_call(rig, "DeleteRow", &request.base);
	ots_buffer_release(&key);
	return good;
}

Test(service_calls, a_key_to_delete_comes_with_or_without_its_marker)
{
	struct rig rig;

	open_table(&rig, 0);
	for (int marker = 0; marker <= 1; marker++) {
		rig_apply(&rig, "t", (struct rig_change)RIG_CHANGE(PUT, "r", rig_at("a", 1, 1)));
		cr_assert(delete_row(&rig, NULL, marker == 1), "%s", rig.fault.message);
		cr_expect_str_eq(rig_get(&rig, "t", "r"), "-");
	}
	rig_close(&rig);
}

Test(service_calls, a_condition_sees_what_a_reader_sees)
{
	struct packed_filter is_one, is_two, any_one, has;
	struct rig rig;

	filter_number(&is_one, EQ, "a", 1);
	filter_number(&is_two, EQ, "a", 2);
	filter_single(&any_one,
		      (struct single_filter){.comparator = EQ,
					     .name = "a",
					     .value = {.kind = OTS_VT_INTEGER, .as.integer = 1},
					     .filter_if_missing = true,
					     .any_version = true});
	filter_number(&has, HAS, "a", 0);
	open_table(&rig, 86400);
	rig_apply(&rig, "t",
		  (struct rig_change)RIG_CHANGE(PUT, "r", rig_now("a", 2),
						rig_at("a", 1, RIG_NOW_MS - 1000)));
	cr_expect_not(delete_row(&rig, &is_one, true));
	cr_expect_eq(rig.fault.kind, OTS_FAULT_CONDITION);
	cr_expect_str_eq(rig.fault.message, "Condition check failed.");
	rig.now_us += DAY_US; /* the older version has outlived its time, the newer one has not */
	cr_expect_not(delete_row(&rig, &any_one, true));
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "a=2@1700000000000");
	rig.now_us += 1000; /* now both have */
	cr_expect_not(delete_row(&rig, &has, true));
	cr_expect_not(delete_row(&rig, &is_two, true));
	rig.now_us -= 1000;
	cr_expect(delete_row(&rig, &is_two, true), "%s", rig.fault.message);
	cr_expect_str_eq(rig_get(&rig, "t", "r"), "-");
	rig_close(&rig);
}

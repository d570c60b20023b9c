#include <otsfs/record/batch.h>

#include <criterion/criterion.h>

#include <string.h>

TestSuite(batch, .timeout = 60);

#define CAP ((size_t)1024 * 1024)

static struct ots_record numbered(int64_t n)
{
	return (struct ots_record){.op = OTS_PUT,
				   .key_count = 1,
				   .key = {{{(const uint8_t *)"k", 1}, ots_value_integer(n)}}};
}

Test(batch, records_keep_their_order_while_it_grows)
{
	struct ots_batch batch;

	ots_batch_init(&batch, CAP);
	for (int64_t i = 0; i < 1000; i++) {
		struct ots_record *record = ots_batch_add(&batch);

		cr_assert_not_null(record);
		cr_expect_eq(record->cell_count, 0);
		record->ts_us = i;
	}
	for (int64_t i = 0; i < 1000; i++)
		cr_expect_eq(batch.records[i].ts_us, i);
	ots_batch_drop_last(&batch);
	cr_expect_eq(batch.count, 999);
	ots_batch_reset(&batch);
	cr_expect_eq(batch.count, 0);
	ots_batch_drop_last(&batch);
	cr_expect_eq(batch.count, 0);
	cr_expect_eq(ots_batch_add(&batch)->ts_us, 0, "a new record is zeroed");
	ots_batch_release(&batch);
}

Test(batch, a_copy_shares_no_byte_with_what_it_was_made_from)
{
	struct ots_batch batch;
	char name[] = "name";
	char value[] = "value";
	struct ots_cell cells[2] = {
		{.name = {(const uint8_t *)name, 4},
		 .action = OTS_CELL_PUT,
		 .has_version = true,
		 .version = 3,
		 .value = ots_value_string(value, 5)},
		{.name = {(const uint8_t *)name, 4}, .action = OTS_CELL_DELETE_ALL}};
	struct ots_record record = numbered(1);
	struct ots_record same;

	record.key[0].value = ots_value_binary(value, 5);
	record.cells = cells;
	record.cell_count = 2;
	ots_batch_init(&batch, CAP);
	cr_assert_eq(ots_batch_add_copy(&batch, &record, NULL), OTS_OK);
	cr_expect(ots_record_equal(&batch.records[0], &record));
	memset(name, 'x', 4);
	memset(value, 'x', 5);
	cr_expect(!ots_record_equal(&batch.records[0], &record));
	same = batch.records[0];
	cr_expect_eq(memcmp(same.cells[0].value.as.bytes.at, "value", 5), 0);
	cr_expect_eq(memcmp(same.key[0].value.as.bytes.at, "value", 5), 0);
	cr_expect_eq(memcmp(same.cells[1].name.at, "name", 4), 0);
	ots_batch_release(&batch);
}

Test(batch, a_copy_of_one_of_its_own_records_survives_growth)
{
	struct ots_batch batch;
	const struct ots_record first = numbered(42);

	ots_batch_init(&batch, CAP);
	cr_assert_eq(ots_batch_add_copy(&batch, &first, NULL), OTS_OK);
	for (size_t i = 0; i < 300; i++)
		cr_assert_eq(ots_batch_add_copy(&batch, &batch.records[0], NULL), OTS_OK);
	for (size_t i = 0; i < batch.count; i++)
		cr_expect(ots_record_equal(&batch.records[i], &first));
	ots_batch_release(&batch);
}

Test(batch, a_copy_above_the_memory_is_refused_and_leaves_no_record)
{
	struct ots_batch batch;
	struct ots_error err = {0};
	static const char value[4096];
	struct ots_record record = numbered(1);

	record.key[0].value = ots_value_string(value, sizeof value);
	ots_batch_init(&batch, 6000);
	cr_expect_eq(ots_batch_add_copy(&batch, &record, &err), OTS_OK);
	cr_expect_eq(ots_batch_add_copy(&batch, &record, &err), OTS_NO_MEMORY);
	cr_expect_not_null(strstr(err.text, "6000 bytes"), "%s", err.text);
	cr_expect_eq(batch.count, 1);
	ots_batch_release(&batch);
}

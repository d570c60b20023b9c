/* Every call sends the bytes that the official Python client sends for the same content. */
#include <criterion/criterion.h>

#include <otsfs/tablestore/filter.h>
#include <otsfs/tablestore/range.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/write.h>

#include "client_rig.h"

TestSuite(client_bodies, .timeout = 60);

/* The answers are empty, which no call but DeleteTable takes: what was sent is looked at. */

Test(client_bodies, tables)
{
	const struct ots_table_change change = {.ttl_seconds = 86400, .max_versions = 3};
	struct client_rig rig;

	client_rig_open(&rig);
	cr_expect_eq(ots_client_delete_table(rig.client, "t1", NULL, NULL), OTS_OK);
	client_rig_expect(&rig, "py_DeleteTable");
	cr_expect_eq(ots_client_update_table(rig.client, "t1", &change, NULL, NULL, NULL),
		     OTS_CORRUPT);
	client_rig_expect(&rig, "py_UpdateTable");
	client_rig_close(&rig);
}

static void write_row(struct client_rig *rig, const struct ots_row_change *change)
{
	cr_expect_eq(ots_client_write_row(rig->client, "t1", change, NULL, NULL, NULL, NULL),
		     OTS_CORRUPT);
}

Test(client_bodies, writes_of_rows)
{
	struct ots_wire_cell cells[] = {rig_number_cell("c", 1), rig_text_cell("s", "v")};
	struct ots_wire_row row = {.key_count = 1, .cells = cells, .cell_count = 2};
	struct ots_row_change change = {.op = OTS_PUT, .row = &row};
	const struct ots_row_filter filter = {.kind = OTS_FILTER_COMPARE,
					      .comparator = OTS_IS_EQUAL,
					      .column = rig_bytes("c"),
					      .value = ots_value_integer(1),
					      .pass_if_missing = true};
	struct client_rig rig;
	struct ots_buffer bytes;

	client_rig_open(&rig);
	ots_buffer_init(&bytes, 256);
	row.key[0] = rig_text_cell("pk", "r");
	cells[1].has_timestamp = true;
	cells[1].timestamp = 1700000000000;
	write_row(&rig, &change);
	client_rig_expect(&rig, "py_PutRow");
	change.returns = OTS_RETURN_KEY;
	write_row(&rig, &change);
	client_rig_expect(&rig, "py_PutRow_sts");
	change = (struct ots_row_change){
		.op = OTS_UPDATE, .row = &row, .existence = OTS_ROW_MUST_EXIST};
	cells[0] = rig_number_cell("c", 2);
	cells[1] = (struct ots_wire_cell){.name = rig_bytes("d"), .op = OTS_WIRE_DELETE_ALL};
	write_row(&rig, &change);
	client_rig_expect(&rig, "py_UpdateRow");
	row.cell_count = 1;
	cr_assert_eq(ots_row_filter_encode(&filter, &bytes, NULL), OTS_OK);
	change.filter = (struct ots_bytes){bytes.bytes, bytes.len};
	write_row(&rig, &change);
	client_rig_expect(&rig, "py_UpdateRow_column_condition");
	row.cell_count = 0;
	change = (struct ots_row_change){.op = OTS_DELETE, .row = &row};
	write_row(&rig, &change);
	client_rig_expect(&rig, "py_DeleteRow");
	ots_buffer_release(&bytes);
	client_rig_close(&rig);
}

Test(client_bodies, a_batch_of_changes_and_one_of_records)
{
	struct ots_wire_cell cells[] = {rig_number_cell("c", 1), rig_number_cell("c", 2)};
	struct ots_wire_row rows[3] = {{.key_count = 1, .cells = &cells[0], .cell_count = 1},
				       {.key_count = 1, .cells = &cells[1], .cell_count = 1},
				       {.key_count = 1}};
	const struct ots_row_change changes[] = {{.op = OTS_PUT, .row = &rows[0]},
						 {.op = OTS_UPDATE, .row = &rows[1]},
						 {.op = OTS_DELETE, .row = &rows[2]}};
	struct ots_cell record_cells[] = {{.name = rig_bytes("c"), .value = ots_value_integer(1)},
					  {.name = rig_bytes("c"), .value = ots_value_integer(2)}};
	struct ots_record records[] = {
		{.op = OTS_PUT, .key_count = 1, .cells = &record_cells[0], .cell_count = 1},
		{.op = OTS_UPDATE, .key_count = 1, .cells = &record_cells[1], .cell_count = 1},
		{.op = OTS_DELETE, .key_count = 1}};
	const struct ots_record *list[] = {&records[0], &records[1], &records[2]};
	static const char *const keys[] = {"a", "b", "d"};
	static struct ots_row_result results[3];
	struct ots_row_effect effects[3];
	struct ots_batch returned;
	struct client_rig rig;

	client_rig_open(&rig);
	ots_batch_init(&returned, 65536);
	for (size_t i = 0; i < 3; i++) {
		rows[i].key[0] = rig_text_cell("pk", keys[i]);
		records[i].key[0] = rig_text_key("pk", keys[i]);
	}
	cr_expect_eq(ots_client_batch_change(rig.client, "t1", changes, 3, results, effects,
					     &returned, NULL, NULL),
		     OTS_CORRUPT);
	client_rig_expect(&rig, "py_BatchWriteRow");
	cr_expect_eq(ots_client_batch_write(rig.client, "t1", list, 3, results, NULL, NULL),
		     OTS_CORRUPT);
	client_rig_expect(&rig, "py_BatchWriteRow");
	ots_batch_release(&returned);
	client_rig_close(&rig);
}

Test(client_bodies, reads)
{
	const struct ots_key_column columns[] = {rig_text_key("pk", "r"), rig_text_key("pk", "a"),
						 rig_text_key("pk", "b")};
	const struct ots_row_key keys[] = {{&columns[1], 1}, {&columns[2], 1}};
	const struct ots_bytes names[] = {rig_bytes("c"), rig_bytes("s")};
	struct ots_row_selection selection = {
		.max_versions = 1, .columns = names, .column_count = 2};
	static struct ots_row_found found[2];
	struct client_rig rig;
	struct ots_batch batch;

	client_rig_open(&rig);
	ots_batch_init(&batch, 65536);
	cr_expect_eq(ots_client_get_row(rig.client, "t1", (struct ots_row_key){columns, 1},
					&selection, &batch, NULL, NULL, NULL),
		     OTS_CORRUPT);
	client_rig_expect(&rig, "py_GetRow");
	selection.column_count = 1;
	cr_expect_eq(ots_client_batch_get(rig.client, "t1", keys, 2, &selection, found, &batch,
					  NULL, NULL),
		     OTS_CORRUPT);
	client_rig_expect(&rig, "py_BatchGetRow");
	ots_batch_release(&batch);
	client_rig_close(&rig);
}

Test(client_bodies, a_range)
{
	struct ots_schema schema;
	struct ots_range range = {.limit = 100, .selection.max_versions = 1};
	const struct ots_row_key none = {NULL, 0};
	struct ots_buffer start, end, next;
	struct client_rig rig;
	struct ots_batch batch;

	client_rig_open(&rig);
	ots_schema_init(&schema);
	schema.key[0].name = rig_bytes("pk");
	schema.key_count = 1;
	ots_batch_init(&batch, 65536);
	ots_buffer_init(&start, 256);
	ots_buffer_init(&end, 256);
	ots_buffer_init(&next, 256);
	cr_assert_eq(ots_range_bound(&schema, none, OTS_VT_INF_MIN, &start, NULL), OTS_OK);
	cr_assert_eq(ots_range_bound(&schema, none, OTS_VT_INF_MAX, &end, NULL), OTS_OK);
	range.start = (struct ots_bytes){start.bytes, start.len};
	range.end = (struct ots_bytes){end.bytes, end.len};
	cr_expect_eq(
		ots_client_get_range(rig.client, "t1", &range, &batch, &next, NULL, NULL, NULL),
		OTS_CORRUPT);
	client_rig_expect(&rig, "py_GetRange");
	ots_buffer_release(&next);
	ots_buffer_release(&end);
	ots_buffer_release(&start);
	ots_batch_release(&batch);
	ots_schema_release(&schema);
	client_rig_close(&rig);
}

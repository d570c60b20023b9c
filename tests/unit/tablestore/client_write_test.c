/* What writes make of answers, and what they refuse to send. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/tablestore/write.h>

#include "client_rig.h"

TestSuite(client_write, .timeout = 60);

/* A row with the key pk = "r" (or id = n beside it) and one cell, as it comes back. */
static void put_returned(struct ots_buffer *out, const char *pk, int64_t id, bool with_cell)
{
	struct ots_wire_cell cell = rig_number_cell("c", 5);
	struct ots_wire_row row = {.key_count = id >= 0 ? 2 : 1, .cells = &cell};

	cell.has_timestamp = true;
	cell.timestamp = 1700000000000;
	row.cell_count = with_cell ? 1 : 0;
	row.key[0] = rig_text_cell("pk", pk);
	row.key[1] = rig_number_cell("id", id);
	out->len = 0;
	cr_assert(ots_plainbuffer_put_row(out, &row));
}

/* An answer of 2 read and 3 write units, with @p row. */
static void answer(struct client_rig *rig, const struct ots_buffer *row)
{
	Ots__Wire__PutRowResponse body = OTS__WIRE__PUT_ROW_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;

	unit.has_read = unit.has_write = 1;
	unit.read = 2;
	unit.write = 3;
	consumed.capacity_unit = &unit;
	body.consumed = &consumed;
	body.has_row = row != NULL;
	if (row != NULL)
		body.row = (ProtobufCBinaryData){row->len, row->bytes};
	client_rig_answer(rig, &body.base);
}

Test(client_write, a_write_tells_what_it_took_and_what_came_back)
{
	struct ots_wire_row row = {.key_count = 1};
	struct ots_row_change change = {.op = OTS_PUT, .row = &row};
	struct ots_capacity consumed = {0, 0};
	struct ots_error err = {0};
	struct ots_buffer returned;
	struct client_rig rig;
	struct ots_batch batch;

	client_rig_open(&rig);
	ots_batch_init(&batch, 65536);
	ots_buffer_init(&returned, 4096);
	row.key[0] = rig_text_cell("pk", "r");
	answer(&rig, NULL);
	cr_assert_eq(ots_client_write_row(rig.client, "t", &change, &consumed, &batch, NULL, &err),
		     OTS_OK, "%s", err.text);
	cr_expect(consumed.read == 2 && consumed.write == 3);
	cr_expect_eq(batch.count, 0);
	put_returned(&returned, "r", -1, true);
	answer(&rig, &returned);
	cr_assert_eq(ots_client_write_row(rig.client, "t", &change, &consumed, &batch, NULL, &err),
		     OTS_OK);
	cr_expect_eq(batch.count, 0, "nothing was asked for");
	change.returns = OTS_RETURN_MODIFIED;
	cr_assert_eq(ots_client_write_row(rig.client, "t", &change, NULL, &batch, NULL, &err),
		     OTS_OK, "%s", err.text);
	cr_assert_eq(batch.count, 1);
	cr_expect_eq(batch.records[0].cells[0].value.as.integer, 5);
	cr_expect_eq(batch.records[0].cells[0].version, 1700000000000);
	put_returned(&returned, "other", -1, true);
	answer(&rig, &returned);
	cr_expect_eq(ots_client_write_row(rig.client, "t", &change, NULL, &batch, NULL, &err),
		     OTS_CORRUPT);
	cr_expect_str_eq(err.text,
			 "PutRow t: the row that came back is not the one that was written");
	ots_buffer_release(&returned);
	ots_batch_release(&batch);
	client_rig_close(&rig);
}

Test(client_write, a_number_that_the_service_makes_comes_back_in_the_placeholders_place)
{
	struct ots_wire_row row = {.key_count = 2};
	const struct ots_row_change change = {
		.op = OTS_PUT, .row = &row, .returns = OTS_RETURN_KEY};
	struct ots_error err = {0};
	struct ots_buffer returned;
	struct client_rig rig;
	struct ots_batch batch;

	client_rig_open(&rig);
	ots_batch_init(&batch, 65536);
	ots_buffer_init(&returned, 4096);
	row.key[0] = rig_text_cell("pk", "r");
	row.key[1] = (struct ots_wire_cell){.name = rig_bytes("id"),
					    .has_value = true,
					    .value = {.kind = OTS_VT_AUTO_INCREMENT}};
	put_returned(&returned, "r", 77, false);
	answer(&rig, &returned);
	cr_assert_eq(ots_client_write_row(rig.client, "t", &change, NULL, &batch, NULL, &err),
		     OTS_OK, "%s", err.text);
	cr_assert_eq(batch.count, 1);
	cr_expect_eq(batch.records[0].key[1].value.as.integer, 77);
	ots_buffer_release(&returned);
	ots_batch_release(&batch);
	client_rig_close(&rig);
}

Test(client_write, changes_that_no_request_can_carry_are_not_sent)
{
	struct ots_wire_cell cell = rig_number_cell("c", 1);
	struct ots_wire_cell unversioned = {.name = rig_bytes("c"), .op = OTS_WIRE_DELETE_ONE};
	const struct {
		enum ots_op op;
		size_t key_count;
		struct ots_wire_cell *cell; /* NULL: none */
		const char *text;
	} cases[] = {
		{OTS_BASE, 1, &cell, "UpdateRow t: a part of a row is no change of one"},
		{OTS_PUT, 0, &cell, "PutRow t: a key of 0 columns"},
		{OTS_PUT, 5, &cell, "PutRow t: a key of 5 columns"},
		{OTS_DELETE, 1, &cell, "DeleteRow t: DeleteRow of a row with 1 cells"},
		{OTS_PUT, 1, &unversioned, "PutRow t: PutRow takes puts only, not cell 0"},
		{OTS_UPDATE, 1, &unversioned,
		 "UpdateRow t: cell 0 deletes a version without saying which"},
	};
	struct client_rig rig;

	client_rig_open(&rig);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_wire_row row = {
			.key_count = cases[i].key_count, .cells = cases[i].cell, .cell_count = 1};
		const struct ots_row_change change = {.op = cases[i].op, .row = &row};
		struct ots_error err = {0};

		row.key[0] = rig_text_cell("pk", "r");
		cr_expect_eq(ots_client_write_row(rig.client, "t", &change, NULL, NULL, NULL, &err),
			     OTS_USAGE);
		cr_expect_str_eq(err.text, cases[i].text);
	}
	cr_expect_eq(rig.requests, 0);
	client_rig_close(&rig);
}

/* The answer to a batch of three: the first row came back, the second failed. */
static void answer_batch(struct client_rig *rig, const struct ots_buffer *row, size_t rows,
			 const char *table)
{
	Ots__Wire__BatchWriteRowResponse body = OTS__WIRE__BATCH_WRITE_ROW_RESPONSE__INIT;
	Ots__Wire__TableInBatchWriteRowResponse in =
		OTS__WIRE__TABLE_IN_BATCH_WRITE_ROW_RESPONSE__INIT;
	Ots__Wire__TableInBatchWriteRowResponse *tables[] = {&in};
	Ots__Wire__RowInBatchWriteRowResponse row_of[4], *list[4];
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__Error error = OTS__WIRE__ERROR__INIT;
	char name[64], code[] = "OTSServerBusy", message[] = "Server is busy.";

	(void)snprintf(name, sizeof name, "%s", table);
	unit.has_read = unit.has_write = 1;
	unit.write = 4;
	consumed.capacity_unit = &unit;
	error.code = code;
	error.message = message;
	for (size_t i = 0; i < rows; i++) {
		ots__wire__row_in_batch_write_row_response__init(&row_of[i]);
		row_of[i].is_ok = i != 1;
		row_of[i].error = i == 1 ? &error : NULL;
		row_of[i].consumed = i == 0 ? &consumed : NULL;
		row_of[i].has_row = i == 0;
		if (i == 0)
			row_of[i].row = (ProtobufCBinaryData){row->len, row->bytes};
		list[i] = &row_of[i];
	}
	in.table_name = name;
	in.n_rows = rows;
	in.rows = list;
	body.n_tables = 1;
	body.tables = tables;
	client_rig_answer(rig, &body.base);
}

Test(client_write, a_batch_of_changes_tells_each_row_its_result)
{
	static struct ots_row_result results[3];
	struct ots_wire_row row = {.key_count = 1};
	const struct ots_row_change change = {
		.op = OTS_PUT, .row = &row, .returns = OTS_RETURN_KEY};
	const struct ots_row_change changes[] = {change, change, change};
	struct ots_row_effect effects[3];
	struct ots_error err = {0};
	struct ots_buffer returned;
	struct client_rig rig;
	struct ots_batch batch;

	client_rig_open(&rig);
	ots_batch_init(&batch, 65536);
	ots_buffer_init(&returned, 4096);
	row.key[0] = rig_text_cell("pk", "r");
	put_returned(&returned, "r", -1, false);
	answer_batch(&rig, &returned, 3, "t");
	cr_assert_eq(ots_client_batch_change(rig.client, "t", changes, 3, results, effects, &batch,
					     NULL, &err),
		     OTS_OK, "%s", err.text);
	cr_expect(results[0].status == OTS_OK && results[2].status == OTS_OK);
	cr_expect_eq(results[1].status, OTS_THROTTLED);
	cr_expect_str_eq(results[1].error.code, "OTSServerBusy");
	cr_expect_str_eq(results[1].error.request_id, ANSWERS_REQUEST_ID);
	cr_expect_eq(effects[0].consumed.write, 4);
	cr_expect_eq(effects[0].returned, 0);
	cr_expect(effects[1].returned == OTS_NO_ROW && effects[2].returned == OTS_NO_ROW);
	cr_expect_eq(effects[2].consumed.write, 0);
	cr_assert_eq(batch.count, 1);
	answer_batch(&rig, &returned, 2, "t");
	cr_expect_eq(ots_client_batch_change(rig.client, "t", changes, 3, results, effects, &batch,
					     NULL, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "3 rows sent, 2 results came"), "%s", err.text);
	answer_batch(&rig, &returned, 3, "other");
	cr_expect_eq(ots_client_batch_change(rig.client, "t", changes, 3, results, effects, &batch,
					     NULL, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "wrote to 't', the answer is about 'other'"), "%s",
			   err.text);
	put_returned(&returned, "other", -1, false);
	answer_batch(&rig, &returned, 3, "t");
	cr_expect_eq(ots_client_batch_change(rig.client, "t", changes, 3, results, effects, &batch,
					     NULL, &err),
		     OTS_CORRUPT);
	cr_expect_str_eq(err.text, "BatchWriteRow t: result 0 of the answer: the row that came "
				   "back is not the one that was written");
	ots_buffer_release(&returned);
	ots_batch_release(&batch);
	client_rig_close(&rig);
}

Test(client_write, a_batch_of_changes_has_one_row_at_least_and_200_at_most)
{
	static struct ots_row_change changes[201];
	static struct ots_row_result results[201];
	static struct ots_row_effect effects[201];
	struct ots_wire_row row = {.key_count = 1};
	struct client_rig rig;
	struct ots_batch batch;

	client_rig_open(&rig);
	ots_batch_init(&batch, 65536);
	row.key[0] = rig_text_cell("pk", "r");
	for (size_t i = 0; i < 201; i++)
		changes[i] = (struct ots_row_change){.op = OTS_DELETE, .row = &row};
	for (size_t count = 0; count <= 201; count += count == 1 ? 199 : 1) {
		struct ots_error err = {0};
		const unsigned before = rig.requests;

		cr_expect_eq(ots_client_batch_change(rig.client, "t", changes, count, results,
						     effects, &batch, NULL, &err),
			     count == 0     ? OTS_USAGE
			     : count == 201 ? OTS_LIMIT
					    : OTS_CORRUPT,
			     "%zu: %s", count, err.text);
		cr_expect_eq(rig.requests - before, count >= 1 && count <= 200 ? 1u : 0u);
	}
	ots_batch_release(&batch);
	client_rig_close(&rig);
}

/* What BatchGetRow makes of bodies; without a socket, by the decoder itself. */
#include "../../../core/tablestore/read/decode.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "client_rig.h"

TestSuite(client_batch_get, .timeout = 60);

#define KEYS 3

struct stage {
	struct ots_wire_row keys[KEYS]; /* 0, 1, 2 */
	struct batch_get_asked asked;
	struct ots_row_found found[KEYS];
	struct ots_batch batch;
	struct ots_buffer body;
	struct ots_buffer rows[KEYS];

	/* The answer before it is packed. */
	Ots__Wire__BatchGetRowResponse response;
	Ots__Wire__TableInBatchGetRowResponse table, *tables[2];
	Ots__Wire__RowInBatchGetRowResponse row[KEYS], *list[KEYS];
	Ots__Wire__Error error;
	char name[8], code[32], message[32];
	uint8_t token[4];
};

static void put_row(struct stage *stage, size_t i, int64_t key)
{
	struct ots_wire_row row = {.key_count = 1};

	row.key[0] = rig_number_cell("pk", key);
	stage->rows[i].len = 0;
	cr_assert(ots_plainbuffer_put_row(&stage->rows[i], &row));
	stage->row[i].has_row = 1;
	stage->row[i].row = (ProtobufCBinaryData){stage->rows[i].len, stage->rows[i].bytes};
}

/* A good answer: rows 0 and 2, and no row 1. */
static void open_stage(struct stage *stage)
{
	memset(stage, 0, sizeof *stage);
	ots_batch_init(&stage->batch, 65536);
	ots_buffer_init(&stage->body, 65536);
	ots__wire__batch_get_row_response__init(&stage->response);
	ots__wire__table_in_batch_get_row_response__init(&stage->table);
	ots__wire__error__init(&stage->error);
	(void)snprintf(stage->name, sizeof stage->name, "t");
	(void)snprintf(stage->code, sizeof stage->code, "OTSServerBusy");
	(void)snprintf(stage->message, sizeof stage->message, "Server is busy.");
	stage->error.code = stage->code;
	stage->error.message = stage->message;
	for (size_t i = 0; i < KEYS; i++) {
		stage->keys[i].key_count = 1;
		stage->keys[i].key[0] = rig_number_cell("pk", (int64_t)i);
		ots_buffer_init(&stage->rows[i], 4096);
		ots__wire__row_in_batch_get_row_response__init(&stage->row[i]);
		stage->row[i].is_ok = 1;
		stage->list[i] = &stage->row[i];
		if (i != 1)
			put_row(stage, i, (int64_t)i);
	}
	stage->table.table_name = stage->name;
	stage->table.n_rows = KEYS;
	stage->table.rows = stage->list;
	stage->tables[0] = stage->tables[1] = &stage->table;
	stage->response.n_tables = 1;
	stage->response.tables = stage->tables;
	stage->asked = (struct batch_get_asked){"t", stage->keys, KEYS, "id-1"};
}

static void close_stage(struct stage *stage)
{
	for (size_t i = 0; i < KEYS; i++)
		ots_buffer_release(&stage->rows[i]);
	ots_buffer_release(&stage->body);
	ots_batch_release(&stage->batch);
}

static enum ots_status decode(struct stage *stage, struct ots_error *err)
{
	stage->body.len = 0;
	answers_pack(&stage->body, &stage->response.base);
	ots_batch_reset(&stage->batch);
	return ots_decode_batch_get((struct ots_bytes){stage->body.bytes, stage->body.len},
				    &stage->asked, stage->found, &stage->batch, err);
}

Test(client_batch_get, each_key_has_its_row_or_none)
{
	struct ots_error err = {0};
	struct stage stage;

	open_stage(&stage);
	cr_assert_eq(decode(&stage, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(stage.batch.count, 2);
	cr_expect_eq(stage.found[0].record, 0);
	cr_expect_eq(stage.found[1].record, OTS_NO_ROW);
	cr_expect_eq(stage.found[2].record, 1);
	cr_expect_eq(stage.batch.records[1].key[0].value.as.integer, 2);
	close_stage(&stage);
}

Test(client_batch_get, a_key_that_failed_says_why_and_others_are_read)
{
	struct ots_error err = {0};
	struct stage stage;

	open_stage(&stage);
	stage.row[1].is_ok = 0;
	stage.row[1].error = &stage.error;
	cr_assert_eq(decode(&stage, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(stage.found[1].status, OTS_THROTTLED);
	cr_expect_str_eq(stage.found[1].error.text, "OTSServerBusy: Server is busy.");
	cr_expect_str_eq(stage.found[1].error.request_id, "id-1");
	cr_expect_eq(stage.found[1].record, OTS_NO_ROW);
	cr_expect_eq(stage.found[2].record, 1);
	stage.code[0] = '\0';
	cr_expect_eq(decode(&stage, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "result 1 of the answer: a row failed and does not say why");
	stage.row[1].error = NULL;
	cr_expect_eq(decode(&stage, &err), OTS_CORRUPT);
	close_stage(&stage);
}

Test(client_batch_get, results_are_those_of_the_request)
{
	struct ots_error err = {0};
	struct stage stage;

	open_stage(&stage);
	put_row(&stage, 2, 1);
	cr_expect_eq(decode(&stage, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "result 2 of the answer: the row that came is not the one that "
				   "was asked for");
	put_row(&stage, 2, 2);
	stage.table.n_rows = 2;
	cr_expect_eq(decode(&stage, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "3 keys sent, 2 results came");
	stage.table.n_rows = 3;
	stage.name[0] = 'u';
	cr_expect_eq(decode(&stage, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "asked for table 't', the answer is about 'u'");
	stage.name[0] = 't';
	for (size_t tables = 0; tables <= 2; tables++) {
		stage.response.n_tables = tables;
		cr_expect_eq(decode(&stage, &err), tables == 1 ? OTS_OK : OTS_CORRUPT);
	}
	cr_expect_str_eq(err.text, "asked for one table, 2 came");
	stage.response.n_tables = 1;
	stage.row[0].has_next_token = 1;
	stage.row[0].next_token = (ProtobufCBinaryData){sizeof stage.token, stage.token};
	cr_expect_eq(decode(&stage, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "result 0 of the answer: the row is wider than one answer");
	close_stage(&stage);
}

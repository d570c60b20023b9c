/* What ComputeSplitPointsBySize makes of bodies; without a socket, by the decoder itself. */
#include "../../../core/tablestore/read/decode.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "client_rig.h"

TestSuite(client_splits, .timeout = 60);

#define POINTS 3

struct stage {
	struct ots_splits splits;
	struct ots_buffer body;
	struct ots_buffer keys[POINTS];
	ProtobufCBinaryData points[POINTS];

	/* The answer before it is packed: a key of p (STRING) and n (INTEGER). */
	Ots__Wire__ComputeSplitPointsBySizeResponse response;
	Ots__Wire__ConsumedCapacity consumed;
	Ots__Wire__CapacityUnit unit;
	Ots__Wire__PrimaryKeySchema column[2], *columns[5];
	Ots__Wire__SplitLocation location[2], *locations[2];
	char names[2][4], places[2][4];
};

/* Point @p i is p = @p p, n = @p n. @param columns  the first of them only */
static void put_point(struct stage *stage, size_t i, size_t columns, const char *p, int64_t n)
{
	struct ots_wire_row row = {.key_count = columns};

	row.key[0] = rig_text_cell("p", p);
	row.key[1] = rig_number_cell("n", n);
	stage->keys[i].len = 0;
	cr_assert(ots_plainbuffer_put_row(&stage->keys[i], &row));
	stage->points[i] = (ProtobufCBinaryData){stage->keys[i].len, stage->keys[i].bytes};
}

static void open_stage(struct stage *stage)
{
	memset(stage, 0, sizeof *stage);
	ots_splits_init(&stage->splits);
	ots_buffer_init(&stage->body, 65536);
	ots__wire__compute_split_points_by_size_response__init(&stage->response);
	ots__wire__consumed_capacity__init(&stage->consumed);
	ots__wire__capacity_unit__init(&stage->unit);
	stage->unit.has_read = 1;
	stage->unit.read = 6;
	stage->consumed.capacity_unit = &stage->unit;
	stage->response.consumed = &stage->consumed;
	for (size_t i = 0; i < 2; i++) {
		ots__wire__primary_key_schema__init(&stage->column[i]);
		ots__wire__split_location__init(&stage->location[i]);
		stage->names[i][0] = i == 0 ? 'p' : 'n';
		stage->places[i][0] = i == 0 ? 'x' : 'y';
		stage->column[i].name = stage->names[i];
		stage->location[i].location = stage->places[i];
		stage->location[i].repeat = 2;
		stage->locations[i] = &stage->location[i];
	}
	for (size_t i = 0; i < 5; i++)
		stage->columns[i] = &stage->column[i % 2];
	stage->column[0].type = OTS__WIRE__PRIMARY_KEY_TYPE__STRING;
	stage->column[1].type = OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER;
	stage->response.n_schema = 2;
	stage->response.schema = stage->columns;
	stage->response.n_split_points = POINTS;
	stage->response.split_points = stage->points;
	stage->response.n_locations = 2;
	stage->response.locations = stage->locations;
	for (size_t i = 0; i < POINTS; i++)
		ots_buffer_init(&stage->keys[i], 4096);
	put_point(stage, 0, 2, "a", -5);
	put_point(stage, 1, 1, "b", 0);
	put_point(stage, 2, 2, "b", -1);
}

static void close_stage(struct stage *stage)
{
	for (size_t i = 0; i < POINTS; i++)
		ots_buffer_release(&stage->keys[i]);
	ots_buffer_release(&stage->body);
	ots_splits_release(&stage->splits);
}

static enum ots_status decode(struct stage *stage, struct ots_capacity *consumed,
			      struct ots_error *err)
{
	stage->body.len = 0;
	answers_pack(&stage->body, &stage->response.base);
	ots_arena_reset(&stage->splits.arena);
	return ots_decode_splits((struct ots_bytes){stage->body.bytes, stage->body.len},
				 &stage->splits, consumed, err);
}

static void expect_bound(struct ots_bytes bytes, const char *expected)
{
	struct ots_plainbuffer_reader reader = {.in = {bytes.at, bytes.len, 0}};
	struct ots_wire_row row;
	struct ots_arena arena;
	char text[128] = "";
	bool more;

	ots_arena_init(&arena, 4096);
	cr_assert_eq(ots_plainbuffer_next(&reader, 1, &arena, &row, &more, NULL), OTS_OK);
	cr_assert(more && row.key_count == 2);
	for (size_t i = 0; i < 2; i++) {
		const struct ots_wire_value *value = &row.key[i].value;
		const size_t used = strlen(text);

		if (value->kind == OTS_VT_INF_MIN || value->kind == OTS_VT_INF_MAX)
			(void)snprintf(text + used, sizeof text - used, "%s ",
				       value->kind == OTS_VT_INF_MIN ? "MIN" : "MAX");
		else if (value->kind == OTS_VT_INTEGER)
			(void)snprintf(text + used, sizeof text - used, "%lld ",
				       (long long)value->as.integer);
		else
			(void)snprintf(text + used, sizeof text - used, "%.*s ",
				       (int)value->as.bytes.len, (const char *)value->as.bytes.at);
	}
	cr_expect_str_eq(text, expected);
	ots_arena_release(&arena);
}

Test(client_splits, points_become_ranges_from_below_every_key_to_above)
{
	static const char *const bounds[] = {"MIN MIN ", "a -5 ", "b MIN ", "b -1 ", "MAX MAX "};
	struct ots_capacity consumed;
	struct ots_error err = {0};
	struct stage stage;

	open_stage(&stage);
	cr_assert_eq(decode(&stage, &consumed, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(stage.splits.count, POINTS + 1);
	for (size_t i = 0; i <= POINTS; i++) {
		const struct ots_split *split = &stage.splits.ranges[i];

		expect_bound(split->start, bounds[i]);
		expect_bound(split->end, bounds[i + 1]);
		cr_expect(split->location.len == 1 && split->location.at[0] == (i < 2 ? 'x' : 'y'));
	}
	cr_expect_eq(consumed.read, 6);
	stage.response.n_split_points = 0;
	stage.response.n_locations = 0;
	cr_assert_eq(decode(&stage, NULL, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(stage.splits.count, 1);
	expect_bound(stage.splits.ranges[0].start, "MIN MIN ");
	expect_bound(stage.splits.ranges[0].end, "MAX MAX ");
	cr_expect_eq(stage.splits.ranges[0].location.len, 0);
	close_stage(&stage);
}

static void expect_refusal(struct stage *stage, const char *text)
{
	struct ots_error err = {0};

	cr_expect_eq(decode(stage, NULL, &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, text), "%s", err.text);
}

Test(client_splits, points_ascend_and_are_of_the_tables_key)
{
	struct stage stage;

	open_stage(&stage);
	put_point(&stage, 2, 1, "b", 0);
	expect_refusal(&stage, "split point 2 of the answer: it is not above the one before");
	put_point(&stage, 2, 2, "a", 7);
	expect_refusal(&stage, "split point 2 of the answer: it is not above the one before");
	put_point(&stage, 2, 2, "c", 0);
	stage.names[1][0] = 'm';
	expect_refusal(&stage, "column 1 is not the key's column 'm'");
	stage.names[1][0] = 'n';
	stage.column[1].type = OTS__WIRE__PRIMARY_KEY_TYPE__BINARY;
	expect_refusal(&stage, "column 1 is not the key's column 'n'");
	stage.column[1].type = OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER;
	stage.response.n_schema = 1;
	expect_refusal(&stage, "it has 2 columns, the key has 1");
	for (size_t columns = 0; columns <= 5; columns += 5) {
		stage.response.n_schema = columns;
		expect_refusal(&stage, "the answer's key has");
	}
	stage.response.n_schema = 2;
	stage.points[1].len--;
	expect_refusal(&stage, "split point 1 of the answer");
	stage.points[1].len = 0;
	expect_refusal(&stage, "split point 1 of the answer: 0 bytes are no key");
	close_stage(&stage);
}

Test(client_splits, locations_are_those_of_ranges_that_there_are)
{
	struct ots_error err = {0};
	struct stage stage;

	open_stage(&stage);
	for (int64_t repeat = -1; repeat <= 3; repeat++) {
		const bool good = repeat >= 0 && repeat <= 2;

		stage.location[1].repeat = repeat;
		cr_expect_eq(decode(&stage, NULL, &err), good ? OTS_OK : OTS_CORRUPT, "%d",
			     (int)repeat);
		cr_expect_eq(stage.splits.count, good ? 4 : 0);
	}
	stage.location[1].repeat = INT64_MAX;
	expect_refusal(&stage, "location 1 of the answer is that of 9223372036854775807 ranges, of "
			       "which 2 are left");
	close_stage(&stage);
}

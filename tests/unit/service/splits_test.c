/* ComputeSplitPointsBySize: keys of the table's own rows, at sizes that come from stored bytes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

TestSuite(service_splits, .timeout = 60);

#define ROWS 50
#define VALUE_BYTES 1000

static void open_rows(struct rig *rig, size_t rows)
{
	static const uint8_t filler[VALUE_BYTES] = {0};

	rig_open(rig, false);
	cr_assert(rig_create(rig, (struct rig_table){.name = "t", .key = "si"}));
	for (size_t i = 0; i < rows; i++) {
		struct ots_wire_cell cell = {
			.name = {(const uint8_t *)"c", 1},
			.has_value = true,
			.value = {.kind = OTS_VT_BLOB, .as.bytes = {filler, sizeof filler}}};
		struct ots_wire_row row = {.key_count = 2, .cells = &cell, .cell_count = 1};

		row.key[0] = rig_key_text("k0", "p");
		row.key[1] = rig_key_number("k1", (int64_t)i);
		cr_assert(rig_put_row(rig, "t", &row), "%s", rig->fault.message);
	}
}

struct sizes {
	int64_t size;
	int64_t unit;  /* 0: not given */
	int32_t limit; /* 0: not given */
};

static bool compute(struct rig *rig, const char *table, struct sizes sizes)
{
	Ots__Wire__ComputeSplitPointsBySizeRequest request =
		OTS__WIRE__COMPUTE_SPLIT_POINTS_BY_SIZE_REQUEST__INIT;
	char name[16];

	(void)snprintf(name, sizeof name, "%s", table);
	request.table_name = name;
	request.split_size = sizes.size;
	request.has_split_size_unit_in_byte = sizes.unit != 0;
	request.split_size_unit_in_byte = sizes.unit;
	request.has_split_point_limit = sizes.limit != 0;
	request.split_point_limit = sizes.limit;
	return rig_call(rig, "ComputeSplitPointsBySize", &request.base);
}

/* The numbers in the second key column of the split points, in their order.
 *  @return how many there are */
static size_t take_points(struct rig *rig, int64_t *numbers)
{
	Ots__Wire__ComputeSplitPointsBySizeResponse *response =
		ots__wire__compute_split_points_by_size_response__unpack(NULL, rig->reply.len,
									 rig->reply.bytes);
	struct ots_arena arena;
	size_t count;

	cr_assert_not_null(response);
	ots_arena_init(&arena, 65536);
	count = response->n_split_points;
	cr_assert_leq(count, ROWS);
	for (size_t i = 0; i < count; i++) {
		struct ots_plainbuffer_reader reader = {
			.in = {response->split_points[i].data, response->split_points[i].len, 0}};
		struct ots_wire_row row;
		bool more;

		cr_assert_eq(ots_plainbuffer_next(&reader, 1, &arena, &row, &more, NULL), OTS_OK);
		cr_assert(more && row.key_count == 2 && row.cell_count == 0);
		cr_expect(row.key[0].value.as.bytes.len == 1 &&
			  row.key[0].value.as.bytes.at[0] == 'p');
		numbers[i] = row.key[1].value.as.integer;
	}
	cr_assert_eq(response->n_schema, 2);
	cr_expect_str_eq(response->schema[1]->name, "k1");
	cr_expect_eq((int)response->schema[1]->type, OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER);
	cr_expect(response->consumed->capacity_unit->has_read &&
		  response->consumed->capacity_unit->has_write);
	cr_assert_eq(response->n_locations, 1);
	cr_expect_str_eq(response->locations[0]->location, "");
	cr_expect_eq(response->locations[0]->repeat, (int64_t)count + 1);
	ots_arena_release(&arena);
	ots__wire__compute_split_points_by_size_response__free_unpacked(response, NULL);
	return count;
}

Test(service_splits, each_range_but_the_last_has_about_the_size_that_was_asked_for)
{
	int64_t at[ROWS];
	struct rig rig;
	size_t count;

	open_rows(&rig, ROWS);
	cr_assert(compute(&rig, "t", (struct sizes){5, 2 * VALUE_BYTES, 0}), "%s",
		  rig.fault.message);
	count = take_points(&rig, at);
	cr_assert_geq(count, ROWS / 10 - 1);
	cr_assert_leq(count, ROWS / 9);
	for (size_t i = 0; i < count; i++) {
		const int64_t rows = at[i] - (i > 0 ? at[i - 1] : 0);

		/* A stored row has a frame and a key: fewer than ten make ten values. */
		cr_expect(rows == 9 || rows == 10, "range %zu has %d rows", i, (int)rows);
	}
	rig_close(&rig);
}

Test(service_splits, every_row_can_be_a_split_point_and_the_first_is_none)
{
	int64_t at[ROWS];
	struct rig rig;

	open_rows(&rig, ROWS);
	cr_assert(compute(&rig, "t", (struct sizes){1, 1, 0}));
	cr_assert_eq(take_points(&rig, at), ROWS - 1);
	for (size_t i = 0; i < ROWS - 1; i++)
		cr_expect_eq(at[i], (int64_t)i + 1);
	for (int32_t limit = 1; limit <= ROWS; limit++) {
		cr_assert(compute(&rig, "t", (struct sizes){1, 1, limit}));
		cr_expect_eq(take_points(&rig, at), (size_t)(limit < ROWS - 1 ? limit : ROWS - 1));
	}
	rig_close(&rig);
}

Test(service_splits, a_small_or_empty_table_is_one_range)
{
	int64_t at[ROWS];

	for (size_t rows = 0; rows <= 2; rows++) {
		static const struct sizes large[] = {{1, 0, 0}, {INT64_MAX, INT64_MAX, 7}};

		for (size_t i = 0; i < 2; i++) {
			struct rig rig;

			open_rows(&rig, rows);
			cr_assert(compute(&rig, "t", large[i]));
			cr_expect_eq(take_points(&rig, at), 0);
			rig_close(&rig);
		}
	}
}

Test(service_splits, a_table_is_looked_at_in_turns_and_none_of_it_twice)
{
	/* Above the rows that one turn looks at. */
	enum { MANY = 20000 * 2 + 7, BATCH = 200 };
	static struct ots_fault faults[BATCH];
	int64_t at[ROWS];
	struct rig rig;
	size_t one;

	rig_open(&rig, false);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "si"}));
	for (int64_t first = 0; first < MANY; first += BATCH) {
		struct rig_change changes[BATCH] = {{.op = 0}};
		struct ots_wire_row rows[BATCH];
		size_t count = 0;

		for (int64_t i = first; i < MANY && count < BATCH; i++, count++) {
			rows[count] = (struct ots_wire_row){.key_count = 2};
			rows[count].key[0] = rig_key_text("k0", "p");
			rows[count].key[1] = rig_key_number("k1", i);
			changes[count].op = OTS__WIRE__OPERATION_TYPE__PUT;
			changes[count].row = &rows[count];
		}
		cr_assert(rig_batch(&rig, "t", changes, count, faults), "%s", rig.fault.message);
	}
	/* Key rows are all as long: ten ranges of one size end at multiples of one number. */
	cr_assert(compute(&rig, "t", (struct sizes){MANY / 10 * 13, 1, 0}), "%s",
		  rig.fault.message);
	one = take_points(&rig, at);
	cr_assert_geq(one, 9);
	for (size_t i = 1; i < one; i++)
		cr_expect_eq(at[i], at[0] * (int64_t)(i + 1), "split point %zu", i);
	rig_close(&rig);
}

Test(service_splits, what_makes_no_sense_is_refused)
{
	static const struct {
		struct sizes sizes;
		const char *text;
	} cases[] = {
		{{0, 0, 0}, "The split size must be greater than 0."},
		{{-1, 1, 0}, "The split size must be greater than 0."},
		{{1, -1, 0}, "The split size must be greater than 0."},
		{{1, 1, -1}, "The limit of split points must be greater than 0."},
	};
	struct rig rig;

	open_rows(&rig, 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_expect_not(compute(&rig, "t", cases[i].sizes));
		cr_expect_eq(rig.fault.kind, OTS_FAULT_PARAMETER);
		cr_expect_str_eq(rig.fault.message, cases[i].text);
	}
	cr_expect_not(compute(&rig, "other", (struct sizes){1, 1, 0}));
	cr_expect_eq(rig.fault.kind, OTS_FAULT_NOT_EXIST);
	rig_close(&rig);
}

/* A stored row: changed in order, written as a blob, read back. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tools/service/storage/row.h"

TestSuite(service_row, .timeout = 60);

static struct ots_bytes name(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static void put(struct ots_row *row, const char *column, int64_t timestamp, int64_t value)
{
	const struct ots_row_cell cell = {
		name(column), timestamp, {.kind = OTS_VT_INTEGER, .as.integer = value}};

	cr_assert(ots_row_put(row, &cell));
}

static void expect_cell(const struct ots_row *row, size_t at, const char *column, int64_t timestamp,
			int64_t value)
{
	cr_assert_lt(at, row->count);
	cr_expect_eq(ots_row_name_compare(row->cells[at].name, name(column)), 0, "cell %zu", at);
	cr_expect_eq(row->cells[at].timestamp, timestamp, "cell %zu", at);
	cr_expect_eq(row->cells[at].value.as.integer, value, "cell %zu", at);
}

Test(service_row, cells_stand_by_name_and_newest_first)
{
	struct ots_arena arena;
	struct ots_row row;

	ots_arena_init(&arena, 1 << 20);
	ots_row_init(&row, &arena);
	put(&row, "b", 1, 10);
	put(&row, "a", 5, 11);
	put(&row, "b", 3, 12);
	put(&row, "aa", 2, 13);
	put(&row, "b", 2, 14);
	put(&row, "b", 3, 15); /* the same version again: the later write wins */
	cr_assert_eq(row.count, 5);
	expect_cell(&row, 0, "a", 5, 11);
	expect_cell(&row, 1, "aa", 2, 13);
	expect_cell(&row, 2, "b", 3, 15);
	expect_cell(&row, 3, "b", 2, 14);
	expect_cell(&row, 4, "b", 1, 10);
	cr_expect_eq(ots_row_newest(&row, name("b"))->timestamp, 3);
	cr_expect_null(ots_row_newest(&row, name("c")));
	cr_expect_null(ots_row_newest(&row, name("")));
	ots_arena_release(&arena);
}

Test(service_row, deletes_take_one_version_or_a_whole_column)
{
	struct ots_arena arena;
	struct ots_row row;

	ots_arena_init(&arena, 1 << 20);
	ots_row_init(&row, &arena);
	put(&row, "a", 1, 1);
	put(&row, "b", 2, 2);
	put(&row, "b", 1, 1);
	put(&row, "c", 1, 1);
	ots_row_delete_version(&row, name("b"), 3);
	ots_row_delete_version(&row, name("d"), 1);
	cr_assert_eq(row.count, 4);
	ots_row_delete_version(&row, name("b"), 2);
	cr_assert_eq(row.count, 3);
	expect_cell(&row, 1, "b", 1, 1);
	ots_row_delete_column(&row, name("b"));
	ots_row_delete_column(&row, name("b"));
	cr_assert_eq(row.count, 2);
	expect_cell(&row, 1, "c", 1, 1);
	ots_row_delete_column(&row, name("c"));
	ots_row_delete_column(&row, name("a"));
	cr_expect_eq(row.count, 0);
	ots_arena_release(&arena);
}

/* One cell of every type and two versions of one column. */
static void fill(struct ots_row *row)
{
	const struct ots_row_cell cells[] = {
		{name("bool"), 1, {.kind = OTS_VT_BOOLEAN, .as.boolean = true}},
		{name("double"), INT64_MAX, {.kind = OTS_VT_DOUBLE, .as.real = -0.0}},
		{name("empty"), 0, {.kind = OTS_VT_BLOB, .as.bytes = {NULL, 0}}},
		{name("int"), 2, {.kind = OTS_VT_INTEGER, .as.integer = INT64_MIN}},
		{name("int"), 1, {.kind = OTS_VT_STRING, .as.bytes = {(const uint8_t *)"xy", 2}}},
	};

	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		cr_assert(ots_row_put(row, &cells[i]));
}

static bool same_value(const struct ots_wire_value *a, const struct ots_wire_value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == OTS_VT_BLOB || a->kind == OTS_VT_STRING)
		return a->as.bytes.len == b->as.bytes.len &&
		       (a->as.bytes.len == 0 ||
			memcmp(a->as.bytes.at, b->as.bytes.at, a->as.bytes.len) == 0);
	if (a->kind == OTS_VT_BOOLEAN)
		return a->as.boolean == b->as.boolean;
	return memcmp(&a->as, &b->as, 8) == 0; /* doubles by their bits */
}

Test(service_row, a_blob_reads_back_and_no_cut_of_it_does_by_halves)
{
	struct ots_row row, back;
	struct ots_arena arena;
	struct ots_buffer blob;
	struct ots_error err = {0};

	ots_arena_init(&arena, 1 << 20);
	ots_buffer_init(&blob, 1 << 16);
	ots_row_init(&row, &arena);
	fill(&row);
	cr_assert(ots_row_encode(&row, SIZE_MAX, &blob));
	for (size_t n = 0; n <= blob.len; n++) {
		uint8_t *cut = malloc(n > 0 ? n : 1);
		enum ots_status status;

		cr_assert_not_null(cut);
		memcpy(cut, blob.bytes, n);
		ots_row_init(&back, &arena);
		status = ots_row_decode((struct ots_bytes){cut, n}, &back, &err);
		cr_expect(status == OTS_CORRUPT || (status == OTS_OK && n > 0), "cut at %zu", n);
		for (size_t i = 0; status == OTS_OK && i < back.count; i++)
			cr_expect(same_value(&back.cells[i].value, &row.cells[i].value) &&
					  back.cells[i].timestamp == row.cells[i].timestamp,
				  "cut at %zu, cell %zu", n, i);
		cr_expect(status != OTS_OK || n < blob.len || back.count == row.count);
		free(cut);
	}
	cr_expect_eq(blob.bytes[0], 1);
	ots_buffer_release(&blob);
	ots_arena_release(&arena);
}

Test(service_row, damaged_blobs_say_where)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} cases[] = {
		{"", 0, "stored row: expected form 1 at byte 0"},
		{"\2", 1, "stored row: expected form 1 at byte 0"},
		{"\1\0", 2, "stored row: bad column at byte 1"},
		{"\1\1a\0\0\0\0", 7, "stored row: bad column at byte 1"},
		{"\1\1a\xff\xff\xff\xff........", 15, "stored row: bad column at byte 1"},
		{"\1\1a\1\0\0\0\0\0\0\0\0\0\0\0\2\2", 17,
		 "stored row: version cut short at byte 7"},
		{"\1\1b\1\0\0\0\0\0\0\0\0\0\0\0\2\1"
		 "\1a\1\0\0\0\0\0\0\0\0\0\0\0\2\1",
		 33, "stored row: cells out of order at byte 23"},
	};
	struct ots_arena arena;

	ots_arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct ots_bytes blob = {(const uint8_t *)cases[i].bytes, cases[i].len};
		struct ots_error err = {0};
		struct ots_row row;

		ots_row_init(&row, &arena);
		cr_expect_eq(ots_row_decode(blob, &row, &err), OTS_CORRUPT, "case %zu", i);
		cr_expect_str_eq(err.text, cases[i].text, "case %zu: %s", i, err.text);
	}
	ots_arena_release(&arena);
}

Test(service_row, without_memory_a_put_changes_nothing)
{
	struct ots_arena arena;
	struct ots_row row;
	size_t i = 0;
	const struct ots_row_cell cell = {name("z"), 0, {.kind = OTS_VT_INTEGER}};

	ots_arena_init(&arena, 64 * 1024);
	ots_row_init(&row, &arena);
	for (bool good = true; good && i < 100000; i++) {
		struct ots_row_cell next = cell;

		next.timestamp = (int64_t)i;
		good = ots_row_put(&row, &next);
	}
	cr_expect_lt(i, (size_t)100000);
	cr_expect_eq(row.count, i - 1);
	cr_expect_eq(ots_row_newest(&row, name("z"))->timestamp, (int64_t)i - 2);
	ots_arena_release(&arena);
}

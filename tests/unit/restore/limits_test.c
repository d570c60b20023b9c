#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(limits, .timeout = 120);

/* Calls that restoring @p text makes; all rows are written. */
static uint64_t calls_for(const struct ots_buffer *text, uint64_t rows)
{
	struct rig rig;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	uint64_t calls;

	rig_init(&rig);
	rig_open(&rig);
	cr_expect_eq(rig_restore(&rig, text, &counts, &err), OTS_JOB_DONE, "%s", err.text);
	cr_expect_eq(counts.written, rows);
	calls = fake_target_calls(rig.fake);
	rig_close(&rig);
	return calls;
}

Test(limits, a_request_holds_at_most_200_rows)
{
	static const struct {
		int64_t rows;
		uint64_t calls;
	} cases[] = {{1, 1}, {199, 1}, {200, 1}, {201, 2}, {400, 2}, {401, 3}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_buffer text;

		rig_init_text(&text);
		for (int64_t n = 0; n < cases[i].rows; n++)
			rig_put(&text, OTS_PUT, "k", n, n);
		cr_expect_eq(calls_for(&text, (uint64_t)cases[i].rows), cases[i].calls, "%lld",
			     (long long)cases[i].rows);
		ots_buffer_release(&text);
	}
}

/* A row of @p count cells of @p size bytes, the first of @p first; key 1 + 1 + 1 + 8 bytes. */
static void put_large(struct ots_buffer *text, enum ots_op op, size_t count, size_t size,
		      size_t first)
{
	struct ots_cell *cells = calloc(count, sizeof *cells);
	uint8_t *bytes = malloc((size > first ? size : first) + 1);
	char(*names)[32] = calloc(count, sizeof *names);
	const struct ots_record record = {
		.op = op,
		.key_count = 2,
		.ts_us = 1,
		.key = {{{(const uint8_t *)"k", 1}, ots_value_string("a", 1)},
			{{(const uint8_t *)"n", 1}, ots_value_integer(1)}},
		.cells = cells,
		.cell_count = count};

	memset(bytes, 'x', (size > first ? size : first) + 1);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(names[i], sizeof names[i], "c%05zu", i);
		cells[i] =
			(struct ots_cell){.name = {(const uint8_t *)names[i], 6},
					  .value = ots_value_string(bytes, i == 0 ? first : size)};
	}
	rig_encode(text, &record);
	free(cells);
	free(bytes);
	free(names);
}

Test(limits, a_row_of_more_than_1024_columns_goes_in_parts_and_ends_whole)
{
	static const struct {
		size_t cells;
		uint64_t calls;
	} cases[] = {{1023, 1}, {1024, 1}, {1025, 2}, {2048, 2}, {2049, 3}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int op = 0; op < 2; op++) {
			struct ots_buffer text;

			rig_init_text(&text);
			put_large(&text, op == 0 ? OTS_PUT : OTS_UPDATE, cases[i].cells, 3, 3);
			cr_expect_eq(calls_for(&text, 1), cases[i].calls, "%zu", cases[i].cells);
			ots_buffer_release(&text);
		}
	}
}

Test(limits, a_row_of_more_than_4_mib_goes_in_parts)
{
	/* 4 cells of 6 bytes of name and a mebibyte less what makes the sum 4194304 exactly. */
	const size_t key = 1 + 1 + 1 + 8, names = 4 * 6, mib = 1024 * 1024;
	const size_t exact = 4 * mib - key - names - 3 * mib;

	for (size_t more = 0; more < 3; more++) {
		struct ots_buffer text;

		rig_init_text(&text);
		put_large(&text, OTS_PUT, 4, mib, exact - 1 + more);
		cr_expect_eq(calls_for(&text, 1), more <= 1 ? 1 : 2, "%zu", more);
		ots_buffer_release(&text);
	}
}

Test(limits, rows_share_a_request_up_to_its_body_only)
{
	struct ots_buffer text;

	rig_init_text(&text);
	for (int i = 0; i < 1; i++)
		put_large(&text, OTS_PUT, 3, 1024 * 1024, 1024 * 1024);
	for (int64_t n = 0; n < 10; n++)
		rig_put(&text, OTS_PUT, "small", n, n);
	cr_expect_eq(calls_for(&text, 11), 1);
	put_large(&text, OTS_UPDATE, 1, 0, 1024 * 1024); /* the same key: after the first */
	cr_expect_eq(calls_for(&text, 12), 2);
	ots_buffer_release(&text);
}

Test(limits, a_row_in_parts_is_one_unit_for_later_records_of_its_key)
{
	struct ots_buffer text;
	struct rig rig;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	char *dump;

	rig_init_text(&text);
	put_large(&text, OTS_PUT, 1500, 3, 3);
	rig_put(&text, OTS_DELETE, "a", 1, 0);
	rig_put(&text, OTS_PUT, "a", 1, 5);
	rig_init(&rig);
	rig_open(&rig);
	cr_expect_eq(rig_restore(&rig, &text, &counts, &err), OTS_JOB_DONE, "%s", err.text);
	dump = fake_target_dump(rig.fake, "t");
	cr_expect_str_eq(dump, "S:a|I:1| c@1005=I:5\n");
	free(dump);
	rig_close(&rig);
	ots_buffer_release(&text);
}

Test(limits, a_put_without_cells_goes_by_put_row_and_an_update_without_is_skipped)
{
	static const char text[] = "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":1}}\n"
				   "{\"op\":\"UPDATE\",\"pk\":{\"k\":\"b\",\"n\":1}}\n"
				   "{\"op\":\"BASE\",\"pk\":{\"k\":\"c\",\"n\":1}}\n"
				   "{\"op\":\"DELETE\",\"pk\":{\"k\":\"d\",\"n\":1}}\n";
	const struct ots_buffer borrowed = {.bytes = (uint8_t *)(uintptr_t)text,
					    .len = sizeof text - 1};
	struct rig rig;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	char *dump;

	rig_init(&rig);
	rig_open(&rig);
	cr_expect_eq(rig_restore(&rig, &borrowed, &counts, &err), OTS_JOB_DONE, "%s", err.text);
	cr_expect_eq(counts.read, 4);
	cr_expect_eq(counts.written, 2);
	cr_expect_eq(counts.skipped, 2);
	dump = fake_target_dump(rig.fake, "t");
	cr_expect_str_eq(dump, "S:a|I:1|\n");
	free(dump);
	rig_close(&rig);
}

static void put_sized(struct ots_buffer *text, size_t key_bytes, size_t name_bytes,
		      size_t value_bytes)
{
	uint8_t *bytes = malloc(value_bytes + key_bytes + name_bytes + 1);
	struct ots_cell cell = {.name = {bytes, name_bytes},
				.value = ots_value_string(bytes, value_bytes)};
	const struct ots_record record = {
		.op = OTS_PUT,
		.key_count = 2,
		.ts_us = 1,
		.key = {{{(const uint8_t *)"k", 1}, ots_value_string(bytes, key_bytes)},
			{{(const uint8_t *)"n", 1}, ots_value_integer(1)}},
		.cells = &cell,
		.cell_count = 1};

	memset(bytes, 'y', value_bytes + key_bytes + name_bytes + 1);
	rig_encode(text, &record);
	free(bytes);
}

Test(limits, what_no_write_can_hold_is_set_aside_with_no_request_spent)
{
	static const struct {
		size_t key, name, value;
		const char *why; /* NULL: it is written */
	} cases[] = {
		{1023, 1, 1, NULL},
		{1024, 1, 1, NULL},
		{1025, 1, 1, "key column k has 1025 bytes"},
		{1, 255, 1, NULL},
		{1, 1, 2097151, NULL},
		{1, 1, 2097152, NULL},
		{1, 1, 2097153, "column y has 2097153 bytes"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rig rig;
		struct ots_buffer text;
		struct ots_job *job = NULL;
		struct ots_job_counts counts;
		enum ots_job_state state;
		struct ots_error err = {0};

		rig_init(&rig);
		rig_open(&rig);
		rig_init_text(&text);
		put_sized(&text, cases[i].key, cases[i].name, cases[i].value);
		cr_assert_eq(rig_drop(&rig, "t", (const char *)text.bytes, text.len, &job, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK);
		cr_expect_eq(counts.dead, cases[i].why != NULL, "case %zu", i);
		cr_expect_eq(fake_target_calls(rig.fake), cases[i].why == NULL, "case %zu", i);
		if (cases[i].why != NULL) {
			char *dead = rig_dead(&rig, ots_job_id(job));

			cr_expect(strstr(dead, cases[i].why) != NULL, "%s", cases[i].why);
			cr_expect(strstr(dead, "\"attempts\":0,\"first\":null") != NULL);
			free(dead);
		}
		ots_job_release(job);
		ots_buffer_release(&text);
		rig_close(&rig);
	}
}

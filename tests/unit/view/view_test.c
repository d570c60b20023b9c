#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

TestSuite(view, .timeout = 120);

static struct ots_buffer csv(size_t count, size_t value_bytes, uint64_t seed)
{
	struct ots_buffer out;

	ots_buffer_init(&out, (size_t)1 << 30);
	sample_csv(&out, count, value_bytes, seed);
	return out;
}

static void expect_all(struct fixture *f, struct ots_text *text)
{
	cr_expect_eq(ots_text_size(text), f->whole.len);
	cr_expect_eq(ots_text_records(text), f->record_count);
	for (uint64_t at = 0; at < f->whole.len; at += 128 * 1024)
		fixture_expect_at(f, text, at, 128 * 1024);
}

Test(view, size_records_and_bytes_are_those_of_the_whole_text)
{
	static const size_t memories[] = {0, (size_t)12 << 20, (size_t)64 << 20, (size_t)512 << 20};
	struct ots_buffer content = csv(20000, 1500, 1);

	for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
		struct fixture f;
		struct ots_text *text;

		fixture_open(&f, &content, memories[i], NULL);
		text = fixture_text(&f);
		cr_expect_null(ots_text_damage(text));
		cr_expect_eq(f.record_count, 20000);
		expect_all(&f, text);
		expect_all(&f, text);
		ots_text_close(text);
		fixture_close(&f);
	}
	ots_buffer_release(&content);
}

Test(view, reads_anywhere_of_any_length_agree_with_the_whole_text)
{
	struct ots_buffer content = csv(15000, 2000, 2);
	struct fixture f;
	struct ots_text *text;

	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	text = fixture_text(&f);
	cr_assert_gt(f.whole.len, SMALL_MEMORY, "the text must not fit");
	for (uint64_t seed = 1; seed <= 4; seed++) {
		uint64_t random = seed;

		for (int i = 0; i < 150; i++) {
			const uint64_t at = sample_random(&random) % (f.whole.len + 2);
			const size_t len =
				(size_t)(sample_random(&random) % (i % 10 == 0 ? 900000 : 5000));

			fixture_expect_at(&f, text, at, len);
			cr_assert_leq(ots_view_memory_bytes(f.view), SMALL_MEMORY);
		}
	}
	/* Around the end, one byte at a time. */
	for (uint64_t at = f.whole.len - 3; at <= f.whole.len + 1; at++)
		for (size_t len = 0; len < 5; len++)
			fixture_expect_at(&f, text, at, len);
	ots_text_close(text);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, a_text_that_fits_is_read_from_the_object_once)
{
	const struct ots_fault_plan none = {.kind = OTS_FAULT_NONE};
	struct ots_buffer content = csv(5000, 500, 3);
	struct fixture f;
	struct ots_text *text;
	uint64_t calls;

	fixture_open(&f, &content, (size_t)64 << 20, &none);
	text = fixture_text(&f);
	calls = ots_fault_calls(f.store);
	cr_expect_gt(calls, 1);
	expect_all(&f, text);
	cr_expect_eq(ots_fault_calls(f.store), calls);
	ots_text_close(text);
	/* Opened again: the object is opened once more, and looked for is its schema.json; nothing
	 * is read or decoded. */
	text = fixture_text(&f);
	cr_expect_eq(ots_fault_calls(f.store), calls + 2);
	expect_all(&f, text);
	cr_expect_eq(ots_fault_calls(f.store), calls + 2);
	/* Shared with who has it open: whether the object is still the same, one read tells. */
	cr_expect_eq(fixture_text(&f), text);
	cr_expect_eq(ots_fault_calls(f.store), calls + 4);
	ots_text_close(text);
	ots_text_close(text);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, one_record_above_a_chunk_is_read_like_any_other)
{
	struct ots_buffer content = csv(2000, 100, 4);
	struct fixture f;
	struct ots_text *text;

	sample_csv(&content, 1, 0, 1);
	for (uint64_t seed = 1; seed < 4; seed++) {
		/* Exactly one value of up to 700 KB among small ones: above the small allowance. */
		sample_csv(&content, 1, 700 * 1024, seed);
		sample_csv(&content, 3000, 100, seed);
	}
	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	text = fixture_text(&f);
	cr_expect_eq(f.record_count, 2001 + 3 * 3001);
	expect_all(&f, text);
	cr_expect_leq(ots_view_memory_bytes(f.view), SMALL_MEMORY);
	ots_text_close(text);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, a_record_above_all_memory_is_damage_with_limit)
{
	struct ots_buffer content = csv(1000, 100, 5);
	struct fixture f;
	struct ots_text *text;
	const size_t good_records = 1000;

	{
		struct ots_buffer value;

		ots_buffer_init(&value, (size_t)16 << 20);
		cr_assert(ots_buffer_puts(&content, "1,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"type\"\":"
						    "\"\"STRING\"\",\"\"value\"\":\"\""));
		cr_assert(ots_buffer_reserve(&value, (size_t)7 << 20));
		memset(value.bytes, 'v', (size_t)7 << 20);
		cr_assert(ots_buffer_put(&content, value.bytes, (size_t)7 << 20));
		cr_assert(ots_buffer_puts(&content, "\"\"}]\",[]\n"));
		ots_buffer_release(&value);
	}
	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	text = fixture_text(&f);
	cr_expect_eq(ots_text_records(text), good_records);
	cr_assert_not_null(ots_text_damage(text));
	cr_expect(ots_text_damage(text)->status == OTS_LIMIT ||
			  ots_text_damage(text)->status == OTS_CORRUPT,
		  "%s", ots_text_damage(text)->text);
	cr_expect(strstr(ots_text_damage(text)->text, KEY) != NULL, "%s",
		  ots_text_damage(text)->text);
	ots_text_close(text);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, a_damaged_object_gives_its_good_records_then_the_damage)
{
	struct ots_buffer content = csv(300, 200, 6);
	const size_t good_bytes = content.len;
	struct fixture f;
	struct ots_text *text;
	struct ots_error err = {0};
	uint8_t buf[64];
	size_t got = 9;

	cr_assert(ots_buffer_puts(&content, "17,PUT,\"[{\"\"name\"\":\"\"pk\n"));
	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	text = fixture_text(&f);
	cr_expect_eq(ots_text_size(text), f.whole.len);
	cr_expect_eq(ots_text_records(text), 300);
	expect_all(&f, text);
	cr_assert_not_null(ots_text_damage(text));
	cr_expect_eq(ots_text_damage(text)->status, OTS_CORRUPT);
	cr_expect_eq(ots_text_damage(text)->line, 301, "%s", ots_text_damage(text)->text);
	cr_expect_geq(ots_text_damage(text)->offset, good_bytes);
	cr_expect(strstr(ots_text_damage(text)->text, KEY) != NULL, "%s",
		  ots_text_damage(text)->text);
	fixture_expect_at(&f, text, f.whole.len - 10, 64); /* short at the damage */
	for (uint64_t at = f.whole.len; at < f.whole.len + 2; at++) {
		cr_expect_eq(ots_text_read(text, at, buf, sizeof buf, &got, NULL, &err),
			     OTS_CORRUPT);
		cr_expect_eq(got, 0);
		cr_expect_str_eq(err.text, ots_text_damage(text)->text);
	}
	ots_text_close(text);
	/* Idle and opened again it is as damaged as before. */
	text = fixture_text(&f);
	cr_expect_eq(ots_text_size(text), f.whole.len);
	cr_expect_not_null(ots_text_damage(text));
	ots_text_close(text);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, an_object_without_one_good_record_does_not_open)
{
	struct ots_buffer content;
	struct fixture f;
	struct ots_text *text = NULL;
	struct ots_error err = {0};

	ots_buffer_init(&content, 1000);
	cr_assert(ots_buffer_puts(&content, "17,PUT,\"[{\"\"name\"\":\n"));
	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(
			ots_text_open(f.view, &f.object, OTS_NODE_FORM_JSONL, NULL, &text, &err),
			OTS_CORRUPT);
		cr_expect(strstr(err.text, KEY) != NULL, "%s", err.text);
		cr_expect_null(text);
	}
	f.object.format = OTS_FORMAT_ORC;
	cr_expect_eq(ots_text_open(f.view, &f.object, OTS_NODE_FORM_JSONL, NULL, &text, &err),
		     OTS_UNSUPPORTED);
	cr_expect_eq(ots_view_memory_bytes(f.view), 0);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, an_empty_object_is_an_empty_text)
{
	struct ots_buffer content;
	struct fixture f;
	struct ots_text *text;

	ots_buffer_init(&content, 1000);
	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	for (int i = 0; i < 2; i++) { /* counted, then idle and opened again */
		text = fixture_text(&f);
		cr_expect_eq(ots_text_size(text), 0);
		cr_expect_null(ots_text_damage(text));
		fixture_expect_at(&f, text, 0, 10);
		ots_text_close(text);
	}
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, raw_is_the_object_itself)
{
	struct ots_buffer content = csv(100, 100, 7);
	struct fixture f;
	struct ots_text *text = NULL;
	struct ots_error err = {0};
	uint8_t buf[64];
	size_t got = 0;

	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	cr_assert_eq(ots_text_open(f.view, &f.object, OTS_NODE_FORM_RAW, NULL, &text, &err), OTS_OK,
		     "%s", err.text);
	cr_expect_eq(ots_text_size(text), content.len);
	cr_expect_eq(ots_text_records(text), 0);
	cr_expect_eq(ots_text_read(text, content.len - 30, buf, sizeof buf, &got, NULL, &err),
		     OTS_OK);
	cr_expect_eq(got, 30);
	cr_expect_eq(memcmp(buf, content.bytes + content.len - 30, 30), 0);
	cr_expect_eq(ots_text_read(text, content.len, buf, sizeof buf, &got, NULL, &err), OTS_OK);
	cr_expect_eq(got, 0);
	cr_expect_eq(ots_view_memory_bytes(f.view), 0);
	ots_text_close(text);
	cr_expect_eq(ots_text_open(f.view, &f.object, OTS_NODE_FORM_FOLDER, NULL, &text, &err),
		     OTS_USAGE);
	cr_expect(strstr(err.text, "has no text") != NULL, "%s", err.text);
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view, what_an_idle_text_tells_holds_for_its_content_only)
{
	struct ots_buffer content = csv(100, 100, 8);
	struct ots_buffer after = csv(150, 100, 9);
	struct fixture f;
	struct ots_object before;
	struct ots_text *text;
	struct ots_error err = {0};
	uint64_t identity;

	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	text = fixture_text(&f);
	identity = ots_text_identity(text);
	ots_text_close(text);
	text = fixture_text(&f);
	expect_all(&f, text);
	cr_expect_eq(ots_text_identity(text), identity);
	ots_text_close(text);
	scratch_write(&f.scratch, KEY, after.bytes, after.len);
	before = f.object;
	f.object = sample_object(f.store, KEY, OTS_FORMAT_TUNNEL_CSV);
	f.whole.len = 0;
	sample_whole(f.store, &f.object, &f.whole, &f.record_count);
	text = fixture_text(&f);
	cr_expect_eq(ots_text_records(text), 150);
	expect_all(&f, text);
	cr_expect_neq(ots_text_identity(text), identity);
	ots_text_close(text);
	text = NULL;
	cr_expect_eq(ots_text_open(f.view, &before, OTS_NODE_FORM_JSONL, NULL, &text, &err),
		     OTS_CHANGED);
	cr_expect(strstr(err.text, KEY) != NULL, "%s", err.text);
	cr_expect_null(text);
	sample_object_release(&before);
	fixture_close(&f);
	ots_buffer_release(&content);
	ots_buffer_release(&after);
}

Test(view, an_object_that_changed_is_never_mixed)
{
	struct ots_buffer content = csv(12000, 2000, 9);
	struct ots_buffer after = csv(12000, 2000, 10);
	struct fixture f;
	struct ots_text *text;
	struct ots_text *again = NULL;
	struct ots_error err = {0};
	uint8_t *buf = malloc(1000);
	bool changed = false;

	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	text = fixture_text(&f);
	cr_assert_gt(f.whole.len, SMALL_MEMORY);
	scratch_write(&f.scratch, KEY, after.bytes, after.len);
	for (uint64_t at = 0; at < f.whole.len; at += 100000) {
		size_t got = 0;
		const enum ots_status status = ots_text_read(text, at, buf, 1000, &got, NULL, &err);

		cr_assert(status == OTS_OK || status == OTS_CHANGED, "%s", err.text);
		if (status == OTS_OK) /* kept from before */
			cr_assert_eq(memcmp(buf, f.whole.bytes + at, got), 0);
		else
			changed = true;
	}
	cr_expect(changed);
	cr_expect(strstr(err.text, KEY) != NULL, "%s", err.text);
	cr_expect_eq(ots_text_open(f.view, &f.object, OTS_NODE_FORM_JSONL, NULL, &again, &err),
		     OTS_CHANGED, "who comes later does not share it: %s", err.text);
	cr_expect_null(again);
	ots_text_close(text);
	cr_expect_eq(ots_text_open(f.view, &f.object, OTS_NODE_FORM_JSONL, NULL, &again, &err),
		     OTS_CHANGED, "%s", err.text);
	cr_expect_null(again);
	cr_expect_eq(ots_view_memory_bytes(f.view), 0);
	free(buf);
	fixture_close(&f);
	ots_buffer_release(&content);
	ots_buffer_release(&after);
}

Test(view, every_failing_call_is_told_and_leaves_nothing_behind)
{
	struct ots_buffer content = csv(10000, 2000, 11);
	uint64_t calls = 3;

	for (uint64_t n = 1; n <= calls; n++) {
		const struct ots_fault_plan plan = {
			.kind = OTS_FAULT_STATUS, .status = OTS_NETWORK, .nth = n};
		struct fixture f;
		struct ots_text *text = NULL;
		struct ots_error err = {0};
		uint8_t buf[100];
		size_t got;
		enum ots_status status;

		fixture_open(&f, &content, SMALL_MEMORY, &plan);
		status = ots_text_open(f.view, &f.object, OTS_NODE_FORM_JSONL, NULL, &text, &err);
		if (status == OTS_OK) {
			/* The tail was not kept: rendered again, which fails once. */
			status = ots_text_read(text, f.whole.len - 100, buf, 100, &got, NULL, &err);
			if (status == OTS_OK) {
				calls = n - 1;
			} else {
				cr_expect_eq(got, 0);
				fixture_expect_at(&f, text, f.whole.len - 100, 100);
			}
		}
		if (n <= calls) {
			cr_expect_eq(status, OTS_NETWORK, "call %d", (int)n);
			cr_expect(strstr(err.text, "fails on cue") != NULL, "%s", err.text);
			calls = n + 1;
		}
		if (text == NULL) { /* the next to come finds it sound */
			cr_expect_eq(ots_view_memory_bytes(f.view), 0);
			text = fixture_text(&f);
			fixture_expect_at(&f, text, 0, 1000);
		}
		ots_text_close(text);
		fixture_close(&f);
	}
	cr_expect_gt(calls, 50);
	ots_buffer_release(&content);
}

/* The bytes of parquet-format, section 2: each example there is one here. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../../core/parquet/column/values.h"
#include "../../../core/parquet/encoding/levels.h"
#include "../../../core/parquet/encoding/load.h"

TestSuite(encoding, .timeout = 60);

/* A copy with the slack that pages have, for free(). */
static uint8_t *page_of(const void *bytes, size_t len)
{
	uint8_t *copy = calloc(1, len + PAGE_SLACK_BYTES);

	cr_assert_not_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

static size_t unpack(const char *bytes, size_t len, unsigned width, uint32_t *out, size_t count)
{
	uint8_t *page = page_of(bytes, len);
	struct hybrid hybrid;
	size_t got;

	hybrid_init(&hybrid, (struct ots_bytes){page, len}, width);
	got = hybrid_read_u32(&hybrid, out, count);
	free(page);
	return got;
}

Test(encoding, hybrid_of_packed_groups_and_runs)
{
	static const uint32_t mixed[] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0};
	uint32_t out[1000];

	cr_expect_eq(unpack("\x03\x88\xc6\xfa", 4, 3, out, 8), 8);
	for (uint32_t i = 0; i < 8; i++)
		cr_expect_eq(out[i], i);
	cr_expect_eq(unpack("\xd0\x0f\x05", 3, 3, out, 1000), 1000);
	cr_expect(out[0] == 5 && out[999] == 5);
	cr_expect_eq(unpack("\x10\x01\x03\x02", 4, 1, out, 16), 16);
	cr_expect_arr_eq(out, mixed, sizeof mixed);
	cr_expect_eq(unpack("\x10", 1, 0, out, 8), 8); /* no bits: no value bytes */
}

Test(encoding, hybrid_refuses_what_cannot_be)
{
	uint32_t out[100];

	cr_expect_eq(unpack("\x00\x01", 2, 3, out, 8), 0);         /* a run of none */
	cr_expect_eq(unpack("\x01\x88\xc6\xfa", 4, 3, out, 8), 0); /* no groups */
	cr_expect_eq(unpack("\x10\x08", 2, 3, out, 8), 0);         /* 8 in three bits */
	cr_expect_eq(unpack("\x10", 1, 3, out, 8), 0);             /* without its value */
	cr_expect_eq(unpack("\x80\x80\x80\x80\x80\x01", 6, 3, out, 8), 0);
	cr_expect_eq(unpack("\x05\x88\xc6\xfa", 4, 3, out, 16), 0); /* a whole group is missing */
	cr_expect_eq(unpack("\x05\x88\xc6\xfa\x88", 5, 3, out, 10), 10); /* less than one */
}

Test(encoding, levels_packed_from_the_highest_bit)
{
	struct levels levels;
	uint8_t *page = page_of("\x05\x39\x77", 3);
	uint8_t out[9];
	bool all_max;

	levels_init(&levels, 7, true, (struct ots_bytes){page, 3});
	cr_expect(levels_read(&levels, out, 8, &all_max));
	for (uint8_t i = 0; i < 8; i++)
		cr_expect_eq(out[i], i);
	cr_expect_not(levels_read(&levels, out, 1, &all_max));
	cr_expect_eq(levels_packed_bytes(7, 8), 3);
	cr_expect_eq(levels_packed_bytes(1, 9), 2);
	free(page);
}

Test(encoding, levels_above_their_maximum_are_refused)
{
	struct levels levels;
	uint8_t *page = page_of("\x06\x03\x06\x02", 4);
	uint8_t out[3];
	bool all_max;

	levels_init(&levels, 2, false, (struct ots_bytes){page, 2});
	cr_expect_not(levels_read(&levels, out, 3, &all_max));
	levels_init(&levels, 2, false, (struct ots_bytes){page + 2, 2});
	cr_expect(levels_read(&levels, out, 3, &all_max) && all_max);
	free(page);
}

/* A page of one type, read in windows of @p step values. */
struct page {
	struct schema_node leaf;
	struct account account;
	struct values values;
	uint8_t *bytes;
};

static enum ots_status page_open(struct page *p, int32_t type, int32_t length, int32_t encoding,
				 const char *bytes, size_t len, struct ots_error *err)
{
	*p = (struct page){.leaf = {.type = type, .type_length = length, .converted = -1},
			   .account = {.limit_bytes = (size_t)1 << 20}};
	schema_resolve(&p->leaf);
	p->values = (struct values){.leaf = &p->leaf, .account = &p->account};
	p->bytes = page_of(bytes, len);
	return values_begin(&p->values, encoding, (struct ots_cursor){p->bytes, len, 0}, 0, false,
			    err);
}

static void page_close(struct page *p)
{
	values_release(&p->values);
	cr_expect_eq(p->account.used_bytes, 0);
	free(p->bytes);
}

static void expect_numbers(int32_t type, const char *bytes, size_t len, const int64_t *want,
			   uint32_t count)
{
	struct page p;
	struct value_run run;
	struct ots_error err = {0};

	cr_assert_eq(page_open(&p, type, 0, ENCODING_DELTA_BINARY_PACKED, bytes, len, &err),
		     OTS_OK);
	cr_assert_eq(values_read(&p.values, count, &run, &err), OTS_OK, "%s", err.text);
	for (uint32_t i = 0; i < count; i++) {
		const int64_t got = type == TYPE_INT32
					    ? (int32_t)load_u32(run.fixed + (size_t)i * 4)
					    : (int64_t)load_u64(run.fixed + (size_t)i * 8);

		cr_expect_eq(got, want[i], "value %u: %lld", i, (long long)got);
	}
	cr_expect_eq(values_read(&p.values, 1, &run, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "deltas are damaged or too few");
	page_close(&p);
}

Test(encoding, deltas)
{
	static const char packed[] = "\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0\x3f\0\0\0\0\0\0";
	static const char steps[] = "\x80\x01\x04\x05\x02\x02\0\0\0\0";
	static const int64_t want[] = {7, 5, 3, 1, 2, 3, 4, 5};
	static const int64_t five[] = {1, 2, 3, 4, 5};

	expect_numbers(TYPE_INT32, packed, sizeof packed - 1, want, 8);
	expect_numbers(TYPE_INT64, packed, sizeof packed - 1, want, 8);
	expect_numbers(TYPE_INT32, steps, sizeof steps - 1, five, 5);
}

static void expect_texts(int32_t type, int32_t length, int32_t encoding, const char *bytes,
			 size_t len, const char *const *want, uint32_t count, uint32_t step)
{
	struct page p;
	struct ots_error err = {0};
	uint32_t done = 0;

	cr_assert_eq(page_open(&p, type, length, encoding, bytes, len, &err), OTS_OK, "%s",
		     err.text);
	while (done < count) {
		const uint32_t n = step < count - done ? step : count - done;
		struct value_run run;

		cr_assert_eq(values_read(&p.values, n, &run, &err), OTS_OK, "%s", err.text);
		for (uint32_t i = 0; i < n; i++) {
			const size_t size = strlen(want[done + i]);
			const uint8_t *at = run.layout == LAYOUT_BYTES
						    ? run.bytes[i].at
						    : run.fixed + (size_t)i * p.leaf.width;

			if (run.layout == LAYOUT_BYTES)
				cr_assert_eq(run.bytes[i].len, size);
			cr_expect(memcmp(at, want[done + i], size) == 0, "value %u", done + i);
		}
		done += n;
	}
	page_close(&p);
}

Test(encoding, byte_arrays_by_each_encoding)
{
	static const char *const plain[] = {"ab", ""};
	static const char *const lengths[] = {"Hello", "World", "Foobar", "ABCDEF"};
	static const char *const fronts[] = {"axis", "axle", "babble", "babyhood"};
	static const char *const split[] = {"abc", "def"};
	static const char coded[] = "\x80\x01\x04\x04\x00\x03\x03\0\0\0\x44\x01\0\0\0\0\0\0\0\0\0\0"
				    "\x80\x01\x04\x04\x08\x03\x03\0\0\0\x70\0\0\0\0\0\0\0\0\0\0\0"
				    "axislebabbleyhood";

	for (uint32_t step = 1; step <= 4; step++) {
		expect_texts(TYPE_BYTES, 0, ENCODING_PLAIN, "\2\0\0\0ab\0\0\0\0", 10, plain, 2,
			     step);
		expect_texts(TYPE_BYTES, 0, ENCODING_DELTA_LENGTH_BYTE_ARRAY,
			     "\x80\x01\x04\x04\x0a\0\1\0\0\0\2\0\0\0HelloWorldFoobarABCDEF", 36,
			     lengths, 4, step);
		expect_texts(TYPE_BYTES, 0, ENCODING_DELTA_BYTE_ARRAY, coded, sizeof coded - 1,
			     fronts, 4, step);
		expect_texts(TYPE_FIXED, 3, ENCODING_BYTE_STREAM_SPLIT, "adbecf", 6, split, 2,
			     step);
	}
}

Test(encoding, each_cut_of_front_coded_text_is_refused)
{
	static const char coded[] = "\x80\x01\x04\x04\x00\x03\x03\0\0\0\x44\x01\0\0\0\0\0\0\0\0\0\0"
				    "\x80\x01\x04\x04\x08\x03\x03\0\0\0\x70\0\0\0\0\0\0\0\0\0\0\0"
				    "axislebabbleyhood";

	for (size_t len = 1; len < sizeof coded - 1; len++) {
		struct page p;
		struct value_run run;
		struct ots_error err = {0};
		enum ots_status status =
			page_open(&p, TYPE_BYTES, 0, ENCODING_DELTA_BYTE_ARRAY, coded, len, &err);

		if (status == OTS_OK)
			status = values_read(&p.values, 4, &run, &err);
		cr_expect_eq(status, OTS_CORRUPT, "cut at %zu", len);
		page_close(&p);
	}
}

Test(encoding, an_encoding_of_another_type_is_refused_by_name)
{
	struct page p;
	struct ots_error err = {0};

	cr_expect_eq(page_open(&p, TYPE_DOUBLE, 0, ENCODING_DELTA_BINARY_PACKED, "", 0, &err),
		     OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text,
			 "encoding DELTA_BINARY_PACKED (5) of type DOUBLE is not supported");
	page_close(&p);
}

#include "tunnel_csv_support.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(tunnel_csv_write, .timeout = 120);

#define NAME(s)                                                                                    \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}
#define KEY_TEXT                                                                                   \
	"\"[{\"\"name\"\":\"\"k\"\",\"\"type\"\":\"\"INTEGER\"\",\"\"value\"\":\"\"1\"\"}]\""

static struct ots_record with_cells(struct ots_cell *cells, size_t count)
{
	return (struct ots_record){.op = OTS_UPDATE,
				   .key_count = 1,
				   .ts_us = 5,
				   .key = {{NAME("k"), ots_value_integer(1)}},
				   .cells = cells,
				   .cell_count = count};
}

static struct ots_value real(uint64_t bits)
{
	struct ots_value v = {.type = OTS_DOUBLE};

	memcpy(&v.as.real, &bits, sizeof bits);
	return v;
}

Test(tunnel_csv_write, the_canonical_samples_come_back_byte_for_byte)
{
	static const char *const names[] = {"tunnel/FullData-1700000000000.csv",
					    "tunnel/IncData-1700000010000.csv"};

	for (size_t i = 0; i < 2; i++) {
		struct decoded d;
		struct ots_buffer out;
		size_t len;
		char *bytes = load_data(names[i], &len);

		decode_bytes(bytes, len, NULL, &d);
		ots_buffer_init(&out, 1 << 20);
		cr_assert_eq(ots_canonical_csv.begin(&out, NULL), OTS_OK);
		cr_assert_eq(ots_encode_batch(&ots_canonical_csv, &d.all, &out, NULL), OTS_OK);
		cr_expect(out.len == len && memcmp(out.bytes, bytes, len) == 0, "%.*s",
			  (int)out.len, (const char *)out.bytes);
		ots_buffer_release(&out);
		decoded_release(&d);
		free(bytes);
	}
}

/* A value and what stands between the name and the timestamp. */
static const struct {
	struct ots_value value;
	const char *text;
} values[] = {
	{{.type = OTS_STRING, .as.bytes = NAME("a,\"b\\\n\x01\x1f\x7f\xc3\xa9")},
	 "\"\"STRING\"\",\"\"value\"\":\"\"a,\\\"\"b\\\\\\n\\u0001\\u001f\x7f\xc3\xa9\"\""},
	{{.type = OTS_STRING, .as.bytes = NAME("a\xff\"")},
	 "\"\"STRING\"\",\"\"value\"\":\"\"a\xef\xbf\xbd\\\"\"\"\",\"\"rawData\"\":\"\"Yf8i\"\""},
	{{.type = OTS_STRING, .as.bytes = NAME("")}, "\"\"STRING\"\",\"\"value\"\":\"\"\"\""},
	{{.type = OTS_STRING, .as.bytes = NAME("\0")},
	 "\"\"STRING\"\",\"\"value\"\":\"\"\\u0000\"\""},
	{{.type = OTS_BINARY, .as.bytes = NAME("\xff")},
	 "\"\"BINARY\"\",\"\"value\"\":\"\"/w==\"\""},
	{{.type = OTS_BINARY, .as.bytes = NAME("")}, "\"\"BINARY\"\",\"\"value\"\":\"\"\"\""},
	{{.type = OTS_INTEGER, .as.integer = INT64_MIN},
	 "\"\"INTEGER\"\",\"\"value\"\":\"\"-9223372036854775808\"\""},
	{{.type = OTS_BOOLEAN, .as.boolean = true}, "\"\"BOOLEAN\"\",\"\"value\"\":true"},
	{{.type = OTS_DOUBLE, .as.real = 5}, "\"\"DOUBLE\"\",\"\"value\"\":5.0"},
};

Test(tunnel_csv_write, each_type_has_its_one_spelling_and_reads_back)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct ots_cell cell = {.name = NAME("c"),
					.action = OTS_CELL_PUT,
					.has_version = true,
					.version = 9,
					.value = values[i].value};
		const struct ots_record record = with_cells(&cell, 1);
		char expected[512];
		struct ots_buffer out;
		struct decoded d;

		ots_buffer_init(&out, 4096);
		cr_assert_eq(ots_canonical_csv.record(&record, &out, NULL), OTS_OK);
		(void)snprintf(expected, sizeof expected,
			       "5,UPDATE," KEY_TEXT ",\"[{\"\"columnType\"\":\"\"PUT\"\","
			       "\"\"name\"\":\"\"c\"\",\"\"type\"\":%s,"
			       "\"\"timestamp\"\":\"\"9\"\"}]\"\n",
			       values[i].text);
		cr_expect(out.len == strlen(expected) && memcmp(out.bytes, expected, out.len) == 0,
			  "%.*s%s", (int)out.len, (const char *)out.bytes, expected);
		decode_bytes(out.bytes, out.len, NULL, &d);
		cr_expect_eq(d.status, OTS_OK, "%s", d.err.text);
		cr_expect(d.all.count == 1 && ots_record_equal(&d.all.records[0], &record), "%zu",
			  i);
		decoded_release(&d);
		ots_buffer_release(&out);
	}
}

Test(tunnel_csv_write, every_double_reads_back_with_its_bits)
{
	static const uint64_t bits[] = {0,
					UINT64_C(1) << 63,
					1,
					UINT64_C(0x7fefffffffffffff),
					UINT64_C(0x7ff0000000000000),
					UINT64_C(0xfff0000000000000),
					UINT64_C(0x7ff8000000000000),
					UINT64_C(0x7ff8000000000001),
					UINT64_C(0xfff8000000000000),
					UINT64_C(0x3ff199999999999a),
					UINT64_C(0x4340000000000001)};

	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		struct ots_cell cell = {.name = NAME("c"),
					.action = OTS_CELL_PUT,
					.has_version = true,
					.value = real(bits[i])};
		const struct ots_record record = with_cells(&cell, 1);
		struct ots_buffer out;
		struct decoded d;

		ots_buffer_init(&out, 4096);
		cr_assert_eq(ots_canonical_csv.record(&record, &out, NULL), OTS_OK);
		decode_bytes(out.bytes, out.len, NULL, &d);
		cr_expect(d.all.count == 1 && ots_record_equal(&d.all.records[0], &record),
			  "%016llx: %.*s %s", (unsigned long long)bits[i], (int)out.len,
			  (const char *)out.bytes, d.err.text);
		decoded_release(&d);
		ots_buffer_release(&out);
	}
}

Test(tunnel_csv_write, what_four_columns_cannot_say_is_refused_and_nothing_written)
{
	static const struct {
		enum ots_op op;
		int64_t ts_us;
		size_t name_len;
		const char *why;
	} cases[] = {{OTS_BASE, 5, 1, "no record of op BASE"},
		     {OTS_PUT, -2, 1, "a time before 1970"},
		     {OTS_PUT, 5, 0, "key column 1 has no name"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ots_record record = with_cells(NULL, 0);
		struct ots_error err = {0};
		struct ots_buffer out;

		ots_buffer_init(&out, 4096);
		record.op = cases[i].op;
		record.ts_us = cases[i].ts_us;
		record.key[0].name.len = cases[i].name_len;
		cr_expect_eq(ots_canonical_csv.record(&record, &out, &err), OTS_UNSUPPORTED);
		cr_expect_not_null(strstr(err.text, cases[i].why), "%s", err.text);
		cr_expect_eq(out.len, 0);
		ots_buffer_release(&out);
	}
}

Test(tunnel_csv_write, an_unknown_time_is_written_as_base)
{
	struct ots_record record = with_cells(NULL, 0);
	struct ots_buffer out;

	record.op = OTS_DELETE;
	record.ts_us = OTS_TS_UNKNOWN;
	ots_buffer_init(&out, 4096);
	cr_assert_eq(ots_canonical_csv.record(&record, &out, NULL), OTS_OK);
	cr_assert(ots_buffer_put_byte(&out, '\0'));
	cr_expect_str_eq((const char *)out.bytes, "0,DELETE," KEY_TEXT ",[]\n");
	ots_buffer_release(&out);
}

Test(tunnel_csv_write, a_full_buffer_leaves_it_as_it_was)
{
	struct ots_cell cell = {.name = NAME("c"),
				.action = OTS_CELL_PUT,
				.has_version = true,
				.value = ots_value_string("\xff", 1)};
	const struct ots_record record = with_cells(&cell, 1);
	struct ots_buffer whole;

	ots_buffer_init(&whole, 4096);
	cr_assert_eq(ots_canonical_csv.record(&record, &whole, NULL), OTS_OK);
	for (size_t limit = 0; limit <= whole.len; limit++) {
		struct ots_error err = {0};
		struct ots_buffer out;
		enum ots_status status;

		ots_buffer_init(&out, limit);
		status = ots_canonical_csv.record(&record, &out, &err);
		cr_expect_eq(status, limit < whole.len ? OTS_LIMIT : OTS_OK, "%zu: %s", limit,
			     err.text);
		cr_expect_eq(out.len, limit < whole.len ? 0 : whole.len);
		ots_buffer_release(&out);
	}
	ots_buffer_release(&whole);
}

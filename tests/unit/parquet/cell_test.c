/* Values as text: parquet-format, sections 4.2 to 4.5. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/text/number.h>

#include "../../../core/parquet/cell/cell.h"

TestSuite(cell, .timeout = 60);

struct value {
	const char *bytes;
	size_t len;
	const char *csv, *json; /* json NULL: as CSV, in quotes */
};

static void expect(struct schema_node leaf, const struct value *values, size_t count)
{
	leaf.converted = leaf.converted == 0 ? -1 : leaf.converted;
	schema_resolve(&leaf);
	for (int json = 0; json < 2; json++) {
		struct cell cell;

		cell_init(&cell, &leaf, json == 1);
		for (size_t i = 0; i < count; i++) {
			char got[256] = "", want[256] = "";
			const size_t len = cell_put(&cell, (const uint8_t *)values[i].bytes,
						    values[i].len, got);

			cr_assert_leq(len, cell_bound(&cell, values[i].len));
			got[len] = '\0';
			if (json == 0)
				(void)snprintf(want, sizeof want, "%s", values[i].csv);
			else if (values[i].json != NULL)
				(void)snprintf(want, sizeof want, "%s", values[i].json);
			else
				(void)snprintf(want, sizeof want, "\"%s\"", values[i].csv);
			cr_expect_str_eq(got, want);
		}
	}
}

#define EXPECT(leaf, ...)                                                                          \
	expect((struct schema_node)leaf, (const struct value[]){__VA_ARGS__},                      \
	       sizeof(const struct value[]){__VA_ARGS__} / sizeof(struct value))
#define LEAF(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

Test(cell, decimals_of_all_carriers)
{
	EXPECT(LEAF(.type = TYPE_INT32,
		    .logical = {.type = LOGICAL_DECIMAL, .scale = 2, .precision = 9}),
	       {"\xfb\xff\xff\xff", 4, "-0.05", "-0.05"}, {"\x7b\0\0\0", 4, "1.23", "1.23"},
	       {"\0\0\0\x80", 4, "-21474836.48", "-21474836.48"});
	EXPECT(LEAF(.type = TYPE_INT64, .logical = {.type = LOGICAL_DECIMAL, .precision = 18}),
	       {"\0\0\0\0\0\0\0\x80", 8, "-9223372036854775808", "-9223372036854775808"});
	EXPECT(LEAF(.type = TYPE_BYTES,
		    .logical = {.type = LOGICAL_DECIMAL, .scale = 2, .precision = 40}),
	       {"\xff\xff\xfe\x0c", 4, "-5.00", "-5.00"}, {"", 0, "0.00", "0.00"},
	       {"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16,
		"1701411834604692317316873037158841057.27",
		"1701411834604692317316873037158841057.27"},
	       {"\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16,
		"-1701411834604692317316873037158841057.28",
		"-1701411834604692317316873037158841057.28"},
	       {"\0\0\0\0\0\0\0\0\0\x07", 10, "0.07", "0.07"},
	       {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10, "-0.01", "-0.01"});
}

Test(cell, moments)
{
	EXPECT(LEAF(.type = TYPE_INT64,
		    .logical = {.type = LOGICAL_TIMESTAMP, .unit = UNIT_MICROS, .utc = true}),
	       {"\xff\xff\xff\xff\xff\xff\xff\xff", 8, "1969-12-31T23:59:59.999999Z", NULL},
	       {"\0\0\0\0\0\0\0\0", 8, "1970-01-01T00:00:00.000000Z", NULL},
	       {"\0\0\0\0\0\0\0\x80", 8, "-290308-12-21T19:59:05.224192Z", NULL},
	       {"\xff\xff\xff\xff\xff\xff\xff\x7f", 8, "+294247-01-10T04:00:54.775807Z", NULL});
	EXPECT(LEAF(.type = TYPE_INT64, .logical = {.type = LOGICAL_TIMESTAMP, .unit = UNIT_NANOS}),
	       {"\0\0\0\0\0\0\0\x80", 8, "1677-09-21T00:12:43.145224192", NULL});
	EXPECT(LEAF(.type = TYPE_INT64, .converted = CONVERTED_TIMESTAMP_MILLIS),
	       {"\x01\0\0\0\0\0\0\0", 8, "1970-01-01T00:00:00.001Z", NULL});
	EXPECT(LEAF(.type = TYPE_INT96),
	       {"\x15\x2d\x59\x53\x32\x29\0\0\xd2\x8a\x25\0", 12, "2024-02-29T12:34:56.123456789",
		NULL},
	       {"\xff\xff\xff\xff\xff\xff\xff\xff\x8c\x3d\x25\0", 12,
		"1969-12-31T23:59:59.999999999", NULL});
}

Test(cell, dates_and_times)
{
	EXPECT(LEAF(.type = TYPE_INT32, .converted = CONVERTED_DATE),
	       {"\0\0\0\0", 4, "1970-01-01", NULL}, {"\xff\xff\xff\xff", 4, "1969-12-31", NULL},
	       {"\x48\xc8\xf4\xff", 4, "-0043-03-15", NULL},
	       {"\x4f\xd2\x39\x00", 4, "+12345-01-01", NULL});
	EXPECT(LEAF(.type = TYPE_INT32, .logical = {.type = LOGICAL_TIME, .unit = UNIT_MILLIS}),
	       {"\xff\x5b\x26\x05", 4, "23:59:59.999", NULL},
	       {"\0\x5c\x26\x05", 4, "86400000", "86400000"}, {"\xff\xff\xff\xff", 4, "-1", "-1"});
}

Test(cell, the_rest)
{
	EXPECT(LEAF(.type = TYPE_FIXED, .type_length = 16, .logical = {.type = LOGICAL_UUID}),
	       {"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16,
		"00112233-4455-6677-8899-aabbccddeeff", NULL});
	EXPECT(LEAF(.type = TYPE_FIXED, .type_length = 12, .converted = CONVERTED_INTERVAL),
	       {"\x01\0\0\0\x0f\0\0\0\x30\x75\0\0", 12, "P1M15DT30.000S", NULL});
	EXPECT(LEAF(.type = TYPE_FIXED, .type_length = 2, .logical = {.type = LOGICAL_FLOAT16}),
	       {"\0\x3c", 2, "1.0", "1.0"}, {"\x66\x2e", 2, "0.099975586", "0.099975586"},
	       {"\0\x7c", 2, "Infinity", NULL}, {"\0\x80", 2, "-0.0", "-0.0"},
	       {"\x01\0", 2, "5.9604645e-08", "5.9604645e-08"});
	EXPECT(LEAF(.type = TYPE_INT32, .logical = {.type = LOGICAL_INTEGER, .bit_width = 32}),
	       {"\xff\xff\xff\xff", 4, "4294967295", "4294967295"});
	EXPECT(LEAF(.type = TYPE_INT32,
		    .logical = {.type = LOGICAL_INTEGER, .bit_width = 8, .is_signed = true}),
	       {"\x2c\x01\0\0", 4, "300", "300"});
	EXPECT(LEAF(.type = TYPE_BYTES, .logical = {.type = LOGICAL_STRING}),
	       {"", 0, "\"\"", "\"\""}, {"a,b", 3, "\"a,b\"", "\"a,b\""},
	       {"q\"", 2, "\"q\"\"\"", "\"q\\\"\""},
	       {"\n\x01\x7f", 3, "\"\n\x01\x7f\"", "\"\\n\\u0001\x7f\""},
	       {"\x08\x0b\x0c", 3, "\x08\x0b\x0c", "\"\\b\\u000b\\f\""},
	       {"\xff", 1, "\xff", "{\"$str\":\"/w==\"}"});
	/* Annotations of another type, or of nonsense: what is stored. */
	EXPECT(LEAF(.type = TYPE_INT64, .converted = CONVERTED_DATE),
	       {"\x05\0\0\0\0\0\0\0", 8, "5", "5"});
	EXPECT(LEAF(.type = TYPE_FIXED, .type_length = 3, .converted = CONVERTED_DECIMAL,
		    .scale = 3, .precision = 2),
	       {"abc", 3, "YWJj", NULL});
}

Test(cell, doubles_of_few_decimals_print_as_all_others)
{
	struct schema_node leaf = {.type = TYPE_DOUBLE, .converted = -1};
	struct cell fast;
	uint64_t state = 88172645463325252;

	schema_resolve(&leaf);
	cell_init(&fast, &leaf, true);
	for (int i = 0; i < 200000; i++) {
		static const double units[] = {1, 10, 100, 1e4, 1e6, 1e8};
		char got[64], want[OTS_DOUBLE_TEXT_BYTES];
		double x;
		size_t len;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		x = (double)(int64_t)(state >> (state & 31)) / units[i / 1000 % 6];
		len = cell_put_double(&fast, x, got);
		cr_assert_eq(len, ots_print_double(x, want));
		cr_assert(memcmp(got, want, len) == 0, "%.*s", (int)len, got);
	}
}

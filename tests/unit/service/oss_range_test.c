#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

#include "../../../tools/service/oss/condition.h"
#include "../../../tools/service/oss/range.h"

TestSuite(oss_range, .timeout = 60);

/* oss-protocol 3.5, for an object of 1000 bytes. */
Test(oss_range, the_table_of_the_sheet)
{
	static const struct {
		const char *range;
		enum ots_oss_range plain, standard;
		uint64_t first, count; /* of a part */
	} cases[] = {
		{"", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=0-499", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 0, 500},
		{"bytes=0-0", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 0, 1},
		{"bytes=500-", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 500, 500},
		{"bytes=999-", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 999, 1},
		{"bytes=0-999", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 0, 1000},
		{"bytes=-300", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 700, 300},
		{"bytes=-1000", OTS_OSS_RANGE_PART, OTS_OSS_RANGE_PART, 0, 1000},
		{"bytes=500-1000", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_PART, 500, 500},
		{"bytes=500-2000", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_PART, 500, 500},
		{"bytes=500-99999999999999999999999", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_PART, 500,
		 500},
		{"bytes=1000-2000", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_INVALID, 0, 0},
		{"bytes=1000-", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_INVALID, 0, 0},
		{"bytes=-2000", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_PART, 0, 1000},
		{"bytes=-0", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_INVALID, 0, 0},
		{"byte=0-499", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=5-2", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=a-b", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=-", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=0", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=0-1x", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_WHOLE, 0, 0},
		{"bytes=0-1,5-6", OTS_OSS_RANGE_WHOLE, OTS_OSS_RANGE_INVALID, 0, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int standard = 0; standard < 2; standard++) {
			const enum ots_oss_range expected =
				standard != 0 ? cases[i].standard : cases[i].plain;
			uint64_t first = 7, count = 7;

			cr_expect_eq(ots_oss_range(ots_bytes_of(cases[i].range), standard != 0,
						   1000, &first, &count),
				     expected, "%s, standard %d", cases[i].range, standard);
			if (expected == OTS_OSS_RANGE_PART)
				cr_expect(first == cases[i].first && count == cases[i].count,
					  "%s, standard %d", cases[i].range, standard);
		}
}

Test(oss_range, an_empty_object_has_no_range)
{
	static const char *const ranges[] = {"bytes=0-", "bytes=0-0", "bytes=-1"};
	uint64_t first, count;

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		cr_expect_eq(ots_oss_range(ots_bytes_of(ranges[i]), false, 0, &first, &count),
			     OTS_OSS_RANGE_WHOLE, "%s", ranges[i]);
		cr_expect_eq(ots_oss_range(ots_bytes_of(ranges[i]), true, 0, &first, &count),
			     OTS_OSS_RANGE_INVALID, "%s", ranges[i]);
	}
}

/* Every short text, with what is read at its exact length. */
Test(oss_range, a_part_always_lies_inside)
{
	static const char letters[] = "09-,x";
	uint32_t seed = 5;

	for (int round = 0; round < 20000; round++) {
		char text[16] = "bytes=";
		size_t len = 6;
		uint64_t first = 0, count = 0;
		char *exact;

		seed = seed * 1664525 + 1013904223;
		for (uint32_t left = (seed >> 8) % 9; left > 0; left--) {
			seed = seed * 1664525 + 1013904223;
			text[len++] = letters[(seed >> 16) % 5];
		}
		exact = malloc(len);
		memcpy(exact, text, len);
		if (ots_oss_range((struct ots_bytes){(const uint8_t *)exact, len}, round % 2 == 0,
				  100, &first, &count) == OTS_OSS_RANGE_PART)
			cr_assert(count > 0 && first < 100 && count <= 100 - first, "%.*s",
				  (int)len, text);
		free(exact);
	}
}

TestSuite(oss_condition, .timeout = 60);

#define ETAG "5D41402ABC4B2A76B9719D911017C592"
/* 2023-11-12 16:43:40 and a fraction. */
#define MTIME_US INT64_C(1699807420500000)

Test(oss_condition, each_alone_and_the_order_of_two)
{
	static const char same[] = "Sun, 12 Nov 2023 16:43:40 GMT";
	static const char before[] = "Sun, 12 Nov 2023 16:43:39 GMT";
	static const char after[] = "Sun, 12 Nov 2023 16:43:41 GMT";
	static const struct {
		const char *match, *none_match, *modified, *unmodified;
		enum ots_oss_condition expected;
	} cases[] = {
		{"", "", "", "", OTS_OSS_CONDITION_MET},
		{"\"" ETAG "\"", "", "", "", OTS_OSS_CONDITION_MET},
		{ETAG, "", "", "", OTS_OSS_CONDITION_MET},
		{"\"x\", \"" ETAG "\"", "", "", "", OTS_OSS_CONDITION_MET},
		{"*", "", "", "", OTS_OSS_CONDITION_MET},
		{"\"5d41402abc4b2a76b9719d911017c592\"", "", "", "", OTS_OSS_CONDITION_MET},
		{"\"x\"", "", "", "", OTS_OSS_CONDITION_FAILED},
		{"\"" ETAG "0\"", "", "", "", OTS_OSS_CONDITION_FAILED},
		{"", "\"" ETAG "\"", "", "", OTS_OSS_CONDITION_NOT_MODIFIED},
		{"", "*", "", "", OTS_OSS_CONDITION_NOT_MODIFIED},
		{"", "\"x\"", "", "", OTS_OSS_CONDITION_MET},
		{"", "", same, "", OTS_OSS_CONDITION_NOT_MODIFIED},
		{"", "", after, "", OTS_OSS_CONDITION_NOT_MODIFIED},
		{"", "", before, "", OTS_OSS_CONDITION_MET},
		{"", "", "yesterday", "", OTS_OSS_CONDITION_MET},
		{"", "", "", same, OTS_OSS_CONDITION_MET},
		{"", "", "", after, OTS_OSS_CONDITION_MET},
		{"", "", "", before, OTS_OSS_CONDITION_FAILED},
		{"\"" ETAG "\"", "", "", before, OTS_OSS_CONDITION_MET},
		{"", "\"x\"", same, "", OTS_OSS_CONDITION_MET},
		{"\"x\"", "\"" ETAG "\"", "", "", OTS_OSS_CONDITION_FAILED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ots_oss_conditions conditions = {
			ots_bytes_of(cases[i].match), ots_bytes_of(cases[i].none_match),
			ots_bytes_of(cases[i].modified), ots_bytes_of(cases[i].unmodified)};

		cr_expect_eq(ots_oss_condition(&conditions, ETAG, MTIME_US), cases[i].expected,
			     "case %zu", i);
	}
}

#include <otsfs/text/number.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(number, .timeout = 60);

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static double from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static bool same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* Significant digits of a printed number. */
static size_t digits_of(const char *text)
{
	size_t count = 0, zeros = 0;

	for (; *text != '\0' && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (count == 0 && *text == '0'))
			continue;
		zeros = *text == '0' ? zeros + 1 : 0;
		count++;
	}
	return count - zeros;
}

/* Reads back by us and by the C library, and no shorter text does. */
static void check_round_trip(double x)
{
	char text[OTS_DOUBLE_TEXT_BYTES + 1], shorter[40];
	const size_t len = ots_print_double(x, text);
	size_t digits;
	double back = 0;

	cr_assert_leq(len, OTS_DOUBLE_TEXT_BYTES);
	text[len] = '\0';
	cr_assert(ots_parse_double(bytes_of(text), &back) && same_bits(back, x), "%.17g: %s", x,
		  text);
	cr_assert(same_bits(strtod(text, NULL), x), "%.17g: %s", x, text);
	cr_assert(strpbrk(text, ".e") != NULL, "%s", text);
	digits = digits_of(text);
	if (digits > 1) {
		(void)snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, x);
		cr_assert(!same_bits(strtod(shorter, NULL), x), "%s is shorter than %s", shorter,
			  text);
	}
	(void)snprintf(shorter, sizeof shorter, "%.16e", x);
	cr_assert(ots_parse_double(bytes_of(shorter), &back) && same_bits(back, x), "%s", shorter);
}

Test(number, random_doubles_round_trip_in_the_shortest_text)
{
	uint64_t state = UINT64_C(20261121);

	for (int i = 0; i < 60000; i++) {
		uint64_t bits = next_random(&state);

		if (i % 4 == 0)
			bits &= ~(UINT64_C(0x7ff) << 52); /* subnormal */
		if (isfinite(from_bits(bits)))
			check_round_trip(from_bits(bits));
		check_round_trip((double)(int64_t)(bits >> 30) / 100);
		check_round_trip((double)(bits >> 8));
	}
}

Test(number, powers_and_their_neighbours_round_trip)
{
	for (int e = -1074; e < 1024; e++) {
		const double x = ldexp(1, e);

		check_round_trip(x);
		check_round_trip(nextafter(x, INFINITY));
		check_round_trip(-nextafter(x, 0));
	}
	for (int e = -323; e <= 308; e++) {
		char text[16];

		(void)snprintf(text, sizeof text, "1e%d", e);
		check_round_trip(strtod(text, NULL));
		check_round_trip(nextafter(strtod(text, NULL), INFINITY));
	}
	check_round_trip(1.7976931348623157e308);
	check_round_trip(2.2250738585072014e-308);
	check_round_trip(2.2250738585072009e-308);
}

Test(number, doubles_print_in_one_notation)
{
	static const struct {
		double x;
		const char *text;
	} cases[] = {
		{0.0, "0.0"},
		{-0.0, "-0.0"},
		{1, "1.0"},
		{-1.5, "-1.5"},
		{0.1, "0.1"},
		{0.00001, "0.00001"},
		{0.0000123, "0.0000123"},
		{0.0000099, "9.9e-06"},
		{1e16, "10000000000000000.0"},
		{123456789012345680.0, "1.2345678901234568e+17"},
		{99999999999999984.0, "99999999999999980.0"},
		{1e17, "1e+17"},
		{1e300, "1e+300"},
		{1.5e-7, "1.5e-07"},
		{5e-324, "5e-324"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{9007199254740993.0, "9007199254740992.0"},
		{123.456, "123.456"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[OTS_DOUBLE_TEXT_BYTES + 1];

		text[ots_print_double(cases[i].x, text)] = '\0';
		cr_expect_str_eq(text, cases[i].text);
	}
}

Test(number, long_and_halfway_texts_round_as_the_c_library_does)
{
	uint64_t state = 7;
	char text[1400];

	for (int i = 0; i < 20000; i++) {
		const double x = from_bits(next_random(&state) & ~(UINT64_C(1) << 62));
		const int digits = (int)(next_random(&state) % 40) + 1;
		double back;

		if (!isfinite(x))
			continue;
		(void)snprintf(text, sizeof text, "%.*e", digits, x);
		text[x < 0 ? 3 : 2] = (char)('0' + next_random(&state) % 10);
		cr_assert(ots_parse_double(bytes_of(text), &back), "%s", text);
		cr_assert(same_bits(back, strtod(text, NULL)), "%s", text);
	}
	/* Exactly halfway between two doubles, then a little above by a late digit. */
	for (int e = -1074; e <= 0; e += 7) {
		double back;
		int len =
			snprintf(text, sizeof text - 1, "%.1100Lf", ldexpl(9007199254740993.0L, e));

		cr_assert(len > 0 && (size_t)len < sizeof text - 1);
		cr_assert(ots_parse_double(bytes_of(text), &back), "%s", text);
		cr_assert(same_bits(back, strtod(text, NULL)), "%s", text);
		text[len++] = '1';
		text[len] = '\0';
		cr_assert(ots_parse_double(bytes_of(text), &back), "%s", text);
		cr_assert(same_bits(back, strtod(text, NULL)), "%s", text);
	}
	{
		double low, above;

		cr_assert(ots_parse_double(bytes_of("9007199254740993"), &low) &&
			  ots_parse_double(bytes_of("9007199254740993.00000000000000000000000001"),
					   &above));
		cr_expect_eq(low, 9007199254740992.0);
		cr_expect_eq(above, 9007199254740994.0);
	}
}

Test(number, what_is_no_double_is_refused)
{
	static const char *const bad[] = {"",     "-",   "+1",  ".5",      "5.",       "1e",  "1e+",
					  "1e1.", " 1",  "1 ",  "0x10",    "inf",      "nan", "1,5",
					  "1..2", "--1", "1e-", "1.5e+-2", "Infinity", "1f"};
	double x = 42;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(ots_parse_double(bytes_of(bad[i]), &x), "%s", bad[i]);
	cr_expect_not(ots_parse_double(bytes_of("1.7976931348623159e308"), &x));
	cr_expect_not(ots_parse_double(bytes_of("1e309"), &x));
	cr_expect_not(ots_parse_double(bytes_of("1e99999999999999999999"), &x));
	cr_expect_eq(x, 42);
	cr_expect(ots_parse_double(bytes_of("1e-999999999999999999"), &x) && same_bits(x, 0.0));
	cr_expect(ots_parse_double(bytes_of("-0e5"), &x) && same_bits(x, -0.0));
	cr_expect(ots_parse_double(bytes_of("0.000e999999"), &x) && same_bits(x, 0.0));
	cr_expect(ots_parse_double(bytes_of("2.4703282292062327e-324"), &x) && same_bits(x, 0.0));
	cr_expect(ots_parse_double(bytes_of("2.4703282292062328e-324"), &x) &&
		  same_bits(x, 5e-324));
	cr_expect(ots_parse_double(bytes_of("1.7976931348623158e308"), &x) &&
		  same_bits(x, 1.7976931348623157e308));
}

Test(number, integers_hold_at_every_width_and_at_the_limits)
{
	static const char *const bad[] = {"",
					  "-",
					  "+1",
					  " 1",
					  "1 ",
					  "1.0",
					  "0x1",
					  "--1",
					  "9223372036854775808",
					  "-9223372036854775809",
					  "99999999999999999999"};
	char text[OTS_INTEGER_TEXT_BYTES + 1], expected[32];
	uint64_t power = 1;
	int64_t n = 42;
	uint64_t u;

	for (int i = 0; i < 20; i++, power *= 10) {
		for (uint64_t k = 0; k < 3; k++) {
			const uint64_t value = power - 1 + k;

			text[ots_print_u64(value, text)] = '\0';
			(void)snprintf(expected, sizeof expected, "%" PRIu64, value);
			cr_expect_str_eq(text, expected);
			cr_expect(ots_parse_u64(bytes_of(text), &u) && u == value);
			text[ots_print_i64(-(int64_t)(value >> 1), text)] = '\0';
			(void)snprintf(expected, sizeof expected, "%" PRId64,
				       -(int64_t)(value >> 1));
			cr_expect_str_eq(text, expected);
			cr_expect(ots_parse_i64(bytes_of(text), &n) && n == -(int64_t)(value >> 1));
		}
	}
	text[ots_print_i64(INT64_MIN, text)] = '\0';
	cr_expect_str_eq(text, "-9223372036854775808");
	cr_expect(ots_parse_i64(bytes_of(text), &n) && n == INT64_MIN);
	cr_expect(ots_parse_i64(bytes_of("9223372036854775807"), &n) && n == INT64_MAX);
	cr_expect(ots_parse_i64(bytes_of("-000000000000000000000000000000000007"), &n) && n == -7);
	cr_expect(ots_parse_u64(bytes_of("18446744073709551615"), &u) && u == UINT64_MAX);
	cr_expect_not(ots_parse_u64(bytes_of("18446744073709551616"), &u));
	cr_expect_not(ots_parse_u64(bytes_of("-1"), &u));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(ots_parse_i64(bytes_of(bad[i]), &n), "%s", bad[i]);
}

Test(number, sizes_take_powers_of_1024)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {{"0", 0},
		    {"512", 512},
		    {"512b", 512},
		    {"64K", 65536},
		    {"64kB", 65536},
		    {"512M", UINT64_C(536870912)},
		    {"2GiB", UINT64_C(2147483648)},
		    {"7E", UINT64_C(7) << 60},
		    {"9223372036854775807", INT64_MAX}};
	static const char *const bad[] = {"",
					  "K",
					  "-1",
					  "1.5M",
					  "1 K",
					  "1X",
					  "1Kb1",
					  "1Ki",
					  "1BB",
					  "8E",
					  "9223372036854775808"};
	uint64_t size = 0;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		cr_expect(ots_parse_size(bytes_of(good[i].text), &size) && size == good[i].size,
			  "%s", good[i].text);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(ots_parse_size(bytes_of(bad[i]), &size), "%s", bad[i]);
}

static void expect_float(float x, const char *text)
{
	char got[OTS_DOUBLE_TEXT_BYTES + 1] = "";

	got[ots_print_float(x, got)] = '\0';
	cr_expect_str_eq(got, text);
}

Test(number, floats_print_as_floats_do_not_as_doubles)
{
	expect_float(0.1F, "0.1");
	expect_float(-0.0F, "-0.0");
	expect_float(16777216.0F, "16777216.0");
	expect_float(3.4028235e38F, "3.4028235e+38");
	expect_float(1e-45F, "1e-45");
	expect_float(0.099975586F, "0.099975586");
}

Test(number, floats_read_back_and_are_never_longer_than_nine_digits)
{
	uint64_t state = 7;

	for (int i = 0; i < 300000; i++) {
		char text[OTS_DOUBLE_TEXT_BYTES + 1], shorter[OTS_DOUBLE_TEXT_BYTES + 1];
		const uint32_t bits = (uint32_t)next_random(&state);
		float x, back;

		memcpy(&x, &bits, sizeof x);
		if (!isfinite(x))
			continue;
		text[ots_print_float(x, text)] = '\0';
		back = strtof(text, NULL);
		cr_assert(memcmp(&x, &back, sizeof x) == 0, "%s", text);
		cr_assert_leq(digits_of(text), 9);
		if (digits_of(text) < 2)
			continue;
		(void)snprintf(shorter, sizeof shorter, "%.*e", (int)digits_of(text) - 2,
			       (double)x);
		back = strtof(shorter, NULL);
		cr_assert(memcmp(&x, &back, sizeof x) != 0, "%s, and %s would do", text, shorter);
	}
}

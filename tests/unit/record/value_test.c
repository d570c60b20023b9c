#include <otsfs/record/value.h>

#include <criterion/criterion.h>

#include <string.h>

TestSuite(value, .timeout = 60);

static struct ots_bytes text(const char *s)
{
	return (struct ots_bytes){(const uint8_t *)s, strlen(s)};
}

static struct ots_value real(uint64_t bits)
{
	struct ots_value v = {.type = OTS_DOUBLE};

	memcpy(&v.as.real, &bits, sizeof bits);
	return v;
}

Test(value, type_words_go_both_ways_without_case)
{
	static const struct {
		enum ots_type type;
		const char *word;
		const char *other;
	} words[] = {{OTS_STRING, "STRING", "string"},
		     {OTS_INTEGER, "INTEGER", "Integer"},
		     {OTS_BINARY, "BINARY", "bInArY"},
		     {OTS_DOUBLE, "DOUBLE", "double"},
		     {OTS_BOOLEAN, "BOOLEAN", "Boolean"}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		enum ots_type type = OTS_STRING;

		cr_expect_str_eq(ots_type_word(words[i].type), words[i].word);
		cr_expect(ots_type_from_word(text(words[i].word), &type) && type == words[i].type);
		cr_expect(ots_type_from_word(text(words[i].other), &type) && type == words[i].type);
	}
}

Test(value, other_words_name_no_type)
{
	static const char *const words[] = {"", "STRIN", "STRINGS", "INF_MIN", "DATETIME", "INT"};
	enum ots_type type;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		cr_expect(!ots_type_from_word(text(words[i]), &type), "%s", words[i]);
}

Test(value, order_is_by_number_and_by_bytes_and_by_type)
{
	const struct ots_value sorted[] = {
		ots_value_string("", 0),      ots_value_string("a", 1),
		ots_value_string("a\0", 2),   ots_value_string("ab", 2),
		ots_value_string("b", 1),     ots_value_string("\xff", 1),
		ots_value_integer(INT64_MIN), ots_value_integer(-1),
		ots_value_integer(0),         ots_value_integer(INT64_MAX),
		ots_value_binary("", 0),      ots_value_binary("\x80", 1)};
	const size_t count = sizeof sorted / sizeof sorted[0];

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < count; k++) {
			const int order = ots_value_compare(&sorted[i], &sorted[k]);

			cr_expect_eq(order < 0, i < k, "%zu %zu", i, k);
			cr_expect_eq(order > 0, i > k, "%zu %zu", i, k);
			cr_expect_eq(ots_value_equal(&sorted[i], &sorted[k]), i == k);
		}
	}
}

Test(value, doubles_are_equal_by_their_bits)
{
	const struct ots_value nan = real(UINT64_C(0x7ff8000000000000));
	const struct ots_value other_nan = real(UINT64_C(0x7ff8000000000001));
	const struct ots_value zero = real(0);
	const struct ots_value minus_zero = real(UINT64_C(1) << 63);

	cr_expect(ots_value_equal(&nan, &nan));
	cr_expect(!ots_value_equal(&nan, &other_nan));
	cr_expect(ots_value_equal(&zero, &zero));
	cr_expect(!ots_value_equal(&zero, &minus_zero));
}

Test(value, booleans_and_types_differ)
{
	const struct ots_value yes = {.type = OTS_BOOLEAN, .as.boolean = true};
	const struct ots_value no = {.type = OTS_BOOLEAN, .as.boolean = false};
	const struct ots_value bytes = ots_value_binary("a", 1);
	const struct ots_value string = ots_value_string("a", 1);

	cr_expect(ots_value_equal(&yes, &yes));
	cr_expect(!ots_value_equal(&yes, &no));
	cr_expect(!ots_value_equal(&bytes, &string));
}

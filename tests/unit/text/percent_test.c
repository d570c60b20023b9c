#include <otsfs/text/percent.h>

#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

TestSuite(percent, .timeout = 60);

static void is(const struct ots_buffer *out, const char *expected)
{
	cr_expect(out->len == strlen(expected) && memcmp(out->bytes, expected, out->len) == 0,
		  "%.*s, not %s", (int)out->len, (const char *)out->bytes, expected);
}

Test(percent, what_is_coded_and_what_stands)
{
	struct ots_buffer out;

	ots_buffer_init(&out, 4096);
	cr_assert(ots_percent_put(&out, ots_bytes_of("aZ09-._~/ +%\xc3\xa9"), true));
	is(&out, "aZ09-._~/%20%2B%25%C3%A9");
	out.len = 0;
	cr_assert(ots_percent_put(&out, ots_bytes_of("a/b"), false));
	is(&out, "a%2Fb");
	ots_buffer_release(&out);
}

Test(percent, decoding_leaves_what_is_no_code)
{
	struct ots_buffer out;

	ots_buffer_init(&out, 4096);
	cr_assert(ots_percent_decode(&out, ots_bytes_of("%41%2f%2F+%zz%4"), false));
	is(&out, "A//+%zz%4");
	out.len = 0;
	cr_assert(ots_percent_decode(&out, ots_bytes_of("a+b%2Bc%"), true));
	is(&out, "a b+c%");
	ots_buffer_release(&out);
}

Test(percent, every_byte_comes_back_and_the_limit_is_exact)
{
	uint8_t all[256];
	struct ots_buffer coded, plain;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	ots_buffer_init(&coded, 66 + 190 * 3); /* 66 stand, 190 are coded */
	ots_buffer_init(&plain, sizeof all * 3);
	cr_assert(ots_percent_put(&coded, (struct ots_bytes){all, sizeof all}, false));
	cr_expect_eq(coded.len, 66u + 190 * 3);
	cr_assert(ots_percent_decode(&plain, (struct ots_bytes){coded.bytes, coded.len}, true));
	cr_expect_eq(plain.len, sizeof all);
	cr_expect_arr_eq(plain.bytes, all, sizeof all);
	cr_expect_not(ots_percent_put(&coded, ots_bytes_of("a"), false), "one byte too many");
	ots_buffer_release(&coded);
	ots_buffer_release(&plain);
}

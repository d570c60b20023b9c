#include <otsfs/base/bytes.h>

#include <criterion/criterion.h>

TestSuite(bytes, .timeout = 60);

Test(bytes, equal_are_the_same_bytes_and_no_more)
{
	const struct ots_bytes none = {NULL, 0};

	cr_expect(ots_bytes_equal(none, ots_bytes_of("")));
	cr_expect(ots_bytes_equal(none, none));
	cr_expect(ots_bytes_equal(ots_bytes_of("ab"), ots_bytes_of("ab")));
	cr_expect_not(ots_bytes_equal(ots_bytes_of("ab"), ots_bytes_of("aB")));
	cr_expect_not(ots_bytes_equal(ots_bytes_of("ab"), ots_bytes_of("abc")));
	cr_expect_not(ots_bytes_equal(ots_bytes_of("ab"), none));
}

Test(bytes, a_word_is_told_from_its_beginning_and_from_what_goes_on)
{
	static const uint8_t text[] = {'a', 'l', 'l', '\0', 'x'};

	cr_expect(ots_bytes_are((struct ots_bytes){text, 3}, "all"));
	cr_expect_not(ots_bytes_are((struct ots_bytes){text, 2}, "all"));
	cr_expect_not(ots_bytes_are((struct ots_bytes){text, 4}, "all"));
	cr_expect_not(ots_bytes_are((struct ots_bytes){text, 5}, "all"));
	cr_expect(ots_bytes_are((struct ots_bytes){NULL, 0}, ""));
	cr_expect_not(ots_bytes_are((struct ots_bytes){NULL, 0}, "all"));
}

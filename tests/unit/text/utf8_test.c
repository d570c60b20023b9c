#include <otsfs/text/utf8.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(utf8, .timeout = 60);

/* Valid by the definition: every character decoded, slowly. */
static bool valid_by_definition(const uint8_t *at, size_t len)
{
	size_t i = 0;

	while (i < len) { /* ends: i grows */
		const uint8_t c = at[i];
		const size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		uint32_t code = n == 1 ? c : n == 2 ? c & 0x1f : n == 3 ? c & 0x0f : c & 0x07;
		static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

		if ((c >= 0x80 && c < 0xc0) || c >= 0xf8 || i + n > len)
			return false;
		for (size_t k = 1; k < n; k++) {
			if ((at[i + k] & 0xc0) != 0x80)
				return false;
			code = code << 6 | (at[i + k] & 0x3f);
		}
		if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return false;
		i += n;
	}
	return true;
}

Test(utf8, all_short_sequences_agree_with_the_definition)
{
	static const uint8_t tails[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
					0x9f, 0xa0, 0xbf, 0xc0, 0xe2, 0xff};
	uint8_t s[4];

	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			for (size_t c = 0; c < sizeof tails; c++) {
				for (size_t d = 0; d < sizeof tails; d++) {
					s[0] = (uint8_t)a;
					s[1] = (uint8_t)b;
					s[2] = tails[c];
					s[3] = tails[d];
					for (size_t n = 1; n <= 4; n++)
						cr_assert_eq(
							ots_utf8_valid((struct ots_bytes){s, n}),
							valid_by_definition(s, n),
							"%02x %02x %02x %02x: %zu", a, b, s[2],
							s[3], n);
				}
			}
		}
	}
}

Test(utf8, a_bad_byte_is_found_at_any_place_in_long_text)
{
	for (size_t len = 1; len < 80; len++) {
		uint8_t *text = malloc(len);

		cr_assert_not_null(text);
		for (size_t at = 0; at < len; at++) {
			memset(text, 'a', len);
			cr_assert(ots_utf8_valid((struct ots_bytes){text, len}));
			text[at] = 0xff;
			cr_assert_not(ots_utf8_valid((struct ots_bytes){text, len}));
			if (at + 3 <= len) {
				memcpy(text + at, "\xe2\x82\xac", 3);
				cr_assert(ots_utf8_valid((struct ots_bytes){text, len}));
			}
		}
		free(text);
	}
	cr_assert(ots_utf8_valid((struct ots_bytes){NULL, 0}));
}

Test(utf8, code_points_come_back)
{
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		uint8_t out[4];
		size_t len;

		if (code >= 0xd800 && code < 0xe000)
			continue;
		len = ots_utf8_put(code, out);
		cr_assert_eq(ots_utf8_length((struct ots_bytes){out, len}), len, "%x", code);
		cr_assert_eq(ots_utf8_length((struct ots_bytes){out, len - 1}), 0, "%x", code);
	}
}

Test(utf8, bad_runs_are_as_long_as_unicode_recommends)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {{"\x80", 1},         {"\xc0\xaf", 1},    {"\xe0\x80", 1},
		     {"\xe2\x82", 2},     {"\xe2\x82z", 2},   {"\xed\xa0\x80", 1},
		     {"\xf0\x9f\x98", 3}, {"\xf0\x9fz", 2},   {"\xf4\x90\x80", 1},
		     {"\xff", 1},         {"\xf1\x80\xe1", 2}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ots_bytes text = {(const uint8_t *)cases[i].text,
					       strlen(cases[i].text)};

		cr_expect_eq(ots_utf8_length(text), 0, "%zu", i);
		cr_expect_eq(ots_utf8_bad_length(text), cases[i].len, "%zu", i);
	}
}

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../../core/net/issuers/words.h"

TestSuite(words, .timeout = 60);

Test(words, are_split_as_a_posix_shell_does)
{
	static const struct {
		const char *text;
		const char *words; /* each behind a bar */
	} cases[] = {
		{"a", "|a"},
		{"  a\tb\n c ", "|a|b|c"},
		{"'a b' \"c d\"", "|a b|c d"},
		{"a'b'\"c\"d", "|abcd"},
		{"a ''", "|a|"},
		{"\\a\\ b \\\\", "|a b|\\"},
		{"'\\a' \"\\a\\\"\\\\\\$\\`\"", "|\\a|\\a\"\\$`"},
		{"a\\\nb \"c\\\nd\"", "|ab|cd"},
		{"'it'\\''s'", "|it's"},
		{"a#b $HOME *.c ~ `x` $(y); z", "|a#b|$HOME|*.c|~|`x`|$(y);|z"},
		{"a\\", "|a\\"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct words words = {.room = NULL};
		char shown[256] = "";
		size_t len = 0;

		cr_assert_eq(words_split(cases[i].text, &words, NULL), OTS_OK, "case %zu", i);
		for (size_t k = 0; words.word[k] != NULL; k++)
			len += (size_t)snprintf(shown + len, sizeof shown - len, "|%s",
						words.word[k]);
		cr_expect_str_eq(shown, cases[i].words, "case %zu: %s", i, shown);
		words_release(&words);
	}
}

Test(words, that_are_none_are_refused)
{
	static const char *const bad[] = {"", " ", "'a", "\"a", "a \"b\\\"", "'' a"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct words words = {.room = NULL};
		struct ots_error err = {0};

		cr_expect_eq(words_split(bad[i], &words, &err), OTS_DENIED, "%s", bad[i]);
		cr_expect_null(words.room);
		cr_expect_neq(err.text[0], '\0');
	}
}

Test(words, have_a_limit)
{
	char text[2 * (WORDS_MAX + 1) + 1];
	struct words words = {.room = NULL};
	struct ots_error err = {0};

	for (size_t i = 0; i <= WORDS_MAX; i++)
		memcpy(text + 2 * i, "w ", 3);
	cr_expect_eq(words_split(text, &words, &err), OTS_DENIED);
	cr_expect_str_eq(err.text, "a command of more than 64 words");
	text[2 * WORDS_MAX] = '\0';
	cr_expect_eq(words_split(text, &words, &err), OTS_OK);
	cr_expect(words.word[WORDS_MAX - 1] != NULL && words.word[WORDS_MAX] == NULL);
	words_release(&words);
}

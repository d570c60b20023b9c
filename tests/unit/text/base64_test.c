#include <otsfs/text/base64.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(base64, .timeout = 60);

static bool decode(const char *text, uint8_t *out, size_t *len)
{
	return ots_base64_decode((struct ots_bytes){(const uint8_t *)text, strlen(text)}, out, len);
}

Test(base64, known_texts_both_ways)
{
	static const struct {
		const char *plain;
		const char *encoded;
	} cases[] = {{"", ""},
		     {"f", "Zg=="},
		     {"fo", "Zm8="},
		     {"foo", "Zm9v"},
		     {"foob", "Zm9vYg=="},
		     {"fooba", "Zm9vYmE="},
		     {"foobar", "Zm9vYmFy"},
		     {"\xfb\xff\xbf\xfb\xff\xbf\xfb\xff\xbf\xfb\xff\xbf\xfb\xff\xbf",
		      "+/+/+/+/+/+/+/+/+/+/"}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const size_t len = strlen(cases[i].plain);
		char text[64];
		uint8_t bytes[64];
		size_t got = 99;

		ots_base64_encode(cases[i].plain, len, text);
		text[ots_base64_length(len)] = '\0';
		cr_expect_str_eq(text, cases[i].encoded);
		cr_expect(decode(text, bytes, &got) && got == len &&
			  memcmp(bytes, cases[i].plain, len) == 0);
	}
}

Test(base64, every_length_comes_back_within_the_room_that_the_header_asks)
{
	uint32_t state = 1;

	for (size_t len = 0; len < 300; len++) {
		const size_t text_len = ots_base64_length(len);
		uint8_t *bytes = malloc(len + 1);
		char *text = malloc(text_len + 1);
		uint8_t *back = malloc(text_len / 4 * 3 + 3);
		size_t got = 0;

		cr_assert(bytes != NULL && text != NULL && back != NULL);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
		ots_base64_encode(bytes, len, text);
		cr_assert(ots_base64_decode((struct ots_bytes){(uint8_t *)text, text_len}, back,
					    &got));
		cr_assert(got == len && memcmp(back, bytes, len) == 0, "%zu", len);
		/* The other alphabet, without padding, with a break at each place. */
		size_t used = text_len;
		while (used > 0 && text[used - 1] == '=')
			used--;
		for (size_t i = 0; i < used; i++)
			text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
		cr_assert(ots_base64_decode((struct ots_bytes){(uint8_t *)text, used}, back, &got));
		cr_assert(got == len && memcmp(back, bytes, len) == 0, "%zu", len);
		if (used > 2) {
			const size_t at = len % used;

			memmove(text + at + 1, text + at, used - at);
			text[at] = '\n';
			cr_assert(ots_base64_decode((struct ots_bytes){(uint8_t *)text, used + 1},
						    back, &got));
			cr_assert(got == len && memcmp(back, bytes, len) == 0, "%zu", len);
		}
		free(bytes);
		free(text);
		free(back);
	}
}

Test(base64, what_is_not_base64_is_refused)
{
	static const char *const bad[] = {
		"A",        "AAAAA", "AB==",  "AAB=",  "A===",
		"====",     "AA=",   "AA===", "AAA==", "AA=A",
		"AAAA====", "A A=",  "AA==A", "=",     "AAAAAAAAAAAAAAAAAAAAAAAAAAA*",
		"AA\t==",   "QUJD="};
	uint8_t out[64];
	size_t len;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(decode(bad[i], out, &len), "%s", bad[i]);
}

Test(base64, one_foreign_byte_anywhere_is_found)
{
	char text[65];
	uint8_t out[64];
	size_t len;

	for (size_t at = 0; at < 64; at++) {
		for (unsigned c = 1; c < 256; c++) {
			const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
					  (c >= '0' && c <= '9') || strchr("+/-_", (int)c) != NULL;

			memset(text, 'A', 64);
			text[64] = '\0';
			text[at] = (char)c;
			if (c == '\r' || c == '\n' || c == '=')
				continue;
			cr_assert_eq(decode(text, out, &len), good, "%u at %zu", c, at);
		}
	}
}

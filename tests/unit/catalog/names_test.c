#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/digest.h>
#include <otsfs/catalog/names.h>
#include <otsfs/text/utf8.h>

TestSuite(names, .timeout = 20);

static struct ots_bytes bytes(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static void expect_name(struct ots_bytes part, const char *suffix, const char *expected)
{
	char out[OTS_FILE_NAME_MAX_BYTES + 1] = "?";
	const size_t len = ots_name_encode(part, suffix, out);

	cr_expect_str_eq(out, expected);
	cr_expect_eq(len, strlen(expected), "%s: length %zu", expected, len);
}

Test(names, safe_parts_stand_as_they_are)
{
	expect_name(bytes("FullData-1551767131130.csv"), ".jsonl",
		    "FullData-1551767131130.csv.jsonl");
	expect_name(bytes("caf\xc3\xa9 \xe8\xa1\xa8 \xf0\x9f\x98\x80"), "",
		    "caf\xc3\xa9 \xe8\xa1\xa8 \xf0\x9f\x98\x80");
	expect_name(bytes("..."), "", "...");
	expect_name(bytes(".hidden"), "", ".hidden");
	expect_name(bytes("100%"), "", "100%");
	expect_name(bytes("100%x"), "", "100%x");
	expect_name(bytes("%4"), "", "%4");
	expect_name(bytes("year=2026"), "", "year=2026");
}

Test(names, unsafe_parts_are_percent_encoded)
{
	expect_name(bytes(""), "", "%2F");
	expect_name(bytes(""), ".jsonl", "%2F.jsonl");
	expect_name(bytes("."), "", "%2E");
	expect_name(bytes(".."), "", "%2E%2E");
	expect_name(bytes(".."), ".jsonl", "%2E%2E.jsonl");
	expect_name(bytes("a\nb\x1f\x7f"), "", "a%0Ab%1F%7F");
	expect_name((struct ots_bytes){(const uint8_t *)"a\0b", 3}, "", "a%00b");
	expect_name(bytes("%41"), "", "%2541");
	expect_name(bytes("%%41%zz"), "", "%%2541%zz");
	expect_name(bytes("a%2F"), "", "a%252F");
	expect_name(bytes("\xff\xc3"), "", "%FF%C3");
	expect_name(bytes("\xed\xa0\x80"), "", "%ED%A0%80"); /* a surrogate */
	expect_name(bytes("\xc0\xaf"), "", "%C0%AF");        /* an overlong slash */
	expect_name(bytes("a/b"), "", "a%2Fb");
}

/* 200 bytes, `~`, 16 digits, the suffix. */
static void expect_shortened(struct ots_bytes part, const char *suffix, size_t kept)
{
	char out[OTS_FILE_NAME_MAX_BYTES + 1], hex[2 * OTS_SHA256_BYTES + 1];
	uint8_t digest[OTS_SHA256_BYTES];
	const size_t len = ots_name_encode(part, suffix, out);

	cr_assert(ots_sha256(part.at, part.len, digest));
	ots_hex(digest, sizeof digest, hex);
	cr_assert_eq(len, kept + 17 + strlen(suffix), "%zu", len);
	cr_expect_eq(out[kept], '~');
	cr_expect_eq(memcmp(out + kept + 1, hex, 16), 0);
	cr_expect_str_eq(out + kept + 17, suffix);
	cr_expect(ots_utf8_valid((struct ots_bytes){(const uint8_t *)out, len}));
}

Test(names, a_name_of_255_bytes_with_its_suffix_is_whole_and_256_is_shortened)
{
	char part[300], out[OTS_FILE_NAME_MAX_BYTES + 1];

	memset(part, 'x', sizeof part);
	for (size_t suffix_len = 0; suffix_len <= 38; suffix_len++) {
		char suffix[40] = "";
		const size_t room = OTS_FILE_NAME_MAX_BYTES - suffix_len;

		memset(suffix, 's', suffix_len);
		for (size_t len = room - 1; len <= room; len++) {
			const struct ots_bytes fits = {(const uint8_t *)part, len};

			cr_expect_eq(ots_name_encode(fits, suffix, out), len + suffix_len);
			cr_expect_eq(memcmp(out, part, len), 0);
		}
		expect_shortened((struct ots_bytes){(const uint8_t *)part, room + 1}, suffix, 200);
	}
}

Test(names, no_escape_or_character_is_cut_in_two)
{
	/* The unit that straddles byte 200 begins 1, 2 or 3 bytes before it. */
	static const char *const units[] = {"\n", "\xc3\xa9", "\xe8\xa1\xa8", "\xf0\x9f\x98\x80"};
	static const size_t lengths[] = {3, 2, 3, 4}; /* as encoded */

	for (size_t u = 0; u < 4; u++) {
		for (size_t before = 196; before <= 200; before++) {
			char part[400];
			size_t len = before;
			const size_t kept = before + lengths[u] <= 200 ? 200 : before;

			memset(part, 'x', sizeof part);
			memcpy(part + len, units[u], strlen(units[u]));
			len += strlen(units[u]) + 80;
			expect_shortened((struct ots_bytes){(const uint8_t *)part, len}, ".jsonl",
					 kept);
		}
	}
}

Test(names, a_suffix_without_room_gives_no_name)
{
	char suffix[OTS_FILE_NAME_MAX_BYTES + 2], part[300], out[OTS_FILE_NAME_MAX_BYTES + 1];

	memset(suffix, 's', sizeof suffix);
	memset(part, 'x', sizeof part);
	suffix[39] = '\0'; /* 200 + 17 + 39 = 256 */
	cr_expect_eq(ots_name_encode((struct ots_bytes){(const uint8_t *)part, 300}, suffix, out),
		     0);
	suffix[39] = 's';
	suffix[254] = '\0';
	cr_expect_eq(ots_name_encode(bytes("a"), suffix, out), 255);
	cr_expect_eq(ots_name_encode(bytes("ab"), suffix, out), 0);
	cr_expect_eq(ots_name_encode(bytes(""), suffix, out), 0);
	suffix[254] = 's';
	suffix[255] = '\0';
	cr_expect_eq(ots_name_encode(bytes("a"), suffix, out), 0);
}

Test(names, every_part_that_is_not_shortened_decodes_back)
{
	static const char alphabet[] = "%%%2F25~a.\x01\x7f\xc3\xa9\xff/9";
	uint64_t random = 1;

	for (unsigned round = 0; round < 20000; round++) {
		char out[OTS_FILE_NAME_MAX_BYTES + 1], back[OTS_FILE_NAME_MAX_BYTES + 1];
		uint8_t part[12];
		size_t len = round % 12, back_len = 99, name_len;

		for (size_t i = 0; i < len; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			part[i] = (uint8_t)alphabet[(random >> 33) % (sizeof alphabet - 1)];
			if (part[i] == '/') /* stands in no part */
				part[i] = 'F';
		}
		for (unsigned beside = 0; beside < 2; beside++) {
			name_len = ots_name_encode((struct ots_bytes){part, len},
						   beside ? "%2F" : "", out);
			cr_assert(ots_name_decode((struct ots_bytes){(uint8_t *)out, name_len},
						  back, &back_len),
				  "%s", out);
			cr_assert_eq(back_len, len, "%s: %zu", out, back_len);
			cr_assert(len == 0 || memcmp(back, part, len) == 0, "%s", out);
			cr_assert(strcmp(out, ".") != 0 && strcmp(out, "..") != 0);
			cr_assert(strchr(out, '/') == NULL);
		}
	}
}

Test(names, what_no_part_encodes_to_is_not_decoded)
{
	char back[OTS_FILE_NAME_MAX_BYTES + 1], part[300], out[OTS_FILE_NAME_MAX_BYTES + 1];
	size_t len = 0;

	cr_expect_not(ots_name_decode(bytes(""), back, &len));
	cr_expect_not(ots_name_decode(bytes("a%00"), back, &len));
	cr_expect_not(ots_name_decode(bytes("a%2Fb"), back, &len));
	cr_expect_not(ots_name_decode(bytes("a%2fb"), back, &len));
	cr_expect_not(ots_name_decode(bytes("a/b"), back, &len));
	memset(part, 'x', sizeof part);
	len = ots_name_encode((struct ots_bytes){(const uint8_t *)part, 300}, "", out);
	cr_expect_eq(len, 217);
	cr_expect_not(ots_name_decode((struct ots_bytes){(uint8_t *)out, len}, back, &len));
	out[216] = 'g'; /* not a digit: a part of its own */
	cr_expect(ots_name_decode((struct ots_bytes){(uint8_t *)out, 217}, back, &len));
	cr_expect_eq(len, 217);
}

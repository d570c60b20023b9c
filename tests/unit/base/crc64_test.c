#include <otsfs/base/crc64.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(crc64, .timeout = 60);

/* Bit by bit, as the definition reads. */
static uint64_t slow(const uint8_t *at, size_t len)
{
	uint64_t crc = UINT64_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT64_C(0xc96c5795d7870f42) : 0);
	}
	return ~crc;
}

/* oss-protocol 3.12 and its file of vectors. */
Test(crc64, known_texts)
{
	static const struct {
		const char *text;
		uint64_t crc;
	} cases[] = {
		{"", 0},
		{"a", UINT64_C(3675645893302102789)},
		{"abc", UINT64_C(3231342946509354535)},
		{"123456789", UINT64_C(11051210869376104954)},
		{"hello world", UINT64_C(5981764153023615706)},
		{"This is a test of the emergency broadcast system.",
		 UINT64_C(2871916124362751090)},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(ots_crc64(0, cases[i].text, strlen(cases[i].text)), cases[i].crc, "%s",
			     cases[i].text);
	cr_expect_eq(ots_crc64_combine(cases[3].crc, cases[4].crc, 11),
		     UINT64_C(14045094417241778982));
}

Test(crc64, zeros_and_their_combination)
{
	uint8_t *zeros = calloc(1, 1048576);
	const uint64_t crc = ots_crc64(0, zeros, 1048576);

	cr_expect_eq(crc, UINT64_C(6947770692288575170));
	cr_expect_eq(ots_crc64_combine(crc, crc, 1048576), UINT64_C(2161324877613257654));
	cr_expect_eq(ots_crc64(0, zeros, 32), UINT64_C(14509182247117337356));
	free(zeros);
}

Test(crc64, every_length_cut_and_alignment_agrees_with_the_definition)
{
	enum { MOST = 600 };
	uint8_t *bytes = malloc(MOST + 16);
	uint32_t seed = 7;

	for (size_t i = 0; i < MOST + 16; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24);
	}
	for (size_t len = 0; len <= MOST; len++) {
		const uint8_t *at = bytes + len % 16;
		const size_t cut = len * 3 / 7;
		const uint64_t whole = slow(at, len);
		const uint64_t first = ots_crc64(0, at, cut);
		const uint64_t second = ots_crc64(0, at + cut, len - cut);

		cr_assert_eq(ots_crc64(0, at, len), whole, "%zu bytes", len);
		cr_assert_eq(ots_crc64(first, at + cut, len - cut), whole, "%zu", len);
		cr_assert_eq(ots_crc64_combine(first, second, len - cut), whole, "%zu", len);
	}
	free(bytes);
}

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "../../../core/catalog/layout/zone.h"

TestSuite(zone, .timeout = 20);

/* Two types (+1 h, +2 h), two transitions, then the rule of central Europe. The block of version 1
 * is empty but for the one type that it must have. */
#define ZERO4 "\0\0\0\0"
#define RESERVED ZERO4 ZERO4 ZERO4 "\0\0\0"
static const uint8_t good[] = "TZif2" RESERVED ZERO4 ZERO4 ZERO4 ZERO4 "\0\0\0\1\0\0\0\1"
			      "\0\0\0\0\0\0\0"
			      "TZif2" RESERVED ZERO4 ZERO4 ZERO4 "\0\0\0\2\0\0\0\2\0\0\0\4"
			      "\0\0\0\0\0\0\x03\xe8\0\0\0\0\0\0\x07\xd0"
			      "\1\0"
			      "\0\0\x0e\x10\0\0\0\0\x1c\x20\1\0"
			      "CET\0"
			      "\nCET-1CEST,M3.5.0,M10.5.0/3\n";

#define GOOD_BYTES (sizeof good - 1)

static enum ots_status parse(const uint8_t *bytes, size_t len, struct ots_zone *zone,
			     struct ots_error *err)
{
	uint8_t *exact = malloc(len > 0 ? len : 1); /* ASan sees one too many */
	enum ots_status status;

	cr_assert_not_null(exact);
	memcpy(exact, bytes, len);
	status = ots_zone_parse((struct ots_bytes){exact, len}, zone, err);
	free(exact);
	return status;
}

Test(zone, transitions_and_the_rule_behind_them_are_followed)
{
	struct ots_zone zone = {0};
	struct ots_error err = {0};

	cr_assert_eq(parse(good, GOOD_BYTES, &zone, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(ots_zone_offset_at(&zone, INT64_MIN), 3600);
	cr_expect_eq(ots_zone_offset_at(&zone, 999), 3600);
	cr_expect_eq(ots_zone_offset_at(&zone, 1000), 7200);
	cr_expect_eq(ots_zone_offset_at(&zone, 1999), 7200);
	cr_expect_eq(ots_zone_offset_at(&zone, 2000), 3600);
	cr_expect_eq(ots_zone_offset_at(&zone, 1774745999), 3600); /* 2026-03-29T00:59:59Z */
	cr_expect_eq(ots_zone_offset_at(&zone, 1774746000), 7200);
	cr_expect_eq(ots_zone_offset_at(&zone, 1792889999), 7200); /* 2026-10-25T00:59:59Z */
	cr_expect_eq(ots_zone_offset_at(&zone, 1792890000), 3600);
	cr_expect_eq(ots_zone_offset_at(&zone, INT64_MAX), 3600);
	ots_zone_release(&zone);
}

Test(zone, every_cut_is_refused)
{
	for (size_t len = 0; len < GOOD_BYTES; len++) {
		struct ots_zone zone = {0};
		struct ots_error err = {0};

		cr_expect_eq(parse(good, len, &zone, &err), OTS_CORRUPT, "cut at %zu", len);
		cr_expect_neq(err.text[0], '\0');
		cr_expect_null(zone.at);
	}
}

Test(zone, any_one_wrong_byte_is_refused_or_read_within_bounds)
{
	for (size_t at = 0; at < GOOD_BYTES; at++) {
		for (unsigned flip = 0; flip < 8; flip++) {
			struct ots_zone zone = {0};
			struct ots_error err = {0};
			uint8_t bytes[sizeof good];
			enum ots_status status;

			memcpy(bytes, good, sizeof bytes);
			bytes[at] ^= (uint8_t)(1u << flip);
			status = parse(bytes, GOOD_BYTES, &zone, &err);
			cr_expect(status == OTS_OK || status == OTS_CORRUPT ||
				  status == OTS_NO_MEMORY);
			if (status == OTS_OK)
				(void)ots_zone_to_utc(&zone, 1774746000);
			ots_zone_release(&zone);
		}
	}
}

Test(zone, rules_are_read_as_posix_writes_them)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"UTC0", true},
		{"<+0330>-3:30", true},
		{"<>0", true},
		{"EST5EDT,M3.2.0,M11.1.0", true},
		{"AAA3BBB4:30:15,J1/-167,365/+167:59:59", true},
		{"", false},
		{"UT0", false},
		{"UTC", false},
		{"<UTC0", false},
		{"UTC25", false},
		{"UTC0:60", false},
		{"EST5EDT", false},
		{"EST5EDT,M3.2.0", false},
		{"EST5EDT,M13.2.0,M11.1.0", false},
		{"EST5EDT,M0.2.0,M11.1.0", false},
		{"EST5EDT,M3.6.0,M11.1.0", false},
		{"EST5EDT,M3.2.7,M11.1.0", false},
		{"EST5EDT,J0,J365", false},
		{"EST5EDT,J1,J366", false},
		{"EST5EDT,M3.2.0/168,M11.1.0", false},
		{"EST5EDT,M3.2.0,M11.1.0x", false},
		{"EST99999999999999999999", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ots_zone_rule rule;
		const struct ots_bytes text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};

		cr_expect_eq(ots_zone_rule_parse(text, &rule), rows[i].good, "%s", rows[i].text);
	}
}

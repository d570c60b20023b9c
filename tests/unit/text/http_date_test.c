#include <otsfs/text/http_date.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

TestSuite(http_date, .timeout = 60);

Test(http_date, known_moments_both_ways)
{
	static const struct {
		const char *text;
		int64_t s;
	} cases[] = {
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Wed, 28 Dec 2022 10:27:41 GMT", 1672223261},
		{"Sun, 12 Nov 2023 16:43:40 GMT", 1699807420},
		{"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
		{"Wed, 31 Dec 1969 23:59:59 GMT", -1},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[OTS_HTTP_DATE_BYTES];
		int64_t us = 0;

		ots_http_date_print(cases[i].s * 1000000 + 999999, text);
		cr_expect_str_eq(text, cases[i].text);
		cr_assert(ots_http_date_parse(ots_bytes_of(cases[i].text), &us));
		cr_expect_eq(us, cases[i].s * 1000000, "%s", cases[i].text);
	}
}

Test(http_date, other_texts_are_refused)
{
	static const char *const bad[] = {
		"",
		"Wed, 28 Dec 2022 10:27:41 GMT ",
		"Wed, 28 Dec 2022 10:27:41 UTC",
		"Wen, 28 Dec 2022 10:27:41 GMT",
		"Wed, 28 dec 2022 10:27:41 GMT",
		"Wed, 31 Apr 2022 10:27:41 GMT",
		"Wed, 28 Dec 2022 24:27:41 GMT",
		"Wed, 28 Dec 2022 10:60:41 GMT",
		"Wed, 28 Dec 2022 10:27:60 GMT",
		"Wed, -8 Dec 2022 10:27:41 GMT",
		"Wed; 28 Dec 2022 10:27:41 GMT",
		"Wednesday, 28-Dec-22 10:27:41 GMT",
		"2022-12-28T10:27:41.000000000Z",
	};
	int64_t us = 5;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(ots_http_date_parse(ots_bytes_of(bad[i]), &us), "%s", bad[i]);
	cr_expect_eq(us, 5);
}

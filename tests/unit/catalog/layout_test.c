#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/clock.h>
#include <otsfs/catalog/layout.h>

TestSuite(layout, .timeout = 30);

static struct ots_layout *layout_of(const struct ots_layout_options *options)
{
	struct ots_layout *layout = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_layout_new(options, &layout, &err), OTS_OK, "%s", err.text);
	return layout;
}

static bool place(const struct ots_layout *layout, const char *key, struct ots_placement *p)
{
	return ots_layout_place(layout, (struct ots_bytes){(const uint8_t *)key, strlen(key)}, p);
}

/* `table|labels|name time|path time`, `-` where there is none; `none` when nothing fits. */
static void describe(const struct ots_layout *layout, const char *key, char out[200])
{
	struct ots_placement p;
	char labels[48] = "", name[OTS_TIME_TEXT_BYTES] = "-", path[OTS_TIME_TEXT_BYTES] = "-";
	size_t at = 0;

	if (!place(layout, key, &p)) {
		(void)snprintf(out, 200, "none");
		return;
	}
	for (unsigned i = 0; i < p.depth; i++)
		at += (size_t)snprintf(labels + at, sizeof labels - at, "%s%s", i > 0 ? "/" : "",
				       p.labels[i]);
	if (p.has_name_time)
		(void)ots_time_print(p.name_us, 6, name);
	if (p.has_path_time)
		(void)ots_time_print(p.path_us, 0, path);
	(void)snprintf(out, 200, "%.*s|%s|%s|%s", (int)p.table.len, (const char *)p.table.at,
		       labels, name, path);
}

struct expectation {
	const char *key, *placement;
};

static void expect_all(const struct ots_layout *layout, const struct expectation *rows,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char found[200];

		describe(layout, rows[i].key, found);
		cr_expect_str_eq(found, rows[i].placement, "%s: %s, expected %s", rows[i].key,
				 found, rows[i].placement);
	}
}

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

Test(layout, the_default_set_finds_table_and_time)
{
	static const struct expectation rows[] = {
		/* names with milliseconds */
		{"FullData-1551767131130.csv", "src|2019/03/05/06|2019-03-05T06:25:31.130000Z|-"},
		{"orders/IncData-1700000010000.csv",
		 "orders|2023/11/14/22|2023-11-14T22:13:30.000000Z|-"},
		{"orders/FullData-1700000010000.csv.gz",
		 "orders|2023/11/14/22|2023-11-14T22:13:30.000000Z|-"},
		{"orders/FullData-1700000010000.csvx", "orders||-|-"},
		{"orders/FullData-.csv", "orders||-|-"},
		{"orders/FullData-17000000100001234.csv", "orders||-|-"},
		{"orders/FullData-253402300799999.csv",
		 "orders|9999/12/31/23|9999-12-31T23:59:59.999000Z|-"},
		{"orders/FullData-253402300800000.csv", "none"},
		/* delivery prefixes */
		{"lake/2020/08/31/mytask_0_lake_2020_08_31__1",
		 "lake|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"lake/2020/08/31/16/x", "lake|2020/08/31/16|-|2020-08-31T16:00:00Z"},
		{"lake/2020/08/31/16/05/x", "lake|2020/08/31/16/05|-|2020-08-31T16:05:00Z"},
		{"lake/2020/08/31/16/05/07/x", "lake|2020/08/31/16/05|-|2020-08-31T16:05:00Z"},
		{"lake/2020/08/x", "lake|2020/08|-|2020-08-01T00:00:00Z"},
		{"lake/2020/x", "2020||-|-"},
		{"a/b/2020-08-31/x", "b|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"a/b/2020-08-31/16/x", "b|2020/08/31/16|-|2020-08-31T16:00:00Z"},
		{"a/b/20200831/x", "b|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"2020/08/31/x", "src|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"lake/mytask_0_lake__1", "lake||-|-"},
		/* Hive */
		{"lake/year=2020/month=08/mytask_0_lake_year=2020_month=08__1",
		 "lake|2020/08|-|2020-08-01T00:00:00Z"},
		{"lake/year=2020/month=8/day=1/hour=5/x",
		 "lake|2020/08/01/05|-|2020-08-01T05:00:00Z"},
		{"lake/year=2020/x", "lake|2020|-|2020-01-01T00:00:00Z"},
		{"lake/pt=20200831/x", "lake|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"lake/ds=2020-08-31/hour=07/minute=30/x",
		 "lake|2020/08/31/07/30|-|2020-08-31T07:30:00Z"},
		{"lake/dt=20200831/x", "lake|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"lake/region=eu/dt=20200831/x", "lake|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"lake/user=20200831/x", "lake||-|-"},
		/* dates that are not */
		{"lake/2020/13/31/x", "31||-|-"},
		{"lake/2020/02/30/x", "lake|2020/02|-|2020-02-01T00:00:00Z"},
		{"lake/2021/02/29/x", "lake|2021/02|-|2021-02-01T00:00:00Z"},
		{"lake/2020/02/29/x", "lake|2020/02/29|-|2020-02-29T00:00:00Z"},
		{"lake/2020/08/31/24/x", "lake|2020/08/31|-|2020-08-31T00:00:00Z"},
		{"lake/20201301/x", "20201301||-|-"},
		{"lake/pt=20200832/x", "lake||-|-"},
		{"lake/1969/08/31/x", "31||-|-"},
		{"lake/2200/08/31/x", "31||-|-"},
		/* the deepest run of time counts */
		{"archive/2025/12/orders/2026/11/21/02/x",
		 "orders|2026/11/21/02|-|2026-11-21T02:00:00Z"},
		/* DataX */
		{"b/orders__0123456789abcdef0123456789abcdef.csv", "b||-|-"},
		{"b/o__0123456789abcdef0123456789abcdef/x", "none"},
		{"b/o__01234567_89ab_cdef_0123_456789abcdef/x", "none"},
		{"b/o_01234567_89ab_cdef_0123_456789abcdef/x",
		 "o_01234567_89ab_cdef_0123_456789abcdef||-|-"},
		{"b/__0123456789abcdef0123456789abcde/x", "__0123456789abcdef0123456789abcde||-|-"},
		/* our own */
		{"orders/2023/11/14/22/1700000010000000-1700000070000000.c0.17.csv",
		 "orders|2023/11/14/22|2023-11-14T22:13:30.000000Z|2023-11-14T22:00:00Z"},
		{"orders/2023/11/14/22/1700000070000000-1700000010000000.c0.17.csv",
		 "orders|2023/11/14/22|-|2023-11-14T22:00:00Z"},
		{"orders/170000001000000-1700000070000000.c0.17.csv", "orders||-|-"},
		{"orders/1700000010000000-1700000070000000.c0.17", "orders||-|-"},
		{"orders/1700000010000000-1700000070000000..17.csv", "orders||-|-"},
		/* others */
		{"x.csv", "src||-|-"},
		{"//x.csv", "src||-|-"},
		{"orders//x.csv", "orders||-|-"},
		{"orders/", "none"},
	};
	const struct ots_layout_options options = {.source_table = "src"};
	struct ots_layout *layout = layout_of(&options);

	expect_all(layout, rows, COUNT(rows));
	ots_layout_free(layout);
}

Test(layout, without_a_source_table_a_key_without_a_folder_falls_outside)
{
	static const struct expectation rows[] = {
		{"x.csv", "none"},
		{"t/x.csv", "t||-|-"},
	};
	const struct ots_layout_options options = {.source_table = ""};
	struct ots_layout *layout = layout_of(&options);

	expect_all(layout, rows, COUNT(rows));
	ots_layout_free(layout);
}

Test(layout, the_first_template_that_fits_counts)
{
	static const char *const templates[] = {
		"$*/$table/$yyyy-$MM-$dd/$HH$mm.csv",
		"$table/$ms.csv",
		"prices-$$/$dd.$MM.$yyyy/$*",
		"misc/$*.txt",
		"$table.$ms.$*",
	};
	static const struct expectation rows[] = {
		{"a/b/orders/2026-11-21/0230.csv",
		 "orders|2026/11/21/02/30|-|2026-11-21T02:30:00Z"},
		{"orders/2026-11-21/0230.csv", "none"},
		{"a/orders/2026-11-21/0260.csv", "none"},
		{"orders/1551767131130.csv", "orders|2019/03/05/06|2019-03-05T06:25:31.130000Z|-"},
		{"orders/x1551767131130.csv", "none"},
		{"prices-$/21.11.2026/a/b", "prices-$|2026/11/21|-|2026-11-21T00:00:00Z"},
		{"prices-$/31.02.2026/a/b", "none"},
		{"misc/deep/a.txt", "deep||-|-"},
		{"misc/a.txt", "misc||-|-"},
		{"o.1551767131130.a/b", "o|2019/03/05/06|2019-03-05T06:25:31.130000Z|-"},
		{"o.p.1551767131130.x", "o.p|2019/03/05/06|2019-03-05T06:25:31.130000Z|-"},
		{"FullData-1551767131130.csv", "none"},
	};
	const struct ots_layout_options options = {
		.templates = templates, .template_count = COUNT(templates), .source_table = "src"};
	struct ots_layout *layout = layout_of(&options);

	expect_all(layout, rows, COUNT(rows));
	ots_layout_free(layout);
}

Test(layout, a_template_that_makes_no_sense_is_refused_with_its_words)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"", "layout \"\": an empty template fits no key"},
		{"a/$day/x",
		 "layout \"a/$day/x\": unknown variable at \"$day/x\"; known are $table "
		 "$yyyy $MM $dd $HH $mm $ms $* and $$ for a dollar"},
		{"a$",
		 "layout \"a$\": unknown variable at \"$\"; known are $table $yyyy $MM $dd $HH "
		 "$mm $ms $* and $$ for a dollar"},
		{"$table/$table", "layout \"$table/$table\": $table stands twice"},
		{"$yyyy/$dd", "layout \"$yyyy/$dd\": $dd without $MM"},
		{"$MM", "layout \"$MM\": $MM without $yyyy"},
		{"$yyyy$MM$dd$mm", "layout \"$yyyy$MM$dd$mm\": $mm without $HH"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ots_layout_options options = {.templates = &rows[i].text,
							   .template_count = 1};
		struct ots_layout *layout = NULL;
		struct ots_error err = {0};

		cr_expect_eq(ots_layout_new(&options, &layout, &err), OTS_USAGE);
		cr_expect_str_eq(err.text, rows[i].message);
		cr_expect_null(layout);
	}
}

Test(layout, a_template_has_at_most_64_pieces)
{
	char text[2 * 65 + 1];
	const char *template = text;
	const struct ots_layout_options options = {.templates = &template, .template_count = 1};

	for (unsigned pieces = 64; pieces <= 65; pieces++) {
		struct ots_layout *layout = NULL;
		struct ots_error err = {0};

		memset(text, '*', sizeof text);
		for (unsigned i = 0; i < pieces; i++)
			text[2 * i] = '$';
		text[2 * pieces] = '\0';
		cr_expect_eq(ots_layout_new(&options, &layout, &err),
			     pieces == 64 ? OTS_OK : OTS_USAGE);
		cr_expect_eq(strstr(err.text, "more than 64 pieces") != NULL, pieces > 64);
		ots_layout_free(layout);
	}
}

Test(layout, many_wildcards_over_a_long_key_end_soon)
{
	static const char *const template = "$*a$*a$*a$*a$*a$*a$*a$*a$*$table$*b$*b$*b$*/$*";
	const struct ots_layout_options options = {.templates = &template, .template_count = 1};
	struct ots_layout *layout = layout_of(&options);
	struct ots_placement p;
	char key[1024];

	memset(key, 'a', sizeof key);
	key[1023] = '\0';
	for (unsigned i = 0; i < 10; i++)
		cr_expect_not(place(layout, key, &p));
	ots_layout_free(layout);
}

Test(layout, times_of_keys_are_read_in_their_zone)
{
	static const struct {
		const char *zone, *key, *path;
	} rows[] = {
		{"+08:00", "t/2026/11/21/02/x", "2026-11-20T18:00:00Z"},
		{"-03:30", "t/2026/11/21/02/x", "2026-11-21T05:30:00Z"},
		{"UTC", "t/2026/11/21/02/x", "2026-11-21T02:00:00Z"},
		{"Asia/Shanghai", "t/2026/11/21/02/x", "2026-11-20T18:00:00Z"},
		{"Europe/Berlin", "t/2026/07/01/02/x", "2026-07-01T00:00:00Z"},
		{"Europe/Berlin", "t/2026/12/01/02/x", "2026-12-01T01:00:00Z"},
		/* jumped over (02:00 to 03:00), and there twice: the earlier */
		{"Europe/Berlin", "t/2026/03/29/02/x", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "t/2026/10/25/02/x", "2026-10-25T00:00:00Z"},
		{"Europe/Berlin", "t/2026/10/25/03/x", "2026-10-25T02:00:00Z"},
		/* behind the last transition of the file: by its rule */
		{"Europe/Berlin", "t/2150/07/01/02/x", "2150-07-01T00:00:00Z"},
		{"Europe/Berlin", "t/2150/12/01/02/x", "2150-12-01T01:00:00Z"},
		{"America/New_York", "t/2150/03/08/03/x", "2150-03-08T07:00:00Z"},
		{"Australia/Sydney", "t/2150/01/01/00/x", "2149-12-31T13:00:00Z"},
		{"Australia/Sydney", "t/2150/07/01/00/x", "2150-06-30T14:00:00Z"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ots_layout_options options = {.timezone = rows[i].zone};
		struct ots_layout *layout = layout_of(&options);
		struct ots_placement p;
		char path[OTS_TIME_TEXT_BYTES];

		cr_assert(place(layout, rows[i].key, &p));
		(void)ots_time_print(p.path_us, 0, path);
		cr_expect_str_eq(path, rows[i].path, "%s %s: %s", rows[i].zone, rows[i].key, path);
		ots_layout_free(layout);
	}
}

Test(layout, a_zone_that_is_none_is_refused)
{
	static const char *const zones[] = {
		"",       "Mars/Base", "../../etc/passwd", "/etc/passwd",
		"+8:00",  "+24:00",    "+08:60",           "+08:0",
		"Europe", "tzdata.zi", "Asia//Shanghai",   "+08:00x"};

	for (size_t i = 0; i < COUNT(zones); i++) {
		const struct ots_layout_options options = {.timezone = zones[i]};
		struct ots_layout *layout = NULL;
		struct ots_error err = {0};
		char quoted[80];

		(void)snprintf(quoted, sizeof quoted, "time zone \"%s\": ", zones[i]);
		cr_expect_eq(ots_layout_new(&options, &layout, &err), OTS_USAGE, "%s", zones[i]);
		cr_expect_eq(strncmp(err.text, quoted, strlen(quoted)), 0, "%s", err.text);
	}
}

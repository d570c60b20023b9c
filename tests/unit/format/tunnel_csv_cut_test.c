#include "tunnel_csv_support.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(tunnel_csv_cut, .timeout = 300);

#define HEADER "TimeStamp,RecordType,PrimaryKey,RecordColumns\n"
#define HEADER5 "TimeStamp,RecordType,PrimaryKey,RecordColumns,SequenceInfo\n"
#define PK(n)                                                                                      \
	"\"[{\"\"name\"\":\"\"k\"\",\"\"type\"\":\"\"INTEGER\"\",\"\"value\"\":\"\"" n "\"\"}]\""
#define SEQ "0000000003_00000000000000000005_0000000007"

static const char *const samples[] = {
	"tunnel/FullData-1700000000000.csv", "tunnel/IncData-1700000010000.csv",
	"tunnel/IncData-1700000020000.csv", "tunnel/IncData-1700000030000.csv",
	"tunnel/IncData-1700000050000.csv"};

#define SAMPLE_COUNT (sizeof samples / sizeof samples[0])

/* Lines of an object that hold no LF inside, and which of them are headers. */
struct lines {
	size_t start[32]; /* and behind the last one the object's end */
	bool header[32];
	size_t count;
};

static struct lines split(const char *bytes, size_t len)
{
	struct lines lines = {.count = 0};
	size_t at = 0;

	while (at < len) {
		const char *lf = memchr(bytes + at, '\n', len - at);

		cr_assert(lf != NULL && lines.count < 31);
		lines.start[lines.count] = at;
		lines.header[lines.count] = strncmp(bytes + at, "TimeStamp", 9) == 0;
		lines.count++;
		at = (size_t)(lf - bytes) + 1;
	}
	lines.start[lines.count] = len;
	return lines;
}

/* One cut: what a reader must say of the first n bytes. */
static void check_cut(const char *name, const char *bytes, const struct lines *lines, size_t n)
{
	struct decoded d;
	size_t records = 0;
	size_t i = 0;
	size_t end;
	bool whole;

	while (i < lines->count && lines->start[i + 1] <= n) {
		records += !lines->header[i];
		i++;
	}
	end = i < lines->count ? lines->start[i + 1] - 1 : 0; /* of the line cut, without LF */
	whole = i == lines->count || n == lines->start[i];
	if (!whole && n == end - (bytes[end - 1] == '\r')) { /* all of it but its line end */
		records += !lines->header[i];
		whole = true;
	}
	decode_bytes(bytes, n, NULL, &d);
	cr_expect_eq(d.status, whole ? OTS_OK : OTS_CORRUPT, "%s cut at %zu: %s", name, n,
		     d.err.text);
	cr_expect_eq(d.all.count, records, "%s cut at %zu: %zu records, expected %zu", name, n,
		     d.all.count, records);
	if (!whole) {
		cr_expect_eq(d.err.line, i + 1, "%s cut at %zu: %s", name, n, d.err.text);
		cr_expect(d.err.offset >= lines->start[i] && d.err.offset <= n, "%s cut at %zu: %s",
			  name, n, d.err.text);
		cr_expect_eq(strncmp(d.err.text, "o.csv: ", 7), 0);
	}
	decoded_release(&d);
}

Test(tunnel_csv_cut, every_cut_of_a_sample_gives_whole_records_or_an_error_too)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		size_t len;
		char *bytes = load_data(samples[i], &len);
		const struct lines lines = split(bytes, len);

		for (size_t n = 0; n <= len; n++)
			check_cut(samples[i], bytes, &lines, n);
		free(bytes);
	}
}

Test(tunnel_csv_cut, a_last_field_that_is_empty_needs_its_line_end)
{
	static const struct {
		const char *text;
		bool whole;
	} ends[] = {{"5,DELETE," PK("1") ",\n", true},    {"5,DELETE," PK("1") ",", false},
		    {"5,DELETE," PK("1"), false},         {"5,DELETE," PK("1") ",[]", true},
		    {"5,DELETE," PK("1") ",[", false},    {"5,DELETE," PK("1") ",\"[]\"", true},
		    {"5,DELETE," PK("1") ",\"[]", false}, {"5,DELETE," PK("1") ",\"\"", true},
		    {"5,DELETE," PK("1") ",null", true},  {"5,DELETE," PK("1") ",nul", false},
		    {"5,DELETE," PK("1") ",[],", false},  {"5,DELETE," PK("1") ",[],\n", true}};

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct decoded d;

		decode_text(ends[i].text, &d);
		cr_expect_eq(d.status, ends[i].whole ? OTS_OK : OTS_CORRUPT, "%s: %s", ends[i].text,
			     d.err.text);
		cr_expect_eq(d.all.count, ends[i].whole ? 1 : 0, "%s", ends[i].text);
		decoded_release(&d);
	}
}

Test(tunnel_csv_cut, every_cut_of_an_object_with_a_fifth_column_is_told)
{
	static const char text[] = HEADER5 "5,PUT," PK("1") ",[]," SEQ "\n"
							    "5,PUT," PK("2") ",[]," SEQ "\n";
	const struct lines lines = split(text, sizeof text - 1);

	for (size_t n = 0; n < sizeof text; n++) {
		if (n == sizeof "TimeStamp,RecordType,PrimaryKey,RecordColumns" - 1)
			continue; /* all of a header with four names */
		if (n > sizeof "TimeStamp,RecordType,PrimaryKey,RecordColumns" - 1 &&
		    n < sizeof HEADER5 - 1)
			continue; /* a fifth name cut short is a name */
		check_cut("fifth column", text, &lines, n);
	}
}

Test(tunnel_csv_cut, a_sequence_is_read_with_its_time_checked)
{
	static const struct {
		const char *text;
		const char *shown; /* NULL: refused */
		const char *why;
	} cases[] = {
		{"5,PUT," PK("1") ",[]," SEQ "\n", "5 PUT k=1 seq 3 7\n", NULL},
		{"6,PUT," PK("1") ",[]," SEQ "\n", NULL,
		 "SequenceInfo: expected the time of TimeStamp, 6, found 5"},
		{"5,PUT," PK("1") ",[],3_5_7\n", NULL,
		 "SequenceInfo: expected 10, 20 and 10 digits joined by _, found 3_5_7"},
		{"5,PUT," PK("1") ",[]," SEQ "_part:0000000001\n", NULL,
		 "SequenceInfo: expected 10"},
		{"5,PUT," PK("1") ",[],00000000-3_00000000000000000005_0000000007\n", NULL,
		 "SequenceInfo: expected 10"},
		{"5,PUT," PK("1") ",[],0000000003_99999999999999999999_0000000007\n", NULL,
		 "SequenceInfo: expected 10"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct decoded d;

		decode_text(cases[i].text, &d);
		if (cases[i].shown != NULL)
			cr_expect_str_eq(show_records(&d.all), cases[i].shown, "%s", d.err.text);
		else
			cr_expect(d.status == OTS_CORRUPT &&
					  strstr(d.err.text, cases[i].why) != NULL,
				  "%s: %s", cases[i].text, d.err.text);
		decoded_release(&d);
	}
}

Test(tunnel_csv_cut, headers_blanks_marks_and_line_ends_are_passed_over)
{
#define ONE "5,PUT," PK("1") ",[]"
	static const char *const texts[] = {
		ONE,
		ONE "\n",
		ONE "\r\n",
		"\xef\xbb\xbf" ONE "\n",
		"\xef\xbb\xbf" HEADER ONE "\n",
		HEADER ONE "\n" HEADER,
		"\n  \n\r\n" ONE "\n\n \n",
		HEADER HEADER ONE,
		" timestamp , recordTYPE ,PRIMARYKEY,\"RecordColumns\"\n" ONE "\n",
		HEADER5 ONE "\n",
		" 5 ,\" PUT\"  ," PK("1") " ,[ ] \t\n",
		HEADER ONE "\n" HEADER5};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct decoded d;

		decode_text(texts[i], &d);
		cr_expect_eq(d.status, OTS_OK, "%s: %s", texts[i], d.err.text);
		cr_expect_str_eq(show_records(&d.all), "5 PUT k=1\n", "%s", texts[i]);
		decoded_release(&d);
	}
}

Test(tunnel_csv_cut, an_object_of_nothing_but_a_header_has_no_records)
{
	static const char *const texts[] = {"", "\n", HEADER, "\xef\xbb\xbf", HEADER HEADER "\n"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct decoded d;

		decode_text(texts[i], &d);
		cr_expect(d.status == OTS_OK && d.all.count == 0, "%s: %s", texts[i], d.err.text);
		decoded_release(&d);
	}
}

static void expect_same(const struct ots_batch *all, size_t from, const struct ots_batch *part,
			const char *what)
{
	for (size_t i = 0; i < part->count; i++) {
		cr_assert_lt(from + i, all->count, "%s", what);
		cr_expect(ots_record_equal(&all->records[from + i], &part->records[i]), "%s: %zu",
			  what, i);
		cr_expect_eq(all->records[from + i].line, part->records[i].line, "%s", what);
		cr_expect_eq(all->records[from + i].offset, part->records[i].offset, "%s", what);
		cr_expect_eq(all->records[from + i].flags, part->records[i].flags, "%s", what);
	}
}

Test(tunnel_csv_cut, tiny_batches_and_ranges_between_their_ends_give_the_same_records)
{
	static const size_t sizes[] = {1, 2, 3, 7, 100, 700, 1000, 5000};

	for (size_t s = 0; s < SAMPLE_COUNT; s++) {
		struct decoded whole;
		size_t len;
		char *bytes = load_data(samples[s], &len);

		decode_bytes(bytes, len, NULL, &whole);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			struct ots_records_options options = {.begin = {0, 1},
							      .batch_bytes = sizes[i]};
			struct decoded d;
			size_t from = 0;

			decode_bytes(bytes, len, &options, &d);
			cr_expect_eq(d.all.count, whole.all.count);
			expect_same(&whole.all, 0, &d.all, samples[s]);
			for (size_t b = 0; b <= d.batch_count; b++) {
				struct decoded range;

				if (b > 0)
					options.begin = d.ends[b - 1];
				options.end_offset = b < d.batch_count ? d.ends[b].offset : 0;
				decode_bytes(bytes, len, &options, &range);
				cr_expect_eq(range.status, OTS_OK, "%s", range.err.text);
				expect_same(&whole.all, from, &range.all, "range");
				from += range.all.count;
				decoded_release(&range);
			}
			cr_expect_eq(from, whole.all.count, "the ranges are all of it");
			decoded_release(&d);
		}
		decoded_release(&whole);
		free(bytes);
	}
}

Test(tunnel_csv_cut, a_small_memory_makes_smaller_batches_and_the_same_records)
{
	struct ots_records_options options = {.begin = {0, 1}, .memory_bytes = 64 * 1024};
	struct decoded whole;
	struct decoded d;
	size_t len;
	char *one = load_data(samples[2], &len);
	char *bytes = malloc(len * 100);

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < 100; i++)
		memcpy(bytes + i * len, one, len);
	decode_bytes(bytes, len * 100, NULL, &whole);
	decode_bytes(bytes, len * 100, &options, &d);
	cr_expect_eq(d.status, OTS_OK, "%s", d.err.text);
	cr_expect_gt(d.batch_count, whole.batch_count);
	cr_expect_eq(d.all.count, whole.all.count);
	expect_same(&whole.all, 0, &d.all, "small memory");
	decoded_release(&d);
	decoded_release(&whole);
	free(bytes);
	free(one);
}

#include <otsfs/text/csv.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(csv, .timeout = 60);

#define FIELDS 8

struct scanned {
	struct ots_csv_field fields[FIELDS];
	struct ots_csv_record record;
	enum ots_csv_result result;
};

static void scan(struct scanned *s, struct ots_bytes bytes, bool at_end)
{
	s->record = (struct ots_csv_record){.fields = s->fields, .field_limit = FIELDS};
	s->result = ots_csv_scan(bytes, at_end, &s->record);
}

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static bool field_is(const struct ots_csv_field *f, const char *text, bool quoted)
{
	return f->quoted == quoted && f->len == strlen(text) &&
	       (f->len == 0 || memcmp(f->at, text, f->len) == 0);
}

Test(csv, records_split_into_bare_and_quoted_fields)
{
	struct scanned s;

	scan(&s, bytes_of("1,\"a,\"\"b\"\"\nc\" ,[\"x\"],,\r\nnext"), false);
	cr_expect_eq(s.result, OTS_CSV_RECORD);
	cr_expect_eq(s.record.field_count, 5);
	cr_expect(field_is(&s.fields[0], "1", false));
	cr_expect(field_is(&s.fields[1], "a,\"\"b\"\"\nc", true));
	cr_expect(field_is(&s.fields[2], "[\"x\"]", false));
	cr_expect(field_is(&s.fields[3], "", false));
	cr_expect(field_is(&s.fields[4], "", false));
	cr_expect_eq(s.record.used_bytes, 24);
	cr_expect_eq(s.record.line_feeds, 2);
	cr_expect(s.record.ended_by_line);
}

Test(csv, a_lone_cr_is_data_and_the_end_closes_a_record)
{
	struct scanned s;

	scan(&s, bytes_of("a\rb,c\r"), true);
	cr_expect_eq(s.result, OTS_CSV_RECORD);
	cr_expect(field_is(&s.fields[0], "a\rb", false));
	cr_expect(field_is(&s.fields[1], "c\r", false));
	cr_expect_not(s.record.ended_by_line);
	scan(&s, bytes_of("a\rb,c\r"), false);
	cr_expect_eq(s.result, OTS_CSV_SHORT);
	scan(&s, bytes_of(""), true);
	cr_expect_eq(s.result, OTS_CSV_SHORT);
	scan(&s, bytes_of("\n"), true);
	cr_expect_eq(s.result, OTS_CSV_RECORD);
	cr_expect_eq(s.record.field_count, 1);
	cr_expect_eq(s.record.used_bytes, 1);
}

Test(csv, what_stands_behind_a_closing_quote_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		size_t used;
	} cases[] = {{"\"a\"b,c\n", 3}, {"x,\"a\" \tb\n", 7}, {"\"a\"\rb\n", 3}};
	struct scanned s;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scan(&s, bytes_of(cases[i].text), true);
		cr_expect_eq(s.result, OTS_CSV_BAD, "%s", cases[i].text);
		cr_expect_eq(s.record.used_bytes, cases[i].used, "%s", cases[i].text);
	}
	scan(&s, bytes_of("\"a\"\r"), true);
	cr_expect_eq(s.result, OTS_CSV_BAD);
}

Test(csv, every_cut_is_short_until_the_end_is_told)
{
	static const char text[] = "12,\"a\"\"b\",\"c,\nd\",e\r\n";
	const size_t len = sizeof text - 1;

	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = malloc(n == 0 ? 1 : n);
		struct scanned s;

		cr_assert_not_null(copy);
		memcpy(copy, text, n);
		scan(&s, (struct ots_bytes){copy, n}, false);
		cr_expect_eq(s.result, OTS_CSV_SHORT, "%zu", n);
		scan(&s, (struct ots_bytes){copy, n}, true);
		/* Inside an open quote even the end does not make it whole. */
		if (n > 0 && !(n > 3 && n < 6) && !(n > 6 && n < 9) && !(n > 10 && n < 16) &&
		    n != 6)
			cr_expect_eq(s.result, OTS_CSV_RECORD, "%zu", n);
		free(copy);
	}
}

Test(csv, fields_beyond_the_array_are_counted_only)
{
	struct scanned s;

	scan(&s, bytes_of("a,b,c,d,e,f,g,h,i,j\n"), false);
	cr_expect_eq(s.result, OTS_CSV_RECORD);
	cr_expect_eq(s.record.field_count, 10);
	cr_expect(field_is(&s.fields[7], "h", false));
}

Test(csv, any_field_comes_back)
{
	static const char letters[] = "ab,\"\n\r ";
	uint32_t state = 3;

	for (int round = 0; round < 20000; round++) {
		struct ots_bytes fields[3];
		uint8_t content[3][40], back[40];
		struct ots_buffer out;
		struct scanned s;

		ots_buffer_init(&out, 1024);
		for (size_t f = 0; f < 3; f++) {
			state = state * 1664525 + 1013904223;
			fields[f] = (struct ots_bytes){content[f], (state >> 16) % 40};
			for (size_t i = 0; i < fields[f].len; i++) {
				state = state * 1664525 + 1013904223;
				content[f][i] =
					(uint8_t)letters[(state >> 16) % (sizeof letters - 1)];
			}
			cr_assert((f == 0 || ots_buffer_put_byte(&out, ',')) &&
				  ots_csv_put_field(&out, fields[f]));
		}
		cr_assert(ots_buffer_put_byte(&out, '\n'));
		scan(&s, (struct ots_bytes){out.bytes, out.len}, false);
		cr_assert_eq(s.result, OTS_CSV_RECORD);
		cr_assert_eq(s.record.used_bytes, out.len);
		cr_assert_eq(s.record.field_count, 3);
		for (size_t f = 0; f < 3; f++) {
			const bool needs = fields[f].len > 0 &&
					   (memchr(content[f], ',', fields[f].len) != NULL ||
					    memchr(content[f], '"', fields[f].len) != NULL ||
					    memchr(content[f], '\n', fields[f].len) != NULL ||
					    memchr(content[f], '\r', fields[f].len) != NULL);

			cr_assert_eq(s.fields[f].quoted, needs);
			cr_assert_leq(s.fields[f].len, 80);
			if (s.fields[f].len <= sizeof back || needs) {
				uint8_t wide[80];
				const size_t n = ots_csv_unquote(&s.fields[f], wide);

				cr_assert(n == fields[f].len && memcmp(wide, content[f], n) == 0);
			}
		}
		ots_buffer_release(&out);
	}
}

Test(csv, a_field_without_room_leaves_the_buffer_as_it_was)
{
	for (size_t limit = 1; limit <= 9; limit++) {
		struct ots_buffer out;

		ots_buffer_init(&out, limit);
		cr_assert(ots_buffer_put_byte(&out, 'z'));
		cr_expect_eq(ots_csv_put_field(&out, bytes_of("a\"b,")), limit >= 8, "%zu", limit);
		cr_expect_eq(out.len, limit >= 8 ? 8 : 1);
		ots_buffer_release(&out);
	}
}

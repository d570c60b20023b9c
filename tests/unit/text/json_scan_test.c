#include <otsfs/text/json.h>

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(json_scan, .timeout = 60);

#define STREAM_BYTES 4096

/* One letter a token: the kind of scanner output that a test can show on one line. */
static const char letters[] = {
	[OTS_JSON_OBJECT] = '{',    [OTS_JSON_OBJECT_END] = '}', [OTS_JSON_ARRAY] = '[',
	[OTS_JSON_ARRAY_END] = ']', [OTS_JSON_NAME] = 'n',       [OTS_JSON_STRING] = 's',
	[OTS_JSON_NUMBER] = '#',    [OTS_JSON_TRUE] = 't',       [OTS_JSON_FALSE] = 'f',
	[OTS_JSON_NULL] = '0',      [OTS_JSON_NONFINITE] = 'N',  [OTS_JSON_END] = '.',
	[OTS_JSON_SHORT] = '~',     [OTS_JSON_BAD] = '!'};

static struct ots_json_options options(bool in_csv)
{
	return (struct ots_json_options){.in_csv = in_csv, .nonfinite = true, .depth_limit = 8};
}

/* Heap bytes of that very length, so that the sanitizer sees one read too many. */
static uint8_t *exact(const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	cr_assert_not_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

/* The document as it stands in a quoted CSV field. */
static uint8_t *doubled(const char *document, size_t *len)
{
	uint8_t *out = malloc(2 * strlen(document) + 1);

	cr_assert_not_null(out);
	*len = 0;
	for (const char *p = document; *p != '\0'; p++) {
		out[(*len)++] = (uint8_t)*p;
		if (*p == '"')
			out[(*len)++] = '"';
	}
	return out;
}

/* All tokens, texts in parentheses, until the scanner says that it is over. */
static const char *stream(const uint8_t *bytes, size_t len, struct ots_json_options how,
			  char out[STREAM_BYTES], struct ots_json *json)
{
	size_t used = 0;
	enum ots_json_token token;

	ots_json_init(json, bytes, len, how);
	do { /* ends: each token but the last three takes bytes */
		struct ots_json_text text = {NULL, 0, false};

		token = ots_json_next(json, &text);
		used += (size_t)snprintf(out + used, STREAM_BYTES - used, "%c", letters[token]);
		if (token == OTS_JSON_NAME || token == OTS_JSON_STRING ||
		    token == OTS_JSON_NUMBER || token == OTS_JSON_NONFINITE)
			used += (size_t)snprintf(out + used, STREAM_BYTES - used, "(%.*s)",
						 (int)text.len, (const char *)text.at);
		cr_assert_lt(used, STREAM_BYTES);
	} while (token < OTS_JSON_END);
	cr_expect_eq(ots_json_next(json, NULL), token, "the last token is said again");
	return out;
}

static const struct {
	const char *document;
	const char *plain;
	const char *in_csv;
} good[] = {
	{"[]", "[].", "[]."},
	{"{}", "{}.", "{}."},
	{" [ ] ", "[].", "[]."},
	{"\"\"", "s().", "s()."},
	{"\"a\"", "s(a).", "s(a)."},
	{"true", "t.", "t."},
	{"null", "0.", "0."},
	{"[1,-2.5e+3,0]", "[#(1)#(-2.5e+3)#(0)].", "[#(1)#(-2.5e+3)#(0)]."},
	{"[NaN,Infinity,-Infinity]", "[N(NaN)N(Infinity)N(-Infinity)].",
	 "[N(NaN)N(Infinity)N(-Infinity)]."},
	{"{\"a\":{\"b\":[true,false]},\"c\":null}", "{n(a){n(b)[tf]}n(c)0}.",
	 "{n(a){n(b)[tf]}n(c)0}."},
	{"{ \"a\" : 1 , \"b\" : \"\" }", "{n(a)#(1)n(b)s()}.", "{n(a)#(1)n(b)s()}."},
	{"[\"a\\\"b\"]", "[s(a\\\"b)].", "[s(a\\\"\"b)]."},
	{"[\"\\\\\",\"\\u00e9\\/\\b\\f\\n\\r\\t\"]", "[s(\\\\)s(\\u00e9\\/\\b\\f\\n\\r\\t)].",
	 "[s(\\\\)s(\\u00e9\\/\\b\\f\\n\\r\\t)]."},
	{"[\"sixteen bytes in a row, and then some \\\" and on it goes to the end\"]",
	 "[s(sixteen bytes in a row, and then some \\\" and on it goes to the end)].",
	 "[s(sixteen bytes in a row, and then some \\\"\" and on it goes to the end)]."},
	{"[\"\xc3\xa9\xff\x7f\"]", "[s(\xc3\xa9\xff\x7f)].", "[s(\xc3\xa9\xff\x7f)]."},
	{"[[[[[[[[1]]]]]]]]", "[[[[[[[[#(1)]]]]]]]].", "[[[[[[[[#(1)]]]]]]]]."},
};

Test(json_scan, tokens_are_the_same_bare_and_inside_csv)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		const char *const d = good[i].document;
		struct ots_json json;
		char out[STREAM_BYTES];
		size_t len;
		uint8_t *csv = doubled(d, &len);
		uint8_t *bytes = exact(d, strlen(d));

		cr_expect_str_eq(stream(bytes, strlen(d), options(false), out, &json),
				 good[i].plain, "%s", d);
		cr_expect_str_eq(stream(csv, len, options(true), out, &json), good[i].in_csv,
				 "in CSV: %s", d);
		free(bytes);
		free(csv);
	}
}

Test(json_scan, every_cut_is_short_and_never_bad)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		size_t len;
		uint8_t *csv = doubled(good[i].document, &len);

		while (len > 0 && csv[len - 1] == ' ')
			len--;
		for (size_t n = 0; n < len; n++) {
			uint8_t *bytes = exact(csv, n);
			struct ots_json json;
			char out[STREAM_BYTES];

			(void)stream(bytes, n, options(true), out, &json);
			cr_expect_eq(out[strlen(out) - 1], '~', "%s cut at %zu: %s",
				     good[i].document, n, out);
			free(bytes);
		}
		free(csv);
	}
}

static const struct {
	const char *document;
	size_t at; /* of the offending byte, in the bare spelling */
	const char *why;
} broken[] = {
	{"]", 0, "a value"},
	{"[1 2]", 3, "a comma or ]"},
	{"[1}", 2, "a comma or ]"},
	{"{\"a\":1]", 6, "a comma or }"},
	{"[1,]", 3, "a value"},
	{"{\"a\":1,}", 7, "a name in quotes"},
	{"{1:2}", 1, "a name in quotes or }"},
	{"{\"a\" 1}", 5, "a colon"},
	{"{\"a\":}", 5, "a value"},
	{"[01]", 2, "no digit behind a leading zero"},
	{"[1.]", 3, "a digit"},
	{"[1e]", 3, "a digit"},
	{"[-]", 2, "a digit"},
	{"[+1]", 1, "a value"},
	{"[nul]", 1, "a value"},
	{"[truE]", 1, "a value"},
	{"[nan]", 1, "a value"},
	{"[-Inf]", 1, "a value"},
	{"[\"\\x\"]", 2, "an escape of JSON behind the backslash"},
	{"[\"\\u12g4\"]", 2, "four hex digits behind \\u"},
	{"[\"a\tb\"]", 3, "control characters in strings to be escaped"},
	{"[\"a\nb\"]", 3, "control characters in strings to be escaped"},
	{"[[[[[[[[[1]]]]]]]]]", 8, "no deeper nesting than the limit"},
};

Test(json_scan, what_is_no_json_is_bad_at_its_byte)
{
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		const char *const d = broken[i].document;
		struct ots_json json;
		char out[STREAM_BYTES];
		uint8_t *bytes = exact(d, strlen(d));
		size_t len;
		uint8_t *csv = doubled(d, &len);

		(void)stream(bytes, strlen(d), options(false), out, &json);
		cr_expect_eq(out[strlen(out) - 1], '!', "%s: %s", d, out);
		cr_expect_str_eq(json.why, broken[i].why, "%s", d);
		cr_expect_eq((size_t)(json.at - bytes), broken[i].at, "%s: %zu", d,
			     (size_t)(json.at - bytes));
		(void)stream(csv, len, options(true), out, &json);
		cr_expect_eq(out[strlen(out) - 1], '!', "in CSV: %s: %s", d, out);
		cr_expect_str_eq(json.why, broken[i].why, "in CSV: %s", d);
		free(csv);
		free(bytes);
	}
}

Test(json_scan, a_lone_quote_ends_the_csv_field_and_spoils_an_open_value)
{
	static const char *const fields[] = {"[\",",      "[\"\"a\",", "[\"\"a\\\",", "{\",",
					     "{\"\"a\",", "[1\",",     "[1,\",",      "\","};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct ots_json json;
		char out[STREAM_BYTES];

		(void)stream((const uint8_t *)fields[i], strlen(fields[i]), options(true), out,
			     &json);
		cr_expect_eq(out[strlen(out) - 1], '!', "%s: %s", fields[i], out);
		cr_expect_str_eq(json.why, "the value to go on; the CSV field ends here", "%s",
				 fields[i]);
		cr_expect_eq(*json.at, '"', "%s", fields[i]);
	}
}

Test(json_scan, the_value_ends_before_the_quote_of_its_field)
{
	static const char field[] = "[{\"\"a\"\":\"\"\"\"}]\",next";
	struct ots_json json;
	char out[STREAM_BYTES];

	cr_expect_str_eq(
		stream((const uint8_t *)field, sizeof field - 1, options(true), out, &json),
		"[{n(a)s()}].");
	cr_expect_str_eq((const char *)json.at, "\",next");
}

Test(json_scan, words_for_what_is_not_finite_need_the_option)
{
	static const char *const documents[] = {"[NaN]", "[Infinity]", "[-Infinity]"};

	for (size_t i = 0; i < 3; i++) {
		struct ots_json json;
		char out[STREAM_BYTES];

		cr_expect_str_eq(stream((const uint8_t *)documents[i], strlen(documents[i]),
					(struct ots_json_options){.depth_limit = 8}, out, &json),
				 "[!");
	}
}

Test(json_scan, depth_is_limited_at_each_limit)
{
	for (uint8_t limit = 1; limit <= OTS_JSON_DEPTH_MAX; limit++) {
		char document[2 * OTS_JSON_DEPTH_MAX + 4];
		struct ots_json json;
		char out[STREAM_BYTES];

		for (size_t depth = 1; depth <= (size_t)limit + 1; depth++) {
			memset(document, '[', depth);
			memset(document + depth, ']', depth);
			(void)stream((const uint8_t *)document, 2 * depth,
				     (struct ots_json_options){.depth_limit = limit}, out, &json);
			cr_expect_eq(out[strlen(out) - 1], depth <= limit ? '.' : '!',
				     "limit %u depth %zu: %s", limit, depth, out);
		}
		cr_expect_eq(json.why, ots_json_too_deep);
	}
}

Test(json_scan, skip_passes_one_whole_value)
{
	static const char document[] = "{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":[],\"e\":5,\"f\":\"x\"}";
	struct ots_json json;
	struct ots_json_text name;
	char names[16];
	size_t n = 0;

	ots_json_init(&json, (const uint8_t *)document, sizeof document - 1, options(false));
	cr_assert_eq(ots_json_next(&json, NULL), OTS_JSON_OBJECT);
	while (ots_json_next(&json, &name) == OTS_JSON_NAME) {
		names[n++] = (char)name.at[0];
		cr_assert_eq(ots_json_skip(&json), OTS_JSON_NULL);
	}
	cr_expect(n == 4 && memcmp(names, "adef", 4) == 0);
	cr_expect_eq(ots_json_next(&json, NULL), OTS_JSON_END);
}

Test(json_scan, skip_says_short_and_bad)
{
	struct ots_json json;

	ots_json_init(&json, (const uint8_t *)"[[1,", 4, options(false));
	cr_expect_eq(ots_json_next(&json, NULL), OTS_JSON_ARRAY);
	cr_expect_eq(ots_json_skip(&json), OTS_JSON_SHORT);
	ots_json_init(&json, (const uint8_t *)"[[1}", 4, options(false));
	cr_expect_eq(ots_json_next(&json, NULL), OTS_JSON_ARRAY);
	cr_expect_eq(ots_json_skip(&json), OTS_JSON_BAD);
}

static const struct {
	const char *inside; /* bare spelling */
	const char *means;  /* NULL: refused */
	size_t len;
} escapes[] = {
	{"a\\\"b", "a\"b", 3},
	{"\\\\\\/\\b\\f\\n\\r\\t", "\\/\b\f\n\r\t", 7},
	{"\\u0000x", "\0x", 2},
	{"\\u003d\\u003C", "=<", 2},
	{"\\u00e9", "\xc3\xa9", 2},
	{"\\u20ac", "\xe2\x82\xac", 3},
	{"\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4},
	{"\\ud83d", NULL, 0},
	{"\\ude00", NULL, 0},
	{"\\ud83dx", NULL, 0},
	{"\\ud83d\\n", NULL, 0},
	{"\\ud83d\\ud83d", NULL, 0},
	{"\\u12", NULL, 0},
	{"\\q", NULL, 0},
};

Test(json_scan, unescape_decodes_every_escape_and_refuses_lone_surrogates)
{
	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		for (int in_csv = 0; in_csv <= 1; in_csv++) {
			struct ots_arena arena;
			struct ots_bytes out = {NULL, 0};
			bool no_memory = true;
			size_t len = strlen(escapes[i].inside);
			uint8_t *bytes = in_csv ? doubled(escapes[i].inside, &len)
						: exact(escapes[i].inside, len);
			const struct ots_json_text text = {bytes, len, true};

			ots_arena_init(&arena, 1 << 16);
			cr_expect_eq(ots_json_unescape(&text, in_csv, &arena, &out, &no_memory),
				     escapes[i].means != NULL, "%s", escapes[i].inside);
			cr_expect(!no_memory);
			if (escapes[i].means != NULL)
				cr_expect(out.len == escapes[i].len &&
						  memcmp(out.at, escapes[i].means, out.len) == 0,
					  "%s", escapes[i].inside);
			ots_arena_release(&arena);
			free(bytes);
		}
	}
}

Test(json_scan, unescape_borrows_plain_text_and_says_when_memory_is_out)
{
	struct ots_arena arena;
	struct ots_json_text text = {(const uint8_t *)"plain", 5, false};
	struct ots_bytes out;
	bool no_memory;

	ots_arena_init(&arena, 0);
	cr_assert(ots_json_unescape(&text, true, &arena, &out, &no_memory));
	cr_expect_eq(out.at, text.at);
	text.escaped = true;
	cr_expect(!ots_json_unescape(&text, true, &arena, &out, &no_memory));
	cr_expect(no_memory);
	ots_arena_release(&arena);
}

Test(json_scan, names_compare_without_case_and_with_escapes)
{
	static const struct {
		const char *name;
		const char *word;
		bool same;
	} names[] = {
		{"columnType", "columntype", true},
		{"COLUMNTYPE", "columnType", true},
		{"\\u006eame", "name", true},
		{"n\\u0041me", "name", true},
		{"name", "names", false},
		{"names", "name", false},
		{"", "name", false},
		{"na\\nme", "name", false},
		{"n\xc3\xa1me", "name", false},
		{"\\ud800", "name", false},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct ots_json_text text = {(const uint8_t *)names[i].name,
						   strlen(names[i].name), true};

		cr_expect_eq(ots_json_name_is(&text, names[i].word), names[i].same, "%s",
			     names[i].name);
	}
}

Test(json_scan, what_stands_behind_a_value_is_told)
{
	static const struct {
		const char *text;
		bool blank;
	} cases[] = {{"{}", true}, {"{} \r\n\t", true}, {"{} x", false}, {"{}{}", false}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_json json;

		ots_json_init(&json, (const uint8_t *)cases[i].text, strlen(cases[i].text),
			      (struct ots_json_options){.depth_limit = 4});
		cr_assert_eq(ots_json_skip(&json), OTS_JSON_NULL);
		cr_assert_eq(ots_json_next(&json, NULL), OTS_JSON_END);
		cr_expect_eq(ots_json_rest_is_blank(&json), cases[i].blank, "%s", cases[i].text);
	}
}

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../core/format/tunnel_csv/decode.h"

TestSuite(tunnel_csv_ways, .timeout = 300);

#define ARENA_BYTES ((size_t)1 << 20)
#define LINE_BYTES ((size_t)4096)

/* A value's box, a key column, a cell: as Gson writes the SDK's classes, quotes single here. */
#define BOX(members, type) "{" members "'type':'" type "','dataSize':-1}"
#define RAW(text, raw) "'value':'" text "','rawData':'" raw "',"
#define KEY(name, box) "{'name':'" name "','value':" box ",'dataSize':-1}"
#define SET(value) "'value':" value ",'isSet':true"
#define CELL(name, box, stamp, action)                                                             \
	"{'column':{'name':'" name "','value':" box ",'timestamp':{'name':'Timestamp'," stamp      \
	"},'dataSize':-1},'columnType':'" action "'}"
#define KEY_A KEY("k", BOX(RAW("a", "YQ\\u003d\\u003d"), "STRING"))
#define KEY_7 KEY("n", BOX("'value':'7',", "INTEGER"))
#define NINE SET("'9'")
#define UNSET "'isSet':false"
#define LINE(op, key, cells) "5," op ",`[" key "]`,`[" cells "]`\n"
#define PUT(box) LINE("PUT", KEY_A, CELL("c", box, NINE, "PUT"))

/* What the fast way is made for: each line is taken by it. The mark ` is a quote of CSV. */
static const char *const taken[] = {
	LINE("PUT", KEY_A "," KEY_7, CELL("c", BOX("'value':'x',", "STRING"), NINE, "PUT")),
	LINE("PUT", KEY_A, CELL("c", BOX("'value':31,", "INTEGER"), SET("9"), "PUT")),
	LINE("UPDATE", KEY_7,
	     CELL("c", BOX("", "STRING"), NINE, "DELETE_ONE_VERSION") "," CELL(
		     "d", BOX("", "STRING"), UNSET, "DELETE_ALL_VERSION")),
	LINE("DELETE", KEY_7, CELL("d", BOX("", "STRING"), UNSET, "DELETE_ALL_VERSION")),
	"1700000000000000,DELETE,`[" KEY_A "]`,[]\n",
	"0,PUT,`[" KEY_A "]`,`[" CELL("c", BOX("'value':1.5E-7,", "DOUBLE"), UNSET, "PUT") "]`\r\n",
	PUT(BOX("'value':'-9223372036854775808',", "INTEGER")),
	PUT(BOX("'value':-0.0,", "DOUBLE")),
	PUT(BOX("'value':true,", "BOOLEAN")),
	PUT(BOX("'value':'AAE\\u003d',", "BINARY")),
	PUT(BOX("'value':'AAEC',", "BINARY")),
	PUT(BOX("'value':'AA==',", "BINARY")),
	PUT(BOX("'value':'',", "BINARY")),
	PUT(BOX(RAW("\\u003cB\\u003e \\'q\\' \xef\xbf\xbd", "PEI+ICJxIg\\u003d\\u003d"), "STRING")),
	PUT(BOX(RAW("lone \\ud800 is never decoded", "YWI\\u003d"), "STRING")),
	PUT(BOX(RAW("", ""), "STRING")),
	/* both spellings in one line */
	LINE("PUT", "{'name':'j','type':'INTEGER','value':'1'}," KEY_A,
	     "{'columnType':'PUT','name':'c','type':'STRING','value':'v','timestamp':'9'}," CELL(
		     "c", BOX("'value':'x',", "STRING"), NINE, "PUT")),
};

/* What it must leave to the general way, which takes or refuses it. */
static const char *const left[] = {
	PUT(BOX(RAW("v", "!"), "STRING")),
	PUT(BOX(RAW("v", "YQ\\u003d"), "STRING")),
	PUT(BOX(RAW("v", "YWI\\u003d\\u003d"), "STRING")),
	PUT(BOX(RAW("v", "YWJj\\u003d"), "STRING")),
	PUT(BOX(RAW("v", "YW=\\u003d"), "STRING")),
	PUT(BOX(RAW("bad \\x escape", "YQ\\u003d\\u003d"), "STRING")),
	PUT(BOX(RAW("bad \\u12g4 escape", "YQ\\u003d\\u003d"), "STRING")),
	PUT(BOX(RAW("short \\u12", "YQ\\u003d\\u003d"), "STRING")),
	PUT(BOX("'value':'\\ud800',", "STRING")),
	PUT(BOX("'value':07,", "INTEGER")),
	PUT(BOX("'value':7.0,", "INTEGER")),
	PUT(BOX("'value':'9223372036854775808',", "INTEGER")),
	PUT(BOX("'value':true,", "STRING")),
	PUT(BOX("'value':'x',", "string")),
	PUT(BOX("", "STRING")),
	PUT("{'value':'x','type':'STRING','dataSize':01}"),
	PUT("{'value':'x','type':'STRING','dataSize':-}"),
	PUT("{'value':'x','type':'STRING','dataSize':'-1'}"),
	LINE("PUT", KEY_A, CELL("c", BOX("'value':1,", "INTEGER"), SET("09"), "PUT")),
	LINE("PUT", KEY_A, CELL("c", BOX("'value':1,", "INTEGER"), SET("-9"), "PUT")),
	LINE("PUT", KEY_A, CELL("c", BOX("'value':1,", "INTEGER"), UNSET, "PUT")),
	LINE("PUT", KEY_A, CELL("c", BOX("'value':1,", "INTEGER"), "'isSet':true", "PUT")),
	LINE("PUT", KEY_A, CELL("c", BOX("", "STRING"), UNSET, "DELETE_ONE_VERSION")),
	LINE("DELETE", KEY_A, CELL("c", BOX("'value':1,", "INTEGER"), NINE, "PUT")),
	LINE("PUT", KEY_A "," KEY_A, ""),
	LINE("PUT", KEY("k", BOX("'value':true,", "BOOLEAN")), ""),
	LINE("PUT", KEY("k", BOX("", "STRING")), ""),
	LINE("PUT", KEY("", BOX("'value':'a',", "STRING")), ""),
};

#define TAKEN_COUNT (sizeof taken / sizeof taken[0])
#define LEFT_COUNT (sizeof left / sizeof left[0])

/* The line as it stands in CSV. @return length */
static size_t spell(const char *line, char out[LINE_BYTES])
{
	size_t len = 0;

	for (; *line != '\0'; line++) {
		cr_assert_lt(len + 2, LINE_BYTES);
		if (*line == '\'' || *line == '`')
			out[len++] = '"';
		if (*line != '`')
			out[len++] = *line == '\'' ? '"' : *line;
	}
	return len;
}

/* One line by one of the ways. */
struct attempt {
	struct ots_arena arena;
	struct ots_record record;
	struct ots_error err;
	struct tunnel_decoder decoder;
};

static void begin(struct attempt *a, const uint8_t *at)
{
	memset(a, 0, sizeof *a);
	ots_arena_init(&a->arena, ARENA_BYTES);
	a->decoder = (struct tunnel_decoder){.arena = &a->arena,
					     .record = &a->record,
					     .err = &a->err,
					     .line_at = at,
					     .place = {0, 1}};
}

typedef size_t way(struct tunnel_decoder *d, struct ots_bytes bytes);

/* @return whether the way took the line; what it took is what the general way takes */
static bool agrees(way *quick, const char *name, const void *line, size_t len)
{
	uint8_t *const copy =
		malloc(len > 0 ? len : 1); /* exact: the sanitizer sees one too many */
	const struct ots_bytes bytes = {copy, len};
	struct tunnel_used used = {0, 0};
	struct attempt mine;
	struct attempt general;
	size_t bytes_taken;

	cr_assert_not_null(copy);
	memcpy(copy, line, len);
	begin(&mine, copy);
	begin(&general, copy);
	bytes_taken = quick(&mine.decoder, bytes);
	if (bytes_taken > 0) {
		cr_expect_eq(tunnel_line(&general.decoder, bytes, true, &used), TUNNEL_RECORD,
			     "%s took what is refused: %s: %.*s", name, general.err.text, (int)len,
			     (const char *)line);
		cr_expect(used.bytes == bytes_taken && used.line_feeds == 1 &&
				  ots_record_equal(&mine.record, &general.record) &&
				  mine.record.flags == general.record.flags &&
				  mine.record.epoch == general.record.epoch &&
				  mine.record.row_index == general.record.row_index,
			  "%s gave another record: %.*s", name, (int)len, (const char *)line);
	}
	ots_arena_release(&mine.arena);
	ots_arena_release(&general.arena);
	free(copy);
	return bytes_taken > 0;
}

Test(tunnel_csv_ways, the_fast_way_takes_gsons_spelling_and_gives_the_general_ways_records)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		char line[LINE_BYTES];
		const size_t len = spell(taken[i], line);

		cr_expect(agrees(tunnel_fast, "fast", line, len), "%s", taken[i]);
		cr_expect(agrees(tunnel_straight, "straight", line, len), "%s", taken[i]);
	}
}

Test(tunnel_csv_ways, the_fast_way_leaves_what_is_doubtful)
{
	for (size_t i = 0; i < LEFT_COUNT; i++) {
		char line[LINE_BYTES];
		const size_t len = spell(left[i], line);

		cr_expect_not(agrees(tunnel_fast, "fast", line, len), "%s", left[i]);
		(void)agrees(tunnel_straight, "straight", line, len);
	}
}

Test(tunnel_csv_ways, a_line_cut_anywhere_is_taken_by_no_quick_way)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		char line[LINE_BYTES];
		const size_t len = spell(taken[i], line);

		for (size_t n = 0; n < len; n++) {
			cr_expect_not(agrees(tunnel_fast, "fast", line, n), "%zu: %s", n, taken[i]);
			cr_expect_not(agrees(tunnel_straight, "straight", line, n), "%zu: %s", n,
				      taken[i]);
		}
	}
}

static uint64_t next_random(uint64_t *state) /* xorshift64 */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Put `text` over `over` bytes at `at`. */
static void splice(char *line, size_t *len, size_t at, size_t over, const char *text, size_t n)
{
	if (over > *len - at)
		over = *len - at;
	if (*len - over + n > LINE_BYTES)
		return;
	memmove(line + at + n, line + at + over, *len - at - over);
	memcpy(line + at, text, n);
	*len = *len - over + n;
}

static void mutate(char *line, size_t *len, uint64_t *state)
{
	static const char bytes[] = "\"\\,:{}[]0159-+.eEu=/ \t\r\nPDtfn\x01\xff";
	static const char *const pieces[] = {"\"\"",
					     "\\u003d",
					     "\\\"\"",
					     "\\",
					     "-1",
					     "0",
					     "null",
					     "true",
					     "1e400",
					     "\"\"value\"\":1,",
					     ",\"\"rawData\"\":\"\"YQ\\u003d\\u003d\"\"",
					     ",\"\"dataSize\"\":-1",
					     "INTEGER",
					     "BINARY",
					     "DELETE",
					     "{}",
					     " ",
					     "\"",
					     "\r",
					     "\"\"type\"\":\"\"DOUBLE\"\",",
					     "9223372036854775808"};
	const size_t at = (size_t)(next_random(state) % *len);
	const size_t over = (size_t)(next_random(state) % 4);
	const uint64_t pick = next_random(state);
	char from[64];
	size_t start;
	size_t n;

	switch (pick % 4) {
	case 0: splice(line, len, at, 1, &bytes[pick / 4 % (sizeof bytes - 1)], 1); break;
	case 1: splice(line, len, at, over, "", 0); break;
	case 2: {
		const char *const piece = pieces[pick / 4 % (sizeof pieces / sizeof pieces[0])];

		splice(line, len, at, over, piece, strlen(piece));
		break;
	}
	default: /* a run of the line once more, elsewhere */
		start = (size_t)(pick / 4 % *len);
		n = *len - start < sizeof from ? *len - start : sizeof from;
		memcpy(from, line + start, n);
		splice(line, len, at, over * 8, from, n);
		break;
	}
}

Test(tunnel_csv_ways, mutated_lines_give_the_general_ways_records_or_go_its_way)
{
	uint64_t state = UINT64_C(0x2545f4914f6cdd1d);
	size_t fast = 0;
	size_t straight = 0;

	for (size_t round = 0; round < 120000; round++) {
		const size_t i = (size_t)(next_random(&state) % (TAKEN_COUNT + LEFT_COUNT));
		char line[LINE_BYTES];
		size_t len = spell(i < TAKEN_COUNT ? taken[i] : left[i - TAKEN_COUNT], line);
		const size_t times = 1 + (size_t)(next_random(&state) % 2);

		for (size_t n = 0; n < times && len > 0; n++)
			mutate(line, &len, &state);
		fast += agrees(tunnel_fast, "fast", line, len);
		straight += agrees(tunnel_straight, "straight", line, len);
	}
	/* Else the test shows nothing. */
	cr_expect_gt(fast, 1000, "%zu", fast);
	cr_expect_gt(straight, fast, "%zu", straight);
}

/* What a schema.json has to say in the text of an object. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/view/view.h>

#include "../../support/memory_store.h"
#include "../../support/view_sample.h"

TestSuite(view_schema, .timeout = 120);

#define KEY "t/2023/o.csv"
#define ROOT_SCHEMA "schema.json"
#define TABLE_SCHEMA "t/schema.json"

/* Shape F: the order of its key stands in no object. */
static const char line_of_map[] = "1,PUT,\"{\"\"b\"\":7,\"\"a\"\":\"\"x\"\"}\",\"[{"
				  "\"\"columnType\"\":\"\"PUT\"\",\"\"name\"\":"
				  "\"\"c\"\",\"\"type\"\":\"\"INTEGER\"\",\"\"value\"\":\"\"3\"\","
				  "\"\"timestamp\"\":\"\"5\"\"}]"
				  "\"\n";
/* Shape E: nothing has a type. */
static const char line_of_go[] =
	"1,PUT,\"[{\"\"ColumnName\"\":\"\"a\"\",\"\"Value\"\":\"\"eA==\"\"}]\",\"[{\"\"Type\"\":0,"
	"\"\"Name\"\":\"\"c\"\",\"\"Value\"\":31,\"\"Timestamp\"\":5}]\"\n";

#define A_STRING "{\"name\":\"a\",\"type\":\"STRING\"}"
#define A_BINARY "{\"name\":\"a\",\"type\":\"BINARY\"}"
#define B_INTEGER "{\"name\":\"b\",\"type\":\"INTEGER\"}"
#define C_INTEGER "{\"name\":\"c\",\"type\":\"INTEGER\"}"
#define C_DOUBLE "{\"name\":\"c\",\"type\":\"DOUBLE\"}"
#define KEY_OF(columns) "{\"primaryKey\":[" columns "]}"
#define KEY_AND_COLUMNS(key, columns) "{\"primaryKey\":[" key "],\"columns\":[" columns "]}"

struct rig {
	struct memory_store *memory;
	struct ots_store *store;
	struct ots_view *view;
	struct ots_object object;
	struct ots_error err;
};

static void rig_open(struct rig *rig, const char *content)
{
	const struct ots_view_options options = {.memory_bytes = (size_t)8 << 20};

	*rig = (struct rig){.memory = memory_store_new()};
	cr_assert_eq(ots_store_new(&memory_store_ops, rig->memory, "memory", &rig->store, NULL),
		     OTS_OK);
	memory_store_put(rig->memory, KEY, content, 0);
	rig->object = sample_object(rig->store, KEY, OTS_FORMAT_TUNNEL_CSV);
	cr_assert_eq(ots_view_new(rig->store, &options, &rig->view, NULL), OTS_OK);
}

static void rig_close(struct rig *rig)
{
	cr_expect_eq(rig->err.text[0], '\0', "%s", rig->err.text);
	ots_view_free(rig->view);
	ots_store_free(rig->store);
	sample_object_release(&rig->object);
}

static void put(struct rig *rig, const char *key, const char *schema)
{
	memory_store_put(rig->memory, key, schema, 0);
}

static enum ots_status open_text(struct rig *rig, struct ots_text **text)
{
	rig->err = (struct ots_error){0};
	return ots_text_open(rig->view, &rig->object, OTS_NODE_FORM_JSONL, NULL, text, &rig->err);
}

static void expect_text(struct rig *rig, struct ots_text *text, const char *want)
{
	char buf[512] = "";
	size_t got = 0;

	cr_expect_eq(ots_text_size(text), strlen(want));
	cr_expect_eq(ots_text_read(text, 0, buf, sizeof buf - 1, &got, NULL, &rig->err), OTS_OK,
		     "%s", rig->err.text);
	cr_expect_str_eq(buf, want);
}

static void expect_opens_as(struct rig *rig, const char *want)
{
	struct ots_text *text = NULL;

	cr_assert_eq(open_text(rig, &text), OTS_OK, "%s", rig->err.text);
	expect_text(rig, text, want);
	ots_text_close(text);
}

/* The error was looked at. */
static void forget(struct rig *rig)
{
	rig->err = (struct ots_error){0};
}

static const char a_then_b[] = "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"a\":\"x\",\"b\":7},\"v\":5,"
			       "\"cols\":{\"c\":3}}\n";
static const char b_then_a[] = "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"b\":7,\"a\":\"x\"},\"v\":5,"
			       "\"cols\":{\"c\":3}}\n";

Test(view_schema, a_map_is_read_under_the_nearest_schema)
{
	struct ots_text *text = NULL;
	struct rig rig;

	rig_open(&rig, line_of_map);
	cr_expect_eq(open_text(&rig, &text), OTS_CORRUPT);
	cr_expect_not_null(strstr(rig.err.text, "only a schema file can tell"), "%s", rig.err.text);
	cr_expect_not_null(strstr(rig.err.text, KEY), "%s", rig.err.text);
	put(&rig, ROOT_SCHEMA, KEY_OF(A_STRING "," B_INTEGER));
	expect_opens_as(&rig, a_then_b);
	put(&rig, TABLE_SCHEMA, KEY_OF(B_INTEGER "," A_STRING));
	expect_opens_as(&rig, b_then_a);
	memory_store_remove(rig.memory, TABLE_SCHEMA);
	expect_opens_as(&rig, a_then_b);
	rig_close(&rig);
}

Test(view_schema, types_from_a_schema_are_no_guess)
{
	static const struct {
		const char *schema, *text;
	} cases[] = {
		{NULL,
		 "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"a\":\"eA==\"},\"v\":5,\"cols\":{\"c\":31},"
		 "\"lossy\":true}\n"},
		{KEY_OF(A_STRING), "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"a\":\"eA==\"},\"v\":5,"
				   "\"cols\":{\"c\":31},\"lossy\":true}\n"},
		{KEY_AND_COLUMNS(A_STRING, C_INTEGER),
		 "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"a\":\"eA==\"},\"v\":5,\"cols\":{\"c\":31}}\n"},
		{KEY_AND_COLUMNS(A_BINARY, C_DOUBLE),
		 "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"a\":{\"$bin\":\"eA==\"}},\"v\":5,"
		 "\"cols\":{\"c\":31.0},\"exact\":{\"c\":\"31.0\"}}\n"},
	};
	struct rig rig;

	rig_open(&rig, line_of_go);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (cases[i].schema != NULL)
			put(&rig, TABLE_SCHEMA, cases[i].schema);
		expect_opens_as(&rig, cases[i].text);
	}
	rig_close(&rig);
}

Test(view_schema, another_schema_makes_another_text_and_leaves_the_open_one)
{
	struct ots_text *before = NULL;
	struct ots_text *same = NULL;
	struct ots_text *after = NULL;
	struct rig rig;

	rig_open(&rig, line_of_map);
	put(&rig, TABLE_SCHEMA, KEY_OF(A_STRING "," B_INTEGER));
	cr_assert_eq(open_text(&rig, &before), OTS_OK, "%s", rig.err.text);
	cr_assert_eq(open_text(&rig, &same), OTS_OK, "%s", rig.err.text);
	cr_expect_eq(before, same, "shared");
	put(&rig, TABLE_SCHEMA, KEY_OF(B_INTEGER "," A_STRING));
	cr_assert_eq(open_text(&rig, &after), OTS_OK, "%s", rig.err.text);
	cr_expect_neq(before, after);
	cr_expect_neq(ots_text_identity(before), ots_text_identity(after));
	expect_text(&rig, before, a_then_b);
	expect_text(&rig, after, b_then_a);
	ots_text_close(before);
	ots_text_close(same);
	ots_text_close(after);
	expect_opens_as(&rig, b_then_a); /* idle under the new one, not under the old one */
	rig_close(&rig);
}

Test(view_schema, one_that_does_not_parse_fails_the_open_by_name)
{
	struct ots_text *text = NULL;
	struct rig rig;

	rig_open(&rig, line_of_go);
	put(&rig, ROOT_SCHEMA, KEY_OF(A_STRING));
	put(&rig, TABLE_SCHEMA, "{\"primaryKey\":7}");
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(open_text(&rig, &text), OTS_CORRUPT);
		cr_expect_str_eq(rig.err.text, KEY ": its schema: " TABLE_SCHEMA
						   ": primaryKey: expected a list of 1 to 4 "
						   "columns");
		cr_expect_null(text);
	}
	memory_store_fail_open(rig.memory, TABLE_SCHEMA, OTS_DENIED);
	cr_expect_eq(open_text(&rig, &text), OTS_DENIED);
	forget(&rig);
	/* Mended, the next open takes it. */
	memory_store_fail_open(rig.memory, TABLE_SCHEMA, OTS_OK);
	put(&rig, TABLE_SCHEMA, KEY_AND_COLUMNS(A_STRING, C_INTEGER));
	expect_opens_as(&rig, "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"a\":\"eA==\"},\"v\":5,"
			      "\"cols\":{\"c\":31}}\n");
	rig_close(&rig);
}

Test(view_schema, raw_bytes_and_jsonl_ask_for_none)
{
	struct ots_text *text = NULL;
	struct rig rig;

	rig_open(&rig, a_then_b);
	put(&rig, TABLE_SCHEMA, "broken");
	rig.object.format = OTS_FORMAT_JSONL;
	expect_opens_as(&rig, a_then_b);
	cr_assert_eq(ots_text_open(rig.view, &rig.object, OTS_NODE_FORM_RAW, NULL, &text, &rig.err),
		     OTS_OK, "%s", rig.err.text);
	expect_text(&rig, text, a_then_b);
	ots_text_close(text);
	rig_close(&rig);
}

Test(view_schema, an_idle_text_that_lost_its_pages_is_rendered_under_its_schema)
{
	struct ots_buffer content;
	struct ots_text *text = NULL;
	char buf[64];
	size_t got = 0;
	struct rig rig;

	/* More text than the view keeps, so that reads decode again. */
	ots_buffer_init(&content, (size_t)1 << 30);
	for (int i = 0; i < 100000; i++)
		cr_assert(ots_buffer_puts(&content, line_of_map));
	cr_assert(ots_buffer_put_byte(&content, '\0'));
	rig_open(&rig, (const char *)content.bytes);
	put(&rig, ROOT_SCHEMA, KEY_OF(B_INTEGER "," A_STRING));
	for (int round = 0; round < 2; round++) {
		cr_assert_eq(open_text(&rig, &text), OTS_OK, "%s", rig.err.text);
		cr_assert_eq(ots_text_records(text), 100000);
		if (round == 0) /* what is open stays as it was when it was opened */
			put(&rig, TABLE_SCHEMA, KEY_OF(A_STRING "," B_INTEGER));
		else
			memory_store_remove(rig.memory, TABLE_SCHEMA);
		for (uint64_t i = 0; i < 100000; i += 20011) {
			cr_assert_eq(ots_text_read(text, i * strlen(b_then_a), buf, 40, &got, NULL,
						   &rig.err),
				     OTS_OK, "%s", rig.err.text);
			cr_expect_eq(memcmp(buf, round == 0 ? b_then_a : a_then_b, 40), 0);
		}
		ots_text_close(text);
	}
	rig_close(&rig);
	ots_buffer_release(&content);
}

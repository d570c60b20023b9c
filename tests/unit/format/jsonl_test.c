#include <otsfs/format/jsonl.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/object/fault.h>

#include "../../support/memory_store.h"
#include "jsonl_text.h"

#define OUT_BYTES ((size_t)256 * 1024 * 1024)

TestSuite(jsonl, .timeout = 60);

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static const char *const canonical[] = {
	"{\"ts\":1700000010000001,\"op\":\"UPDATE\",\"pk\":{\"uid\":\"u1\",\"seq\":7},"
	"\"v\":1700000010000,\"cols\":{\"age\":31,\"note\":{\"$del\":1699999990000},"
	"\"score\":{\"$del\":\"all\"}}}\n",
	"{\"ts\":0,\"op\":\"PUT\",\"pk\":{\"k\":\"\"},\"cols\":{}}\n",
	"{\"ts\":null,\"op\":\"DELETE\",\"pk\":{\"k\":{\"$bin\":\"AAH/\"}},\"cols\":{}}\n",
	"{\"ts\":5,\"op\":\"BASE\",\"pk\":{\"k\":-7},\"cols\":{\"a\":\"x\\\"\\\\\\n\\u0000y\","
	"\"b\":true,\"c\":false,\"d\":0.1,\"e\":{\"$bin\":\"\"},\"f\":{\"$str\":\"/w==\"}}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$v\":[[2,31],[1,30]]},"
	"\"b\":1}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"k\":1},\"v\":9,\"cols\":{\"a\":{\"$v\":[[9,31],[9,30]]}"
	","
	"\"b\":1}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$v\":[[null,31],[1,30]]}}}\n",
	"{\"ts\":5,\"op\":\"UPDATE\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$ops\":[{\"$del\":\"all\"}"
	","
	"5,{\"$v\":[[4,6]]},{\"$del\":3},{\"$bin\":\"AA==\"}]},\"b\":{\"$ops\":[{\"$del\":1},"
	"{\"$del\":2}]}}}\n",
	"{\"ts\":5,\"op\":\"UPDATE\",\"pk\":{\"k\":1},\"v\":4,\"cols\":{\"a\":{\"$ops\":["
	"{\"$del\":3},6]}}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$dbl\":\"NaN\"},"
	"\"b\":{\"$dbl\":\"-Infinity\"},\"c\":{\"$dbl\":\"Infinity\"},"
	"\"d\":{\"$dbl\":\"NaN\",\"bits\":\"fff8000000000001\"}}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"seq\":9007199254740993},\"cols\":{\"price\":5.0,"
	"\"x\":{\"$v\":[[2,1],[1,-9223372036854775808]]}},\"exact\":{\"seq\":"
	"\"9007199254740993\",\"price\":\"5.0\",\"x\":[null,\"-9223372036854775808\"]}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"a\":9007199254740992},\"cols\":{\"a\":-0.0,\"b\":1e+"
	"300},"
	"\"exact\":{\"a\":[\"9007199254740992\",\"-0.0\"],\"b\":\"1e+300\"}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"a\":9007199254740991},\"cols\":{\"b\":1.5,"
	"\"c\":1000000000000000.5},\"exact\":{\"c\":\"1000000000000000.5\"}}\n",
	"{\"ts\":5,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":1},\"seq\":[3,5,8],"
	"\"lossy\":true}\n",
};

Test(jsonl, canonical_lines_come_back_byte_for_byte_at_any_batch_size)
{
	static const size_t sizes[] = {1, 7, 64, 200, 1 << 20};
	struct ots_buffer text, out;

	ots_buffer_init(&text, OUT_BYTES);
	for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++)
		cr_assert(ots_buffer_puts(&text, canonical[i]));
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		const struct ots_records_options options = {.begin = {0, 1},
							    .batch_bytes = sizes[s]};
		struct ots_error err = {0};
		size_t count;

		ots_buffer_init(&out, OUT_BYTES);
		cr_assert_eq(jsonl_again((struct ots_bytes){text.bytes, text.len}, &options, &out,
					 &count, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(count, sizeof canonical / sizeof *canonical);
		cr_expect(out.len == text.len && memcmp(out.bytes, text.bytes, out.len) == 0,
			  "batches of %zu: %.*s", sizes[s], (int)out.len, (const char *)out.bytes);
		ots_buffer_release(&out);
	}
	ots_buffer_release(&text);
}

/* What tools make of a line, and the canonical line that it must read as. */
static const struct {
	const char *given;
	const char *meant;
} spellings[] = {
	{"{\"pk\":{\"k\":1},\"op\":\"PUT\"}",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{}}\n"},
	{" { \"op\" : \"put\" , \"pk\" : { \"k\" : 1 } , \"cols\" : { \"a\" : [ ] } , \"x\" : 1 } ",
	 NULL},
	{"{\"cols\":{\"a\":5},\"exact\":{\"a\":\"5.0\"},\"op\":\"PUT\",\"pk\":{\"k\":1},\"ts\":3,"
	 "\"v\":4}",
	 "{\"ts\":3,\"op\":\"PUT\",\"pk\":{\"k\":1},\"v\":4,\"cols\":{\"a\":5.0},\"exact\":{\"a\":"
	 "\"5.0\"}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":9007199254740992},\"cols\":{\"a\":9223372036854775807000},"
	 "\"exact\":{\"k\":\"9007199254740993\",\"a\":\"9223372036854775807000.0\"}}",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"k\":9007199254740993},\"cols\":{"
	 "\"a\":9.223372036854776e+21},\"exact\":{\"k\":\"9007199254740993\",\"a\":"
	 "\"9.223372036854776e+21\"}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":9223372036854775807,\"b\":6,\"c\":-0},"
	 "\"exact\":{\"a\":\"9223372036854775807\",\"b\":\"5.0\",\"c\":\"-0.0\",\"gone\":\"1.0\"}}",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":9223372036854775807,\"b\":6,"
	 "\"c\":-0.0},\"exact\":{\"a\":\"9223372036854775807\",\"c\":\"-0.0\"}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":9223372036854776000},"
	 "\"exact\":{\"a\":\"9223372036854775807\"}}",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":9223372036854775807},"
	 "\"exact\":{\"a\":\"9223372036854775807\"}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":1e300,\"b\":\"7\"},"
	 "\"exact\":{\"a\":\"1e+300\",\"b\":\"7.0\"}}",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":1e+300,\"b\":\"7\"},"
	 "\"exact\":{\"a\":\"1e+300\"}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"2\":1,\"10\":2},\"cols\":{},\"why\":{\"code\":\"x\",\"n\":[1]}}"
	 "\r",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"2\":1,\"10\":2},\"cols\":{}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"bits\":\"7FF0000000000001\","
	 "\"$dbl\":\"NaN\"}},\"exact\":{}}",
	 "{\"ts\":null,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$dbl\":\"NaN\",\"bits\":"
	 "\"7ff0000000000001\"}}}\n"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"seq\":[0,12,3,1]}",
	 "{\"ts\":12,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{},\"seq\":[0,12,3]}\n"},
};

Test(jsonl, lines_that_tools_respelt_read_as_they_were)
{
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		struct ots_buffer out;
		struct ots_error err = {0};
		size_t count;
		enum ots_status status;

		ots_buffer_init(&out, OUT_BYTES);
		status = jsonl_again(bytes_of(spellings[i].given), NULL, &out, &count, &err);
		if (spellings[i].meant == NULL) {
			cr_expect_eq(status, OTS_CORRUPT, "%s", spellings[i].given);
		} else {
			cr_assert_eq(status, OTS_OK, "%s", err.text);
			cr_expect(out.len == strlen(spellings[i].meant) &&
					  memcmp(out.bytes, spellings[i].meant, out.len) == 0,
				  "%s\n%.*s", spellings[i].given, (int)out.len,
				  (const char *)out.bytes);
		}
		ots_buffer_release(&out);
	}
}

static const struct {
	const char *line;
	const char *says; /* in the error's text */
} refused[] = {
	{"[]", "expected a record"},
	{"{\"pk\":{\"k\":1}}", "expected a record with op"},
	{"{\"op\":\"PUT\"}", "expected a record with pk"},
	{"{\"op\":\"PUT\",\"pk\":{}}", "expected a key column at line 2, byte 23"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1.5}}", "expected a key of STRING, INTEGER or BINARY"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":true}}", "expected a key of STRING"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1,\"k\":2}}", "expected each key column once"},
	{"{\"op\":\"PUT\",\"pk\":{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}}",
	 "expected at most 4 key columns"},
	{"{\"op\":\"PUT\",\"op\":\"PUT\",\"pk\":{\"k\":1}}", "expected each member once"},
	{"{\"op\":\"POT\",\"pk\":{\"k\":1}}", "expected op of PUT, UPDATE, DELETE or BASE"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"ts\":-1}", "expected ts in microseconds"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"ts\":\"1\"}", "expected ts in microseconds"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"v\":-1}", "expected v of a version"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":[]}", "expected cols as an object"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":1,\"a\":2}}",
	 "expected each column once"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":null}}", "expected a string, a number"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"\":1}}", "expected a column name"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{}}}", "expected a form"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$x\":1}}}", "expected a known form"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$bin\":\"A\"}}}", "expected base64"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$bin\":\"AA==\",\"b\":1}}}",
	 "expected the end of the object"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$dbl\":\"nan\"}}}",
	 "expected $dbl of NaN"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$dbl\":\"NaN\",\"bits\":"
	 "\"3ff0000000000000\"}}}",
	 "expected $dbl of NaN"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$v\":[]}}}",
	 "expected one [version,value]"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$v\":[[1,2,3]]}}}",
	 "expected ] behind"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$v\":[[\"1\",2]]}}}",
	 "expected a version"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$del\":\"some\"}}}",
	 "expected a version or"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$ops\":[]}}}", "expected one action"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$ops\":[{\"$ops\":[1]}]}}}",
	 "expected a known form"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":9223372036854775808}}",
	 "expected an INTEGER of 64 bits"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":1e999}}", "expected a number that fits"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"exact\":{\"k\":\"x\"}}",
	 "expected the text of a number"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"exact\":1}", "expected an object of exact"},
	{"{\"op\":\"DELETE\",\"pk\":{\"k\":1},\"cols\":{\"a\":1}}",
	 "expected no columns in a DELETE"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"ts\":1,\"seq\":[1,2,3]}", "expected the same time"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1},\"seq\":[1,2]}", "expected seq of epoch"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1}} {}", "expected one record a line at line 2, byte 31"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":1}", "the line ends inside it at line 2, byte 29"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":\"\xff\"}}", "expected UTF-8 at line 2, byte 28"},
	{"{\"op\":\"PUT\",\"pk\":{\"k\":\"\\ud800\"}}", "at line 2"},
};

Test(jsonl, what_is_wrong_is_named_with_object_line_and_byte)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct ots_buffer text, out;
		struct ots_error err = {0};
		size_t count;

		ots_buffer_init(&text, OUT_BYTES);
		ots_buffer_init(&out, OUT_BYTES);
		cr_assert(ots_buffer_puts(&text, "    \n") &&
			  ots_buffer_puts(&text, refused[i].line) && ots_buffer_puts(&text, "\n"));
		cr_expect_eq(jsonl_again((struct ots_bytes){text.bytes, text.len}, NULL, &out,
					 &count, &err),
			     OTS_CORRUPT, "%s", refused[i].line);
		cr_expect_not_null(strstr(err.text, refused[i].says), "%s: %s", refused[i].line,
				   err.text);
		cr_expect_eq(strncmp(err.text, "orders.jsonl: ", 14), 0, "%s", err.text);
		cr_expect_eq(err.line, 2);
		cr_expect(err.placed && err.offset >= 5, "%s", err.text);
		ots_buffer_release(&text);
		ots_buffer_release(&out);
	}
}

Test(jsonl, every_cut_gives_the_whole_records_before_it)
{
	struct ots_buffer text;
	size_t whole = 0;

	ots_buffer_init(&text, OUT_BYTES);
	for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++)
		cr_assert(ots_buffer_puts(&text, canonical[i]));
	for (size_t n = 0; n <= text.len; n++) {
		const bool closes = n == 0 || text.bytes[n - 1] == '\n' ||
				    (n < text.len && text.bytes[n] == '\n');
		struct ots_buffer out;
		struct ots_error err = {0};
		size_t count;

		ots_buffer_init(&out, OUT_BYTES);
		cr_expect_eq(
			jsonl_again((struct ots_bytes){text.bytes, n}, NULL, &out, &count, &err),
			closes ? OTS_OK : OTS_CORRUPT, "cut at %zu: %s", n, err.text);
		whole += n < text.len && text.bytes[n] == '\n'; /* it counts without its LF */
		cr_expect_eq(count, whole, "cut at %zu: %zu records", n, count);
		ots_buffer_release(&out);
	}
	ots_buffer_release(&text);
}

Test(jsonl, reading_begins_and_ends_where_batches_did)
{
	const struct ots_records_options small = {.begin = {0, 1}, .batch_bytes = 150};
	struct ots_batch batch;
	struct ots_source *source = NULL;
	struct ots_input *input = NULL;
	struct ots_buffer text, part;
	struct ots_error err = {0};

	ots_buffer_init(&text, OUT_BYTES);
	cr_assert(ots_buffer_puts(&text, "\xef\xbb\xbf\r\n\n"));
	for (size_t i = 0; i < 200; i++)
		cr_assert(ots_buffer_puts(&text,
					  canonical[i % (sizeof canonical / sizeof *canonical)]));
	ots_batch_init(&batch, JSONL_ARENA_BYTES);
	cr_assert_eq(
		ots_input_from_memory((struct ots_bytes){text.bytes, text.len}, "b", &input, &err),
		OTS_OK);
	cr_assert_eq(ots_jsonl_open(input, &small, &source, &err), OTS_OK);
	while (ots_source_next(source, &batch, &err) == OTS_OK &&
	       batch.count > 0) { /* ends: it does */
		const struct ots_records_options range = {.begin = batch.begin,
							  .end_offset = batch.end.offset};
		size_t count;

		ots_buffer_init(&part, OUT_BYTES);
		cr_assert_eq(jsonl_again((struct ots_bytes){text.bytes, text.len}, &range, &part,
					 &count, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(count, batch.count);
		cr_expect_lt(batch.records[0].offset - batch.begin.offset, 7);
		cr_expect_eq(text.bytes[batch.records[0].offset], '{');
		ots_buffer_release(&part);
	}
	cr_expect_eq(batch.end.line, 203);
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&batch);
	ots_buffer_release(&text);
}

Test(jsonl, a_line_above_the_memory_allowed_is_refused)
{
	static const char front[] = "{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":\"";
	struct ots_buffer text, out;

	for (int above = 0; above < 2; above++) {
		const size_t limit = 64 * 1024;
		const struct ots_records_options options = {.begin = {0, 1},
							    .memory_bytes = limit * 2};
		const size_t fill = limit - strlen(front) - 4 + (size_t)above;
		struct ots_error err = {0};
		size_t count;

		ots_buffer_init(&text, OUT_BYTES);
		ots_buffer_init(&out, OUT_BYTES);
		cr_assert(ots_buffer_puts(&text, front) && ots_buffer_reserve(&text, fill));
		memset(text.bytes + text.len, 'x', fill);
		text.len += fill;
		cr_assert(ots_buffer_puts(&text, "\"}}\n"));
		cr_assert_eq(text.len, limit + (size_t)above);
		cr_assert(ots_buffer_puts(&text, canonical[1]));
		cr_expect_eq(jsonl_again((struct ots_bytes){text.bytes, text.len}, &options, &out,
					 &count, &err),
			     above ? OTS_LIMIT : OTS_OK, "%s", err.text);
		if (above)
			cr_expect_not_null(
				strstr(err.text, "above the limit of 65536 bytes at line 1"), "%s",
				err.text);
		ots_buffer_release(&text);
		ots_buffer_release(&out);
	}
}

Test(jsonl, a_full_arena_ends_a_batch_and_not_the_source)
{
	/* Base64 needs the arena: each record 24 KiB of it, of 64 KiB in all. */
	const struct ots_records_options options = {
		.begin = {0, 1}, .batch_bytes = 1 << 20, .memory_bytes = 2 << 20};
	struct ots_buffer text, out;
	struct ots_error err = {0};
	size_t count;

	ots_buffer_init(&text, OUT_BYTES);
	ots_buffer_init(&out, OUT_BYTES);
	for (int i = 0; i < 60; i++) {
		cr_assert(ots_buffer_puts(
			&text,
			"{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":{\"$bin\":\""));
		cr_assert(ots_buffer_reserve(&text, 32768));
		memset(text.bytes + text.len, 'A', 32768);
		text.len += 32768;
		cr_assert(ots_buffer_puts(&text, "\"}}}\n"));
	}
	cr_expect_eq(
		jsonl_again((struct ots_bytes){text.bytes, text.len}, &options, &out, &count, &err),
		OTS_OK, "%s", err.text);
	cr_expect_eq(count, 60);
	cr_expect(out.len == text.len && memcmp(out.bytes, text.bytes, out.len) == 0);
	ots_buffer_release(&text);
	ots_buffer_release(&out);
}

Test(jsonl, unnamed_keys_are_numbered_and_cells_of_a_column_meet)
{
	struct ots_cell cells[] = {
		{.name = bytes_of("b"), .action = OTS_CELL_PUT, .value = ots_value_integer(1)},
		{.name = bytes_of("a"), .action = OTS_CELL_DELETE_ALL},
		{.name = bytes_of("b"),
		 .action = OTS_CELL_DELETE_VERSION,
		 .has_version = true,
		 .version = 3},
	};
	const struct ots_record record = {
		.op = OTS_UPDATE,
		.key_count = 2,
		.key = {{.value = ots_value_string("x", 1)}, {.value = ots_value_integer(2)}},
		.cells = cells,
		.cell_count = 3};
	static const char expected[] =
		"{\"ts\":0,\"op\":\"UPDATE\",\"pk\":{\"pk1\":\"x\",\"pk2\":2},\"cols\":{\"b\":{\"$"
		"ops\":["
		"1,{\"$del\":3}]},\"a\":{\"$del\":\"all\"}},\"why\":{\"code\":\"E\"}}\n";
	struct ots_buffer out;
	struct ots_error err = {0};

	ots_buffer_init(&out, OUT_BYTES);
	cr_assert_eq(ots_jsonl_put_set_aside(&record, bytes_of("{\"code\":\"E\"}"), &out, &err),
		     OTS_OK);
	cr_expect(out.len == strlen(expected) && memcmp(out.bytes, expected, out.len) == 0, "%.*s",
		  (int)out.len, (const char *)out.bytes);
	ots_buffer_release(&out);
}

Test(jsonl, a_record_that_does_not_fit_leaves_the_buffer_as_it_was)
{
	struct ots_batch batch;
	struct ots_buffer out;
	const struct ots_record *record;
	size_t whole;

	ots_batch_init(&batch, JSONL_ARENA_BYTES);
	record = jsonl_record(canonical[10], &batch);
	whole = strlen(canonical[10]);
	for (size_t limit = 3; limit < whole + 4; limit++) {
		struct ots_error err = {0};
		enum ots_status status;

		ots_buffer_init(&out, limit);
		cr_assert(ots_buffer_puts(&out, "abc"));
		status = ots_jsonl.record(record, &out, &err);
		cr_expect_eq(status, limit < whole + 3 ? OTS_LIMIT : OTS_OK, "%zu: %s", limit,
			     err.text);
		cr_expect_eq(out.len, limit < whole + 3 ? 3 : whole + 3);
		ots_buffer_release(&out);
	}
	ots_batch_release(&batch);
}

Test(jsonl, names_that_json_cannot_hold_are_refused)
{
	struct ots_cell cell = {.name = bytes_of("\xff"), .action = OTS_CELL_DELETE_ALL};
	struct ots_record record = {.key_count = 1,
				    .key = {{.name = bytes_of("k"), .value = ots_value_integer(2)}},
				    .cells = &cell,
				    .cell_count = 1};
	struct ots_buffer out;
	struct ots_error err = {0};

	ots_buffer_init(&out, OUT_BYTES);
	cr_expect_eq(ots_jsonl.record(&record, &out, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "the column name of cell 1 is not UTF-8");
	cell.name = bytes_of("a");
	cell.action = OTS_CELL_DELETE_VERSION;
	cr_expect_eq(ots_jsonl.record(&record, &out, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "cell 1 deletes a version that is not told");
	record.cell_count = 0;
	record.key_count = 2;
	record.key[1] = record.key[0];
	cr_expect_eq(ots_jsonl.record(&record, &out, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "two key columns have the same name");
	cr_expect_eq(out.len, 0);
	ots_buffer_release(&out);
}

Test(jsonl, wide_records_keep_columns_and_exact_in_any_order)
{
	struct ots_buffer text, out;
	struct ots_error err = {0};
	size_t count;

	ots_buffer_init(&text, OUT_BYTES);
	ots_buffer_init(&out, OUT_BYTES);
	cr_assert(ots_buffer_puts(&text, "{\"exact\":{"));
	for (unsigned i = 0; i < 3000; i++) /* backwards: a tool sorted them otherwise */
		cr_assert(ots_buffer_printf(&text, "%s\"c%u\":\"%u.0\"", i > 0 ? "," : "", 2999 - i,
					    2999 - i));
	cr_assert(ots_buffer_puts(&text, "},\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{"));
	for (unsigned i = 0; i < 3000; i++)
		cr_assert(ots_buffer_printf(&text, "%s\"c%u\":%u", i > 0 ? "," : "", i, i));
	cr_assert(ots_buffer_puts(&text, "}}\n"));
	cr_assert_eq(
		jsonl_again((struct ots_bytes){text.bytes, text.len}, NULL, &out, &count, &err),
		OTS_OK, "%s", err.text);
	cr_assert(ots_buffer_put_byte(&out, 0));
	cr_expect_not_null(strstr((const char *)out.bytes, "\"c0\":0.0,\"c1\":1.0,\"c2\":2.0"));
	cr_expect_not_null(
		strstr((const char *)out.bytes, "\"c2999\":2999.0},\"exact\":{\"c0\":\"0.0\""));
	text.len -= 3;
	cr_assert(ots_buffer_puts(&text, ",\"c7\":1}}\n"));
	cr_expect_eq(
		jsonl_again((struct ots_bytes){text.bytes, text.len}, NULL, &out, &count, &err),
		OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "expected each column once"), "%s", err.text);
	ots_buffer_release(&text);
	ots_buffer_release(&out);
}

Test(jsonl, a_field_above_64_mib_is_refused_with_its_place)
{
	static const char front[] = "{\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{\"a\":\"";

	for (size_t above = 0; above < 2; above++) {
		const size_t len = OTS_FIELD_MAX_BYTES + above;
		struct ots_buffer text, out;
		struct ots_error err = {0};
		size_t count;

		ots_buffer_init(&text, OUT_BYTES);
		ots_buffer_init(&out, OUT_BYTES);
		cr_assert(ots_buffer_puts(&text, front) && ots_buffer_reserve(&text, len + 4));
		memset(text.bytes + text.len, 'x', len);
		text.len += len;
		cr_assert(ots_buffer_puts(&text, "\"}}\n"));
		cr_expect_eq(jsonl_again((struct ots_bytes){text.bytes, text.len}, NULL, &out,
					 &count, &err),
			     above ? OTS_LIMIT : OTS_OK, "%s", err.text);
		if (above)
			cr_expect_not_null(strstr(err.text,
						  "orders.jsonl: a string of 67108865 bytes, "
						  "above the limit of 67108864 at line 1, "
						  "byte 38"),
					   "%s", err.text);
		ots_buffer_release(&text);
		ots_buffer_release(&out);
	}
}

/* Twenty records in small batches, read through a store that says `changed` from the nth call on.
 * @return the status of the end; *count the records before it */
static enum ots_status read_changing(uint64_t nth, size_t *count, uint64_t *calls,
				     struct ots_error *err)
{
	const struct ots_records_options options = {.begin = {0, 1}, .batch_bytes = 64};
	const struct ots_fault_plan plan = {.kind = OTS_FAULT_CHANGE, .nth = nth};
	struct memory_store *memory = memory_store_new();
	struct ots_store *below = NULL, *store = NULL;
	struct ots_source *source = NULL;
	struct ots_input *input = NULL;
	struct ots_buffer text;
	struct ots_batch batch;
	enum ots_status status;

	*count = 0;
	ots_buffer_init(&text, OUT_BYTES);
	for (size_t i = 0; i < 20; i++)
		cr_assert(ots_buffer_puts(&text, canonical[1]));
	memory_store_put_bytes(memory, bytes_of("a"), (struct ots_bytes){text.bytes, text.len}, 1);
	ots_batch_init(&batch, JSONL_ARENA_BYTES);
	cr_assert_eq(ots_store_new(&memory_store_ops, memory, "memory", &below, err), OTS_OK);
	cr_assert_eq(ots_fault_open(below, &plan, &store, err), OTS_OK);
	status = ots_input_open(store, bytes_of("a"), NULL, &input, err);
	if (status == OTS_OK)
		status = ots_jsonl_open(input, &options, &source, err);
	while (status == OTS_OK) { /* ends: the source does */
		status = ots_source_next(source, &batch, err);
		*count += batch.count;
		if (batch.count == 0)
			break;
	}
	if (source != NULL) /* every later call says it again */
		cr_expect_eq(ots_source_next(source, &batch, err), status);
	*calls = ots_fault_calls(store);
	ots_source_close(source);
	ots_input_close(input);
	ots_store_free(store);
	ots_batch_release(&batch);
	ots_buffer_release(&text);
	return status;
}

Test(jsonl, an_object_that_changes_while_it_is_read_ends_the_source)
{
	struct ots_error err = {0};
	size_t count, before = 0;
	uint64_t calls, unused;

	cr_assert_eq(read_changing(1000, &count, &calls, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(count, 20);
	cr_assert_gt(calls, 5);
	for (uint64_t nth = 2; nth <= calls; nth++) {
		err = (struct ots_error){.status = OTS_OK};
		cr_expect_eq(read_changing(nth, &count, &unused, &err), OTS_CHANGED, "%s",
			     err.text);
		cr_expect_not_null(strstr(err.text, "changed on cue"), "%s", err.text);
		cr_expect(count >= before && count < 20, "%zu records at call %zu", count,
			  (size_t)nth);
		before = count;
	}
}

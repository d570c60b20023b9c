/* What the reading calls make of bodies; without a socket, by the decoders themselves. */
#include "../../../core/tablestore/read/decode.h"
#include "../../../core/tablestore/tables/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "answers.h"

TestSuite(client_read, .timeout = 60);

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static struct ots_bytes view(const struct ots_buffer *buffer)
{
	return (struct ots_bytes){buffer->bytes, buffer->len};
}

static void add_row(struct ots_buffer *out, bool first, int64_t key, enum ots_variant key_kind,
		    enum ots_wire_cell_op op)
{
	struct ots_wire_cell cell = {.name = bytes_of("c"),
				     .op = op,
				     .has_value = op == OTS_WIRE_PUT,
				     .has_timestamp = op != OTS_WIRE_DELETE_ALL,
				     .timestamp = 1700000000000,
				     .value = {.kind = OTS_VT_DOUBLE, .as.real = 0.5}};
	struct ots_wire_row row = {.key_count = 1, .cells = &cell, .cell_count = 1};

	row.key[0] = (struct ots_wire_cell){.name = bytes_of("pk"),
					    .has_value = true,
					    .value = {.kind = key_kind, .as.integer = key}};
	cr_assert(first ? ots_plainbuffer_put_row(out, &row)
			: ots_plainbuffer_put_bare_row(out, &row));
}

/* The key pk, or a bound. */
static void put_key(struct ots_buffer *out, enum ots_variant kind, int64_t key)
{
	struct ots_wire_row row = {.key_count = 1};

	row.key[0] = (struct ots_wire_cell){.name = bytes_of("pk"),
					    .has_value = true,
					    .value = {.kind = kind, .as.integer = key}};
	cr_assert(ots_plainbuffer_put_row(out, &row));
}

#define NO_NEXT INT64_MIN

/* A page with @p rows and a next key, or none. */
static void pack_page(struct ots_buffer *out, const struct ots_buffer *rows, int64_t next)
{
	Ots__Wire__GetRangeResponse body = OTS__WIRE__GET_RANGE_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	struct ots_buffer key;

	ots_buffer_init(&key, 256);
	consumed.capacity_unit = &unit;
	body.consumed = &consumed;
	body.rows = (ProtobufCBinaryData){rows->len, rows->bytes};
	unit.has_read = 1;
	unit.read = 5;
	body.has_next_start_primary_key = next != NO_NEXT;
	if (next != NO_NEXT) {
		put_key(&key, OTS_VT_INTEGER, next);
		body.next_start_primary_key = (ProtobufCBinaryData){key.len, key.bytes};
	}
	out->len = 0;
	answers_pack(out, &body.base);
	ots_buffer_release(&key);
}

struct page {
	struct ots_buffer rows, body, next, ends;
	struct ots_range range;
	struct ots_batch batch;
	struct ots_capacity consumed;
};

/* A page of the whole table, forward. */
static void open_page(struct page *page)
{
	size_t start_len;

	ots_buffer_init(&page->rows, 65536);
	ots_buffer_init(&page->body, 65536);
	ots_buffer_init(&page->next, 4096);
	ots_buffer_init(&page->ends, 4096);
	ots_batch_init(&page->batch, (size_t)1024 * 1024);
	put_key(&page->ends, OTS_VT_INF_MIN, 0);
	start_len = page->ends.len;
	put_key(&page->ends, OTS_VT_INF_MAX, 0);
	page->range = (struct ots_range){
		.start = {page->ends.bytes, start_len},
		.end = {page->ends.bytes + start_len, page->ends.len - start_len}};
}

static void turn_page(struct page *page)
{
	const struct ots_bytes start = page->range.start;

	page->range.start = page->range.end;
	page->range.end = start;
	page->range.backward = !page->range.backward;
}

static void close_page(struct page *page)
{
	ots_buffer_release(&page->rows);
	ots_buffer_release(&page->body);
	ots_buffer_release(&page->next);
	ots_buffer_release(&page->ends);
	ots_batch_release(&page->batch);
}

static void put_rows(struct page *page, const int64_t *keys, size_t count)
{
	page->rows.len = 0;
	for (size_t i = 0; i < count; i++)
		add_row(&page->rows, i == 0, keys[i], OTS_VT_INTEGER, OTS_WIRE_PUT);
}

static enum ots_status decode_page(struct page *page, int64_t next, struct ots_error *err)
{
	pack_page(&page->body, &page->rows, next);
	ots_batch_reset(&page->batch);
	return ots_decode_get_range(view(&page->body), &page->range, &page->batch, &page->next,
				    &page->consumed, err);
}

Test(client_read, a_page_becomes_records_and_the_start_of_the_next)
{
	struct ots_buffer expected;
	struct page page;

	open_page(&page);
	ots_buffer_init(&expected, 256);
	put_rows(&page, (const int64_t[]){7, 8}, 2);
	cr_assert_eq(decode_page(&page, 9, NULL), OTS_OK);
	cr_assert_eq(page.batch.count, 2);
	cr_expect_eq(page.batch.records[1].key[0].value.as.integer, 8);
	cr_expect_eq(page.batch.records[1].op, OTS_PUT);
	cr_expect_eq(page.batch.records[1].ts_us, OTS_TS_BASE);
	cr_assert_eq(page.batch.records[1].cell_count, 1);
	cr_expect(page.batch.records[1].cells[0].has_version);
	cr_expect_eq(page.batch.records[1].cells[0].version, 1700000000000);
	cr_expect(page.consumed.read == 5 && page.consumed.write == 0);
	put_key(&expected, OTS_VT_INTEGER, 9);
	cr_expect(page.next.len == expected.len &&
		  memcmp(page.next.bytes, expected.bytes, expected.len) == 0);
	page.rows.len = 0;
	page.range.start = view(&page.next);
	cr_assert_eq(decode_page(&page, NO_NEXT, NULL), OTS_OK);
	cr_expect_eq(page.next.len, 0, "the range is finished");
	ots_buffer_release(&expected);
	close_page(&page);
}

Test(client_read, a_page_that_does_not_get_on_is_refused)
{
	struct ots_error err = {0};
	struct page page;

	open_page(&page);
	cr_expect_eq(decode_page(&page, 5, NULL), OTS_OK, "an empty page may have a next one");
	page.range.start = view(&page.next);
	for (int64_t next = 4; next <= 5; next++) {
		cr_expect_eq(decode_page(&page, next, &err), OTS_CORRUPT);
		cr_expect_not_null(strstr(err.text, "of 0 rows ends where it began"), "%s",
				   err.text);
	}
	cr_expect_eq(decode_page(&page, 6, NULL), OTS_OK);
	page.range.start = view(&page.next);
	put_rows(&page, (const int64_t[]){6, 9}, 2);
	cr_expect_eq(decode_page(&page, 9, &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "of 2 rows ends where it began or before its last row"),
			   "%s", err.text);
	cr_expect_eq(decode_page(&page, 10, NULL), OTS_OK);
	close_page(&page);
}

Test(client_read, rows_are_in_the_order_and_the_bounds_of_the_range)
{
	static const struct {
		int64_t keys[3];
		bool forward, backward;
	} cases[] = {
		{{1, 2, 3}, true, false},  {{3, 2, 1}, false, true},  {{1, 2, 2}, false, false},
		{{2, 2, 1}, false, false}, {{-1, 1, 4}, true, false},
	};
	struct ots_error err = {0};

	for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
		const bool backward = i % 2 == 1;
		const bool good = backward ? cases[i / 2].backward : cases[i / 2].forward;
		struct page page;

		open_page(&page);
		if (backward)
			turn_page(&page);
		put_rows(&page, cases[i / 2].keys, 3);
		cr_expect_eq(decode_page(&page, NO_NEXT, &err), good ? OTS_OK : OTS_CORRUPT,
			     "case %zu", i);
		if (!good)
			cr_expect_not_null(strstr(err.text, "out of order or out of the range"),
					   "%s", err.text);
		close_page(&page);
	}
}

Test(client_read, a_row_at_the_start_is_inside_of_a_range_and_one_at_the_end_is_not)
{
	for (int64_t key = 9; key <= 21; key++) {
		struct ots_buffer ends;
		struct page page;
		size_t start_len;

		open_page(&page);
		ots_buffer_init(&ends, 256);
		put_key(&ends, OTS_VT_INTEGER, 10);
		start_len = ends.len;
		put_key(&ends, OTS_VT_INTEGER, 20);
		page.range.start = (struct ots_bytes){ends.bytes, start_len};
		page.range.end = (struct ots_bytes){ends.bytes + start_len, ends.len - start_len};
		put_rows(&page, &key, 1);
		cr_expect_eq(decode_page(&page, NO_NEXT, NULL),
			     key >= 10 && key < 20 ? OTS_OK : OTS_CORRUPT, "key %d", (int)key);
		turn_page(&page);
		cr_expect_eq(decode_page(&page, NO_NEXT, NULL),
			     key > 10 && key <= 20 ? OTS_OK : OTS_CORRUPT, "key %d, back",
			     (int)key);
		ots_buffer_release(&ends);
		close_page(&page);
	}
}

Test(client_read, rows_that_no_table_stores_are_refused)
{
	static const struct {
		enum ots_variant key;
		enum ots_wire_cell_op op;
		const char *text;
	} cases[] = {
		{OTS_VT_INF_MIN, OTS_WIRE_PUT, "key column 0 of a row read back has no value"},
		{OTS_VT_INTEGER, OTS_WIRE_DELETE_ONE, "attribute 0 of a row read back is no"},
		{OTS_VT_INTEGER, OTS_WIRE_DELETE_ALL, "row 1 of the answer: attribute 0"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct page page;
		struct ots_error err = {0};

		open_page(&page);
		add_row(&page.rows, true, 1, cases[i].key, cases[i].op);
		cr_expect_eq(decode_page(&page, NO_NEXT, &err), OTS_CORRUPT);
		cr_expect_not_null(strstr(err.text, cases[i].text), "%s", err.text);
		close_page(&page);
	}
}

/* A GetRowResponse, or the token of a row that goes on elsewhere. */
static void pack_row(struct page *page, const char *token)
{
	Ots__Wire__GetRowResponse body = OTS__WIRE__GET_ROW_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	uint8_t bytes[16];

	unit.has_read = 1;
	unit.read = 2;
	consumed.capacity_unit = &unit;
	body.consumed = &consumed;
	body.row = (ProtobufCBinaryData){page->rows.len, page->rows.bytes};
	memcpy(bytes, token, strlen(token));
	body.has_next_token = token[0] != '\0';
	body.next_token = (ProtobufCBinaryData){strlen(token), bytes};
	page->body.len = 0;
	answers_pack(&page->body, &body.base);
	ots_batch_reset(&page->batch);
}

Test(client_read, one_row_is_asked_for_and_two_are_refused)
{
	struct ots_wire_row key = {.key_count = 1};
	struct page page;
	struct ots_error err = {0};

	open_page(&page);
	key.key[0] = (struct ots_wire_cell){.name = bytes_of("pk"),
					    .has_value = true,
					    .value = {.kind = OTS_VT_INTEGER, .as.integer = 1}};
	for (size_t rows = 0; rows <= 2; rows++) {
		put_rows(&page, (const int64_t[]){1, 2}, rows);
		pack_row(&page, "");
		cr_expect_eq(ots_decode_get_row(view(&page.body), &key, &page.batch, &page.consumed,
						&err),
			     rows <= 1 ? OTS_OK : OTS_CORRUPT);
		if (rows <= 1)
			cr_expect_eq(page.batch.count, rows);
		cr_expect_eq(page.consumed.read, 2);
	}
	cr_expect_not_null(strstr(err.text, "more than 1 rows"), "%s", err.text);
	put_rows(&page, (const int64_t[]){2}, 1);
	pack_row(&page, "");
	cr_expect_eq(ots_decode_get_row(view(&page.body), &key, &page.batch, NULL, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "not the one that was asked for"), "%s", err.text);
	put_rows(&page, (const int64_t[]){1}, 1);
	pack_row(&page, "more");
	cr_expect_eq(ots_decode_get_row(view(&page.body), &key, &page.batch, NULL, &err),
		     OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "the row is wider than one answer");
	close_page(&page);
}

/* Every answer cut at every byte is refused or is a shorter valid message, never more. */
Test(client_read, a_cut_page_never_gives_more_rows)
{
	struct page page;

	open_page(&page);
	put_rows(&page, (const int64_t[]){7, 8}, 2);
	pack_page(&page.body, &page.rows, 9);
	for (size_t n = 0; n < page.body.len; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);

		cr_assert_not_null(cut);
		memcpy(cut, page.body.bytes, n);
		ots_batch_reset(&page.batch);
		if (ots_decode_get_range((struct ots_bytes){cut, n}, &page.range, &page.batch,
					 &page.next, NULL, NULL) == OTS_OK)
			cr_expect_eq(page.batch.count, 2, "cut at %zu", n);
		free(cut);
	}
	close_page(&page);
}

static void pack_description(struct ots_buffer *out, const char *table, int type, size_t keys)
{
	Ots__Wire__DescribeTableResponse body = OTS__WIRE__DESCRIBE_TABLE_RESPONSE__INIT;
	Ots__Wire__TableMeta meta = OTS__WIRE__TABLE_META__INIT;
	Ots__Wire__PrimaryKeySchema key = OTS__WIRE__PRIMARY_KEY_SCHEMA__INIT, *key_list[5];
	Ots__Wire__DefinedColumnSchema columns[2], *column_list[2] = {&columns[0], &columns[1]};
	Ots__Wire__ReservedThroughputDetails details = OTS__WIRE__RESERVED_THROUGHPUT_DETAILS__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	char name[64], pk[] = "pk", known[] = "known", novel[] = "novel";

	(void)snprintf(name, sizeof name, "%s", table);
	key.name = pk;
	key.type = (Ots__Wire__PrimaryKeyType)type;
	key.has_option = 1;
	key.option = OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
	for (size_t i = 0; i < 5; i++)
		key_list[i] = &key;
	for (size_t i = 0; i < 2; i++)
		ots__wire__defined_column_schema__init(&columns[i]);
	columns[0].name = novel;
	columns[0].type = (Ots__Wire__DefinedColumnType)99;
	columns[1].name = known;
	columns[1].type = OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_BLOB;
	meta.table_name = name;
	meta.n_primary_key = keys;
	meta.primary_key = key_list;
	meta.n_defined_column = 2;
	meta.defined_column = column_list;
	details.capacity_unit = &unit;
	options.has_time_to_live = 1;
	options.time_to_live = -1;
	options.has_max_versions = 1;
	options.max_versions = 3;
	options.has_deviation_cell_version_in_sec = 1;
	options.deviation_cell_version_in_sec = 86400;
	body.table_meta = &meta;
	body.reserved_throughput_details = &details;
	body.table_options = &options;
	body.has_table_status = 1;
	body.table_status = (Ots__Wire__TableStatus)77; /* of a newer service */
	out->len = 0;
	answers_pack(out, &body.base);
}

Test(client_read, a_description_becomes_a_schema_and_unknown_numbers_do_no_harm)
{
	struct ots_table_settings settings;
	struct ots_schema schema;
	struct ots_buffer body;
	struct ots_error err = {0};

	ots_schema_init(&schema);
	ots_buffer_init(&body, 65536);
	pack_description(&body, "orders", OTS__WIRE__PRIMARY_KEY_TYPE__BINARY, 1);
	cr_assert_eq(ots_decode_describe_table(view(&body), "orders", &schema, NULL, &err), OTS_OK,
		     "%s", err.text);
	cr_expect_eq(schema.key_count, 1);
	cr_expect(schema.key[0].type == OTS_BINARY && schema.key[0].auto_increment);
	cr_expect_eq(schema.ttl_seconds, -1);
	cr_expect_eq(schema.max_versions, 3);
	cr_expect_eq(schema.version_offset_seconds, 86400);
	cr_assert_eq(schema.column_count, 1);
	cr_expect_eq(schema.columns[0].type, OTS_BINARY);
	cr_assert_eq(ots_decode_describe_table(view(&body), "orders", &schema, &settings, &err),
		     OTS_OK);
	cr_expect(settings.ttl_seconds == -1 && settings.max_versions == 3 &&
		  settings.version_offset_seconds == 86400);
	cr_expect(settings.allow_update && !schema.refuses_update, "it is not told otherwise");
	cr_expect_eq(ots_decode_describe_table(view(&body), "other", &schema, NULL, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(
		strstr(err.text, "asked for table 'other', the answer is about 'orders'"));
	pack_description(&body, "orders", 9, 1);
	cr_expect_eq(ots_decode_describe_table(view(&body), "orders", &schema, NULL, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "key column 'pk' has unknown type 9"), "%s", err.text);
	for (size_t keys = 0; keys <= 5; keys += 5) {
		pack_description(&body, "orders", 1, keys);
		cr_expect_eq(ots_decode_describe_table(view(&body), "orders", &schema, NULL, &err),
			     OTS_CORRUPT);
	}
	ots_buffer_release(&body);
	ots_schema_release(&schema);
}

Test(client_read, the_answer_to_a_change_of_a_table_tells_what_holds_now)
{
	Ots__Wire__UpdateTableResponse body = OTS__WIRE__UPDATE_TABLE_RESPONSE__INIT;
	Ots__Wire__ReservedThroughputDetails details = OTS__WIRE__RESERVED_THROUGHPUT_DETAILS__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	struct ots_table_settings settings;
	struct ots_buffer bytes;
	struct ots_error err = {0};

	ots_buffer_init(&bytes, 4096);
	details.capacity_unit = &unit;
	details.last_increase_time = 1700000000;
	body.reserved_throughput_details = &details;
	body.table_options = &options;
	answers_pack(&bytes, &body.base);
	cr_assert_eq(ots_decode_update_table(view(&bytes), &settings, &err), OTS_OK, "%s",
		     err.text);
	cr_expect(settings.ttl_seconds == 0 && settings.max_versions == 0, "not told");
	cr_expect(settings.allow_update);
	cr_expect(settings.reserved.read == 0 && settings.reserved.write == 0);
	cr_expect(settings.increased_s == 1700000000 && settings.decreased_s == 0);
	unit.has_read = unit.has_write = 1;
	unit.read = 3;
	unit.write = 4;
	details.has_last_decrease_time = 1;
	details.last_decrease_time = 1700000005;
	options.has_allow_update = 1;
	bytes.len = 0;
	answers_pack(&bytes, &body.base);
	cr_assert_eq(ots_decode_update_table(view(&bytes), &settings, &err), OTS_OK);
	cr_expect(!settings.allow_update);
	cr_expect(settings.reserved.read == 3 && settings.reserved.write == 4);
	cr_expect_eq(settings.decreased_s, 1700000005);
	for (size_t n = bytes.len; n-- > 0;) /* the last part is required, and it is cut */
		cr_expect_eq(
			ots_decode_update_table((struct ots_bytes){bytes.bytes, n}, NULL, &err),
			OTS_CORRUPT, "cut at %zu", n);
	cr_expect_str_eq(err.text, "0 bytes are no UpdateTableResponse");
	ots_buffer_release(&bytes);
}

Test(client_read, a_bound_is_a_prefix_of_the_key_and_one_side_of_the_rest)
{
	const struct ots_key_column columns[] = {
		{bytes_of("p"), ots_value_string("a", 1)},
		{bytes_of("n"), ots_value_integer(5)},
		{bytes_of("x"), ots_value_integer(6)},
	};
	const struct ots_wire_cell low = {
		.name = bytes_of("n"), .has_value = true, .value = {.kind = OTS_VT_INF_MIN}};
	struct ots_wire_row expected = {.key_count = 2};
	struct ots_buffer out, bytes;
	struct ots_schema schema;
	struct ots_error err = {0};

	ots_schema_init(&schema);
	ots_buffer_init(&out, 4096);
	ots_buffer_init(&bytes, 4096);
	cr_expect_eq(ots_range_bound(&schema, (struct ots_row_key){columns, 0}, OTS_VT_INF_MIN,
				     &out, &err),
		     OTS_USAGE);
	cr_expect_str_eq(err.text, "the key columns are not known");
	schema.key_count = 2;
	schema.key[0].name = bytes_of("p");
	schema.key[1].name = bytes_of("n");
	cr_expect_eq(ots_range_bound(&schema, (struct ots_row_key){columns, 3}, OTS_VT_INF_MIN,
				     &out, &err),
		     OTS_USAGE);
	cr_expect_str_eq(err.text, "a bound of 3 columns, the key has 2");
	cr_expect_eq(ots_range_bound(&schema, (struct ots_row_key){columns, 1}, OTS_VT_INTEGER,
				     &out, &err),
		     OTS_USAGE);
	cr_expect_eq(out.len, 0);
	cr_assert_eq(ots_range_bound(&schema, (struct ots_row_key){columns, 1}, OTS_VT_INF_MIN,
				     &out, &err),
		     OTS_OK, "%s", err.text);
	expected.key[0] =
		(struct ots_wire_cell){.name = bytes_of("p"),
				       .has_value = true,
				       .value = {.kind = OTS_VT_STRING, .as.bytes = bytes_of("a")}};
	expected.key[1] = low;
	cr_assert(ots_plainbuffer_put_row(&bytes, &expected));
	cr_expect(out.len == bytes.len && memcmp(out.bytes, bytes.bytes, out.len) == 0);
	ots_buffer_release(&bytes);
	ots_buffer_release(&out);
	ots_schema_release(&schema);
}

static bool count_names(void *arg, struct ots_bytes name)
{
	unsigned *count = arg;

	cr_expect_eq(name.len, 2);
	return ++*count < 3;
}

Test(client_read, table_names_come_one_by_one_until_the_reader_has_enough)
{
	static const char names[] = "\x0a\x02t1\x0a\x02t2\x0a\x02t3\x0a\x02t4";
	struct ots_error err = {0};
	unsigned count = 0;

	cr_expect_eq(ots_decode_list_tables(bytes_of(names), count_names, &count, NULL), OTS_OK);
	cr_expect_eq(count, 3);
	cr_expect_eq(ots_decode_list_tables(bytes_of("\x0a\x05t"), count_names, &count, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "3 bytes are no ListTableResponse"), "%s", err.text);
}

Test(client_read, a_message_of_nothing_but_small_parts_stays_within_its_arena)
{
	const size_t len = (size_t)1024 * 1024;
	uint8_t *bytes = malloc(len);
	struct ots_arena arena;
	ProtobufCAllocator allocator;

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < len; i += 2) {
		bytes[i] = 0x78; /* field 15, unknown */
		bytes[i + 1] = 0;
	}
	ots_arena_init(&arena, ots_wire_arena_cap(len));
	allocator = ots_wire_allocator(&arena);
	/* Whether it decodes or not: what it takes is bounded. */
	(void)ots__wire__list_table_response__unpack(&allocator, len, bytes);
	cr_expect_leq(arena.held_bytes, ots_wire_arena_cap(len));
	ots_arena_release(&arena);
	ots_arena_init(&arena, 1000);
	allocator = ots_wire_allocator(&arena);
	cr_expect_null(ots__wire__list_table_response__unpack(&allocator, len, bytes));
	ots_arena_release(&arena);
	free(bytes);
}

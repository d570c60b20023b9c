#include "tunnel_csv_support.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(tunnel_csv_limit, .timeout = 300);

#define NAME(s)                                                                                    \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

static void key_of(char *out, size_t size, const char *name, size_t columns)
{
	size_t used = (size_t)snprintf(out, size, "5,PUT,\"[");

	for (size_t i = 0; i < columns; i++)
		used += (size_t)snprintf(out + used, size - used,
					 "%s{\"\"name\"\":\"\"%s%zu\"\",\"\"type\"\":"
					 "\"\"INTEGER\"\",\"\"value\"\":\"\"1\"\"}",
					 i > 0 ? "," : "", name, i);
	(void)snprintf(out + used, size - used, "]\",[]\n");
}

Test(tunnel_csv_limit, four_key_columns_are_taken_and_five_refused)
{
	for (size_t n = 3; n <= 5; n++) {
		struct decoded d;
		char text[1024];

		key_of(text, sizeof text, "k", n);
		decode_text(text, &d);
		cr_expect_eq(d.status, n <= 4 ? OTS_OK : OTS_LIMIT, "%zu: %s", n, d.err.text);
		if (n <= 4)
			cr_expect_eq(d.all.records[0].key_count, n);
		else
			cr_expect_not_null(strstr(d.err.text,
						  "o.csv: PrimaryKey: expected at most 4 "
						  "key columns, found more at line 1"),
					   "%s", d.err.text);
		decoded_release(&d);
	}
}

Test(tunnel_csv_limit, a_name_of_255_bytes_is_taken_and_256_refused)
{
	for (size_t n = 254; n <= 256; n++) {
		struct decoded d;
		char name[300] = {0};
		char text[1024];

		memset(name, 'n', n - 1);
		key_of(text, sizeof text, name, 1);
		decode_text(text, &d);
		cr_expect_eq(d.status, n <= 255 ? OTS_OK : OTS_LIMIT, "%zu: %s", n, d.err.text);
		if (n <= 255)
			cr_expect_eq(d.all.records[0].key[0].name.len, n);
		else
			cr_expect_not_null(
				strstr(d.err.text,
				       "expected a name of at most 255 bytes, found 256"),
				"%s", d.err.text);
		decoded_release(&d);
	}
}

Test(tunnel_csv_limit, json_of_eight_levels_is_taken_and_nine_refused)
{
	for (size_t n = 7; n <= 9; n++) {
		struct decoded d;
		char open[16] = {0};
		char shut[16] = {0};
		char text[256];

		memset(open, '[', n - 2); /* the list and its object are two levels */
		memset(shut, ']', n - 2);
		(void)snprintf(
			text, sizeof text,
			"5,PUT,\"[{\"\"x\"\":%s%s,\"\"name\"\":\"\"k\"\",\"\"value\"\":1}]\",[]\n",
			open, shut);
		decode_text(text, &d);
		cr_expect_eq(d.status, n <= 8 ? OTS_OK : OTS_LIMIT, "%zu: %s", n, d.err.text);
		if (n > 8)
			cr_expect_not_null(strstr(d.err.text,
						  "PrimaryKey: expected at most 8 levels "
						  "of JSON, found more at line 1, byte 21"),
					   "%s", d.err.text);
		decoded_release(&d);
	}
}

/* A line whose RecordColumns are `len` bytes between their quotes, cut behind `cut` of them. */
static char *long_field(size_t len, size_t *size)
{
	static const char head[] = "5,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"type\"\":\"\"INTEGER\"\","
				   "\"\"value\"\":\"\"1\"\"}]\",\"";
	static const char front[] = "[{\"\"columnType\"\":\"\"PUT\"\",\"\"name\"\":\"\"c\"\","
				    "\"\"type\"\":\"\"STRING\"\",\"\"value\"\":\"\"";
	static const char back[] = "\"\",\"\"timestamp\"\":\"\"9\"\"}]";
	char *text = malloc(sizeof head + len + 8);
	char *at = text;

	cr_assert_not_null(text);
	memcpy(at, head, sizeof head - 1);
	at += sizeof head - 1;
	memcpy(at, front, sizeof front - 1);
	memset(at + sizeof front - 1, 'x', len - (sizeof front - 1) - (sizeof back - 1));
	memcpy(at + len - (sizeof back - 1), back, sizeof back - 1);
	at += len;
	memcpy(at, "\"\n", 2);
	*size = (size_t)(at + 2 - text);
	return text;
}

Test(tunnel_csv_limit, a_field_of_64_mib_is_taken_and_one_byte_more_refused_by_name)
{
	for (size_t more = 0; more <= 1; more++) {
		struct decoded d;
		size_t size;
		char *text = long_field(OTS_FIELD_MAX_BYTES + more, &size);

		decode_bytes(text, size, NULL, &d);
		cr_expect_eq(d.status, more == 0 ? OTS_OK : OTS_LIMIT, "%s", d.err.text);
		cr_expect_eq(d.all.count, 1 - more);
		if (more > 0)
			cr_expect_not_null(strstr(d.err.text, "o.csv: RecordColumns: a field of "
							      "67108865 bytes or more, expected at "
							      "most 67108864 (the field limit)"),
					   "%s", d.err.text);
		decoded_release(&d);
		free(text);
	}
}

Test(tunnel_csv_limit, a_field_that_never_ends_is_refused_by_the_limit_and_not_read_whole)
{
	struct decoded d;
	size_t size;
	char *text = long_field(OTS_FIELD_MAX_BYTES * 3, &size);

	decode_bytes(text, size, NULL, &d);
	cr_expect_eq(d.status, OTS_LIMIT, "%s", d.err.text);
	cr_expect_not_null(strstr(d.err.text, "(the field limit) at line 1"), "%s", d.err.text);
	decoded_release(&d);
	free(text);
}

/* Records of one cell each, read through a batch whose arena holds at most `cap` bytes. */
static enum ots_status read_with_arena(size_t cap, size_t lines, size_t *records, size_t *batches,
				       struct ots_error *err)
{
	static const char line[] =
		"5,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"type\"\":\"\"INTEGER\"\",\"\"value\"\":"
		"\"\"1\"\"}]\","
		"\"[{\"\"columnType\"\":\"\"DELETE_ALL_VERSION\"\",\"\"name\"\":\"\"c\"\"}]\"\n";
	const size_t len = sizeof line - 1;
	char *text = malloc(lines * len);
	struct ots_input *input = NULL;
	struct ots_source *source = NULL;
	struct ots_batch batch;
	enum ots_status status;

	cr_assert_not_null(text);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * len, line, len);
	*records = 0;
	*batches = 0;
	ots_batch_init(&batch, cap);
	cr_assert_eq(ots_input_from_memory((struct ots_bytes){(const uint8_t *)text, lines * len},
					   "o.csv", &input, NULL),
		     OTS_OK);
	cr_assert_eq(ots_tunnel_csv_open(input, NULL, &source, NULL), OTS_OK);
	while ((status = ots_source_next(source, &batch, err)) == OTS_OK && batch.count > 0) {
		*records += batch.count;
		(*batches)++;
		cr_expect_leq(batch.arena.held_bytes, cap);
	}
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&batch);
	free(text);
	return status;
}

Test(tunnel_csv_limit, a_full_arena_ends_the_batch_and_loses_no_record)
{
	struct ots_error err = {0};
	size_t records;
	size_t batches;

	cr_expect_eq(read_with_arena(20000, 1000, &records, &batches, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(records, 1000);
	cr_expect_gt(batches, 5);
}

Test(tunnel_csv_limit, an_arena_too_small_for_one_record_is_no_memory_with_the_place)
{
	struct ots_error err = {0};
	size_t records;
	size_t batches;

	cr_expect_eq(read_with_arena(100, 2, &records, &batches, &err), OTS_NO_MEMORY);
	cr_expect_eq(records, 0);
	cr_expect_not_null(strstr(err.text, "needs more than the 100 bytes of memory allowed"),
			   "%s", err.text);
	cr_expect_eq(err.line, 1);
}

/* Shape F needs names, order and types from elsewhere. */
static struct ots_schema two_key_columns(void)
{
	struct ots_schema schema;

	ots_schema_init(&schema);
	schema.key[0] = (struct ots_schema_column){NAME("pk1"), OTS_BINARY, false};
	schema.key[1] = (struct ots_schema_column){NAME("pk2"), OTS_INTEGER, false};
	schema.key_count = 2;
	return schema;
}

Test(tunnel_csv_limit, a_map_is_read_by_the_schemas_order_and_types)
{
	static const struct {
		const char *key;
		const char *shown; /* NULL: refused */
		const char *why;
	} maps[] = {
		{"{\"\"pk2\"\":7,\"\"pk1\"\":\"\"AAE=\"\"}", "5 PUT pk1=0x0001 pk2=7\n", NULL},
		{"{\"\"pk2\"\":\"\"7\"\",\"\"pk1\"\":[1]}", "5 PUT pk1=0x01 pk2=7\n", NULL},
		{"{\"\"pk2\"\":7}", NULL, "expected the 2 key columns of the schema, found fewer"},
		{"{\"\"pk1\"\":\"\"\"\",\"\"pk2\"\":7,\"\"pk3\"\":7}", NULL,
		 "expected a key column of the schema, found another"},
		{"{\"\"pk2\"\":7,\"\"pk2\"\":7}", NULL, "the key column is given twice"},
		{"{\"\"pk1\"\":null,\"\"pk2\"\":7}", NULL, "expected a value, found none"},
		{"{\"\"pk1\"\":{},\"\"pk2\"\":7}", NULL, "expected base64, or an array of numbers"},
		{"[{\"\"name\"\":\"\"pk1\"\",\"\"value\"\":\"\"AAE=\"\"}]", "5 PUT pk1=0x0001\n",
		 NULL},
	};
	struct ots_schema schema = two_key_columns();
	const struct ots_records_options options = {.schema = &schema, .begin = {0, 1}};

	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		struct decoded d;
		char text[256];

		(void)snprintf(text, sizeof text, "5,PUT,\"%s\",[]\n", maps[i].key);
		decode_bytes(text, strlen(text), &options, &d);
		if (maps[i].shown != NULL)
			cr_expect_str_eq(show_records(&d.all), maps[i].shown, "%s: %s", text,
					 d.err.text);
		else
			cr_expect(d.status == OTS_CORRUPT &&
					  strstr(d.err.text, maps[i].why) != NULL,
				  "%s: %s", text, d.err.text);
		decoded_release(&d);
	}
	ots_schema_release(&schema);
}

#include <otsfs/text/json_write.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(json_write, .timeout = 60);

static bool holds(const struct ots_buffer *b, const char *text)
{
	return b->len == strlen(text) && memcmp(b->bytes, text, b->len) == 0;
}

Test(json_write, strings_escape_only_what_they_must)
{
	static const struct {
		const char *plain;
		size_t len;
		const char *json;
	} cases[] = {
		{"", 0, "\"\""},
		{"abc", 3, "\"abc\""},
		{"a\"b\\c/", 6, "\"a\\\"b\\\\c/\""},
		{"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
		{"\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\""},
		{"\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9", 9,
		 "\"\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9\""},
		{"a\xff\xe2\x82z", 5, "\"a\xef\xbf\xbd\xef\xbf\xbdz\""},
		{"\xe2\x82", 2, "\"\xef\xbf\xbd\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_buffer out;

		ots_buffer_init(&out, 1024);
		cr_expect(ots_json_put_string(
			&out, (struct ots_bytes){(const uint8_t *)cases[i].plain, cases[i].len}));
		cr_expect(holds(&out, cases[i].json), "%.*s", (int)out.len,
			  (const char *)out.bytes);
		ots_buffer_release(&out);
	}
}

Test(json_write, every_byte_at_every_place_of_a_long_string)
{
	for (size_t at = 0; at < 40; at++) {
		for (unsigned c = 0; c < 0x80; c++) {
			uint8_t text[40];
			char expected[128], escape[8];
			struct ots_buffer out;

			memset(text, 'x', sizeof text);
			text[at] = (uint8_t)c;
			if (c == '"' || c == '\\')
				(void)snprintf(escape, sizeof escape, "\\%c", (char)c);
			else if (c < 0x20 && memchr("\b\f\n\r\t", (int)c, 5) != NULL)
				(void)snprintf(escape, sizeof escape, "\\%c", "btn_fr"[c - 8]);
			else if (c < 0x20)
				(void)snprintf(escape, sizeof escape, "\\u%04x", c);
			else
				(void)snprintf(escape, sizeof escape, "%c", (char)c);
			(void)snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)at,
				       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", escape,
				       (int)(39 - at), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
			ots_buffer_init(&out, 1024);
			cr_assert(ots_json_put_string(&out, (struct ots_bytes){text, sizeof text}));
			cr_assert(holds(&out, expected), "%u at %zu: %.*s", c, at, (int)out.len,
				  (const char *)out.bytes);
			ots_buffer_release(&out);
		}
	}
}

Test(json_write, a_string_without_room_leaves_the_buffer_as_it_was)
{
	const struct ots_bytes text = {(const uint8_t *)"ab\"cd\ne\xe2\x82\xac", 10};

	for (size_t limit = 1; limit <= 16; limit++) { /* 14 bytes behind the first */
		struct ots_buffer out;

		ots_buffer_init(&out, limit);
		cr_assert(ots_buffer_put_byte(&out, 'z'));
		cr_expect_eq(ots_json_put_string(&out, text), limit >= 15, "%zu", limit);
		cr_expect_eq(out.len, limit >= 15 ? 15 : 1, "%zu", limit);
		ots_buffer_release(&out);
	}
}

Test(json_write, documents_get_their_commas_and_nesting)
{
	struct ots_json_writer w;
	struct ots_buffer out;

	ots_buffer_init(&out, 4096);
	ots_json_writer_init(&w, &out);
	ots_json_object_begin(&w, NULL);
	ots_json_put_text(&w, "a", "x\"y");
	ots_json_put_integer(&w, "b", INT64_MIN);
	ots_json_put_unsigned(&w, "c", UINT64_MAX);
	ots_json_array_begin(&w, "d");
	ots_json_put_bool(&w, NULL, true);
	ots_json_put_bool(&w, NULL, false);
	ots_json_object_begin(&w, NULL);
	ots_json_object_end(&w);
	ots_json_array_begin(&w, NULL);
	ots_json_array_end(&w);
	ots_json_array_end(&w);
	ots_json_put_null(&w, "e");
	ots_json_put_bytes(&w, "f", (struct ots_bytes){NULL, 0});
	ots_json_object_end(&w);
	cr_expect_not(w.failed);
	cr_expect(
		holds(&out,
		      "{\"a\":\"x\\\"y\",\"b\":-9223372036854775808,"
		      "\"c\":18446744073709551615,\"d\":[true,false,{},[]],\"e\":null,\"f\":\"\"}"),
		"%.*s", (int)out.len, (const char *)out.bytes);
	ots_buffer_release(&out);
}

Test(json_write, failures_stick)
{
	struct ots_json_writer w;
	struct ots_buffer out;

	ots_buffer_init(&out, 4);
	ots_json_writer_init(&w, &out);
	ots_json_put_text(&w, NULL, "abc");
	cr_expect(w.failed);
	ots_json_put_null(&w, NULL);
	cr_expect_eq(out.len, 0);
	ots_buffer_release(&out);
	ots_buffer_init(&out, 4096);
	ots_json_writer_init(&w, &out);
	for (int i = 0; i < OTS_JSON_WRITER_DEPTH; i++)
		ots_json_array_begin(&w, NULL);
	cr_expect_not(w.failed);
	ots_json_array_begin(&w, NULL);
	cr_expect(w.failed);
	ots_json_writer_init(&w, &out);
	ots_json_object_end(&w);
	cr_expect(w.failed);
	ots_buffer_release(&out);
}

Test(json_write, what_is_not_there_is_null)
{
	struct ots_buffer out;
	struct ots_json_writer w;

	ots_buffer_init(&out, 1024);
	ots_json_writer_init(&w, &out);
	ots_json_array_begin(&w, NULL);
	ots_json_put_optional(&w, NULL, NULL);
	ots_json_put_optional(&w, NULL, "");
	ots_json_put_optional(&w, NULL, "x");
	ots_json_put_time(&w, NULL, 0, 3);
	ots_json_put_time(&w, NULL, 1, 6);
	ots_json_put_time(&w, NULL, 1700000000123456, 3);
	ots_json_array_end(&w);
	cr_expect_not(w.failed);
	cr_expect(holds(&out, "[null,null,\"x\",null,\"1970-01-01T00:00:00.000001Z\","
			      "\"2023-11-14T22:13:20.123Z\"]"),
		  "%.*s", (int)out.len, (const char *)out.bytes);
	ots_buffer_release(&out);
}

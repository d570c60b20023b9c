#include <otsfs/format/records.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(recognise, .timeout = 60);

#define HEADER "TimeStamp,RecordType,PrimaryKey,RecordColumns\n"
#define LINE "{\"ts\":1,\"op\":\"PUT\",\"pk\":{\"k\":1},\"cols\":{}}\n"
#define SEQUENCE "0000000000_00001551767131130000_0000000001_"

static const struct {
	const char *text;
	size_t len;
	enum ots_format format;
} cases[] = {
#define CASE(text, format)                                                                         \
	{                                                                                          \
		text, sizeof(text) - 1, format                                                     \
	}
	CASE(HEADER, OTS_FORMAT_TUNNEL_CSV),
	CASE("\xef\xbb\xbf" HEADER, OTS_FORMAT_TUNNEL_CSV),
	CASE("timestamp , RECORDTYPE,PrimaryKey,RecordColumns,SequenceInfo\r\n",
	     OTS_FORMAT_TUNNEL_CSV),
	CASE("0,PUT,[{\"name\":\"a\"}],[]\n", OTS_FORMAT_TUNNEL_CSV),
	CASE("17,delete,\"[{\"\"name\"\":\"\"a\"\"}]\",[],x", OTS_FORMAT_TUNNEL_CSV),
	CASE("\n\n0,PUT,{\"a\":1},[]\n", OTS_FORMAT_TUNNEL_CSV),
	CASE("0,PUT,a,[]\n", OTS_FORMAT_UNKNOWN),
	CASE("0,PUT,[],[],1,2\n", OTS_FORMAT_UNKNOWN),
	CASE("x,PUT,[],[]\n", OTS_FORMAT_UNKNOWN),
	CASE(LINE, OTS_FORMAT_JSONL),
	CASE("\xef\xbb\xbf\r\n" LINE, OTS_FORMAT_JSONL),
	CASE("{\"cols\":{},\"pk\":{\"a\":1},\"op\":\"PUT\"}", OTS_FORMAT_JSONL),
	CASE("{\"op\":\"PUT\",\"pk\":{\"a\":1} broken", OTS_FORMAT_JSONL),
	CASE("{\"cols\":{\"a\":\"cut he", OTS_FORMAT_JSONL),
	CASE("{\"a\":1,\"op\":2}\n", OTS_FORMAT_UNKNOWN),
	CASE("{\"other\":\"cut he", OTS_FORMAT_UNKNOWN),
	CASE("[1]\n", OTS_FORMAT_UNKNOWN),
	CASE("PAR1\x15\x04", OTS_FORMAT_PARQUET),
	CASE("ORC\n", OTS_FORMAT_ORC),
	CASE("\x1f\x8b\x08", OTS_FORMAT_COMPRESSED),
	CASE("BZh9", OTS_FORMAT_COMPRESSED),
	CASE("\x28\xb5\x2f\xfd", OTS_FORMAT_COMPRESSED),
	CASE("\xff\x06\x00\x00sNaPpY", OTS_FORMAT_COMPRESSED),
	CASE("\xff\xfe{\0", OTS_FORMAT_UTF16),
	CASE("\xfe\xff\0{", OTS_FORMAT_UTF16),
	CASE("pk1,col,1551767131130,v,U\npk1,\\N,\\N,\\N,DR\n", OTS_FORMAT_STREAM_CSV),
	CASE("pk1,col,1551767131130,v,U\npk1,col,x,v,U\n", OTS_FORMAT_UNKNOWN),
	CASE("pk1,col,1551767131130,v,U," SEQUENCE "shard:0000000001\n", OTS_FORMAT_STREAM_CSV),
	CASE("pk1,1,2," SEQUENCE "shard\n", OTS_FORMAT_STREAM_CSV),
	CASE("pk,colname,version,colValue,OPTYPE\n", OTS_FORMAT_STREAM_CSV),
	CASE("a,b,c\n1,2,3\n", OTS_FORMAT_UNKNOWN),
	CASE("\n\n", OTS_FORMAT_UNKNOWN),
	CASE("\0\1\2", OTS_FORMAT_UNKNOWN),
#undef CASE
};

static enum ots_format recognise(const char *text, size_t len, uint64_t size)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	enum ots_format format;

	cr_assert_not_null(copy);
	memcpy(copy, text, len);
	format = ots_format_recognise((struct ots_bytes){copy, len}, size);
	free(copy);
	return format;
}

Test(recognise, content_alone_tells_the_format)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(recognise(cases[i].text, cases[i].len, cases[i].len), cases[i].format,
			     "%s: %s", cases[i].text,
			     ots_format_word(recognise(cases[i].text, cases[i].len, cases[i].len)));
	cr_expect_eq(ots_format_recognise((struct ots_bytes){NULL, 0}, 0), OTS_FORMAT_EMPTY);
}

Test(recognise, a_first_record_longer_than_the_head_is_known_all_the_same)
{
	static const char csv[] = "0,PUT,\"[{\"\"name\"\":\"\"a\"\"}]\",\"[{\"\"name\"\":\"\"b";
	static const char json[] = "{\"cols\":{\"b\":\"";
	static const char *const fronts[] = {csv, json};
	static const enum ots_format formats[] = {OTS_FORMAT_TUNNEL_CSV, OTS_FORMAT_JSONL};

	for (size_t i = 0; i < 2; i++) {
		char *head = malloc(OTS_RECOGNISE_BYTES);

		cr_assert_not_null(head);
		memset(head, 'x', OTS_RECOGNISE_BYTES);
		memcpy(head, fronts[i], strlen(fronts[i]));
		cr_expect_eq(recognise(head, OTS_RECOGNISE_BYTES, 1 << 30), formats[i]);
		free(head);
	}
}

Test(recognise, no_cut_of_any_object_reads_past_its_end)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t n = 0; n <= cases[i].len; n++) {
			(void)recognise(cases[i].text, n, n);
			(void)recognise(cases[i].text, n, n + 1000);
		}
	}
}

Test(recognise, formats_have_words_and_only_two_have_records)
{
	for (int f = OTS_FORMAT_UNKNOWN; f <= OTS_FORMAT_UTF16; f++) {
		cr_expect_not_null(ots_format_word((enum ots_format)f));
		cr_expect_eq(ots_format_has_records((enum ots_format)f),
			     f == OTS_FORMAT_TUNNEL_CSV || f == OTS_FORMAT_JSONL);
	}
	cr_expect_str_eq(ots_format_word(OTS_FORMAT_TUNNEL_CSV), "tunnel-csv");
}

Test(recognise, objects_without_records_are_refused_by_name)
{
	struct ots_input *input = NULL;
	struct ots_source *source = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_input_from_memory((struct ots_bytes){(const uint8_t *)"PAR1", 4},
					   "t/a.parquet", &input, &err),
		     OTS_OK);
	cr_expect_eq(ots_records_open(input, OTS_FORMAT_PARQUET, NULL, &source, &err),
		     OTS_UNSUPPORTED);
	cr_expect_not_null(
		strstr(err.text, "t/a.parquet: expected tunnel-csv or jsonl, found parquet"), "%s",
		err.text);
	cr_expect_null(source);
	ots_input_close(input);
}

#include "tunnel_csv_support.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(tunnel_csv, .timeout = 120);

#define HEADER "TimeStamp,RecordType,PrimaryKey,RecordColumns\n"
#define KEY "[{\"name\":\"k\",\"type\":\"STRING\",\"value\":\"a\"}]"
#define T1 "1699999990000"

/* By hand from the samples' README. */
static const struct {
	const char *name;
	const char *records;
} samples[] = {
	{"tunnel/FullData-1700000000000.csv",
	 "0 PUT pk_s=\"a\" pk_i=1 pk_b=0x0001 | age@" T1 "=30 blob@" T1 "=0x00ff10 name@" T1
	 "=\"Ann\" note@" T1 "=\"n2\" note@1699999980000=\"n1\" ok@" T1 "=true score@" T1 "=1.5d\n"
	 "0 PUT pk_s=\"b,\"q\"\" pk_i=-9223372036854775808 pk_b=0x | big@" T1
	 "=9007199254740993 empty@" T1 "=\"\" tricky@" T1 "=\"x=<&'>\n, \"end\"\"\n"
	 "0 PUT pk_s=\"c\" pk_i=0 pk_b=0xfe\n"
	 "0 PUT pk_s=\"d\" pk_i=7 pk_b=0x64 | name@" T1 "=\"Dee\"\n"},
	{"tunnel/IncData-1700000010000.csv",
	 "1700000010000001 UPDATE pk_s=\"a\" pk_i=1 pk_b=0x0001 | age@1700000010000=31 "
	 "note@1700000010000=\"n3\"\n"
	 "1700000010500000 UPDATE pk_s=\"a\" pk_i=1 pk_b=0x0001 | note@" T1 "- score--\n"
	 "1700000011000000 DELETE pk_s=\"d\" pk_i=7 pk_b=0x64\n"
	 "1700000011000000 PUT pk_s=\"e\" pk_i=2 pk_b=0x65 | inf@1700000011000=-infd "
	 "name@1700000011000=\"Eve\" score@1700000011000=-0d\n"},
	{"tunnel/IncData-1700000020000.csv",
	 "1700000020000000 PUT pk_s=\"b,\"q\"\" pk_i=-9223372036854775808 pk_b=0x | "
	 "name@1700000020000=\"Bob = <B>\"\n"
	 "1700000020000002 UPDATE pk_s=\"a\" pk_i=1 pk_b=0x0001 | age@1700000005000=29\n"
	 "1700000021000000 PUT pk_s=\"d\" pk_i=7 pk_b=0x64 | name@1700000021000=\"Dee2\" "
	 "blob@1700000021000=0x01\n"
	 "1700000022000000 UPDATE pk_s=\"c\" pk_i=0 pk_b=0xfe | flag@1700000022000=false\n"},
	{"tunnel/IncData-1700000030000.csv",
	 "1700000021000000 PUT pk_s=\"d\" pk_i=7 pk_b=0x64 | name@1700000021000=\"Dee2\" "
	 "blob@1700000021000=0x01\n"
	 "1700000030000000 DELETE pk_s=\"e\" pk_i=2 pk_b=0x65\n"
	 "1700000031000000 UPDATE pk_s=\"a\" pk_i=1 pk_b=0x0001 | age-- blob-- name-- note-- "
	 "ok--\n"},
	{"tunnel/IncData-1700000050000.csv",
	 "1700000050000000 UPDATE pk_s=\"c\" pk_i=0 pk_b=0xfe | flag@1700000050000=true\n"
	 "1700000051000000 DELETE pk_s=\"d\" pk_i=7 pk_b=0x64\n"},
};

#define SAMPLE_COUNT (sizeof samples / sizeof samples[0])

Test(tunnel_csv, the_samples_give_the_records_of_their_readme)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		struct decoded d;
		size_t len;
		char *bytes = load_data(samples[i].name, &len);

		decode_bytes(bytes, len, NULL, &d);
		cr_expect_eq(d.status, OTS_OK, "%s: %s", samples[i].name, d.err.text);
		cr_expect_str_eq(show_records(&d.all), samples[i].records, "%s: %s",
				 samples[i].name, show_records(&d.all));
		decoded_release(&d);
		free(bytes);
	}
}

/* A line from a key and columns in plain JSON, quoted as CSV wants it. */
static const char *line(const char *ts, const char *op, const char *key, const char *cells,
			char *out)
{
	const char *const fields[] = {key, cells};
	char *to = out + snprintf(out, 64, "%s,%s", ts, op);

	for (size_t i = 0; i < 2; i++) {
		const bool quoted = strpbrk(fields[i], ",\"") != NULL;

		*to++ = ',';
		if (quoted)
			*to++ = '"';
		for (const char *p = fields[i]; *p != '\0'; p++) {
			*to++ = *p;
			if (quoted && *p == '"')
				*to++ = '"';
		}
		if (quoted)
			*to++ = '"';
	}
	*to++ = '\n';
	*to = '\0';
	return out;
}

/* Every shape of backup-formats 1.5, with spellings of 1.6 and 1.7. */
static const struct {
	const char *op;
	const char *key;
	const char *cells;
	const char *shown; /* behind `5 ` */
} shapes[] = {
	/* A */
	{"PUT", KEY, "[]", "PUT k=\"a\"\n"},
	{"PUT", KEY, "null", "PUT k=\"a\"\n"},
	{"PUT", KEY, "", "PUT k=\"a\"\n"},
	{"put", KEY, "[]", "PUT k=\"a\"\n"},
	{"UPDATE",
	 "[{\"name\":\"pk1\",\"type\":\"STRING\",\"value\":\"a\"},{\"name\":\"pk2\",\"type\":"
	 "\"INTEGER\",\"value\":\"7\"}]",
	 "[{\"columnType\":\"PUT\",\"name\":\"age\",\"type\":\"INTEGER\",\"value\":\"31\","
	 "\"timestamp\":\"9\"},{\"columnType\":\"DELETE_ONE_VERSION\",\"name\":\"note\","
	 "\"timestamp\":\"8\"},{\"columnType\":\"DELETE_ALL_VERSION\",\"name\":\"score\"}]",
	 "UPDATE pk1=\"a\" pk2=7 | age@9=31 note@8- score--\n"},
	/* members in another order, unknown ones, blanks */
	{"PUT", "[ { \"value\" : \"a\" , \"more\" : {\"x\":[1,{}]} , \"name\":\"k\" } ]",
	 "[ {\"timestamp\":9, \"value\":\"v\", \"type\":\"string\", \"name\":\"c\"} ]",
	 "PUT k=\"a\" | c@9=\"v\" lossy\n"},
	/* B */
	{"UPDATE",
	 "[{\"name\":\"k\",\"value\":{\"value\":\"?\",\"rawData\":\"YQ\\u003d\\u003d\",\"type\":"
	 "\"STRING\",\"dataSize\":1},\"dataSize\":-1}]",
	 "[{\"column\":{\"name\":\"age\",\"value\":{\"value\":\"31\",\"type\":\"INTEGER\","
	 "\"dataSize\":-1},\"timestamp\":{\"name\":\"Timestamp\",\"value\":\"9\",\"isSet\":true},"
	 "\"dataSize\":-1},\"columnType\":\"PUT\"},{\"column\":{\"name\":\"note\",\"value\":{"
	 "\"type\":\"STRING\",\"dataSize\":-1},\"timestamp\":{\"name\":\"Timestamp\",\"value\":"
	 "\"8\",\"isSet\":true}},\"columnType\":\"DELETE_ONE_VERSION\"},{\"column\":{\"name\":"
	 "\"score\",\"value\":{\"type\":\"STRING\"},\"timestamp\":{\"name\":\"Timestamp\","
	 "\"isSet\":false}},\"columnType\":\"DELETE_ALL_VERSION\"}]",
	 "UPDATE k=\"a\" | age@9=31 note@8- score--\n"},
	/* rawData that does not decode leaves value */
	{"PUT", "[{\"name\":\"k\",\"type\":\"STRING\",\"value\":\"v\",\"rawData\":\"!\"}]", "[]",
	 "PUT k=\"v\"\n"},
	{"PUT", "[{\"name\":\"k\",\"type\":\"STRING\",\"rawData\":[97,98]}]", "[]",
	 "PUT k=\"ab\"\n"},
	/* C */
	{"DELETE",
	 "{\"nameMap\":{\"k\":{\"name\":\"z\"}},\"primaryKey\":[{\"name\":\"k\",\"value\":{"
	 "\"value\":0,\"type\":\"INTEGER\"}}],\"dataSize\":-1}",
	 "[]", "DELETE k=0\n"},
	/* D */
	{"UPDATE",
	 "[{\"Name\": \"pk1\", \"Type\": \"STRING\", \"Value\": \"a\"}, {\"Name\": \"pk2\", "
	 "\"Type\": \"INTEGER\", \"Value\": 7}]",
	 "[{\"ColumnType\": \"PUT\", \"Column\": {\"Name\": \"age\", \"Timestamp\": 9, "
	 "\"Value\": {\"Type\": \"INTEGER\", \"Value\": 31}}}]",
	 "UPDATE pk1=\"a\" pk2=7 | age@9=31\n"},
	/* E */
	{"UPDATE", "[{\"ColumnName\":\"pk1\",\"Value\":\"a\"}]",
	 "[{\"Type\":0,\"Name\":\"age\",\"Value\":31,\"Timestamp\":9},{\"Type\":0,\"Name\":\"d\","
	 "\"Value\":1.5,\"Timestamp\":9},{\"Type\":0,\"Name\":\"t\",\"Value\":true,"
	 "\"Timestamp\":9},{\"Type\":1,\"Name\":\"n\",\"Value\":null,\"Timestamp\":8},"
	 "{\"Type\":2,\"Name\":\"s\",\"Value\":null,\"Timestamp\":0}]",
	 "UPDATE pk1=\"a\" | age@9=31 d@9=1.5d t@9=true n@8- s-- lossy\n"},
	/* names and words without case */
	{"Update", "[{\"NAME\":\"k\",\"TYPE\":\"binary\",\"VALUE\":\"AAE\"}]",
	 "[{\"COLUMNTYPE\":\"delete_all_version\",\"NAME\":\"c\"}]", "UPDATE k=0x0001 | c--\n"},
	/* deletes in a PUT are applied in order; in a DELETE they say nothing more */
	{"PUT", KEY,
	 "[{\"columnType\":\"DELETE_ALL_VERSION\",\"name\":\"c\"},{\"columnType\":\"PUT\","
	 "\"name\":\"c\",\"type\":\"BOOLEAN\",\"value\":\"false\",\"timestamp\":1}]",
	 "PUT k=\"a\" | c-- c@1=false\n"},
	{"DELETE", KEY, "[{\"columnType\":\"DELETE_ALL_VERSION\",\"name\":\"c\"}]",
	 "DELETE k=\"a\"\n"},
	/* a bare field: no comma in it */
	{"PUT", "[{\"name\":\"k\",\"value\":{\"value\":\"a\",\"type\":\"STRING\"}}]", "[ ]",
	 "PUT k=\"a\"\n"},
};

Test(tunnel_csv, every_shape_gives_its_record)
{
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct decoded d;
		char text[8192];
		char expected[512];

		(void)snprintf(expected, sizeof expected, "5 %s", shapes[i].shown);
		decode_text(line("5", shapes[i].op, shapes[i].key, shapes[i].cells, text), &d);
		cr_expect_eq(d.status, OTS_OK, "%s: %s", text, d.err.text);
		cr_expect_str_eq(show_records(&d.all), expected, "%s%s", text,
				 show_records(&d.all));
		decoded_release(&d);
	}
}

/* One attribute in the flat shape: members of type and value, and what is read. */
static const struct {
	const char *members;
	const char *shown; /* NULL: refused */
	const char *why;
} values[] = {
	{"\"type\":\"STRING\",\"value\":\"\\u0000x\"", "\"", NULL}, /* shown up to its NUL */
	{"\"type\":\"STRING\",\"value\":12.50", "\"12.50\"", NULL},
	{"\"type\":\"STRING\",\"value\":true", "\"true\"", NULL},
	{"\"type\":\"STRING\",\"value\":[1]", NULL, "expected a STRING, found [1]"},
	{"\"type\":\"STRING\",\"value\":\"\\ud800\"", NULL,
	 "expected a string whose escapes are characters"},
	{"\"type\":\"STRING\",\"rawData\":\"!\"", NULL,
	 "expected rawData in base64, as there is no value beside it"},
	{"\"type\":\"INTEGER\",\"value\":\"-9223372036854775808\"", "-9223372036854775808", NULL},
	{"\"type\":\"INTEGER\",\"value\":9223372036854775807", "9223372036854775807", NULL},
	{"\"type\":\"INTEGER\",\"value\":9223372036854775808", NULL,
	 "expected an INTEGER of 64 bits, found 9223372036854775808"},
	{"\"type\":\"INTEGER\",\"value\":7.0", "7", NULL},
	{"\"type\":\"INTEGER\",\"value\":\"7.0E0\"", "7", NULL},
	{"\"type\":\"INTEGER\",\"value\":9007199254740991.0", "9007199254740991", NULL},
	{"\"type\":\"INTEGER\",\"value\":9007199254740992.0", NULL, "expected an INTEGER"},
	{"\"type\":\"INTEGER\",\"value\":-9007199254740992.0", NULL, "expected an INTEGER"},
	{"\"type\":\"INTEGER\",\"value\":7.5", NULL, "expected an INTEGER of 64 bits, found 7.5"},
	{"\"type\":\"INTEGER\",\"value\":\"\"", NULL, "expected an INTEGER"},
	{"\"type\":\"INTEGER\",\"value\":\"x1\"", NULL, "expected an INTEGER of 64 bits, found"},
	{"\"type\":\"INTEGER\",\"rawData\":\"AA==\"", NULL,
	 "expected a value beside rawData for INTEGER, found none"},
	{"\"rawData\":\"AA==\"", NULL, "expected a type, which this value does not show"},
	{"\"type\":\"INTEGER\",\"value\":true", NULL, "expected an INTEGER"},
	{"\"type\":\"DOUBLE\",\"value\":1.0E21", "1e+21d", NULL},
	{"\"type\":\"DOUBLE\",\"value\":\"1.0E-7\"", "9.9999999999999995e-08d", NULL},
	{"\"type\":\"DOUBLE\",\"value\":-0.0", "-0d", NULL},
	{"\"type\":\"DOUBLE\",\"value\":7", "7d", NULL},
	{"\"type\":\"DOUBLE\",\"value\":-Infinity", "-infd", NULL},
	{"\"type\":\"DOUBLE\",\"value\":\"Infinity\"", "infd", NULL},
	{"\"type\":\"DOUBLE\",\"value\":\"infinity\"", NULL, "expected a DOUBLE, found"},
	{"\"type\":\"DOUBLE\",\"value\":1e400", NULL, "expected a DOUBLE, found 1e400"},
	{"\"type\":\"DOUBLE\",\"value\":1.5,\"bits\":\"7ff8000000000001\"", NULL,
	 "beside NaN only"},
	{"\"type\":\"DOUBLE\",\"value\":NaN,\"bits\":\"7ff000000000000\"", NULL,
	 "16 hex digits of a NaN"},
	{"\"type\":\"DOUBLE\",\"value\":NaN,\"bits\":\"7ff0000000000000\"", NULL,
	 "16 hex digits of a NaN"},
	{"\"type\":\"BOOLEAN\",\"value\":\"true\"", "true", NULL},
	{"\"type\":\"BOOLEAN\",\"value\":false", "false", NULL},
	{"\"type\":\"BOOLEAN\",\"value\":1", NULL, "expected a BOOLEAN, true or false, found 1"},
	{"\"type\":\"BOOLEAN\",\"value\":\"TRUE\"", NULL, "expected a BOOLEAN"},
	{"\"type\":\"BINARY\",\"value\":\"-_8=\"", "0xfbff", NULL},
	{"\"type\":\"BINARY\",\"value\":\"+/8\"", "0xfbff", NULL},
	{"\"type\":\"BINARY\",\"value\":\"+/\\n8\\u003d\"", "0xfbff", NULL},
	{"\"type\":\"BINARY\",\"value\":\"\"", "0x", NULL},
	{"\"type\":\"BINARY\",\"value\":[]", "0x", NULL},
	{"\"type\":\"BINARY\",\"value\":[0,-1,16,255,-128]", "0x00ff10ff80", NULL},
	{"\"type\":\"BINARY\",\"value\":[256]", NULL,
	 "expected a byte from -128 to 255, found 256"},
	{"\"type\":\"BINARY\",\"value\":[-129]", NULL, "expected a byte from -128 to 255"},
	{"\"type\":\"BINARY\",\"value\":[1.0]", NULL, "expected a byte from -128 to 255"},
	{"\"type\":\"BINARY\",\"value\":[\"1\"]", NULL, "expected a byte from -128 to 255"},
	{"\"type\":\"BINARY\",\"value\":\"A\"", NULL, "expected base64, or an array of numbers"},
	{"\"type\":\"BINARY\",\"value\":5", NULL, "expected base64, or an array of numbers"},
	{"\"type\":\"DATETIME\",\"value\":\"x\"", NULL,
	 "expected STRING, INTEGER, BOOLEAN, DOUBLE or BINARY"},
	{"\"type\":\"INF_MIN\",\"value\":\"x\"", NULL, "expected STRING, INTEGER"},
	{"\"type\":true,\"value\":\"x\"", NULL, "expected a type's name as a string, found true"},
	{"\"type\":\"STRING\",\"value\":{\"value\":\"5\",\"type\":\"INTEGER\"}", NULL,
	 "expected one type, found STRING outside the value and INTEGER in it"},
	{"\"type\":\"INTEGER\",\"value\":{\"value\":\"5\",\"type\":\"INTEGER\"}", "5", NULL},
	{"\"value\":{\"value\":\"5\"}", "\"5\" lossy", NULL},
	{"\"value\":5", "5 lossy", NULL},
	{"\"value\":5e0", "5d lossy", NULL},
	{"\"value\":NaN", "nand lossy", NULL},
	{"\"value\":[1]", NULL, "expected a type, which this value does not show by itself"},
	{"\"value\":99999999999999999999", NULL, "expected an INTEGER"},
};

Test(tunnel_csv, values_are_read_or_refused_by_the_table_of_types)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct decoded d;
		char cell[512];
		char text[1024];
		char expected[256];

		(void)snprintf(cell, sizeof cell,
			       "[{\"columnType\":\"PUT\",\"name\":\"c\",%s,\"timestamp\":9}]",
			       values[i].members);
		decode_text(line("5", "PUT", KEY, cell, text), &d);
		if (values[i].shown == NULL) {
			cr_expect_eq(d.status, OTS_CORRUPT, "%s", cell);
			cr_expect_not_null(strstr(d.err.text, "o.csv: RecordColumns: column c: "),
					   "%s: %s", cell, d.err.text);
			cr_expect_not_null(strstr(d.err.text, values[i].why), "%s: %s", cell,
					   d.err.text);
			cr_expect_not_null(strstr(d.err.text, " at line 1, byte "), "%s",
					   d.err.text);
		} else {
			(void)snprintf(expected, sizeof expected, "5 PUT k=\"a\" | c@9=%s%s",
				       values[i].shown, i == 0 ? "" : "\n");
			cr_expect_eq(d.status, OTS_OK, "%s: %s", cell, d.err.text);
			cr_expect_str_eq(show_records(&d.all), expected, "%s", cell);
		}
		decoded_release(&d);
	}
}

/* Whole lines that are refused: status, and what the text says. */
static const struct {
	const char *text;
	enum ots_status status;
	const char *why;
} refused[] = {
	{"x,PUT,[],[]\n", OTS_CORRUPT,
	 "o.csv: TimeStamp: expected 1 to 19 digits within 64 bits, found x at line 1, byte 0"},
	{",PUT,[],[]\n", OTS_CORRUPT, "TimeStamp: expected 1 to 19 digits"},
	{"-1,PUT,[],[]\n", OTS_CORRUPT, "TimeStamp: expected 1 to 19 digits"},
	{"9223372036854775808,PUT,[],[]\n", OTS_CORRUPT, "TimeStamp: expected 1 to 19 digits"},
	{"00000000000000000001,PUT,[],[]\n", OTS_CORRUPT, "TimeStamp: expected 1 to 19 digits"},
	{"0,BASE,[],[]\n", OTS_CORRUPT,
	 "RecordType: expected PUT, UPDATE or DELETE, found BASE at line 1, byte 2"},
	{"0,PUT,[],[]\n", OTS_CORRUPT,
	 "PrimaryKey: expected 1 to 4 key columns, found none at line 1, byte 6"},
	{"0,PUT,,[]\n", OTS_CORRUPT, "PrimaryKey: expected the JSON to go on"},
	{"0,PUT,null,[]\n", OTS_CORRUPT, "PrimaryKey: expected a list of key columns, found null"},
	{"0,PUT,[1],[]\n", OTS_CORRUPT, "PrimaryKey: expected an object with a key column"},
	{"0,PUT,[{}],[]\n", OTS_CORRUPT, "expected a member name, found none in this object"},
	{"0,PUT\n", OTS_CORRUPT, "expected 4 or 5 fields, found 2 at line 1, byte 5"},
	{"\n\n0,PUT,[]\n", OTS_CORRUPT, "expected 4 or 5 fields, found 3 at line 3, byte 10"},
	{"0,PUT,a,b,c,d\n", OTS_CORRUPT, "expected 4 or 5 fields, found 6"},
	{"0,PUT,[{\"name\":\"k\",\"type\":\"STRING\",\"value\":\"a\"}],[]\n", OTS_CORRUPT,
	 "o.csv: expected 4 or 5 fields, found JSON that stands bare and is split at its commas: "
	 "it must be quoted at line 1, byte 6"},
	{"0,PUT,[{\"name\":\"k\",\"value\":\"a\"}],[]\n", OTS_CORRUPT,
	 "found JSON that stands bare and is split at its commas: it must be quoted"},
	{"0,PUT,[1,[]\n", OTS_CORRUPT, "found a comma that ends the field"},
	{"0,PUT,\"[]\"x,[]\n", OTS_CORRUPT,
	 "PrimaryKey: expected a comma or the line's end behind the closing quote, found x,[]"},
	{"0,PUT,\"[{\"name\"\":1}]\",[]\n", OTS_CORRUPT, "PrimaryKey: expected a comma"},
	{"0,PUT,[{\"name\":5}],[]\n", OTS_CORRUPT, "expected the name as a string, found 5"},
	{"0,PUT,[{\"name\":\"\"}],[]\n", OTS_CORRUPT, "expected a column's name"},
	{"0,PUT,[{\"name\":\"k\"}],[]\n", OTS_CORRUPT,
	 "PrimaryKey: column k: expected a value, found none"},
	{"0,PUT,{\"k\":\"a\"},[]\n", OTS_CORRUPT,
	 "found a map, whose order only a schema file can tell"},
	{"0,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":1.5}]\",[]\n", OTS_CORRUPT,
	 "expected a key of STRING, INTEGER or BINARY, found DOUBLE"},
	{"0,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":1,\"\"VALUE\"\":1}]\",[]\n", OTS_CORRUPT,
	 "PrimaryKey: member value is given twice"},
	{"0,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"ColumnName\"\":\"\"k\"\",\"\"value\"\":1}]\",[]\n",
	 OTS_CORRUPT, "is given twice"},
	{"0,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":1},{\"\"name\"\":\"\"k\"\",\"\"value\"\":"
	 "1}]\",[]\n",
	 OTS_CORRUPT, "PrimaryKey: column k: the key column is given twice"},
	{"0,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":1}]x\",[]\n", OTS_CORRUPT,
	 "PrimaryKey: expected the field's end, found x"},
};

Test(tunnel_csv, bad_lines_are_refused_with_field_place_and_both_sides)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct decoded d;

		decode_text(refused[i].text, &d);
		cr_expect_eq(d.status, refused[i].status, "%s: %s", refused[i].text, d.err.text);
		cr_expect_not_null(strstr(d.err.text, refused[i].why), "%s%s", refused[i].text,
				   d.err.text);
		cr_expect(d.err.placed && d.err.offset <= strlen(refused[i].text));
		decoded_release(&d);
	}
}

/* RecordColumns that are refused, in an increment. */
static const struct {
	const char *op;
	const char *cells;
	const char *why;
} bad_cells[] = {
	{"PUT", "{}", "RecordColumns: expected a list of columns, found {}"},
	{"PUT", "[5]", "expected an object with a column, found 5"},
	{"PUT", "[{\"name\":\"c\"}]", "expected columnType or a value, found neither"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"PUT\",\"timestamp\":1}]",
	 "column c: expected a value for PUT, found none"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"INCREMENT\"}]",
	 "expected PUT, DELETE_ONE_VERSION or DELETE_ALL_VERSION"},
	{"PUT", "[{\"name\":\"c\",\"Type\":3,\"Value\":1}]", "expected 0, 1 or 2"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"PUT\",\"Type\":0,\"Value\":1}]",
	 "expected a type's name as a string, found 0"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1}]",
	 "expected a timestamp for PUT in an increment, found none"},
	{"PUT",
	 "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1,\"timestamp\":{\"value\":5,"
	 "\"isSet\":false}}]",
	 "expected a timestamp for PUT in an increment, found none"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"DELETE_ONE_VERSION\"}]",
	 "expected a timestamp for DELETE_ONE_VERSION, found none"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1,\"timestamp\":-1}]",
	 "expected a timestamp not below 0, found -1"},
	{"PUT", "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1,\"timestamp\":\"x\"}]",
	 "expected a timestamp of milliseconds"},
	{"PUT",
	 "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1,\"timestamp\":{\"isSet\":true}}]",
	 "expected a timestamp's value where isSet is true"},
	{"PUT",
	 "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1,\"timestamp\":{\"value\":1,"
	 "\"isSet\":7}}]",
	 "expected true or false for isSet"},
	{"PUT", "[{\"columnType\":\"PUT\",\"column\":5}]", "expected an object with the column"},
	{"PUT", "[{\"columnType\":{},\"name\":\"c\"}]", "expected no object here"},
	{"PUT", "[{\"columnType\":[],\"name\":\"c\"}]", "expected no array here"},
	{"DELETE", "[{\"name\":\"c\",\"columnType\":\"PUT\",\"value\":1,\"timestamp\":1}]",
	 "expected no column written by a DELETE, found PUT"},
};

Test(tunnel_csv, bad_columns_are_refused)
{
	for (size_t i = 0; i < sizeof bad_cells / sizeof bad_cells[0]; i++) {
		struct decoded d;
		char text[1024];

		decode_text(line("5", bad_cells[i].op, KEY, bad_cells[i].cells, text), &d);
		cr_expect_eq(d.status, OTS_CORRUPT, "%s", text);
		cr_expect_not_null(strstr(d.err.text, bad_cells[i].why), "%s%s", text, d.err.text);
		decoded_release(&d);
	}
}

Test(tunnel_csv, a_base_row_may_lack_versions)
{
	struct decoded d;
	char text[512];

	decode_text(line("0", "PUT", KEY,
			 "[{\"columnType\":\"PUT\",\"name\":\"c\",\"type\":\"STRING\",\"value\":"
			 "\"v\"}]",
			 text),
		    &d);
	cr_expect_str_eq(show_records(&d.all), "0 PUT k=\"a\" | c=\"v\"\n");
	decoded_release(&d);
}

Test(tunnel_csv, good_records_come_before_the_error)
{
	static const char text[] =
		HEADER "1,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":1}]\",[]\n"
		       "2,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":2}]\",[]\n"
		       "3,PUT,?,[]\n"
		       "4,PUT,\"[{\"\"name\"\":\"\"k\"\",\"\"value\"\":4}]\",[]\n";
	struct decoded d;

	decode_text(text, &d);
	cr_expect_str_eq(show_records(&d.all), "1 PUT k=1 lossy\n2 PUT k=2 lossy\n");
	cr_expect_eq(d.status, OTS_CORRUPT);
	cr_expect_not_null(strstr(d.err.text, "found ? at line 4"), "%s", d.err.text);
	cr_expect_eq(d.all.records[1].line, 3);
	cr_expect_eq(d.all.records[1].offset, (uint64_t)(strstr(text, "2,PUT") - text));
	decoded_release(&d);
}

#include <otsfs/format/schema_file.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(schema_file, .timeout = 60);

static const char good[] =
	"{\"table\":\"orders\",\"primaryKey\":[{\"name\":\"pk_s\",\"type\":\"STRING\"},"
	"{\"name\":\"pk_i\",\"type\":\"integer\",\"autoIncrement\":true}],\"columns\":["
	"{\"name\":\"a\",\"type\":\"DOUBLE\"},{\"name\":\"b\",\"type\":\"BOOLEAN\"}],"
	"\"maxVersions\":3,\"ttlSeconds\":-1,\"versionOffsetSeconds\":86400,\"encoding\":\"UTF-8\"}"
	"\n";

static enum ots_status parse(const char *text, size_t len, struct ots_schema *schema,
			     struct ots_error *err)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	enum ots_status status;

	cr_assert_not_null(copy);
	memcpy(copy, text, len);
	status = ots_schema_parse((struct ots_bytes){copy, len}, schema, err);
	free(copy);
	return status;
}

static bool is(struct ots_bytes bytes, const char *text)
{
	return bytes.len == strlen(text) && memcmp(bytes.at, text, bytes.len) == 0;
}

Test(schema_file, every_member_is_read)
{
	struct ots_schema schema;
	struct ots_error err = {0};

	ots_schema_init(&schema);
	cr_assert_eq(parse(good, strlen(good), &schema, &err), OTS_OK, "%s", err.text);
	cr_expect(is(schema.table, "orders"));
	cr_assert_eq(schema.key_count, 2);
	cr_expect(is(schema.key[0].name, "pk_s") && schema.key[0].type == OTS_STRING);
	cr_expect(is(schema.key[1].name, "pk_i") && schema.key[1].type == OTS_INTEGER);
	cr_expect(schema.key[1].auto_increment && !schema.key[0].auto_increment);
	cr_assert_eq(schema.column_count, 2);
	cr_expect(is(schema.columns[1].name, "b") && schema.columns[1].type == OTS_BOOLEAN);
	cr_expect_eq(schema.max_versions, 3);
	cr_expect_eq(schema.ttl_seconds, -1);
	cr_expect_eq(schema.version_offset_seconds, 86400);
	ots_schema_release(&schema);
}

Test(schema_file, what_is_absent_is_not_told)
{
	struct ots_schema schema;
	struct ots_error err = {0};

	ots_schema_init(&schema);
	cr_assert_eq(parse("{}", 2, &schema, &err), OTS_OK, "%s", err.text);
	cr_expect(schema.key_count == 0 && schema.column_count == 0 && schema.table.len == 0);
	cr_expect(schema.max_versions == 0 && schema.ttl_seconds == 0);
	ots_schema_release(&schema);
}

static const struct {
	const char *text;
	const char *says;
} refused[] = {
	{"", "expected one JSON object"},
	{"[]", "top: expected an object"},
	{"{} x", "expected one JSON object"},
	{"{\"table\":1}", "table: expected a string"},
	{"{\"table\":\"\xff\"}", "text: expected UTF-8"},
	{"{\"primaryKey\":[]}", "primaryKey: expected a list of 1 to 4 columns"},
	{"{\"primaryKey\":[1,2,3,4,5]}", "primaryKey: expected a list of 1 to 4 columns"},
	{"{\"primaryKey\":[{\"name\":\"\",\"type\":\"STRING\"}]}", "a name of 1 to 255 bytes"},
	{"{\"primaryKey\":[{\"name\":\"a\"}]}", "primaryKey: a: expected a type"},
	{"{\"primaryKey\":[{\"name\":\"a\",\"type\":\"DOUBLE\"}]}",
	 "primaryKey: a: expected STRING, INTEGER or BINARY, found DOUBLE"},
	{"{\"primaryKey\":[{\"name\":\"a\",\"type\":\"STRING\"},{\"name\":\"a\",\"type\":"
	 "\"STRING\"}]}",
	 "primaryKey: a: expected each column once"},
	{"{\"primaryKey\":[{\"name\":\"a\",\"type\":\"STRING\",\"autoIncrement\":1}]}",
	 "autoIncrement of true or false"},
	{"{\"columns\":{}}", "columns: expected a list"},
	{"{\"columns\":[{\"name\":\"b\",\"type\":\"STRING\"},{\"name\":\"a\",\"type\":\"STRING\"},"
	 "{\"name\":\"b\",\"type\":\"INTEGER\"}]}",
	 "columns: b: expected each column once"},
	{"{\"primaryKey\":[{\"name\":\"a\",\"type\":\"STRING\"}],\"columns\":[{\"name\":\"a\","
	 "\"type\":\"STRING\"}]}",
	 "columns: a: expected each column once"},
	{"{\"maxVersions\":0}", "maxVersions: expected an integer from 1"},
	{"{\"maxVersions\":1.5}", "maxVersions"},
	{"{\"maxVersions\":2147483648}", "maxVersions"},
	{"{\"ttlSeconds\":0}", "ttlSeconds: expected -1 or an integer"},
	{"{\"ttlSeconds\":\"7\"}", "ttlSeconds"},
};

Test(schema_file, what_is_wrong_is_named_by_member_and_leaves_the_schema)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct ots_schema schema;
		struct ots_error err = {0};

		ots_schema_init(&schema);
		cr_assert_eq(parse(good, strlen(good), &schema, &err), OTS_OK);
		cr_expect_eq(parse(refused[i].text, strlen(refused[i].text), &schema, &err),
			     OTS_CORRUPT, "%s", refused[i].text);
		cr_expect_not_null(strstr(err.text, refused[i].says), "%s: %s", refused[i].text,
				   err.text);
		cr_expect_eq(schema.key_count, 2, "kept");
		ots_schema_release(&schema);
	}
}

Test(schema_file, every_cut_is_refused)
{
	for (size_t n = 0; n + 2 < sizeof good; n++) {
		struct ots_schema schema;
		struct ots_error err = {0};

		ots_schema_init(&schema);
		cr_expect_eq(parse(good, n, &schema, &err), OTS_CORRUPT, "cut at %zu", n);
		ots_schema_release(&schema);
	}
}

Test(schema_file, the_size_limit_holds)
{
	for (int above = 0; above < 2; above++) {
		const size_t len = OTS_SCHEMA_FILE_MAX_BYTES + (size_t)above;
		char *text = malloc(len);
		struct ots_schema schema;
		struct ots_error err = {0};

		cr_assert_not_null(text);
		memset(text, ' ', len);
		text[0] = '{';
		text[len - 1] = '}';
		ots_schema_init(&schema);
		cr_expect_eq(parse(text, len, &schema, &err), above ? OTS_CORRUPT : OTS_OK, "%s",
			     err.text);
		ots_schema_release(&schema);
		free(text);
	}
}

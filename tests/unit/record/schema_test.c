#include <otsfs/record/schema.h>

#include <criterion/criterion.h>

#include <string.h>

TestSuite(schema, .timeout = 60);

#define NAME(s)                                                                                    \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

static struct ots_record two_columns(void)
{
	return (struct ots_record){.op = OTS_PUT,
				   .key_count = 2,
				   .key = {{NAME("pk_s"), ots_value_string("a", 1)},
					   {NAME("pk_i"), ots_value_integer(7)}}};
}

Test(schema, a_record_tells_the_key)
{
	struct ots_schema schema;
	struct ots_record record = two_columns();
	struct ots_bytes name = NAME("pk_i");

	ots_schema_init(&schema);
	cr_assert_eq(ots_schema_from_record(&schema, &record, NULL), OTS_OK);
	cr_expect_eq(schema.key_count, 2);
	cr_expect_eq(schema.key[0].type, OTS_STRING);
	cr_expect_eq(schema.key[1].type, OTS_INTEGER);
	cr_expect(schema.key[1].name.at != record.key[1].name.at, "the name is the schema's own");
	cr_expect_eq(ots_schema_column(&schema, name), &schema.key[1]);
	name.len--;
	cr_expect_null(ots_schema_column(&schema, name));
	ots_schema_release(&schema);
	cr_expect_eq(schema.key_count, 0);
}

Test(schema, attribute_columns_are_found_by_their_bytes)
{
	struct ots_schema schema;
	struct ots_schema_column columns[] = {{NAME("age"), OTS_INTEGER, false},
					      {NAME("Age"), OTS_DOUBLE, false}};

	ots_schema_init(&schema);
	schema.columns = columns;
	schema.column_count = 2;
	cr_expect_eq(ots_schema_column(&schema, columns[1].name), &columns[1]);
	cr_expect_null(ots_schema_column(&schema, (struct ots_bytes)NAME("AGE")));
	ots_schema_release(&schema);
}

Test(schema, a_key_without_names_tells_no_schema)
{
	struct ots_schema schema;
	struct ots_record record = two_columns();
	struct ots_error err = {0};

	record.key[1].name.len = 0;
	ots_schema_init(&schema);
	cr_expect_eq(ots_schema_from_record(&schema, &record, &err), OTS_REFUSED);
	cr_expect_not_null(strstr(err.text, "key column 2 of the record has no name"), "%s",
			   err.text);
	cr_expect_eq(schema.key_count, 0);
	ots_schema_release(&schema);
}

Test(schema, keys_are_put_into_its_order_by_name_and_by_place_without_names)
{
	struct ots_schema schema;
	struct ots_record record = two_columns();
	struct ots_record swapped = two_columns();

	ots_schema_init(&schema);
	cr_assert_eq(ots_schema_from_record(&schema, &record, NULL), OTS_OK);
	swapped.key[0] = record.key[1];
	swapped.key[1] = record.key[0];
	cr_expect_eq(ots_schema_align_key(&schema, &swapped, NULL), OTS_OK);
	cr_expect(ots_record_equal(&swapped, &record));
	record.key[0].name.len = 0;
	record.key[1].name.len = 0;
	cr_expect_eq(ots_schema_align_key(&schema, &record, NULL), OTS_OK);
	cr_expect(ots_record_equal(&swapped, &record), "names come from the schema");
	record.key[0].name = (struct ots_bytes)NAME("pk1");
	record.key[1].name = (struct ots_bytes)NAME("pk2");
	cr_expect_eq(ots_schema_align_key(&schema, &record, NULL), OTS_OK);
	cr_expect(ots_record_equal(&swapped, &record), "what text calls a key without names");
	ots_schema_release(&schema);
}

Test(schema, a_key_that_does_not_fit_is_refused_with_both_sides)
{
	struct ots_schema schema;
	struct ots_record record = two_columns();
	struct ots_error err = {0};

	ots_schema_init(&schema);
	cr_assert_eq(ots_schema_from_record(&schema, &record, NULL), OTS_OK);
	record.key_count = 1;
	cr_expect_eq(ots_schema_align_key(&schema, &record, &err), OTS_REFUSED);
	cr_expect_str_eq(err.text,
			 "the record's key is (pk_s STRING), the table's is (pk_s STRING, "
			 "pk_i INTEGER)");
	record = two_columns();
	record.key[1].value = ots_value_string("7", 1);
	cr_expect_eq(ots_schema_align_key(&schema, &record, &err), OTS_REFUSED);
	cr_expect_str_eq(err.text, "the record's key is (pk_s STRING, pk_i STRING), the table's is "
				   "(pk_s STRING, pk_i INTEGER)");
	record = two_columns();
	record.key[1].name = (struct ots_bytes)NAME("pk_x");
	cr_expect_eq(ots_schema_align_key(&schema, &record, &err), OTS_REFUSED);
	cr_expect_str_eq(err.text,
			 "the record's key is (pk_s STRING, pk_x INTEGER), the table's is "
			 "(pk_s STRING, pk_i INTEGER)");
	ots_schema_release(&schema);
}

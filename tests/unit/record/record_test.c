#include <otsfs/record/record.h>

#include <criterion/criterion.h>

#include <string.h>

TestSuite(record, .timeout = 60);

#define NAME(s)                                                                                    \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

static struct ots_bytes text(const char *s)
{
	return (struct ots_bytes){(const uint8_t *)s, strlen(s)};
}

static struct ots_record sample(struct ots_cell *cells)
{
	cells[0] = (struct ots_cell){.name = NAME("age"),
				     .action = OTS_CELL_PUT,
				     .has_version = true,
				     .version = 17,
				     .value = ots_value_integer(31)};
	cells[1] = (struct ots_cell){.name = NAME("note"),
				     .action = OTS_CELL_DELETE_VERSION,
				     .has_version = true,
				     .version = 5};
	cells[2] = (struct ots_cell){.name = NAME("score"), .action = OTS_CELL_DELETE_ALL};
	return (struct ots_record){.op = OTS_UPDATE,
				   .key_count = 2,
				   .ts_us = 99,
				   .key = {{NAME("pk_s"), ots_value_string("a", 1)},
					   {NAME("pk_i"), ots_value_integer(-7)}},
				   .cells = cells,
				   .cell_count = 3,
				   .line = 2,
				   .offset = 40};
}

Test(record, words_of_ops_and_actions_go_both_ways)
{
	for (int i = OTS_PUT; i <= OTS_BASE; i++) {
		enum ots_op op = OTS_PUT;

		cr_expect(ots_op_from_word(text(ots_op_word((enum ots_op)i)), &op));
		cr_expect_eq((int)op, i);
	}
	for (int i = OTS_CELL_PUT; i <= OTS_CELL_DELETE_ALL; i++) {
		enum ots_action action = OTS_CELL_PUT;

		cr_expect(ots_action_from_word(text(ots_action_word((enum ots_action)i)), &action));
		cr_expect_eq((int)action, i);
	}
	cr_expect_str_eq(ots_op_word(OTS_DELETE), "DELETE");
	cr_expect_str_eq(ots_action_word(OTS_CELL_DELETE_VERSION), "DELETE_ONE_VERSION");
}

Test(record, other_words_are_refused)
{
	static const char *const words[] = {"", "PU", "PUTS", "put", "Delete_one_version"};
	enum ots_op op;
	enum ots_action action;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		cr_expect(!ots_op_from_word(text(words[i]), &op), "%s", words[i]);
		cr_expect(!ots_action_from_word(text(words[i]), &action), "%s", words[i]);
	}
}

Test(record, equality_sees_content_and_not_the_place)
{
	struct ots_cell cells[3];
	struct ots_cell others[3];
	const struct ots_record a = sample(cells);
	struct ots_record b = sample(others);

	b.line = 9;
	b.offset = 900;
	cr_expect(ots_record_equal(&a, &b));
	others[1].value = ots_value_integer(1); /* of a delete: means nothing */
	cr_expect(ots_record_equal(&a, &b));
	for (unsigned i = 0; i < 12; i++) {
		b = sample(others);
		switch (i) {
		case 0: b.op = OTS_PUT; break;
		case 1: b.ts_us++; break;
		case 2: b.key_count = 1; break;
		case 3: b.key[0].name.len--; break;
		case 4: b.key[1].value = ots_value_integer(7); break;
		case 5: b.cell_count = 2; break;
		case 6: others[0].value = ots_value_integer(32); break;
		case 7: others[0].version++; break;
		case 8: others[0].has_version = false; break;
		case 9: others[2].action = OTS_CELL_DELETE_VERSION; break;
		case 10: others[2].name.len--; break;
		default: b.key[0].value = ots_value_binary("a", 1); break;
		}
		cr_expect(!ots_record_equal(&a, &b), "difference %u", i);
	}
}

Test(record, keys_compare_column_by_column)
{
	struct ots_cell cells[3];
	struct ots_record a = sample(cells);
	struct ots_record b = sample(cells);

	cr_expect_eq(ots_record_key_compare(&a, &b), 0);
	b.key[1].value = ots_value_integer(-6);
	cr_expect_lt(ots_record_key_compare(&a, &b), 0);
	a.key[0].value = ots_value_string("b", 1);
	cr_expect_gt(ots_record_key_compare(&a, &b), 0);
	a = b;
	a.key_count = 1;
	cr_expect_lt(ots_record_key_compare(&a, &b), 0);
}

Test(record, key_hash_follows_values_types_borders_and_seed)
{
	struct ots_cell cells[3];
	struct ots_record a = sample(cells);
	struct ots_record b = sample(cells);
	const uint64_t hash = ots_record_key_hash(&a, 1);

	b.key[0].name.len = 0; /* names do not count */
	b.op = OTS_DELETE;
	cr_expect_eq(ots_record_key_hash(&b, 1), hash);
	cr_expect_neq(ots_record_key_hash(&a, 2), hash);
	b.key[0].value = ots_value_binary("a", 1);
	cr_expect_neq(ots_record_key_hash(&b, 1), hash);
	a.key[0].value = ots_value_string("ab", 2);
	a.key[1].value = ots_value_string("c", 1);
	b.key[0].value = ots_value_string("a", 1);
	b.key[1].value = ots_value_string("bc", 2);
	cr_expect_neq(ots_record_key_hash(&a, 1), ots_record_key_hash(&b, 1));
}

Test(record, data_bytes_are_counted_as_the_service_does)
{
	struct ots_cell cells[3];
	struct ots_record record = sample(cells);

	/* key: pk_s + "a", pk_i + 8; age + 8 + its version 8; note + 8; score */
	cr_expect_eq(ots_record_data_bytes(&record), 4u + 1 + 4 + 8 + 3 + 8 + 8 + 4 + 8 + 5);
	cells[0].value = (struct ots_value){.type = OTS_BOOLEAN, .as.boolean = true};
	cr_expect_eq(ots_record_data_bytes(&record), 4u + 1 + 4 + 8 + 3 + 8 + 1 + 4 + 8 + 5);
	cells[0].value = (struct ots_value){.type = OTS_DOUBLE, .as.real = 1.5};
	cr_expect_eq(ots_record_data_bytes(&record), 4u + 1 + 4 + 8 + 3 + 8 + 8 + 4 + 8 + 5);
}

Test(record, key_text_is_readable_and_cut_to_fit)
{
	struct ots_record record = {.key_count = 4,
				    .key = {{NAME("pk_s"), ots_value_string("a\"\n", 3)},
					    {NAME("pk_i"), ots_value_integer(-1)},
					    {NAME("pk_b"), ots_value_binary("\x00\xff", 2)},
					    {{NULL, 0}, ots_value_string("", 0)}}};
	static const char whole[] = "pk_s=\"a\\\"\\x0a\", pk_i=-1, pk_b=0x00ff, pk4=\"\"";
	char out[128];

	ots_record_key_text(&record, out, sizeof out);
	cr_expect_str_eq(out, whole);
	for (size_t size = 1; size <= sizeof whole; size++) {
		memset(out, 'x', sizeof out);
		ots_record_key_text(&record, out, size);
		cr_expect_lt(strlen(out), size);
		cr_expect_eq(strncmp(out, whole, strlen(out)), 0, "%zu: %s", size, out);
		cr_expect_eq(out[size], 'x');
	}
}

/* Filters as bytes: read back by the generated messages, at the limits and beyond them. */
#include <otsfs/tablestore/filter.h>

#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/tablestore/wire.h>

TestSuite(row_filter, .timeout = 60);

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static struct ots_row_filter number(enum ots_comparator comparator, int64_t n)
{
	return (struct ots_row_filter){.kind = OTS_FILTER_COMPARE,
				       .comparator = comparator,
				       .column = bytes_of("c"),
				       .value = ots_value_integer(n)};
}

/* The tree in few words, such as `AND(c = 1, NOT(c < 2))`. Trees of these tests are two deep. */
static void print_single(struct ots_buffer *out, ProtobufCBinaryData bytes)
{
	static const char *const signs[] = {"", "=", "!=", ">", ">=", "<", "<="};
	Ots__Wire__SingleColumnValueFilter *single =
		ots__wire__single_column_value_filter__unpack(NULL, bytes.len, bytes.data);
	struct ots_wire_value value;
	struct ots_cursor in;

	cr_assert_not_null(single);
	in = (struct ots_cursor){single->column_value.data, single->column_value.len, 0};
	cr_assert(ots_plainbuffer_take_value(&in, &value) && in.left == 0);
	cr_assert(ots_buffer_printf(out, "%s %s %lld%s%s", single->column_name,
				    signs[single->comparator], (long long)value.as.integer,
				    single->filter_if_missing ? "" : " or missing",
				    single->latest_version_only ? "" : " in any version"));
	ots__wire__single_column_value_filter__free_unpacked(single, NULL);
}

static Ots__Wire__CompositeColumnValueFilter *begin_composite(struct ots_buffer *out,
							      const Ots__Wire__Filter *filter)
{
	static const char *const words[] = {"", "NOT(", "AND(", "OR("};
	Ots__Wire__CompositeColumnValueFilter *composite =
		ots__wire__composite_column_value_filter__unpack(NULL, filter->filter.len,
								 filter->filter.data);

	cr_assert_not_null(composite);
	cr_assert(ots_buffer_puts(out, words[composite->combinator]));
	return composite;
}

static void print_inner(struct ots_buffer *out, const Ots__Wire__Filter *filter)
{
	Ots__Wire__CompositeColumnValueFilter *composite;

	if (filter->type == OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE) {
		print_single(out, filter->filter);
		return;
	}
	composite = begin_composite(out, filter);
	for (size_t i = 0; i < composite->n_sub_filters; i++) {
		cr_assert(ots_buffer_puts(out, i > 0 ? ", " : ""));
		print_single(out, composite->sub_filters[i]->filter);
	}
	cr_assert(ots_buffer_puts(out, ")"));
	ots__wire__composite_column_value_filter__free_unpacked(composite, NULL);
}

static void expect_tree(const struct ots_row_filter *filter, const char *expected)
{
	Ots__Wire__CompositeColumnValueFilter *composite;
	Ots__Wire__Filter *root;
	struct ots_buffer bytes, out;

	ots_buffer_init(&bytes, 65536);
	ots_buffer_init(&out, 65536);
	cr_assert_eq(ots_row_filter_encode(filter, &bytes, NULL), OTS_OK);
	root = ots__wire__filter__unpack(NULL, bytes.len, bytes.bytes);
	cr_assert_not_null(root);
	if (root->type == OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE) {
		print_single(&out, root->filter);
	} else {
		composite = begin_composite(&out, root);
		for (size_t i = 0; i < composite->n_sub_filters; i++) {
			cr_assert(ots_buffer_puts(&out, i > 0 ? ", " : ""));
			print_inner(&out, composite->sub_filters[i]);
		}
		cr_assert(ots_buffer_puts(&out, ")"));
		ots__wire__composite_column_value_filter__free_unpacked(composite, NULL);
	}
	cr_assert(ots_buffer_put_byte(&out, '\0'));
	cr_expect_str_eq((const char *)out.bytes, expected);
	ots__wire__filter__free_unpacked(root, NULL);
	ots_buffer_release(&out);
	ots_buffer_release(&bytes);
}

Test(row_filter, comparisons_and_their_trees_read_back)
{
	const struct ots_row_filter two[] = {number(OTS_IS_GREATER_OR_EQUAL, -5),
					     number(OTS_IS_NOT_EQUAL, 7)};
	const struct ots_row_filter mixed[] = {
		{.kind = OTS_FILTER_NOT, .parts = two, .part_count = 1},
		number(OTS_IS_LESS_OR_EQUAL, 3),
		{.kind = OTS_FILTER_OR, .parts = two, .part_count = 2}};
	const struct ots_row_filter whole = {
		.kind = OTS_FILTER_AND, .parts = mixed, .part_count = 3};
	struct ots_row_filter one = number(OTS_IS_EQUAL, 1);

	expect_tree(&one, "c = 1");
	one.comparator = OTS_IS_GREATER;
	one.pass_if_missing = true;
	expect_tree(&one, "c > 1 or missing");
	one.comparator = OTS_IS_LESS;
	one.any_version = true;
	expect_tree(&one, "c < 1 or missing in any version");
	expect_tree(&whole, "AND(NOT(c >= -5), c <= 3, OR(c >= -5, c != 7))");
}

Test(row_filter, a_page_of_columns_reads_back)
{
	const struct ots_row_filter page = {
		.kind = OTS_FILTER_PAGE, .column_offset = 4, .column_limit = 9};
	Ots__Wire__ColumnPaginationFilter *inside;
	Ots__Wire__Filter *root;
	struct ots_buffer bytes;

	ots_buffer_init(&bytes, 256);
	cr_assert_eq(ots_row_filter_encode(&page, &bytes, NULL), OTS_OK);
	root = ots__wire__filter__unpack(NULL, bytes.len, bytes.bytes);
	cr_assert_not_null(root);
	cr_expect_eq(root->type, OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION);
	inside = ots__wire__column_pagination_filter__unpack(NULL, root->filter.len,
							     root->filter.data);
	cr_assert_not_null(inside);
	cr_expect(inside->offset == 4 && inside->limit == 9);
	ots__wire__column_pagination_filter__free_unpacked(inside, NULL);
	ots__wire__filter__free_unpacked(root, NULL);
	ots_buffer_release(&bytes);
}

Test(row_filter, as_many_filters_as_the_service_takes_and_no_more)
{
	struct ots_row_filter parts[OTS_ROW_FILTERS_MAX];
	struct ots_error err = {0};
	struct ots_buffer bytes;

	ots_buffer_init(&bytes, 65536);
	for (size_t i = 0; i < OTS_ROW_FILTERS_MAX; i++)
		parts[i] = number(OTS_IS_EQUAL, (int64_t)i);
	for (size_t count = OTS_ROW_FILTERS_MAX - 2; count <= OTS_ROW_FILTERS_MAX; count++) {
		const struct ots_row_filter whole = {
			.kind = OTS_FILTER_OR, .parts = parts, .part_count = count};
		const bool good = count < OTS_ROW_FILTERS_MAX; /* the root is one too */

		bytes.len = 0;
		cr_expect_eq(ots_row_filter_encode(&whole, &bytes, &err),
			     good ? OTS_OK : OTS_LIMIT);
		cr_expect_eq(bytes.len > 0, good);
	}
	cr_expect_str_eq(err.text, "a tree of more than 32 filters");
	ots_buffer_release(&bytes);
}

/* A tree as deep as it is large: each filter but the last is the NOT of the next. */
Test(row_filter, a_tree_may_be_as_deep_as_it_is_large)
{
	struct ots_row_filter chain[OTS_ROW_FILTERS_MAX + 1];
	struct ots_error err = {0};
	struct ots_buffer bytes;

	ots_buffer_init(&bytes, 65536);
	for (size_t i = 0; i < OTS_ROW_FILTERS_MAX; i++)
		chain[i] = (struct ots_row_filter){
			.kind = OTS_FILTER_NOT, .parts = &chain[i + 1], .part_count = 1};
	chain[OTS_ROW_FILTERS_MAX] = number(OTS_IS_EQUAL, 1);
	cr_expect_eq(ots_row_filter_encode(&chain[1], &bytes, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(ots_row_filter_encode(&chain[0], &bytes, &err), OTS_LIMIT);
	ots_buffer_release(&bytes);
}

Test(row_filter, what_makes_no_sense_is_refused_and_nothing_is_appended)
{
	char long_name[OTS_NAME_MAX_BYTES + 1];
	const struct ots_row_filter page = {
		.kind = OTS_FILTER_PAGE, .column_offset = 0, .column_limit = 1};
	const struct ots_row_filter good[] = {number(OTS_IS_EQUAL, 1), number(OTS_IS_EQUAL, 2)};
	struct ots_row_filter unnamed = good[0], named_too_long = good[0], silent = good[0];
	const struct {
		struct ots_row_filter filter;
		const char *text;
	} cases[] = {
		{{.kind = OTS_FILTER_NOT}, "a NOT of 0 filters, it takes one"},
		{{.kind = OTS_FILTER_NOT, .parts = good, .part_count = 2},
		 "a NOT of 2 filters, it takes one"},
		{{.kind = OTS_FILTER_AND, .parts = good, .part_count = 1},
		 "an AND of 1 filters, it takes two and more"},
		{{.kind = OTS_FILTER_OR, .parts = good, .part_count = 1},
		 "an OR of 1 filters, it takes two and more"},
		{{.kind = OTS_FILTER_NOT, .parts = &page, .part_count = 1},
		 "a page of columns inside of a filter"},
		{{.kind = OTS_FILTER_NOT, .parts = &unnamed, .part_count = 1},
		 "column name of a filter of 0 bytes is no name"},
		{{.kind = OTS_FILTER_NOT, .parts = &named_too_long, .part_count = 1},
		 "column name of a filter of 256 bytes is no name"},
		{{.kind = OTS_FILTER_NOT, .parts = &silent, .part_count = 1},
		 "a filter without comparator"},
	};
	struct ots_buffer bytes;

	ots_buffer_init(&bytes, 65536);
	memset(long_name, 'c', sizeof long_name);
	unnamed.column.len = 0;
	named_too_long.column = (struct ots_bytes){(const uint8_t *)long_name, sizeof long_name};
	silent.comparator = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_error err = {0};

		cr_expect_eq(ots_row_filter_encode(&cases[i].filter, &bytes, &err), OTS_USAGE);
		cr_expect_str_eq(err.text, cases[i].text);
		cr_expect_eq(bytes.len, 0);
	}
	ots_buffer_release(&bytes);
}

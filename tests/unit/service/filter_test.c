/* Filters: what is decoded, what is refused in which words, and which rows pass. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tools/service/filter/filter.h"
#include "filters.h"

TestSuite(service_filter, .timeout = 60);

#define EQ OTS__WIRE__COMPARATOR_TYPE__CT_EQUAL
#define NE OTS__WIRE__COMPARATOR_TYPE__CT_NOT_EQUAL
#define GT OTS__WIRE__COMPARATOR_TYPE__CT_GREATER_THAN
#define GE OTS__WIRE__COMPARATOR_TYPE__CT_GREATER_EQUAL
#define LT OTS__WIRE__COMPARATOR_TYPE__CT_LESS_THAN
#define LE OTS__WIRE__COMPARATOR_TYPE__CT_LESS_EQUAL
#define HAS OTS__WIRE__COMPARATOR_TYPE__CT_EXIST
#define HAS_NOT OTS__WIRE__COMPARATOR_TYPE__CT_NOT_EXIST
#define NOT OTS__WIRE__LOGICAL_OPERATOR__LO_NOT
#define AND OTS__WIRE__LOGICAL_OPERATOR__LO_AND
#define OR OTS__WIRE__LOGICAL_OPERATOR__LO_OR
#define SINGLE OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE
#define COMPOSITE OTS__WIRE__FILTER_TYPE__FT_COMPOSITE_COLUMN_VALUE
#define PAGINATION OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION

static struct ots_wire_value integer(int64_t n)
{
	return (struct ots_wire_value){.kind = OTS_VT_INTEGER, .as.integer = n};
}

static struct ots_wire_value real(double x)
{
	return (struct ots_wire_value){.kind = OTS_VT_DOUBLE, .as.real = x};
}

static struct ots_wire_value truth(bool yes)
{
	return (struct ots_wire_value){.kind = OTS_VT_BOOLEAN, .as.boolean = yes};
}

static struct ots_wire_value text(const char *s)
{
	return (struct ots_wire_value){.kind = OTS_VT_STRING,
				       .as.bytes = {(const uint8_t *)s, strlen(s)}};
}

static struct ots_wire_value blob(const char *s)
{
	struct ots_wire_value value = text(s);

	value.kind = OTS_VT_BLOB;
	return value;
}

static void put(struct ots_row *row, const char *name, int64_t timestamp,
		struct ots_wire_value value)
{
	const struct ots_row_cell cell = {{(const uint8_t *)name, strlen(name)}, timestamp, value};

	cr_assert(ots_row_put(row, &cell));
}

/* A row of every type; column i has the versions 3 (newest), 2 and 1. */
static void fill(struct ots_row *row, struct ots_arena *arena)
{
	ots_arena_init(arena, (size_t)1 << 24);
	ots_row_init(row, arena);
	put(row, "b", 1, truth(true));
	put(row, "d", 1, real(1.5));
	put(row, "i", 3, integer(3));
	put(row, "i", 2, integer(2));
	put(row, "i", 1, integer(1));
	put(row, "s", 1, text("mm"));
	put(row, "x", 1, blob("mm"));
}

static bool decode(struct ots_arena *arena, const struct packed_filter *packed,
		   enum ots_filter_use use, const struct ots_filter **out, struct ots_fault *fault)
{
	uint8_t *exact = malloc(packed->len + 1); /* a byte too many is seen */
	bool good;

	cr_assert_not_null(exact);
	memcpy(exact, packed->bytes, packed->len);
	*fault = (struct ots_fault){.kind = OTS_FAULT_NONE};
	good = ots_filter_read(arena, (struct ots_bytes){exact, packed->len}, use, out, fault);
	cr_assert_eq(good, fault->kind == OTS_FAULT_NONE, "%s", fault->message);
	free(exact); /* a filter borrows nothing of its message */
	return good;
}

static bool passes(const struct packed_filter *packed, const struct ots_row *row)
{
	const struct ots_filter *filter = NULL;
	struct ots_fault fault;
	struct ots_arena arena;
	bool good;

	ots_arena_init(&arena, (size_t)1 << 24);
	cr_assert(decode(&arena, packed, OTS_FILTER_CONDITION, &filter, &fault), "%s",
		  fault.message);
	good = ots_filter_passes(filter, row);
	ots_arena_release(&arena);
	return good;
}

static void expect_refused(const struct packed_filter *packed, enum ots_filter_use use,
			   const char *message)
{
	const struct ots_filter *filter = NULL;
	struct ots_fault fault;
	struct ots_arena arena;

	ots_arena_init(&arena, (size_t)1 << 24);
	cr_expect_not(decode(&arena, packed, use, &filter, &fault), "%s", message);
	cr_expect_eq(fault.kind, OTS_FAULT_PARAMETER);
	cr_expect_str_eq(fault.message, message);
	cr_expect_null(filter);
	ots_arena_release(&arena);
}

Test(service_filter, every_comparator_holds_for_every_type)
{
	static const struct {
		int comparator;
		bool below, equal, above; /* with a value below, equal to, above the column's */
	} comparators[] = {
		{EQ, false, true, false}, {NE, true, false, true},  {GT, true, false, false},
		{GE, true, true, false},  {LT, false, false, true}, {LE, false, true, true},
	};
	const struct {
		const char *name;
		struct ots_wire_value values[3];
	} columns[] = {
		{"i", {integer(2), integer(3), integer(INT64_MAX)}},
		{"d", {real(-INFINITY), real(1.5), real(1.6)}},
		{"s", {text("m"), text("mm"), text("\xc3\xa4")}},
		{"x", {blob(""), blob("mm"), blob("mma")}},
	};
	struct packed_filter filter;
	struct ots_arena arena;
	struct ots_row row;

	fill(&row, &arena);
	for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
		for (size_t k = 0; k < sizeof comparators / sizeof comparators[0]; k++) {
			const bool expected[] = {comparators[k].below, comparators[k].equal,
						 comparators[k].above};

			for (size_t v = 0; v < 3; v++) {
				filter_single(&filter,
					      (struct single_filter){
						      comparators[k].comparator, columns[c].name,
						      columns[c].values[v], true, false});
				cr_expect_eq(passes(&filter, &row), expected[v],
					     "%s, comparator %zu, value %zu", columns[c].name, k,
					     v);
			}
		}
	}
	filter_single(&filter, (struct single_filter){GT, "b", truth(false), true, false});
	cr_expect(passes(&filter, &row));
	filter_single(&filter, (struct single_filter){EQ, "b", truth(false), true, false});
	cr_expect_not(passes(&filter, &row));
	ots_arena_release(&arena);
}

Test(service_filter, other_types_and_nan_are_unequal_and_have_no_order)
{
	const struct ots_wire_value others[] = {real(3.0), text("3"), truth(true), blob("3")};
	struct packed_filter filter;
	struct ots_arena arena;
	struct ots_row row;

	fill(&row, &arena);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		for (int comparator = EQ; comparator <= LE; comparator++) {
			filter_single(&filter, (struct single_filter){comparator, "i", others[i],
								      false, true});
			cr_expect_eq(passes(&filter, &row), comparator == NE, "%zu %d", i,
				     comparator);
		}
	}
	for (int comparator = EQ; comparator <= LE; comparator++) {
		filter_single(&filter,
			      (struct single_filter){comparator, "d", real(NAN), true, false});
		cr_expect_eq(passes(&filter, &row), comparator == NE, "NaN %d", comparator);
	}
	ots_arena_release(&arena);
}

Test(service_filter, a_missing_column_goes_by_the_filters_own_word)
{
	static const struct {
		int comparator;
		const char *name;
		bool filter_if_missing, expected;
	} cases[] = {
		{EQ, "none", true, false},     {EQ, "none", false, true},
		{NE, "none", true, false},     {NE, "none", false, true},
		{HAS, "none", false, false},   {HAS, "i", false, true},
		{HAS_NOT, "none", true, true}, {HAS_NOT, "i", true, false},
		{EQ, "j", false, true}, /* names near another's are others */
		{EQ, "ii", true, false},
	};
	struct packed_filter filter;
	struct ots_arena arena;
	struct ots_row row, none;

	fill(&row, &arena);
	ots_row_init(&none, &arena);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		filter_single(&filter,
			      (struct single_filter){cases[i].comparator, cases[i].name, integer(3),
						     cases[i].filter_if_missing, false});
		cr_expect_eq(passes(&filter, &row), cases[i].expected, "case %zu", i);
	}
	filter_number(&filter, EQ, "i", 3);
	cr_expect_not(passes(&filter, &none));
	ots_arena_release(&arena);
}

Test(service_filter, the_newest_version_counts_unless_any_may)
{
	struct packed_filter filter;
	struct ots_arena arena;
	struct ots_row row;

	fill(&row, &arena);
	for (int64_t n = 0; n <= 4; n++) {
		filter_single(&filter, (struct single_filter){EQ, "i", integer(n), true, false});
		cr_expect_eq(passes(&filter, &row), n == 3);
		filter_single(&filter, (struct single_filter){EQ, "i", integer(n), true, true});
		cr_expect_eq(passes(&filter, &row), n >= 1 && n <= 3);
	}
	ots_arena_release(&arena);
}

Test(service_filter, operators_combine)
{
	struct packed_filter yes, no, out;
	struct ots_arena arena;
	struct ots_row row;

	fill(&row, &arena);
	filter_number(&yes, EQ, "i", 3);
	filter_number(&no, EQ, "i", 4);
	for (unsigned bits = 0; bits < 8; bits++) {
		const struct packed_filter *const subs[] = {
			bits & 1 ? &yes : &no, bits & 2 ? &yes : &no, bits & 4 ? &yes : &no};
		struct packed_filter inner;
		const struct packed_filter *const nested[] = {&inner, subs[2]};

		filter_composite(&out, AND, subs, 3);
		cr_expect_eq(passes(&out, &row), bits == 7);
		filter_composite(&out, OR, subs, 3);
		cr_expect_eq(passes(&out, &row), bits != 0);
		filter_composite(&out, NOT, subs, 1);
		cr_expect_eq(passes(&out, &row), !(bits & 1));
		filter_composite(&inner, OR, subs, 2);
		filter_composite(&out, AND, nested, 2);
		cr_expect_eq(passes(&out, &row), (bits & 3) && (bits & 4), "%u", bits);
	}
	ots_arena_release(&arena);
}

Test(service_filter, a_tree_has_32_filters_at_most_wide_or_deep)
{
	static const char too_many[] = "The count of filter exceeds the max: 32.";
	struct packed_filter leaf, out, deep;
	struct ots_arena arena;
	struct ots_row row;

	fill(&row, &arena);
	filter_number(&leaf, EQ, "i", 3);
	for (size_t count = 30; count <= 32; count++) {
		filter_repeat(&out, AND, &leaf, count);
		if (count <= 31)
			cr_expect(passes(&out, &row));
		else
			expect_refused(&out, OTS_FILTER_READ, too_many);
	}
	deep = leaf;
	for (size_t filters = 2; filters <= 40; filters++) {
		filter_repeat(&out, NOT, &deep, 1);
		deep = out;
		if (filters <= 32)
			cr_expect_eq(passes(&deep, &row), filters % 2 == 1, "%zu", filters);
		else
			expect_refused(&deep, OTS_FILTER_CONDITION, too_many);
	}
	ots_arena_release(&arena);
}

Test(service_filter, operands_are_counted)
{
	static const char not_one[] = "Invalid NOT operator: the number of sub-filters must be 1.";
	static const char not_two[] =
		"Invalid AND/OR operator: the number of sub-filters must be more than 1.";
	struct packed_filter leaf, out;

	filter_number(&leaf, EQ, "i", 3);
	for (size_t count = 0; count <= 2; count++) {
		filter_repeat(&out, NOT, &leaf, count);
		if (count != 1)
			expect_refused(&out, OTS_FILTER_READ, not_one);
		filter_repeat(&out, AND, &leaf, count);
		if (count < 2)
			expect_refused(&out, OTS_FILTER_READ, not_two);
		filter_repeat(&out, OR, &leaf, count);
		if (count < 2)
			expect_refused(&out, OTS_FILTER_CONDITION, not_two);
	}
	filter_repeat(&out, 4, &leaf, 2);
	expect_refused(&out, OTS_FILTER_READ, "Invalid logic operator: 4.");
	filter_repeat(&out, 0, &leaf, 2);
	expect_refused(&out, OTS_FILTER_READ, "Invalid logic operator: 0.");
}

Test(service_filter, what_is_no_filter_is_refused)
{
	static const char no_value[] = "Deserialize relation filter failed. The value to compare "
				       "with is no value of a column.";
	struct packed_filter out, page;

	out.len = 0;
	expect_refused(&out, OTS_FILTER_READ, "Deserialize filter failed.");
	filter_raw(&out, 0, "", 0);
	expect_refused(&out, OTS_FILTER_READ, "Invalid type of filter: 0.");
	filter_raw(&out, 4, "", 0);
	expect_refused(&out, OTS_FILTER_READ, "Invalid type of filter: 4.");
	filter_raw(&out, SINGLE, "\xff", 1);
	expect_refused(&out, OTS_FILTER_READ, "Deserialize relation filter failed.");
	filter_raw(&out, COMPOSITE, "\xff", 1);
	expect_refused(&out, OTS_FILTER_READ, "Deserialize composite filter failed.");
	filter_raw(&out, PAGINATION, "\xff", 1);
	expect_refused(&out, OTS_FILTER_READ, "Deserialize column pagination filter failed.");
	filter_number(&out, 0, "i", 1);
	expect_refused(&out, OTS_FILTER_READ, "Invalid relation operator: 0.");
	filter_number(&out, 9, "i", 1);
	expect_refused(&out, OTS_FILTER_READ, "Invalid relation operator: 9.");
	filter_number(&out, EQ, "", 1);
	expect_refused(&out, OTS_FILTER_READ, "Invalid column name: ''.");
	filter_single(&out, (struct single_filter){EQ, "i", {.kind = OTS_VT_NULL}, true, false});
	expect_refused(&out, OTS_FILTER_READ, no_value);
	filter_single(&out, (struct single_filter){EQ, "i", {.kind = OTS_VT_INF_MIN}, true, false});
	expect_refused(&out, OTS_FILTER_READ, no_value);
	filter_page(&page, 0, 1);
	expect_refused(&page, OTS_FILTER_CONDITION, "Invalid type of sub-filter: 3.");
	filter_repeat(&out, NOT, &page, 1);
	expect_refused(&out, OTS_FILTER_READ, "Invalid type of sub-filter: 3.");
	filter_page(&page, -1, 1);
	expect_refused(&page, OTS_FILTER_READ,
		       "Offset in ColumnPaginationFilter must be greater than or equal to 0.");
	filter_page(&page, 0, 0);
	expect_refused(&page, OTS_FILTER_READ,
		       "Limit in ColumnPaginationFilter must be greater than 0.");
}

Test(service_filter, a_filter_cut_short_anywhere_is_refused)
{
	const struct ots_filter *filter = NULL;
	struct packed_filter leaf, whole, cut;
	struct ots_fault fault;
	struct ots_arena arena;

	filter_number(&leaf, EQ, "i", 3);
	filter_repeat(&whole, AND, &leaf, 2);
	ots_arena_init(&arena, (size_t)1 << 24);
	cut = whole;
	for (cut.len = 0; cut.len < whole.len; cut.len++)
		cr_expect_not(decode(&arena, &cut, OTS_FILTER_READ, &filter, &fault), "%zu",
			      cut.len);
	cr_expect(decode(&arena, &whole, OTS_FILTER_READ, &filter, &fault));
	ots_arena_release(&arena);
}

Test(service_filter, a_page_keeps_its_columns_with_all_their_versions)
{
	static const struct {
		int32_t offset, limit;
		const char *names; /* of the cells that are left; none: the row is left out */
	} cases[] = {
		{0, 1, "b"},       {0, 3, "bdiii"},     {2, 1, "iii"}, {2, 2, "iiis"},
		{4, 1, "x"},       {4, INT32_MAX, "x"}, {5, 1, ""},    {INT32_MAX, INT32_MAX, ""},
		{0, 5, "bdiiisx"}, {0, 100, "bdiiisx"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct ots_filter *filter = NULL;
		struct packed_filter page;
		struct ots_fault fault;
		struct ots_arena arena;
		struct ots_row row;
		char names[16] = "";

		fill(&row, &arena);
		filter_page(&page, cases[i].offset, cases[i].limit);
		cr_assert(decode(&arena, &page, OTS_FILTER_READ, &filter, &fault));
		cr_expect_eq(ots_filter_apply(filter, &row), cases[i].names[0] != '\0');
		for (size_t c = 0; c < row.count; c++)
			names[c] = (char)row.cells[c].name.at[0];
		cr_expect_str_eq(names, cases[i].names, "case %zu: %s", i, names);
		row.count = 0;
		cr_expect(ots_filter_apply(filter, &row)); /* nothing to page through */
		ots_arena_release(&arena);
	}
}

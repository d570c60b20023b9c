#include "bound.h"

#include <otsfs/tablestore/range.h>

/* -1 below every value, 1 above, 0 among them. */
static int side(const struct ots_wire_row *row, size_t column)
{
	if (column >= row->key_count || row->key[column].value.kind == OTS_VT_INF_MIN)
		return -1;
	return row->key[column].value.kind == OTS_VT_INF_MAX ? 1 : 0;
}

int ots_bound_compare(const struct ots_wire_row *a, const struct ots_wire_row *b)
{
	for (size_t i = 0; i < OTS_KEY_COLUMNS_MAX; i++) {
		const int side_a = side(a, i), side_b = side(b, i);
		struct ots_value value_a, value_b;
		int order;

		if (side_a != side_b)
			return side_a < side_b ? -1 : 1;
		/* A NULL or a placeholder is no bound, and has no order that matters. */
		if (side_a != 0 || !ots_wire_value_to(&a->key[i].value, &value_a) ||
		    !ots_wire_value_to(&b->key[i].value, &value_b))
			continue;
		order = ots_value_compare(&value_a, &value_b);
		if (order != 0)
			return order;
	}
	return 0;
}

struct ots_wire_row ots_bound_of(const struct ots_record *record)
{
	struct ots_wire_row row = {.key_count = record->key_count};

	for (size_t i = 0; i < record->key_count; i++)
		row.key[i] = ots_wire_key_cell(&record->key[i]);
	return row;
}

enum ots_status ots_range_bound(const struct ots_schema *schema, struct ots_row_key prefix,
				enum ots_variant rest, struct ots_buffer *out,
				struct ots_error *err)
{
	struct ots_wire_row row = {.key_count = schema->key_count};

	if (schema->key_count == 0)
		return ots_fail(err, OTS_USAGE, "the key columns are not known");
	if (prefix.count > schema->key_count)
		return ots_fail(err, OTS_USAGE, "a bound of %zu columns, the key has %zu",
				prefix.count, schema->key_count);
	if (rest != OTS_VT_INF_MIN && rest != OTS_VT_INF_MAX)
		return ots_fail(err, OTS_USAGE, "a bound ends below or above all values");
	for (size_t i = 0; i < schema->key_count; i++) {
		row.key[i].name = schema->key[i].name;
		row.key[i].has_value = true;
		row.key[i].value = i < prefix.count ? ots_wire_value_of(&prefix.columns[i].value)
						    : (struct ots_wire_value){.kind = rest};
	}
	return ots_plainbuffer_put_row(out, &row) ? OTS_OK : ots_buffer_fail(out, 1, "bound", err);
}

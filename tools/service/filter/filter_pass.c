#include "filter_tree.h"

#include <math.h>

static int compare_integers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Values of one type. @return false: they have no order (NaN) */
static bool compare_values(const struct ots_wire_value *a, const struct ots_wire_value *b,
			   int *order)
{
	switch (a->kind) {
	case OTS_VT_INTEGER: *order = compare_integers(a->as.integer, b->as.integer); return true;
	case OTS_VT_BOOLEAN: *order = (int)a->as.boolean - (int)b->as.boolean; return true;
	case OTS_VT_DOUBLE:
		*order = (a->as.real > b->as.real) - (a->as.real < b->as.real);
		return !isnan(a->as.real) && !isnan(b->as.real);
	case OTS_VT_STRING:
	case OTS_VT_BLOB:
		*order = ots_row_name_compare(a->as.bytes, b->as.bytes); /* by bytes */
		return true;
	case OTS_VT_NULL:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: break;
	}
	return false;
}

static bool value_matches(const struct ots_filter_node *node, const struct ots_wire_value *value)
{
	int order = 0;

	if (value->kind != node->value.kind || !compare_values(value, &node->value, &order))
		return node->comparator == OTS__WIRE__COMPARATOR_TYPE__CT_NOT_EQUAL;
	switch (node->comparator) {
	case OTS__WIRE__COMPARATOR_TYPE__CT_EQUAL: return order == 0;
	case OTS__WIRE__COMPARATOR_TYPE__CT_NOT_EQUAL: return order != 0;
	case OTS__WIRE__COMPARATOR_TYPE__CT_GREATER_THAN: return order > 0;
	case OTS__WIRE__COMPARATOR_TYPE__CT_GREATER_EQUAL: return order >= 0;
	case OTS__WIRE__COMPARATOR_TYPE__CT_LESS_THAN: return order < 0;
	default: return order <= 0; /* LESS_EQUAL: the others never come here */
	}
}

static bool single_passes(const struct ots_filter_node *node, const struct ots_row *row)
{
	const struct ots_row_cell *cell = ots_row_newest(row, node->name);

	if (node->comparator == OTS__WIRE__COMPARATOR_TYPE__CT_EXIST)
		return cell != NULL;
	if (node->comparator == OTS__WIRE__COMPARATOR_TYPE__CT_NOT_EXIST)
		return cell == NULL;
	if (cell == NULL)
		return !node->drop_if_missing;
	if (node->newest_only)
		return value_matches(node, &cell->value);
	/* Versions of a column lie side by side, newest first. */
	for (size_t i = (size_t)(cell - row->cells); i < row->count; i++) {
		if (ots_row_name_compare(row->cells[i].name, node->name) != 0)
			return false;
		if (value_matches(node, &row->cells[i].value))
			return true;
	}
	return false;
}

static bool composite_passes(const struct ots_filter_node *node, const bool *passes)
{
	size_t held = 0;

	for (size_t i = 0; i < node->child_count; i++)
		held += passes[node->first_child + i];
	if (node->combinator == OTS__WIRE__LOGICAL_OPERATOR__LO_NOT)
		return held == 0;
	if (node->combinator == OTS__WIRE__LOGICAL_OPERATOR__LO_AND)
		return held == node->child_count;
	return held > 0;
}

bool ots_filter_passes(const struct ots_filter *filter, const struct ots_row *row)
{
	bool passes[OTS_LIMIT_FILTERS] = {false};

	for (size_t i = filter->count; i-- > 0;) { /* children lie behind their parents */
		const struct ots_filter_node *node = &filter->nodes[i];

		if (node->type == OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE)
			passes[i] = single_passes(node, row);
		else if (node->type == OTS__WIRE__FILTER_TYPE__FT_COMPOSITE_COLUMN_VALUE)
			passes[i] = composite_passes(node, passes);
		else
			passes[i] = true; /* a page lets every row through */
	}
	return passes[0];
}

/* Keep the columns from number offset on, limit of them, with all their versions. */
static void cut_page(const struct ots_filter_node *page, struct ots_row *row)
{
	size_t column = 0;
	size_t kept = 0;

	for (size_t i = 0; i < row->count; i++) {
		if (i > 0 && ots_row_name_compare(row->cells[i].name, row->cells[i - 1].name) != 0)
			column++;
		if (column >= page->offset && column - page->offset < page->limit)
			row->cells[kept++] = row->cells[i];
	}
	row->count = kept;
}

bool ots_filter_apply(const struct ots_filter *filter, struct ots_row *row)
{
	const struct ots_filter_node *root = &filter->nodes[0];

	if (root->type != OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION)
		return ots_filter_passes(filter, row);
	if (row->count == 0)
		return true;
	cut_page(root, row);
	return row->count > 0;
}

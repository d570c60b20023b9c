#include "filter.h"

#include <string.h>

#include <otsfs/base/bytes.h>

#include "../limits.h"

/* One filter of the tree. Children lie side by side behind their parent, so the tree is taken apart
 * from the front and evaluated from the back without recursion. */
struct node {
	int type; /* FilterType, checked */
	/* single column value */
	int comparator;
	struct ots_bytes name;
	struct ots_wire_value value;
	bool drop_if_missing;
	bool newest_only;
	/* composite */
	int combinator;
	size_t first_child;
	size_t child_count;
	/* column pagination, only ever the root */
	size_t offset;
	size_t limit;
};

struct ots_filter {
	struct node nodes[OTS_LIMIT_FILTERS];
	size_t count;
};

/* What decoding needs beside the tree: the bytes of each node until its turn comes. */
struct decoder {
	struct ots_filter *filter;
	ProtobufCBinaryData bodies[OTS_LIMIT_FILTERS];
	ProtobufCAllocator allocator;
	enum ots_filter_use use;
	struct ots_fault *fault;
};

/* Add a filter to the tree; its body waits. */
static bool add_node(struct decoder *d, const Ots__Wire__Filter *message)
{
	const int type = (int)message->type;

	if (type < OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE ||
	    type > OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER, "Invalid type of filter: %d.",
				  type);
	if (d->filter->count == OTS_LIMIT_FILTERS)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "The count of filter exceeds the max: %d.", OTS_LIMIT_FILTERS);
	d->bodies[d->filter->count] = message->filter;
	d->filter->nodes[d->filter->count++] = (struct node){.type = type};
	return true;
}

static bool is_column_value(enum ots_variant kind)
{
	return kind == OTS_VT_INTEGER || kind == OTS_VT_DOUBLE || kind == OTS_VT_BOOLEAN ||
	       kind == OTS_VT_STRING || kind == OTS_VT_BLOB;
}

/* The value that a column is compared with. Whoever only asks for existence may send any or none.
 */
static bool read_value(struct decoder *d, struct node *node, ProtobufCBinaryData bytes)
{
	struct ots_cursor in = {bytes.data, bytes.len, 0};

	if (node->comparator >= OTS__WIRE__COMPARATOR_TYPE__CT_EXIST)
		return true;
	if (ots_plainbuffer_take_value(&in, &node->value) && in.left == 0 &&
	    is_column_value(node->value.kind))
		return true;
	return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
			  "Deserialize relation filter failed. The value to compare with is no "
			  "value of a column.");
}

static bool read_single(struct decoder *d, struct node *node, ProtobufCBinaryData body)
{
	const Ots__Wire__SingleColumnValueFilter *message =
		ots__wire__single_column_value_filter__unpack(&d->allocator, body.len, body.data);

	if (message == NULL)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Deserialize relation filter failed.");
	node->comparator = (int)message->comparator;
	if (node->comparator < OTS__WIRE__COMPARATOR_TYPE__CT_EQUAL ||
	    node->comparator > OTS__WIRE__COMPARATOR_TYPE__CT_NOT_EXIST)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER, "Invalid relation operator: %d.",
				  node->comparator);
	/* It would change what is compared: better refused than left out in silence. */
	if (message->value_trans_rule != NULL)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Unsupported parameter: value_trans_rule.");
	node->name = ots_bytes_of(message->column_name);
	node->drop_if_missing = message->filter_if_missing;
	node->newest_only = message->latest_version_only;
	return ots_check_column_name(node->name, d->fault) &&
	       read_value(d, node, message->column_value);
}

static bool check_operands(struct decoder *d, int combinator, size_t count)
{
	if (combinator < OTS__WIRE__LOGICAL_OPERATOR__LO_NOT ||
	    combinator > OTS__WIRE__LOGICAL_OPERATOR__LO_OR)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER, "Invalid logic operator: %d.",
				  combinator);
	if (combinator == OTS__WIRE__LOGICAL_OPERATOR__LO_NOT && count != 1)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Invalid NOT operator: the number of sub-filters must be 1.");
	if (combinator != OTS__WIRE__LOGICAL_OPERATOR__LO_NOT && count < 2)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Invalid AND/OR operator: the number of sub-filters must be more "
				  "than 1.");
	return true;
}

static bool read_composite(struct decoder *d, struct node *node, ProtobufCBinaryData body)
{
	const Ots__Wire__CompositeColumnValueFilter *message =
		ots__wire__composite_column_value_filter__unpack(&d->allocator, body.len,
								 body.data);

	if (message == NULL)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Deserialize composite filter failed.");
	node->combinator = (int)message->combinator;
	node->first_child = d->filter->count;
	node->child_count = message->n_sub_filters;
	if (!check_operands(d, node->combinator, node->child_count))
		return false;
	for (size_t i = 0; i < message->n_sub_filters; i++)
		if (!add_node(d, message->sub_filters[i]))
			return false;
	return true;
}

static bool read_pagination(struct decoder *d, struct node *node, ProtobufCBinaryData body)
{
	const Ots__Wire__ColumnPaginationFilter *message =
		ots__wire__column_pagination_filter__unpack(&d->allocator, body.len, body.data);

	if (d->use == OTS_FILTER_CONDITION || node != &d->filter->nodes[0])
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER, "Invalid type of sub-filter: %d.",
				  node->type);
	if (message == NULL)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Deserialize column pagination filter failed.");
	if (message->offset < 0)
		return ots_refuse(
			d->fault, OTS_FAULT_PARAMETER,
			"Offset in ColumnPaginationFilter must be greater than or equal to 0.");
	if (message->limit <= 0)
		return ots_refuse(d->fault, OTS_FAULT_PARAMETER,
				  "Limit in ColumnPaginationFilter must be greater than 0.");
	node->offset = (size_t)message->offset;
	node->limit = (size_t)message->limit;
	return true;
}

static bool read_node(struct decoder *d, size_t index)
{
	struct node *node = &d->filter->nodes[index];
	const ProtobufCBinaryData body = d->bodies[index];

	switch (node->type) {
	case OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE: return read_single(d, node, body);
	case OTS__WIRE__FILTER_TYPE__FT_COMPOSITE_COLUMN_VALUE:
		return read_composite(d, node, body);
	default: return read_pagination(d, node, body); /* add_node() took no other */
	}
}

bool ots_filter_read(struct ots_arena *arena, struct ots_bytes bytes, enum ots_filter_use use,
		     const struct ots_filter **out, struct ots_fault *fault)
{
	struct decoder d = {
		.filter = ots_arena_alloc(arena, sizeof *d.filter),
		.allocator = ots_wire_allocator(arena),
		.use = use,
		.fault = fault,
	};
	const Ots__Wire__Filter *root;

	if (d.filter == NULL)
		return ots_refuse(fault, OTS_FAULT_INTERNAL,
				  "The request needs more memory than one request may take.");
	d.filter->count = 0;
	root = ots__wire__filter__unpack(&d.allocator, bytes.len, bytes.at);
	if (root == NULL)
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Deserialize filter failed.");
	if (!add_node(&d, root))
		return false;
	/* Ends: the tree has room for OTS_LIMIT_FILTERS. */
	for (size_t i = 0; i < d.filter->count; i++)
		if (!read_node(&d, i))
			return false;
	*out = d.filter;
	return true;
}

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
		return a->as.real >= b->as.real || a->as.real < b->as.real;
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

static bool value_matches(const struct node *node, const struct ots_wire_value *value)
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

static bool single_passes(const struct node *node, const struct ots_row *row)
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

static bool composite_passes(const struct node *node, const bool *passes)
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
		const struct node *node = &filter->nodes[i];

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
static void cut_page(const struct node *page, struct ots_row *row)
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
	const struct node *root = &filter->nodes[0];

	if (root->type != OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION)
		return ots_filter_passes(filter, row);
	if (row->count == 0)
		return true;
	cut_page(root, row);
	return row->count > 0;
}

#include "filter_tree.h"

#include <otsfs/base/bytes.h>

#include "../limits.h"

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
	d->filter->nodes[d->filter->count++] = (struct ots_filter_node){.type = type};
	return true;
}

static bool is_column_value(enum ots_variant kind)
{
	return kind == OTS_VT_INTEGER || kind == OTS_VT_DOUBLE || kind == OTS_VT_BOOLEAN ||
	       kind == OTS_VT_STRING || kind == OTS_VT_BLOB;
}

/* The value that a column is compared with. Whoever only asks for existence may send any or none.
 */
static bool read_value(struct decoder *d, struct ots_filter_node *node, ProtobufCBinaryData bytes)
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

static bool read_single(struct decoder *d, struct ots_filter_node *node, ProtobufCBinaryData body)
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

static bool read_composite(struct decoder *d, struct ots_filter_node *node,
			   ProtobufCBinaryData body)
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

static bool read_pagination(struct decoder *d, struct ots_filter_node *node,
			    ProtobufCBinaryData body)
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
	struct ots_filter_node *node = &d->filter->nodes[index];
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

#include <otsfs/tablestore/filter.h>

#include <otsfs/base/arena.h>
#include <otsfs/tablestore/wire.h>

#include "names.h"

/* The bodies of a tree: values of at most 2 MiB each and names. What is larger, no request holds.
 */
#define BODIES_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* The tree laid out level by level: children lie side by side behind their parent, so it is made
 * from the front and encoded from the back, without recursion. */
struct flat {
	const struct ots_row_filter *from[OTS_ROW_FILTERS_MAX];
	size_t first_part[OTS_ROW_FILTERS_MAX];
	Ots__Wire__Filter message[OTS_ROW_FILTERS_MAX];
	size_t count;
	struct ots_arena bodies;
};

static enum ots_status check_parts(const struct ots_row_filter *filter, struct ots_error *err)
{
	const size_t count = filter->part_count;

	if (filter->kind == OTS_FILTER_NOT && count != 1)
		return ots_fail(err, OTS_USAGE, "a NOT of %zu filters, it takes one", count);
	if ((filter->kind == OTS_FILTER_AND || filter->kind == OTS_FILTER_OR) && count < 2)
		return ots_fail(err, OTS_USAGE, "an %s of %zu filters, it takes two and more",
				filter->kind == OTS_FILTER_AND ? "AND" : "OR", count);
	return OTS_OK;
}

static bool is_composite(const struct ots_row_filter *filter)
{
	return filter->kind == OTS_FILTER_NOT || filter->kind == OTS_FILTER_AND ||
	       filter->kind == OTS_FILTER_OR;
}

static enum ots_status flatten(const struct ots_row_filter *root, struct flat *flat,
			       struct ots_error *err)
{
	flat->from[0] = root;
	flat->count = 1;
	for (size_t i = 0; i < flat->count; i++) { /* ends: at most OTS_ROW_FILTERS_MAX */
		const struct ots_row_filter *filter = flat->from[i];
		enum ots_status status = check_parts(filter, err);

		if (status != OTS_OK)
			return status;
		if (filter->kind == OTS_FILTER_PAGE && i > 0)
			return ots_fail(err, OTS_USAGE, "a page of columns inside of a filter");
		if (!is_composite(filter))
			continue;
		if (filter->part_count > OTS_ROW_FILTERS_MAX - flat->count)
			return ots_fail(err, OTS_LIMIT, "a tree of more than %d filters",
					OTS_ROW_FILTERS_MAX);
		flat->first_part[i] = flat->count;
		for (size_t part = 0; part < filter->part_count; part++)
			flat->from[flat->count++] = &filter->parts[part];
	}
	return OTS_OK;
}

/* The body of filter @p i, from its own message. */
static enum ots_status pack_body(struct flat *flat, size_t i, const ProtobufCMessage *message,
				 Ots__Wire__FilterType type, struct ots_error *err)
{
	const size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = ots_arena_alloc(&flat->bodies, size);

	if (bytes == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "filter of %zu bytes", size);
	(void)protobuf_c_message_pack(message, bytes);
	ots__wire__filter__init(&flat->message[i]);
	flat->message[i].type = type;
	flat->message[i].filter = (ProtobufCBinaryData){size, bytes};
	return OTS_OK;
}

static enum ots_status pack_compare(struct flat *flat, size_t i, struct ots_error *err)
{
	Ots__Wire__SingleColumnValueFilter message = OTS__WIRE__SINGLE_COLUMN_VALUE_FILTER__INIT;
	const struct ots_row_filter *from = flat->from[i];
	const struct ots_wire_value value = ots_wire_value_of(&from->value);
	struct ots_buffer bytes;
	struct client_name name;
	enum ots_status status = ots_name_set(&name, from->column, "column name of a filter", err);

	if (status != OTS_OK)
		return status;
	if (from->comparator < OTS_IS_EQUAL || from->comparator > OTS_IS_LESS_OR_EQUAL)
		return ots_fail(err, OTS_USAGE, "a filter without comparator");
	ots_buffer_init(&bytes, BODIES_MAX_BYTES);
	if (!ots_plainbuffer_put_value(&bytes, &value)) {
		status = ots_buffer_fail(&bytes, 1, "value of a filter", err);
	} else {
		message.comparator = (Ots__Wire__ComparatorType)from->comparator;
		message.column_name = name.text;
		message.column_value = (ProtobufCBinaryData){bytes.len, bytes.bytes};
		message.filter_if_missing = !from->pass_if_missing;
		message.latest_version_only = !from->any_version;
		status = pack_body(flat, i, &message.base,
				   OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE, err);
	}
	ots_buffer_release(&bytes);
	return status;
}

static Ots__Wire__LogicalOperator combinator(enum ots_row_filter_kind kind)
{
	if (kind == OTS_FILTER_NOT)
		return OTS__WIRE__LOGICAL_OPERATOR__LO_NOT;
	return kind == OTS_FILTER_AND ? OTS__WIRE__LOGICAL_OPERATOR__LO_AND
				      : OTS__WIRE__LOGICAL_OPERATOR__LO_OR;
}

static enum ots_status pack_composite(struct flat *flat, size_t i, struct ots_error *err)
{
	Ots__Wire__CompositeColumnValueFilter message =
		OTS__WIRE__COMPOSITE_COLUMN_VALUE_FILTER__INIT;
	Ots__Wire__Filter *parts[OTS_ROW_FILTERS_MAX];
	const struct ots_row_filter *from = flat->from[i];

	for (size_t part = 0; part < from->part_count; part++)
		parts[part] = &flat->message[flat->first_part[i] + part];
	message.combinator = combinator(from->kind);
	message.n_sub_filters = from->part_count;
	message.sub_filters = parts;
	return pack_body(flat, i, &message.base, OTS__WIRE__FILTER_TYPE__FT_COMPOSITE_COLUMN_VALUE,
			 err);
}

static enum ots_status pack_page(struct flat *flat, size_t i, struct ots_error *err)
{
	Ots__Wire__ColumnPaginationFilter message = OTS__WIRE__COLUMN_PAGINATION_FILTER__INIT;

	message.offset = flat->from[i]->column_offset;
	message.limit = flat->from[i]->column_limit;
	return pack_body(flat, i, &message.base, OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION, err);
}

static enum ots_status pack_one(struct flat *flat, size_t i, struct ots_error *err)
{
	switch (flat->from[i]->kind) {
	case OTS_FILTER_COMPARE: return pack_compare(flat, i, err);
	case OTS_FILTER_NOT:
	case OTS_FILTER_AND:
	case OTS_FILTER_OR: return pack_composite(flat, i, err);
	case OTS_FILTER_PAGE: return pack_page(flat, i, err);
	}
	return ots_fail(err, OTS_USAGE, "a filter of no kind");
}

enum ots_status ots_row_filter_encode(const struct ots_row_filter *filter, struct ots_buffer *out,
				      struct ots_error *err)
{
	struct flat flat;
	enum ots_status status = flatten(filter, &flat, err);
	size_t size;

	if (status != OTS_OK)
		return status;
	ots_arena_init(&flat.bodies, BODIES_MAX_BYTES);
	for (size_t i = flat.count; status == OTS_OK && i-- > 0;) /* parts before their parent */
		status = pack_one(&flat, i, err);
	if (status != OTS_OK)
		goto out;
	size = ots__wire__filter__get_packed_size(&flat.message[0]);
	if (!ots_buffer_reserve(out, size)) {
		status = ots_buffer_fail(out, size, "filter", err);
		goto out;
	}
	out->len += ots__wire__filter__pack(&flat.message[0], out->bytes + out->len);
out:
	ots_arena_release(&flat.bodies);
	return status;
}

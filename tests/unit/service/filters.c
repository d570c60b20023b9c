#include "filters.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SUBS_MAX 64

static void pack(struct packed_filter *out, int type, const ProtobufCMessage *body)
{
	const size_t len = protobuf_c_message_get_packed_size(body);
	uint8_t *bytes = malloc(len + 1);

	cr_assert_not_null(bytes);
	(void)protobuf_c_message_pack(body, bytes);
	filter_raw(out, type, bytes, len);
	free(bytes);
}

void filter_raw(struct packed_filter *out, int type, const void *body, size_t len)
{
	Ots__Wire__Filter filter = OTS__WIRE__FILTER__INIT;
	uint8_t *copy = malloc(len + 1);

	cr_assert_not_null(copy);
	if (len > 0)
		memcpy(copy, body, len);
	filter.type = (Ots__Wire__FilterType)type;
	filter.filter = (ProtobufCBinaryData){len, copy};
	out->len = ots__wire__filter__get_packed_size(&filter);
	cr_assert_leq(out->len, sizeof out->bytes);
	(void)ots__wire__filter__pack(&filter, out->bytes);
	free(copy);
}

void filter_single(struct packed_filter *out, struct single_filter single)
{
	Ots__Wire__SingleColumnValueFilter message = OTS__WIRE__SINGLE_COLUMN_VALUE_FILTER__INIT;
	struct ots_buffer value;
	char *name = strdup(single.name);

	cr_assert_not_null(name);
	ots_buffer_init(&value, 4096);
	cr_assert(ots_plainbuffer_put_value(&value, &single.value));
	message.comparator = (Ots__Wire__ComparatorType)single.comparator;
	message.column_name = name;
	message.column_value = (ProtobufCBinaryData){value.len, value.bytes};
	message.filter_if_missing = single.filter_if_missing;
	message.latest_version_only = !single.any_version;
	pack(out, OTS__WIRE__FILTER_TYPE__FT_SINGLE_COLUMN_VALUE, &message.base);
	ots_buffer_release(&value);
	free(name);
}

void filter_number(struct packed_filter *out, int comparator, const char *name, int64_t value)
{
	filter_single(out, (struct single_filter){
				   .comparator = comparator,
				   .name = name,
				   .value = {.kind = OTS_VT_INTEGER, .as.integer = value},
				   .filter_if_missing = true,
			   });
}

void filter_composite(struct packed_filter *out, int combinator,
		      const struct packed_filter *const *subs, size_t count)
{
	Ots__Wire__CompositeColumnValueFilter message =
		OTS__WIRE__COMPOSITE_COLUMN_VALUE_FILTER__INIT;
	Ots__Wire__Filter *list[SUBS_MAX];

	cr_assert_leq(count, (size_t)SUBS_MAX);
	for (size_t i = 0; i < count; i++) {
		list[i] = ots__wire__filter__unpack(NULL, subs[i]->len, subs[i]->bytes);
		cr_assert_not_null(list[i]);
	}
	message.combinator = (Ots__Wire__LogicalOperator)combinator;
	message.n_sub_filters = count;
	message.sub_filters = list;
	pack(out, OTS__WIRE__FILTER_TYPE__FT_COMPOSITE_COLUMN_VALUE, &message.base);
	for (size_t i = 0; i < count; i++)
		ots__wire__filter__free_unpacked(list[i], NULL);
}

void filter_repeat(struct packed_filter *out, int combinator, const struct packed_filter *sub,
		   size_t count)
{
	const struct packed_filter *list[SUBS_MAX];

	cr_assert_leq(count, (size_t)SUBS_MAX);
	for (size_t i = 0; i < count; i++)
		list[i] = sub;
	filter_composite(out, combinator, list, count);
}

void filter_page(struct packed_filter *out, int32_t offset, int32_t limit)
{
	Ots__Wire__ColumnPaginationFilter message = OTS__WIRE__COLUMN_PAGINATION_FILTER__INIT;

	message.offset = offset;
	message.limit = limit;
	pack(out, OTS__WIRE__FILTER_TYPE__FT_COLUMN_PAGINATION, &message.base);
}

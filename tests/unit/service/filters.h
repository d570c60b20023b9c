/** @file filters.h
 *  Filter messages in few words. */
#ifndef OTSFS_TESTS_SERVICE_FILTERS_H
#define OTSFS_TESTS_SERVICE_FILTERS_H

#include <otsfs/tablestore/wire.h>

/** A packed Filter message. */
struct packed_filter {
	uint8_t bytes[16384];
	size_t len;
};

struct single_filter {
	int comparator; /* OTS__WIRE__COMPARATOR_TYPE__ */
	const char *name;
	struct ots_wire_value value;
	bool filter_if_missing;
	bool any_version;
};

void filter_single(struct packed_filter *out, struct single_filter single);
/** Compare column @p name with an INTEGER, its newest version; a row without it does not pass. */
void filter_number(struct packed_filter *out, int comparator, const char *name, int64_t value);
void filter_composite(struct packed_filter *out, int combinator,
		      const struct packed_filter *const *subs, size_t count);
/** @p count times the same. */
void filter_repeat(struct packed_filter *out, int combinator, const struct packed_filter *sub,
		   size_t count);
void filter_page(struct packed_filter *out, int32_t offset, int32_t limit);
/** Any type with any body. */
void filter_raw(struct packed_filter *out, int type, const void *body, size_t len);

static inline struct ots_bytes filter_bytes(const struct packed_filter *filter)
{
	return (struct ots_bytes){filter->bytes, filter->len};
}

#endif

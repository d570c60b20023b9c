#define _GNU_SOURCE /* memmem */
#include "walk.h"

#include <string.h>

#include <otsfs/base/bytes.h>

void ots_oss_walk_begin(struct ots_oss_walk *walk, const struct ots_oss_index *index,
			const struct ots_oss_walk_query *query)
{
	const struct ots_bytes from = ots_oss_compare_keys(query->after, query->prefix) > 0
					      ? query->after
					      : query->prefix;

	*walk = (struct ots_oss_walk){.index = index, .query = *query};
	walk->place = ots_oss_index_seek(index, from);
}

static bool begins(struct ots_bytes text, struct ots_bytes with)
{
	return text.len >= with.len && ots_bytes_equal((struct ots_bytes){text.at, with.len}, with);
}

/* The part of a name that is folded: up to the first delimiter behind the prefix. */
static struct ots_bytes fold(const struct ots_oss_walk_query *query, struct ots_bytes name)
{
	struct ots_bytes rest = {name.at + query->prefix.len, name.len - query->prefix.len};
	const uint8_t *at = NULL;

	if (query->delimiter.len > 0 && rest.len >= query->delimiter.len)
		at = memmem(rest.at, rest.len, query->delimiter.at, query->delimiter.len);
	return at == NULL
		       ? (struct ots_bytes){NULL, 0}
		       : (struct ots_bytes){name.at, (size_t)(at - name.at) + query->delimiter.len};
}

/* Behind all that begins with @p prefix, from a place among them: a gallop of doubling steps would
 * do too, but a search from the top costs as little as two dozen comparisons. */
static struct ots_oss_place skip(const struct ots_oss_index *index, struct ots_bytes prefix)
{
	uint8_t above[1024 + 1];
	size_t len = prefix.len;

	if (len > sizeof above)
		len = sizeof above;
	memcpy(above, prefix.at, len);
	while (len > 0 && above[len - 1] == 0xff) /* ends: len falls */
		len--;
	if (len == 0)
		return (struct ots_oss_place){index->page_count, 0};
	above[len - 1]++;
	return ots_oss_index_seek(index, (struct ots_bytes){above, len});
}

struct ots_oss_item *ots_oss_walk_next(struct ots_oss_walk *walk, struct ots_bytes *folded)
{
	const struct ots_oss_walk_query *query = &walk->query;

	for (;;) { /* ends: the place moves on in every turn, and the index is finite */
		struct ots_oss_item *item = ots_oss_index_at(walk->index, walk->place);
		struct ots_bytes name;
		int order;

		if (item == NULL)
			return NULL;
		name = (struct ots_bytes){item->key.at, item->name_len};
		if (!begins(name, query->prefix))
			return NULL;
		*folded = fold(query, name);
		if (folded->len > 0) {
			walk->place = skip(walk->index, *folded);
			order = ots_oss_compare_keys(*folded, query->after);
		} else {
			walk->place = ots_oss_index_next(walk->index, walk->place);
			order = ots_oss_compare_keys(name, query->after);
		}
		if (order > 0 || (order == 0 && query->with_after) || query->after.len == 0)
			return item;
	}
}

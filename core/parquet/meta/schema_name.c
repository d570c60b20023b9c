/* Names that can be keys of one JSON object: UTF-8, and each unlike its siblings. */
#include "schema.h"

#include <string.h>

#include <xxhash.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>
#include <otsfs/text/utf8.h>

/* The names of one group's children; open addressing, more than half of it free. */
struct names {
	struct slot {
		struct ots_bytes name; /* at is NULL: free */
		uint32_t next;         /* number to try for the next one of this name */
		bool taken;            /* by a child, not only wanted by one */
	} * slots;
	size_t mask;
};

static struct slot *find(const struct names *names, struct ots_bytes name)
{
	size_t i = (size_t)XXH3_64bits(name.at, name.len) & names->mask;

	while (names->slots[i].name.at != NULL && !ots_bytes_equal(names->slots[i].name, name))
		i = (i + 1) & names->mask; /* ends: there are free slots */
	return &names->slots[i];
}

/* The name as UTF-8: U+FFFD for each byte of none. Always an address, and one of our own where
 * anything was changed. */
static bool repair(struct schema_node *node, struct ots_arena *arena)
{
	struct ots_bytes rest = node->stored_name;
	uint8_t *out, *to;

	node->name = rest;
	if (rest.len > 0 && ots_utf8_valid(rest))
		return true;
	out = ots_arena_alloc(arena, rest.len * 3 + 1);
	if (out == NULL)
		return false;
	for (to = out; rest.len > 0;) { /* ends: each turn passes a byte at least */
		size_t n = ots_utf8_length(rest);

		if (n > 0)
			memcpy(to, rest.at, n);
		else
			memcpy(to, "\xef\xbf\xbd", 3);
		to += n > 0 ? n : 3;
		n += n == 0;
		rest.at += n;
		rest.len -= n;
	}
	node->name = (struct ots_bytes){out, (size_t)(to - out)};
	return true;
}

/* A second child of one name: the next number that no name has yet. */
static bool rename_child(struct names *names, struct schema_node *node, struct slot *same,
			 struct ots_arena *arena)
{
	const size_t len = node->name.len;
	uint8_t *text = ots_arena_alloc(arena, len + 1 + OTS_INTEGER_TEXT_BYTES);

	if (text == NULL)
		return false;
	if (len > 0)
		memcpy(text, node->name.at, len);
	text[len] = '_';
	for (;;) { /* ends: there are fewer names than numbers */
		const size_t digits = ots_print_u64(++same->next, (char *)text + len + 1);
		const struct ots_bytes name = {text, len + 1 + digits};
		struct slot *slot = find(names, name);

		if (slot->name.at != NULL)
			continue;
		*slot = (struct slot){name, 0, true};
		node->name = name;
		return true;
	}
}

static bool name_children(struct schema *schema, uint32_t group, struct names *names,
			  struct ots_arena *arena)
{
	const uint32_t end = schema->nodes[group].end;

	for (uint32_t i = group + 1; i < end; i = schema->nodes[i].end) {
		struct schema_node *node = &schema->nodes[i];

		if (!repair(node, arena))
			return false;
		*find(names, node->name) = (struct slot){node->name, 0, false};
	}
	for (uint32_t i = group + 1; i < end; i = schema->nodes[i].end) {
		struct schema_node *node = &schema->nodes[i];
		struct slot *slot = find(names, node->name);

		if (slot->taken && !rename_child(names, node, slot, arena))
			return false;
		slot->taken = true;
	}
	return true;
}

enum ots_status schema_name(struct schema *schema, struct ots_arena *arena, struct ots_error *err)
{
	for (uint32_t group = 0; group < schema->node_count; group++) {
		struct names names = {.mask = 7};
		struct ots_arena scratch;
		bool ok;

		if (schema->nodes[group].child_count == 0)
			continue;
		/* Renamed children come beside the names that are there: twice as many at most. */
		while (names.mask < 4 * (size_t)schema->nodes[group].child_count)
			names.mask = 2 * names.mask + 1; /* ends: it doubles */
		ots_arena_init(&scratch, (names.mask + 1) * sizeof *names.slots + 64);
		names.slots = ots_arena_alloc(&scratch, (names.mask + 1) * sizeof *names.slots);
		ok = names.slots != NULL;
		if (ok) {
			memset(names.slots, 0, (names.mask + 1) * sizeof *names.slots);
			ok = name_children(schema, group, &names, arena);
		}
		ots_arena_release(&scratch);
		if (!ok)
			return ots_fail(err, OTS_NO_MEMORY, "schema: no memory for its names");
	}
	return OTS_OK;
}

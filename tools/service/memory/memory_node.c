#include "memory_node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../storage/key.h"

static size_t node_bytes(bool inner)
{
	return sizeof(struct ots_memory_node) +
	       (inner ? (OTS_MEMORY_NODE_KEYS + 1) * sizeof(struct ots_memory_node *) : 0);
}

struct ots_memory_node *ots_memory_node_new(struct ots_memory_tree *tree, bool inner)
{
	struct ots_memory_node *node = malloc(node_bytes(inner));

	if (node == NULL)
		return NULL;
	node->count = 0;
	node->inner = inner;
	node->skip = 0;
	node->next = node->previous = NULL;
	*tree->used_bytes += node_bytes(inner);
	return node;
}

void ots_memory_node_free(struct ots_memory_tree *tree, struct ots_memory_node *node)
{
	*tree->used_bytes -= node_bytes(node->inner);
	free(node);
}

struct ots_memory_record *ots_memory_separator_new(struct ots_memory_tree *tree,
						   struct ots_bytes key)
{
	struct ots_memory_record *record = malloc(sizeof *record + key.len);

	if (record == NULL)
		return NULL;
	*record = (struct ots_memory_record){.key_len = (uint32_t)key.len};
	if (key.len > 0)
		memcpy(record->bytes, key.at, key.len);
	*tree->used_bytes += sizeof *record + key.len;
	return record;
}

void ots_memory_separator_free(struct ots_memory_tree *tree, struct ots_memory_record *record)
{
	*tree->used_bytes -= sizeof *record + record->key_len;
	free(record);
}

size_t ots_memory_common_bytes(struct ots_bytes a, struct ots_bytes b, size_t most)
{
	size_t n = 0;

	if (most > a.len)
		most = a.len;
	if (most > b.len)
		most = b.len;
	while (n < most && a.at[n] == b.at[n])
		n++;
	return n;
}

static uint64_t head_of(struct ots_bytes key, size_t skip)
{
	uint64_t head = 0;

	if (key.len >= skip + 8) {
		for (unsigned i = 0; i < 8; i++) /* compilers make one load of it */
			head = head << 8 | key.at[skip + i];
		return head;
	}
	for (size_t i = skip; i < key.len; i++)
		head |= (uint64_t)key.at[i] << (8 * (7 - (i - skip)));
	return head;
}

static void set_skip(struct ots_memory_node *node, size_t skip)
{
	if (node->skip == skip)
		return;
	node->skip = (uint32_t)skip;
	for (size_t i = 0; i < node->count; i++)
		node->heads[i] = head_of(ots_memory_key(node->keys[i]), skip);
}

/* After a split there is more in common. */
void ots_memory_node_raise_skip(struct ots_memory_node *node)
{
	if (node->count > 0)
		set_skip(node, ots_memory_common_bytes(ots_memory_key(node->keys[0]),
						       ots_memory_key(node->keys[node->count - 1]),
						       SIZE_MAX));
}

size_t ots_memory_node_lower_bound(const struct ots_memory_node *node, struct ots_bytes key,
				   bool *found)
{
	size_t low = 0;
	size_t high = node->count;
	uint64_t head;

	*found = false;
	if (high == 0)
		return 0;
	if (node->skip > 0) {
		const struct ots_bytes start = {node->keys[0]->bytes, node->skip};
		const size_t len = key.len < start.len ? key.len : start.len;
		const int order = len > 0 ? memcmp(key.at, start.at, len) : 0;

		if (order != 0 || key.len < start.len)
			return order > 0 ? high : 0;
	}
	head = head_of(key, node->skip);
	while (low < high) { /* ends: the gap shrinks every turn */
		const size_t middle = low + (high - low) / 2;
		int order = (node->heads[middle] > head) - (node->heads[middle] < head);

		if (order == 0)
			order = ots_key_compare(ots_memory_key(node->keys[middle]), key);
		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t ots_memory_node_child_index(const struct ots_memory_node *node, struct ots_bytes key)
{
	bool found;
	const size_t at = ots_memory_node_lower_bound(node, key, &found);

	return at + found;
}

void ots_memory_node_place_key(struct ots_memory_node *node, size_t at,
			       struct ots_memory_record *record)
{
	const struct ots_bytes key = ots_memory_key(record);
	const size_t behind = node->count - at;

	assert(node->count < OTS_MEMORY_NODE_KEYS);
	if (node->count > 0)
		set_skip(node,
			 ots_memory_common_bytes(key, ots_memory_key(node->keys[0]), node->skip));
	else if (node->skip > key.len)
		node->skip = key.len <= UINT32_MAX ? (uint32_t)key.len : 0;
	memmove(&node->heads[at + 1], &node->heads[at], behind * sizeof node->heads[0]);
	memmove(&node->keys[at + 1], &node->keys[at], behind * sizeof node->keys[0]);
	node->heads[at] = head_of(key, node->skip);
	node->keys[at] = record;
	node->count++;
}

void ots_memory_node_place_child(struct ots_memory_node *parent, size_t at,
				 struct ots_memory_record *separator, struct ots_memory_node *right)
{
	memmove(&parent->children[at + 2], &parent->children[at + 1],
		(parent->count - at) * sizeof(struct ots_memory_node *));
	parent->children[at + 1] = right;
	ots_memory_node_place_key(parent, at, separator);
}

void ots_memory_node_move_keys(struct ots_memory_node *from, size_t at, struct ots_memory_node *to)
{
	const size_t count = from->count - at;

	to->skip = from->skip;
	to->count = (uint16_t)count;
	memcpy(to->heads, &from->heads[at], count * sizeof to->heads[0]);
	memcpy(to->keys, &from->keys[at], count * sizeof to->keys[0]);
	from->count = (uint16_t)at;
}

void ots_memory_node_cut_key(struct ots_memory_node *node, size_t at)
{
	const size_t behind = node->count - at - 1;

	memmove(&node->heads[at], &node->heads[at + 1], behind * sizeof node->heads[0]);
	memmove(&node->keys[at], &node->keys[at + 1], behind * sizeof node->keys[0]);
	node->count--;
}

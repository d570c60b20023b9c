/* Nodes of the ordered map (memory_tree.h): sorted keys with what most comparisons need beside
 * them. Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_MEMORY_NODE_H
#define OTSFS_SERVICE_MEMORY_NODE_H

#include "memory_tree.h"

#define OTS_MEMORY_NODE_KEYS 62 /* a leaf fills sixteen cache lines */
/* In a leaf keys[i] is a record. In an inner node it is a separator, a record without a row that
 * the node owns: children[i] holds what is below keys[i], children[i + 1] what is not. */
struct ots_memory_node {
	uint16_t count; /* of keys */
	bool inner;
	uint32_t skip;                /* all keys agree in that many bytes */
	struct ots_memory_node *next; /* of leaves only */
	struct ots_memory_node *previous;
	uint64_t heads[OTS_MEMORY_NODE_KEYS]; /* the eight bytes behind skip, big-endian, 0 behind
						 the end */
	struct ots_memory_record *keys[OTS_MEMORY_NODE_KEYS];
	struct ots_memory_node
		*children[]; /* OTS_MEMORY_NODE_KEYS + 1 of an inner node, none of a leaf */
};

/* Each is counted in the tree's account. @return NULL without memory */
struct ots_memory_node *ots_memory_node_new(struct ots_memory_tree *tree, bool inner);
void ots_memory_node_free(struct ots_memory_tree *tree, struct ots_memory_node *node);

/* A copy of a key, for an inner node. */
struct ots_memory_record *ots_memory_separator_new(struct ots_memory_tree *tree,
						   struct ots_bytes key);
void ots_memory_separator_free(struct ots_memory_tree *tree, struct ots_memory_record *record);

/* How many first bytes two keys have in common, at most @p most. */
size_t ots_memory_common_bytes(struct ots_bytes a, struct ots_bytes b, size_t most);

/* Keys have left the node: what stays may have more in common. */
void ots_memory_node_raise_skip(struct ots_memory_node *node);

/* The first of the node's keys that is not below. */
size_t ots_memory_node_lower_bound(const struct ots_memory_node *node, struct ots_bytes key,
				   bool *found);
/* The child that a key lies below. */
size_t ots_memory_node_child_index(const struct ots_memory_node *node, struct ots_bytes key);

/* Put a key, or a separator with the child to its right, into a node that has room. */
void ots_memory_node_place_key(struct ots_memory_node *node, size_t at,
			       struct ots_memory_record *record);
void ots_memory_node_place_child(struct ots_memory_node *parent, size_t at,
				 struct ots_memory_record *separator,
				 struct ots_memory_node *right);

/* The keys from @p at on go to an empty node. */
void ots_memory_node_move_keys(struct ots_memory_node *from, size_t at, struct ots_memory_node *to);

void ots_memory_node_cut_key(struct ots_memory_node *node, size_t at);

#endif

#include "memory_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../storage/key.h"
#include "memory_node.h"

/* A level more takes a node of 62 children, which takes thousands of inserts a level below: no
 * memory holds a tree of this height. */
#define HEIGHT_MAX 16

static struct ots_memory_node *leaf_of(const struct ots_memory_tree *tree, struct ots_bytes key)
{
	struct ots_memory_node *node = tree->root;

	while (node != NULL && node->inner) /* ends: a level down each turn */
		node = node->children[ots_memory_node_child_index(node, key)];
	return node;
}

struct ots_memory_place ots_memory_tree_seek(const struct ots_memory_tree *tree,
					     struct ots_bytes key, bool *found)
{
	struct ots_memory_place place = {leaf_of(tree, key), 0};

	*found = false;
	if (place.leaf == NULL)
		return place;
	place.at = ots_memory_node_lower_bound(place.leaf, key, found);
	if (place.at == place.leaf->count)
		place = (struct ots_memory_place){place.leaf->next, 0};
	return place;
}

struct ots_memory_place ots_memory_tree_seek_back(const struct ots_memory_tree *tree,
						  struct ots_bytes key)
{
	struct ots_memory_place place = {leaf_of(tree, key), 0};
	bool found;

	if (place.leaf == NULL)
		return place;
	place.at = ots_memory_node_lower_bound(place.leaf, key, &found);
	if (!found)
		ots_memory_tree_previous(&place);
	return place;
}

struct ots_memory_record *ots_memory_tree_at(struct ots_memory_place place)
{
	return place.leaf != NULL && place.at < place.leaf->count ? place.leaf->keys[place.at]
								  : NULL;
}

void ots_memory_tree_next(struct ots_memory_place *place)
{
	if (++place->at >= place->leaf->count)
		*place = (struct ots_memory_place){place->leaf->next, 0};
}

void ots_memory_tree_previous(struct ots_memory_place *place)
{
	if (place->at > 0) {
		place->at--;
		return;
	}
	place->leaf = place->leaf->previous;
	place->at = place->leaf != NULL ? (size_t)place->leaf->count - 1 : 0;
}

/* Halves; or all stays and the right one begins with the key, where keys ascend. */
static bool split_leaf(struct ots_memory_tree *tree, struct ots_memory_node *parent, size_t index,
		       struct ots_bytes key)
{
	struct ots_memory_node *left = parent->children[index];
	const struct ots_bytes greatest = ots_memory_key(left->keys[left->count - 1]);
	const bool append = left->next == NULL && ots_key_compare(greatest, key) < 0;
	const size_t at = append ? left->count : left->count / 2;
	const struct ots_bytes low = ots_memory_key(left->keys[at - 1]);
	const struct ots_bytes high = append ? key : ots_memory_key(left->keys[at]);
	/* As short as tells the two apart. */
	const size_t len = ots_memory_common_bytes(low, high, SIZE_MAX) + 1;
	struct ots_memory_record *separator =
		ots_memory_separator_new(tree, (struct ots_bytes){high.at, len});
	struct ots_memory_node *right = separator != NULL ? ots_memory_node_new(tree, false) : NULL;

	if (right == NULL) {
		if (separator != NULL)
			ots_memory_separator_free(tree, separator);
		return false;
	}
	ots_memory_node_move_keys(left, at, right);
	ots_memory_node_raise_skip(left);
	if (append)
		right->skip = left->skip; /* those that follow are mostly like these */
	else
		ots_memory_node_raise_skip(right);
	right->previous = left;
	right->next = left->next;
	left->next = right;
	if (right->next != NULL)
		right->next->previous = right;
	else
		tree->last = right;
	ots_memory_node_place_child(parent, index, separator, right);
	return true;
}

/* The middle separator goes up; or the last one, where keys ascend. */
static bool split_inner(struct ots_memory_tree *tree, struct ots_memory_node *parent, size_t index,
			struct ots_bytes key)
{
	struct ots_memory_node *left = parent->children[index];
	const bool append =
		index == parent->count && ots_memory_node_child_index(left, key) == left->count;
	const size_t at = append ? (size_t)left->count - 1 : left->count / 2;
	struct ots_memory_record *separator = left->keys[at];
	struct ots_memory_node *right = ots_memory_node_new(tree, true);

	if (right == NULL)
		return false;
	memcpy(right->children, &left->children[at + 1],
	       (left->count - at) * sizeof(struct ots_memory_node *));
	ots_memory_node_move_keys(left, at + 1, right);
	left->count--;
	ots_memory_node_raise_skip(left);
	ots_memory_node_raise_skip(right);
	ots_memory_node_place_child(parent, index, separator, right);
	return true;
}

static bool raise_root(struct ots_memory_tree *tree)
{
	struct ots_memory_node *root = ots_memory_node_new(tree, true);

	if (root == NULL)
		return false;
	root->children[0] = tree->root;
	tree->root = root;
	return true;
}

/* On the way down whatever is full is split, so that each split finds room above it. */
static struct ots_memory_node *leaf_with_room(struct ots_memory_tree *tree, struct ots_bytes key)
{
	struct ots_memory_node *node;

	if (tree->root->count == OTS_MEMORY_NODE_KEYS && !raise_root(tree))
		return NULL;
	node = tree->root;
	while (node->inner) { /* ends: a level down each turn */
		const size_t index = ots_memory_node_child_index(node, key);
		struct ots_memory_node *child = node->children[index];

		if (child->count == OTS_MEMORY_NODE_KEYS) {
			if (!(child->inner ? split_inner(tree, node, index, key)
					   : split_leaf(tree, node, index, key)))
				return NULL;
			child = node->children[ots_memory_node_child_index(node, key)];
		}
		node = child;
	}
	return node;
}

/* Where the key is or belongs. Behind all keys, which rows in ascending order always are, it takes
 * one comparison. */
static struct ots_memory_place place_of(const struct ots_memory_tree *tree, struct ots_bytes key,
					bool *found)
{
	struct ots_memory_place place = {tree->last, tree->last->count};

	*found = false;
	if (place.at > 0 &&
	    ots_key_compare(ots_memory_key(place.leaf->keys[place.at - 1]), key) < 0)
		return place;
	place.leaf = leaf_of(tree, key);
	assert(place.leaf != NULL); /* a tree with a root has leaves */
	place.at = ots_memory_node_lower_bound(place.leaf, key, found);
	return place;
}

struct ots_memory_record **ots_memory_tree_find(const struct ots_memory_tree *tree,
						struct ots_bytes key)
{
	struct ots_memory_place place;
	bool found;

	if (tree->root == NULL)
		return NULL;
	place = place_of(tree, key, &found);
	return found ? &place.leaf->keys[place.at] : NULL;
}

bool ots_memory_tree_put(struct ots_memory_tree *tree, struct ots_memory_record *record,
			 struct ots_memory_record **old)
{
	const struct ots_bytes key = ots_memory_key(record);
	struct ots_memory_place place;
	bool found;

	*old = NULL;
	if (tree->root == NULL) {
		tree->root = tree->last = ots_memory_node_new(tree, false);
		if (tree->root == NULL)
			return false;
	}
	place = place_of(tree, key, &found);
	if (found) {
		*old = place.leaf->keys[place.at];
		place.leaf->keys[place.at] = record;
		return true;
	}
	if (place.leaf->count == OTS_MEMORY_NODE_KEYS) {
		place.leaf = leaf_with_room(tree, key);
		if (place.leaf == NULL)
			return false;
		place.at = ots_memory_node_lower_bound(place.leaf, key, &found);
	}
	ots_memory_node_place_key(place.leaf, place.at, record);
	return true;
}

/* @return whether the node has no child any more */
static bool cut_child(struct ots_memory_tree *tree, struct ots_memory_node *node, size_t at)
{
	if (node->count == 0)
		return true;
	memmove(&node->children[at], &node->children[at + 1],
		(node->count - at) * sizeof(struct ots_memory_node *));
	ots_memory_separator_free(tree, node->keys[at > 0 ? at - 1 : 0]);
	ots_memory_node_cut_key(node, at > 0 ? at - 1 : 0);
	return false;
}

static void unlink_leaf(struct ots_memory_tree *tree, struct ots_memory_node *leaf)
{
	if (leaf->previous != NULL)
		leaf->previous->next = leaf->next;
	if (leaf->next != NULL)
		leaf->next->previous = leaf->previous;
	else
		tree->last = leaf->previous;
}

void ots_memory_tree_erase(struct ots_memory_tree *tree, struct ots_bytes key)
{
	struct ots_memory_node *path[HEIGHT_MAX];
	size_t places[HEIGHT_MAX], depth = 0;
	struct ots_memory_node *node = tree->root;
	bool found, empty;

	while (node->inner) { /* ends: a level down each turn */
		assert(depth < HEIGHT_MAX);
		path[depth] = node;
		places[depth] = ots_memory_node_child_index(node, key);
		node = node->children[places[depth++]];
	}
	ots_memory_node_cut_key(node, ots_memory_node_lower_bound(node, key, &found));
	if (node->count > 0)
		return;
	unlink_leaf(tree, node);
	ots_memory_node_free(tree, node);
	for (empty = true; empty && depth > 0;) { /* ends: a level up each turn */
		depth--;
		empty = cut_child(tree, path[depth], places[depth]);
		if (empty)
			ots_memory_node_free(tree, path[depth]);
	}
	if (empty)
		tree->root = NULL;
	while (!empty && tree->root->inner && tree->root->count == 0) { /* ends: as above */
		node = tree->root;
		tree->root = node->children[0];
		ots_memory_node_free(tree, node);
	}
}

void ots_memory_tree_clear(struct ots_memory_tree *tree,
			   void (*release)(void *arg, struct ots_memory_record *record), void *arg)
{
	struct ots_memory_node *path[HEIGHT_MAX] = {tree->root};
	size_t left[HEIGHT_MAX] = {0}; /* children still to free */
	size_t depth = tree->root != NULL;

	if (depth > 0)
		left[0] = tree->root->inner ? (size_t)tree->root->count + 1 : 0;
	while (depth > 0) { /* ends: each turn frees a node or goes down to one not yet freed */
		struct ots_memory_node *node = path[depth - 1];

		if (left[depth - 1] > 0) {
			struct ots_memory_node *child = node->children[--left[depth - 1]];

			assert(depth < HEIGHT_MAX);
			path[depth] = child;
			left[depth++] = child->inner ? (size_t)child->count + 1 : 0;
			continue;
		}
		for (size_t i = 0; i < node->count; i++)
			if (node->inner)
				ots_memory_separator_free(tree, node->keys[i]);
			else
				release(arg, node->keys[i]);
		ots_memory_node_free(tree, node);
		depth--;
	}
	tree->root = tree->last = NULL;
}

#include "memory_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

#define CAPACITY 62 /* a leaf fills sixteen cache lines */
/* A level more takes a node of 62 children, which takes thousands of inserts a level below: no
 * memory holds a tree of this height. */
#define HEIGHT_MAX 16

/* In a leaf keys[i] is a record. In an inner node it is a separator, a record without a row that
 * the node owns: children[i] holds what is below keys[i], children[i + 1] what is not. */
struct ots_memory_node {
	uint16_t count; /* of keys */
	bool inner;
	uint32_t skip;                /* all keys agree in that many bytes */
	struct ots_memory_node *next; /* of leaves only */
	struct ots_memory_node *previous;
	uint64_t heads[CAPACITY]; /* the eight bytes behind skip, big-endian, 0 behind the end */
	struct ots_memory_record *keys[CAPACITY];
	struct ots_memory_node *children[]; /* CAPACITY + 1 of an inner node, none of a leaf */
};

static size_t node_bytes(bool inner)
{
	return sizeof(struct ots_memory_node) +
	       (inner ? (CAPACITY + 1) * sizeof(struct ots_memory_node *) : 0);
}

static struct ots_memory_node *new_node(struct ots_memory_tree *tree, bool inner)
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

static void free_node(struct ots_memory_tree *tree, struct ots_memory_node *node)
{
	*tree->used_bytes -= node_bytes(node->inner);
	free(node);
}

static struct ots_memory_record *new_separator(struct ots_memory_tree *tree, struct ots_bytes key)
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

static void free_separator(struct ots_memory_tree *tree, struct ots_memory_record *record)
{
	*tree->used_bytes -= sizeof *record + record->key_len;
	free(record);
}

static size_t common_bytes(struct ots_bytes a, struct ots_bytes b, size_t most)
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
static void raise_skip(struct ots_memory_node *node)
{
	if (node->count > 0)
		set_skip(node, common_bytes(ots_memory_key(node->keys[0]),
					    ots_memory_key(node->keys[node->count - 1]), SIZE_MAX));
}

/* The first of the node's keys that is not below. */
static size_t lower_bound(const struct ots_memory_node *node, struct ots_bytes key, bool *found)
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

static size_t child_index(const struct ots_memory_node *node, struct ots_bytes key)
{
	bool found;
	const size_t at = lower_bound(node, key, &found);

	return at + found;
}

static struct ots_memory_node *leaf_of(const struct ots_memory_tree *tree, struct ots_bytes key)
{
	struct ots_memory_node *node = tree->root;

	while (node != NULL && node->inner) /* ends: a level down each turn */
		node = node->children[child_index(node, key)];
	return node;
}

struct ots_memory_place ots_memory_tree_seek(const struct ots_memory_tree *tree,
					     struct ots_bytes key, bool *found)
{
	struct ots_memory_place place = {leaf_of(tree, key), 0};

	*found = false;
	if (place.leaf == NULL)
		return place;
	place.at = lower_bound(place.leaf, key, found);
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
	place.at = lower_bound(place.leaf, key, &found);
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

static void place_key(struct ots_memory_node *node, size_t at, struct ots_memory_record *record)
{
	const struct ots_bytes key = ots_memory_key(record);
	const size_t behind = node->count - at;

	assert(node->count < CAPACITY);
	if (node->count > 0)
		set_skip(node, common_bytes(key, ots_memory_key(node->keys[0]), node->skip));
	else if (node->skip > key.len)
		node->skip = key.len <= UINT32_MAX ? (uint32_t)key.len : 0;
	memmove(&node->heads[at + 1], &node->heads[at], behind * sizeof node->heads[0]);
	memmove(&node->keys[at + 1], &node->keys[at], behind * sizeof node->keys[0]);
	node->heads[at] = head_of(key, node->skip);
	node->keys[at] = record;
	node->count++;
}

static void place_child(struct ots_memory_node *parent, size_t at,
			struct ots_memory_record *separator, struct ots_memory_node *right)
{
	memmove(&parent->children[at + 2], &parent->children[at + 1],
		(parent->count - at) * sizeof(struct ots_memory_node *));
	parent->children[at + 1] = right;
	place_key(parent, at, separator);
}

static void move_keys(struct ots_memory_node *from, size_t at, struct ots_memory_node *to)
{
	const size_t count = from->count - at;

	to->skip = from->skip;
	to->count = (uint16_t)count;
	memcpy(to->heads, &from->heads[at], count * sizeof to->heads[0]);
	memcpy(to->keys, &from->keys[at], count * sizeof to->keys[0]);
	from->count = (uint16_t)at;
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
	const size_t len = common_bytes(low, high, SIZE_MAX) + 1;
	struct ots_memory_record *separator = new_separator(tree, (struct ots_bytes){high.at, len});
	struct ots_memory_node *right = separator != NULL ? new_node(tree, false) : NULL;

	if (right == NULL) {
		if (separator != NULL)
			free_separator(tree, separator);
		return false;
	}
	move_keys(left, at, right);
	raise_skip(left);
	if (append)
		right->skip = left->skip; /* those that follow are mostly like these */
	else
		raise_skip(right);
	right->previous = left;
	right->next = left->next;
	left->next = right;
	if (right->next != NULL)
		right->next->previous = right;
	else
		tree->last = right;
	place_child(parent, index, separator, right);
	return true;
}

/* The middle separator goes up; or the last one, where keys ascend. */
static bool split_inner(struct ots_memory_tree *tree, struct ots_memory_node *parent, size_t index,
			struct ots_bytes key)
{
	struct ots_memory_node *left = parent->children[index];
	const bool append = index == parent->count && child_index(left, key) == left->count;
	const size_t at = append ? (size_t)left->count - 1 : left->count / 2;
	struct ots_memory_record *separator = left->keys[at];
	struct ots_memory_node *right = new_node(tree, true);

	if (right == NULL)
		return false;
	memcpy(right->children, &left->children[at + 1],
	       (left->count - at) * sizeof(struct ots_memory_node *));
	move_keys(left, at + 1, right);
	left->count--;
	raise_skip(left);
	raise_skip(right);
	place_child(parent, index, separator, right);
	return true;
}

static bool raise_root(struct ots_memory_tree *tree)
{
	struct ots_memory_node *root = new_node(tree, true);

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

	if (tree->root->count == CAPACITY && !raise_root(tree))
		return NULL;
	node = tree->root;
	while (node->inner) { /* ends: a level down each turn */
		const size_t index = child_index(node, key);
		struct ots_memory_node *child = node->children[index];

		if (child->count == CAPACITY) {
			if (!(child->inner ? split_inner(tree, node, index, key)
					   : split_leaf(tree, node, index, key)))
				return NULL;
			child = node->children[child_index(node, key)];
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
	place.at = lower_bound(place.leaf, key, found);
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
		tree->root = tree->last = new_node(tree, false);
		if (tree->root == NULL)
			return false;
	}
	place = place_of(tree, key, &found);
	if (found) {
		*old = place.leaf->keys[place.at];
		place.leaf->keys[place.at] = record;
		return true;
	}
	if (place.leaf->count == CAPACITY) {
		place.leaf = leaf_with_room(tree, key);
		if (place.leaf == NULL)
			return false;
		place.at = lower_bound(place.leaf, key, &found);
	}
	place_key(place.leaf, place.at, record);
	return true;
}

static void cut_key(struct ots_memory_node *node, size_t at)
{
	const size_t behind = node->count - at - 1;

	memmove(&node->heads[at], &node->heads[at + 1], behind * sizeof node->heads[0]);
	memmove(&node->keys[at], &node->keys[at + 1], behind * sizeof node->keys[0]);
	node->count--;
}

/* @return whether the node has no child any more */
static bool cut_child(struct ots_memory_tree *tree, struct ots_memory_node *node, size_t at)
{
	if (node->count == 0)
		return true;
	memmove(&node->children[at], &node->children[at + 1],
		(node->count - at) * sizeof(struct ots_memory_node *));
	free_separator(tree, node->keys[at > 0 ? at - 1 : 0]);
	cut_key(node, at > 0 ? at - 1 : 0);
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
		places[depth] = child_index(node, key);
		node = node->children[places[depth++]];
	}
	cut_key(node, lower_bound(node, key, &found));
	if (node->count > 0)
		return;
	unlink_leaf(tree, node);
	free_node(tree, node);
	for (empty = true; empty && depth > 0;) { /* ends: a level up each turn */
		depth--;
		empty = cut_child(tree, path[depth], places[depth]);
		if (empty)
			free_node(tree, path[depth]);
	}
	if (empty)
		tree->root = NULL;
	while (!empty && tree->root->inner && tree->root->count == 0) { /* ends: as above */
		node = tree->root;
		tree->root = node->children[0];
		free_node(tree, node);
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
				free_separator(tree, node->keys[i]);
			else
				release(arg, node->keys[i]);
		free_node(tree, node);
		depth--;
	}
	tree->root = tree->last = NULL;
}

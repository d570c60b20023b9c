/* An ordered map of byte strings: a B+tree of pointers to records that others own.
 * A node keeps, beside each pointer, the eight bytes of its key that follow what all keys of the
 * node begin with, as one number: most comparisons touch the node alone. Keys in ascending order
 * fill leaves to the brim; deletes free what becomes empty and join nothing, so scattered deletes
 * may leave leaves of few rows. Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_MEMORY_TREE_H
#define OTSFS_SERVICE_MEMORY_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/* Limits outside keep a key and a row far below 4 GB each. */
struct ots_memory_record {
	uint32_t key_len;
	uint32_t row_len;
	bool gone; /* deleted by a change that is not yet committed */
	uint8_t bytes[];
};

static inline struct ots_bytes ots_memory_key(const struct ots_memory_record *record)
{
	return (struct ots_bytes){record->bytes, record->key_len};
}

static inline struct ots_bytes ots_memory_row(const struct ots_memory_record *record)
{
	return (struct ots_bytes){record->bytes + record->key_len, record->row_len};
}

struct ots_memory_node;

struct ots_memory_tree {
	struct ots_memory_node *root; /* NULL while nothing was put */
	struct ots_memory_node *last; /* the leaf of the greatest keys */
	size_t *used_bytes;           /* the account that nodes are counted in; borrowed */
};

/* A place in the tree; good until the tree changes. */
struct ots_memory_place {
	struct ots_memory_node *leaf; /* NULL: before the first or behind the last */
	size_t at;
};

/* The first place whose key is not below the key. */
struct ots_memory_place ots_memory_tree_seek(const struct ots_memory_tree *tree,
					     struct ots_bytes key, bool *found);
/* The last place whose key is not above the key. */
struct ots_memory_place ots_memory_tree_seek_back(const struct ots_memory_tree *tree,
						  struct ots_bytes key);
/* NULL at either end. */
struct ots_memory_record *ots_memory_tree_at(struct ots_memory_place place);
void ots_memory_tree_next(struct ots_memory_place *place);
void ots_memory_tree_previous(struct ots_memory_place *place);

/* The pointer to the record of that key, so that another of the same key can take its place. NULL
 * without one. */
struct ots_memory_record **ots_memory_tree_find(const struct ots_memory_tree *tree,
						struct ots_bytes key);

/* Add a record, or put it in place of *old, the one of the same key, which is the caller's again;
 * NULL: there was none. @return false without memory; the map is as it was then */
bool ots_memory_tree_put(struct ots_memory_tree *tree, struct ots_memory_record *record,
			 struct ots_memory_record **old);

/* Take out the record of a key that is there; it is the caller's again. Needs no memory. */
void ots_memory_tree_erase(struct ots_memory_tree *tree, struct ots_bytes key);

/* Free all nodes, and the records by @p release. */
void ots_memory_tree_clear(struct ots_memory_tree *tree,
			   void (*release)(void *arg, struct ots_memory_record *record), void *arg);

#endif

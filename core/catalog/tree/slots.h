/* A hash map from something to the 32-bit index of an item that somebody else holds: four bytes a
 * slot, at most three quarters full. */
#ifndef CORE_CATALOG_SLOTS_H
#define CORE_CATALOG_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ots_slots {
	uint32_t *slots; /* index + 1; 0: free */
	size_t capacity; /* a power of two, or 0 */
	size_t used;
};

/* Hash of an item that is in the map. */
typedef uint64_t ots_slots_hash_fn(const void *owner, uint32_t index);
typedef bool ots_slots_equal_fn(const void *owner, uint32_t index, const void *probe);

void ots_slots_release(struct ots_slots *map);

/* The slot of the item equal to @p probe: change it in place. @return NULL when there is none */
uint32_t *ots_slots_find(const struct ots_slots *map, uint64_t hash, ots_slots_equal_fn *equal,
			 const void *owner, const void *probe);

/* Make room for one more, so that the next ots_slots_add() cannot fail. @return false without
 * memory */
bool ots_slots_reserve(struct ots_slots *map, ots_slots_hash_fn *hash_of, const void *owner);

/* Add an item that is not in the map. */
void ots_slots_add(struct ots_slots *map, uint64_t hash, uint32_t index);

#endif

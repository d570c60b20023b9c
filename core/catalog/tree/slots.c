#include "slots.h"

#include <assert.h>
#include <stdlib.h>

#include <otsfs/base/checked.h>

#define CAPACITY_MIN 64

void ots_slots_release(struct ots_slots *map)
{
	free(map->slots);
	*map = (struct ots_slots){0};
}

uint32_t *ots_slots_find(const struct ots_slots *map, uint64_t hash, ots_slots_equal_fn *equal,
			 const void *owner, const void *probe)
{
	if (map->capacity == 0)
		return NULL;
	for (size_t at = (size_t)hash & (map->capacity - 1);; /* ends: a quarter is free */
	     at = (at + 1) & (map->capacity - 1)) {
		if (map->slots[at] == 0)
			return NULL;
		if (equal(owner, map->slots[at] - 1, probe))
			return &map->slots[at];
	}
}

bool ots_slots_reserve(struct ots_slots *map, ots_slots_hash_fn *hash_of, const void *owner)
{
	struct ots_slots larger = {.capacity = CAPACITY_MIN};

	if ((map->used + 1) <= map->capacity / 4 * 3)
		return true;
	if (map->capacity > 0 && !ots_size_mul(map->capacity, 2, &larger.capacity))
		return false;
	larger.slots = calloc(larger.capacity, sizeof *larger.slots);
	if (larger.slots == NULL)
		return false;
	for (size_t i = 0; i < map->capacity; i++) {
		if (map->slots[i] != 0)
			ots_slots_add(&larger, hash_of(owner, map->slots[i] - 1),
				      map->slots[i] - 1);
	}
	free(map->slots);
	*map = larger;
	return true;
}

void ots_slots_add(struct ots_slots *map, uint64_t hash, uint32_t index)
{
	size_t at = (size_t)hash & (map->capacity - 1);

	assert(map->used < map->capacity);
	while (map->slots[at] != 0) /* ends: a slot is free */
		at = (at + 1) & (map->capacity - 1);
	map->slots[at] = index + 1;
	map->used++;
}

#include "number_map.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_AT_FIRST 64

struct number_slot {
	uint64_t number; /* 0: free */
	uint64_t value;
};

/* Numbers are counters below a few form bits: spread them over the table (Fibonacci hashing). */
static size_t slot_of(const struct number_map *map, uint64_t number)
{
	return (size_t)((number * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (map->slot_count - 1);
}

/* The number's slot, or the free one where it would go. Ends: a quarter of the slots is free. */
static size_t find(const struct number_map *map, uint64_t number)
{
	size_t at = slot_of(map, number);

	while (map->slots[at].number != 0 && map->slots[at].number != number)
		at = (at + 1) & (map->slot_count - 1);
	return at;
}

static bool grow(struct number_map *map)
{
	struct number_map larger = {
		.slot_count = map->slot_count == 0 ? SLOTS_AT_FIRST : map->slot_count * 2,
		.used = map->used,
	};

	larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
	if (larger.slots == NULL)
		return false;
	for (size_t i = 0; i < map->slot_count; i++) {
		if (map->slots[i].number != 0)
			larger.slots[find(&larger, map->slots[i].number)] = map->slots[i];
	}
	free(map->slots);
	*map = larger;
	return true;
}

void ots_number_map_release(struct number_map *map)
{
	free(map->slots);
	*map = (struct number_map){0};
}

bool ots_number_map_put(struct number_map *map, uint64_t number, uint64_t value)
{
	size_t at;

	assert(number != 0);
	if (map->used >= map->slot_count / 4 * 3 && !grow(map))
		return false;
	at = find(map, number);
	if (map->slots[at].number == 0)
		map->used++;
	map->slots[at] = (struct number_slot){number, value};
	return true;
}

bool ots_number_map_get(const struct number_map *map, uint64_t number, uint64_t *value)
{
	size_t at;

	if (map->slot_count == 0)
		return false;
	at = find(map, number);
	*value = map->slots[at].value;
	return map->slots[at].number != 0;
}

void ots_number_map_remove(struct number_map *map, uint64_t number)
{
	size_t hole, at;

	if (map->slot_count == 0)
		return;
	hole = find(map, number);
	if (map->slots[hole].number == 0)
		return;
	map->used--;
	/* Close the gap, so that no tombstones pile up: whatever follows and may stand in the hole
	 * moves there. Ends at the next free slot. */
	for (at = (hole + 1) & (map->slot_count - 1); map->slots[at].number != 0;
	     at = (at + 1) & (map->slot_count - 1)) {
		const size_t home = slot_of(map, map->slots[at].number);
		const size_t mask = map->slot_count - 1;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			map->slots[hole] = map->slots[at];
			hole = at;
		}
	}
	map->slots[hole] = (struct number_slot){0, 0};
}

void ots_number_map_each(const struct number_map *map,
			 void (*fn)(void *arg, uint64_t number, uint64_t value), void *arg)
{
	for (size_t i = 0; i < map->slot_count; i++) {
		if (map->slots[i].number != 0)
			fn(arg, map->slots[i].number, map->slots[i].value);
	}
}

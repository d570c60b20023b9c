/** @file number_map.h
 *  A table from node numbers to one 64-bit value each: open addressing, 16 bytes a slot.
 *  Threads: the caller serialises. */
#ifndef OTSFS_FS_NUMBER_MAP_H
#define OTSFS_FS_NUMBER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Start with zeroes. A number is never 0. */
struct number_map {
	struct number_slot *slots;
	size_t slot_count, used;
};

void ots_number_map_release(struct number_map *map);

/** @return false without memory; nothing has changed then */
bool ots_number_map_put(struct number_map *map, uint64_t number, uint64_t value);
/** @return false: not there */
bool ots_number_map_get(const struct number_map *map, uint64_t number, uint64_t *value);
void ots_number_map_remove(struct number_map *map, uint64_t number);

/** Every number once, in no order. @p fn must not touch the map. */
void ots_number_map_each(const struct number_map *map,
			 void (*fn)(void *arg, uint64_t number, uint64_t value), void *arg);

#endif

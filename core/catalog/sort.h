/* The children of one folder brought into the order of their names, no two alike. */
#ifndef CORE_CATALOG_SORT_H
#define CORE_CATALOG_SORT_H

#include "snapshot.h"

/* Memory that sorting uses again for the next folder; zeroed at first. */
struct ots_sorter {
	struct ots_arena names;
	struct ots_sorted {
		const char *name;
		uint32_t ref;
		uint16_t len;
		uint16_t round; /* how often the name collided */
	} * entries;
	size_t capacity;
	size_t rename_capacity; /* of the snapshot's renames */
};

void ots_sorter_release(struct ots_sorter *sorter);

/* @return false without memory */
bool ots_sort_folder(struct ots_sorter *sorter, struct ots_snapshot *snapshot, uint32_t folder);

#endif

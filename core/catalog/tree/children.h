/* The children of one folder in the order of their names, no two alike. Immutable; held by a count,
 * so that who reads it needs no lock: it points at names of the index, which never change.
 *
 * A child is a 32-bit reference and its name is worked out when asked for: keys are mostly safe
 * names already, and a lookup compares about seventeen of a hundred thousand. */
#ifndef CORE_CATALOG_CHILDREN_H
#define CORE_CATALOG_CHILDREN_H

#include <stdatomic.h>

#include <otsfs/catalog/names.h>

#include "index.h"

struct ots_rename {
	uint32_t ref;
	uint16_t len;
	const char *name;
};

struct ots_children {
	atomic_uint users;
	uint32_t folder;
	uint32_t last_time; /* the newest folder of time among them, or OTS_FOLDER_NONE */
	struct ots_rename *renames;
	size_t rename_count;
	struct ots_arena names; /* of renames */
	uint32_t count;
	uint32_t refs[];
};

/* @param refs  in any order, each once
 * @return NULL without memory; else for ots_children_drop() */
struct ots_children *ots_children_new(const struct ots_index *index, uint32_t folder,
				      const uint32_t *refs, uint32_t count);
struct ots_children *ots_children_hold(struct ots_children *children);
/* NULL does nothing. */
void ots_children_drop(struct ots_children *children);

/* The number of a child. */
uint64_t ots_child_number(const struct ots_children *children, const struct ots_index *index,
			  uint32_t at);

/* The shown name of a child. @return its length */
size_t ots_child_shown(const struct ots_children *children, const struct ots_index *index,
		       uint32_t at, char out[OTS_FILE_NAME_MAX_BYTES + 1]);

/* @return false when there is no such child */
bool ots_children_find(const struct ots_children *children, const struct ots_index *index,
		       struct ots_bytes name, uint64_t *number);

#endif

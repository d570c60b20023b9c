/* The names that children of folders show. */
#ifndef CORE_CATALOG_CHILD_NAME_H
#define CORE_CATALOG_CHILD_NAME_H

#include <otsfs/catalog/names.h>

#include "index.h"

/* The name of a child of @p folder: a file or folder reference. @p round is 0; each time the name
 * collides with another of the folder it is one more and gives another name.
 * @return its length; 0 when there is none (SHA-256 is switched off) */
size_t ots_child_name(const struct ots_index *index, uint32_t folder, uint32_t ref, unsigned round,
		      char out[OTS_FILE_NAME_MAX_BYTES + 1]);

#endif

/* What a listing has found becomes part of the tree.
 * Threads: under the catalog's lock. */
#ifndef CORE_CATALOG_TAKE_H
#define CORE_CATALOG_TAKE_H

#include "tree.h"

/* One folder of the source: from now on it has these folders and rows and no others. A folder that
 * is not present itself by now is passed over. Sets tree->mixed where a path turns out to have told
 * another place.
 * @param folders, rows  the order of keys; a repeated one counts once
 * @return false without memory: some of it may be missing until the next listing */
bool ots_take_folder(struct ots_tree *tree, uint32_t folder, const uint32_t *folders,
		     uint32_t folder_count, const uint32_t *rows, uint32_t row_count);

/* The whole source: every row there is. */
bool ots_take_all(struct ots_tree *tree, const uint32_t *rows, uint32_t row_count);

#endif

/* Where the layout puts what a listing finds.
 * Threads: under the catalog's lock. */
#ifndef CORE_CATALOG_PLACE_H
#define CORE_CATALOG_PLACE_H

#include "tree.h"

/* The row for an entry: the one it has, or a new one, placed by the layout.
 * @return OTS_ROW_NONE without memory */
uint32_t ots_place_row(struct ots_tree *tree, const struct ots_catalog_options *options,
		       uint32_t raw_folder, struct ots_bytes name, const struct ots_entry *entry);

/* Fill what the path of a folder below raw/ tells: placed, outside and the folders of its dir. Once
 * is enough. @return false without memory */
bool ots_place_path(struct ots_tree *tree, const struct ots_catalog_options *options,
		    uint32_t raw_folder);

/* Whether a folder below tables/ or by-time/ is another or below it. */
bool ots_place_is_below(const struct ots_tree *tree, uint32_t folder, uint32_t above);

#endif

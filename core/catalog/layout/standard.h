/* The default set of layouts: what is recognised without options (docs/formats/layouts.md). */
#ifndef CORE_CATALOG_STANDARD_H
#define CORE_CATALOG_STANDARD_H

#include <otsfs/catalog/layout.h>

#include "zone.h"

/* @return false for what is no data: folder markers, work in progress of DataX. placement->table is
 * left empty; *table_end is where its folder must end (the byte behind the '/'). */
bool ots_standard_match(const struct ots_zone *zone, struct ots_bytes key,
			struct ots_placement *placement, size_t *table_end);

/* What a path that ends in '/' tells (layout.h). A year alone is taken for one here: if it is none,
 * the keys will say so. */
enum ots_path_tells ots_standard_path(const struct ots_zone *zone, struct ots_bytes path,
				      struct ots_placement *placement, size_t *table_end);

#endif

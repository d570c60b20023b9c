/* Moments of a placement: from labels of folders, from numbers in names. */
#ifndef CORE_CATALOG_MOMENT_H
#define CORE_CATALOG_MOMENT_H

#include <otsfs/catalog/layout.h>

#include "zone.h"

/* The decimal number that the text is, all of it. @return false: empty, other bytes, too large */
bool ots_digits(struct ots_bytes text, int64_t *out);

/* Take the labels of the first @p depth levels as the path's time.
 * @return false when there is no such date */
bool ots_moment_from_labels(const struct ots_zone *zone, struct ots_placement *placement);

/* Take a moment in a name; labels become its UTC hour unless the path gave some.
 * @return false when it lies beyond the year 9999 */
bool ots_moment_from_name(int64_t us, struct ots_placement *placement);

/* Labels of the UTC hour of a moment (clamped to the years 0 to 9999). */
void ots_moment_hour_labels(int64_t us, char labels[OTS_TIME_PARTS_MAX][8]);

#endif

/** @file layout.h
 *  Which object is which table at which time: templates over keys with
 *  `$table $yyyy $MM $dd $HH $mm $ms $*` (product.md section 3).
 *  Threads: immutable after creation. */
#ifndef OTSFS_CATALOG_LAYOUT_H
#define OTSFS_CATALOG_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

struct ots_layout;

struct ots_layout_options {
	const char *const *templates; /**< in order of preference; none: the default set */
	size_t template_count;
	const char *timezone; /**< NULL or "UTC"; `±HH:MM`; or a name of the zone database: the zone
				   that the times in keys are in */
	const char *source_table; /**< table of keys that name none: the last part of the source */
};

/** @return OTS_OK, OTS_USAGE (a template or zone that makes no sense, quoted), OTS_NO_MEMORY */
enum ots_status ots_layout_new(const struct ots_layout_options *options, struct ots_layout **out,
			       struct ots_error *err) OTS_MUST_USE;
void ots_layout_free(struct ots_layout *layout);

#define OTS_TIME_PARTS_MAX 5 /**< year, month, day, hour, minute */

struct ots_placement {
	struct ots_bytes table; /**< borrowed from the key or the layout */
	unsigned depth;         /**< folders of time: 1 (year) to 5; 0: none in path or name */
	char labels[OTS_TIME_PARTS_MAX][8]; /**< "2026", "11", "21", "02": as the keys are labelled,
						 or UTC where the time is from the name */
	bool has_name_time, has_path_time;
	int64_t name_us; /**< moment in the name ($ms), UTC */
	int64_t path_us; /**< first instant of the path's time, in UTC */
};

/** @return false: no template fits (the object is under raw/ only) */
bool ots_layout_place(const struct ots_layout *layout, struct ots_bytes key,
		      struct ots_placement *placement);

#endif

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

enum ots_path_tells {
	OTS_PATH_OUTSIDE, /**< no key below it fits */
	OTS_PATH_OPEN,    /**< nothing yet: keys below it say */
	OTS_PATH_PLACED   /**< table, and at least the year; keys below it may have deeper times */
};

/** What the path of a folder tells of all keys below it, before they are known.
 *  It is a promise of the layouts that people have, not a proof: a deeper run of time folders below
 *  would count instead (docs/formats/layouts.md), so whoever relies on it compares it with the keys
 *  when they come.
 *  @param path       ends in '/'; empty: the whole source
 *  @param placement  table, depth, labels and path_us when OTS_PATH_PLACED is returned */
enum ots_path_tells ots_layout_path(const struct ots_layout *layout, struct ots_bytes path,
				    struct ots_placement *placement);

#endif

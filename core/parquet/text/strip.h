/** @file strip.h
 *  One leaf on its way into text: its column, how its values are printed, and its dictionary's
 *  entries printed once.
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_PARQUET_TEXT_STRIP_H
#define OTSFS_CORE_PARQUET_TEXT_STRIP_H

#include "../column/column.h"
#include "../cell/cell.h"

/** A dictionary whose text would take more is printed value by value. */
#define RENDERED_MAX_BYTES ((size_t)8 * 1024 * 1024)

/** How the window at hand is printed: a cell_kind, or this. */
#define LANE_RENDERED (CELL_NULL + 1)
/** As LANE_RENDERED, but short texts, each in a slot of its own: one place in memory to look at. */
#define LANE_SLOTS (CELL_NULL + 2)

/** The last byte of a slot is the length of the text at its front. */
#define SLOT_BYTES ((size_t)32)
#define SLOT_TEXT_MAX (SLOT_BYTES - 1)

struct strip {
	struct column column;
	struct cell cell;
	int lane;
	uint8_t max_def;
	bool is_flat;
	/* The dictionary's text. */
	const struct ots_bytes *texts; /* by index; readable for PAGE_SLACK_BYTES behind the end */
	uint64_t texts_generation;     /* 0: of none */
	bool texts_fit;
	const uint8_t *slots; /* instead of texts; NULL: a text is too long */
	struct room text_room, texts_room, slot_room;
	struct room gathered; /* values of a dictionary that is not rendered */
};

/** The next window, ready to be printed. As column_fill(). */
enum ots_status strip_fill(struct strip *strip, struct ots_error *err) OTS_MUST_USE;
/** Pass @p rows rows from the chunk's beginning; a window that is left is ready. As column_skip().
 */
enum ots_status strip_skip(struct strip *strip, uint64_t rows, struct ots_error *err) OTS_MUST_USE;
void strip_release(struct strip *strip);

/** Entries that can be printed without filling. */
static inline uint32_t strip_left(const struct strip *strip)
{
	return strip->column.window.count - strip->column.window.at;
}

#endif

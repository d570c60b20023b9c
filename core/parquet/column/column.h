/** @file column.h
 *  One leaf of one row group, read front to back: pages in, windows of entries out. An entry is a
 *  value or a null, with its levels where the leaf is nested.
 *  Source: parquet-format, sections 1.6, 3 and 4.9.
 *  Threads: the caller serialises; blocks on I/O and decompression. */
#ifndef OTSFS_CORE_PARQUET_COLUMN_COLUMN_H
#define OTSFS_CORE_PARQUET_COLUMN_COLUMN_H

#include <otsfs/codec/decompress.h>

#include "../encoding/levels.h"
#include "../meta/page_header.h"
#include "stream.h"
#include "values.h"

/** Entries decoded and not yet consumed. */
struct window {
	uint32_t count, at;      /* entries; the next one */
	uint32_t value_at;       /* the next value */
	const uint8_t *defs;     /* a level each; NULL: every entry has a value */
	const uint8_t *reps;     /* a level each; NULL: all are 0 */
	struct value_run values; /* of those entries that have one */
};

/** Values that indices stand for. */
struct dictionary {
	bool is_there;
	uint32_t count;
	uint64_t generation; /* another number for each dictionary a column ever had */
	const uint8_t *fixed;
	const struct ots_bytes *bytes;
	struct room page, places, spare;
};

struct column {
	const struct schema_node *leaf;
	const struct chunk_meta *chunk;
	struct ots_decompressor *decompressor; /* borrowed, shared by a reader's columns */
	struct room *payload;                  /* borrowed: compressed bytes of the page at hand */
	struct account *account;
	struct quirks quirks;
	struct stream stream;

	int64_t entries_left; /* of the chunk, in pages not yet begun */
	uint64_t skip;        /* entries to pass before the next window; flat leaves only */
	bool begun;           /* a page of data was seen */

	/* of the page at hand */
	uint64_t page_offset;
	uint32_t page_left;                     /* entries not yet in a window */
	uint64_t page_values, page_values_told; /* the latter of v2, else UINT64_MAX */
	struct room page;                       /* decompressed, or read straight from the object */
	struct room stored_v2; /* a v2 page as stored: its levels are read from there */
	struct levels reps, defs;
	struct values values;
	struct room rep_levels, def_levels;

	struct dictionary dictionary;
	struct window window;
};

struct column_options {
	struct ots_input *input;
	const struct schema_node *leaf;
	struct ots_decompressor *decompressor;
	struct room *payload;
	struct account *account;
	struct quirks quirks;
	size_t window_bytes;
};

void column_init(struct column *c, const struct column_options *options);
void column_release(struct column *c);

/** Begin the leaf's chunk of a row group.
 *  @param row_count   of the row group
 *  @param data_end    no page lies at or behind this byte of the object
 *  @return OTS_OK, OTS_CORRUPT (classes 10, 12, 14, 16), OTS_UNSUPPORTED (class 44) */
enum ots_status column_begin(struct column *c, const struct chunk_meta *chunk, uint64_t row_count,
			     uint64_t data_end, struct ots_error *err) OTS_MUST_USE;

/** The next window, once the one at hand is consumed. At the chunk's end it has no entries.
 *  @return OTS_OK; OTS_CORRUPT, OTS_UNSUPPORTED, OTS_LIMIT with the column and the page's byte;
 * what the input returns; OTS_NO_MEMORY */
enum ots_status column_fill(struct column *c, struct ots_error *err) OTS_MUST_USE;

/** Whether every entry of the chunk has been consumed. */
static inline bool column_is_at_end(const struct column *c)
{
	return c->window.at == c->window.count && c->page_left == 0 && c->entries_left == 0;
}

/** Pass @p n rows, at most those left; pages of a leaf without lists are not even read where all of
 *  them is passed. The column stands where a row begins. */
enum ots_status column_skip(struct column *c, uint64_t n, struct ots_error *err) OTS_MUST_USE;

/** Begin the page whose header was read and whose payload is next in the stream (page.c). */
enum ots_status column_begin_page(struct column *c, const struct page_header *header,
				  struct ots_error *err) OTS_MUST_USE;
/** As above for the dictionary (dictionary.c). */
enum ots_status column_begin_dictionary(struct column *c, const struct page_header *header,
					struct ots_error *err) OTS_MUST_USE;
/** The payload as it is stored, its CRC checked (page.c). */
enum ots_status column_payload(struct column *c, const struct page_header *header, struct room *own,
			       struct ots_bytes *out, struct ots_error *err) OTS_MUST_USE;

#endif

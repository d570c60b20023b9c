/** @file values.h
 *  The values of a page, decoded a window at a time. What can be used where it lies is pointed at;
 *  only what has no such place (delta, byte stream split, bits) is written out.
 *  Source: parquet-format, section 2.
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_PARQUET_COLUMN_VALUES_H
#define OTSFS_CORE_PARQUET_COLUMN_VALUES_H

#include "../encoding/delta.h"
#include "../encoding/hybrid.h"
#include "../meta/footer.h"
#include "room.h"

/** Entries of a window, at most. Small enough for a first-level cache, large enough that what is
 *  done once for each costs little. */
#define WINDOW_ENTRIES 1024

enum layout {
	LAYOUT_FIXED,  /* values of one width, side by side */
	LAYOUT_BYTES,  /* a place and a length each */
	LAYOUT_INDICES /* into the dictionary */
};

/** Values as they lie; valid until the next are asked for. */
struct value_run {
	enum layout layout;
	uint32_t count;
	const uint8_t *fixed;
	const struct ots_bytes *bytes;
	const uint32_t *indices;
};

enum method {
	METHOD_PLAIN_FIXED,
	METHOD_PLAIN_BITS,
	METHOD_PLAIN_BYTES,
	METHOD_DICTIONARY,
	METHOD_RLE_BITS,
	METHOD_DELTA_NUMBERS,
	METHOD_DELTA_LENGTHS,
	METHOD_DELTA_BYTES,
	METHOD_SPLIT
};

struct values {
	/* of the column */
	const struct schema_node *leaf;
	struct account *account;
	bool prefix_from_last_page; /* a quirk of the writer */
	struct room numbers;        /* uint64_t: deltas, prefixes */
	struct room places;         /* struct ots_bytes */
	struct room out;            /* values that had to be written out; also indices */
	struct room previous;       /* METHOD_DELTA_BYTES: the last value of the run before */
	size_t previous_len;

	/* of the page */
	enum method method;
	struct ots_cursor in;
	uint64_t bit;          /* METHOD_PLAIN_BITS */
	uint64_t given, total; /* METHOD_SPLIT */
	struct hybrid hybrid;
	uint32_t dictionary_count;
	struct delta delta;    /* numbers, lengths or prefixes */
	struct delta suffixes; /* METHOD_DELTA_BYTES: their lengths */
	size_t run_max; /* values a window may have, so that what is written out stays small */
};

/** Begin a page's values. @p in is readable for PAGE_SLACK_BYTES behind its end.
 *  @param dictionary_count  entries of the chunk's dictionary; 0: it has none
 *  @return OTS_OK, OTS_UNSUPPORTED (encoding of that type), OTS_CORRUPT */
enum ots_status values_begin(struct values *v, int32_t encoding, struct ots_cursor in,
			     uint32_t dictionary_count, bool has_dictionary,
			     struct ots_error *err) OTS_MUST_USE;

/** The next @p count values, at most WINDOW_ENTRIES.
 *  @return OTS_OK, OTS_CORRUPT (fewer are there, or one is impossible), OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status values_read(struct values *v, uint32_t count, struct value_run *run,
			    struct ots_error *err) OTS_MUST_USE;

/** What the end of a page can tell: that it held as many values as were taken.
 *  @return NULL, or what is wrong */
const char *values_end(const struct values *v);

void values_release(struct values *v);

/** PLAIN byte arrays: @p count places of what lies at the front of @p in. @return NULL, or what is
 *  wrong */
const char *values_plain_bytes(struct ots_cursor *in, struct ots_bytes *places, uint32_t count);

/** METHOD_DELTA_LENGTHS and METHOD_DELTA_BYTES (values_delta.c). */
enum ots_status values_begin_lengths(struct values *v, struct ots_error *err) OTS_MUST_USE;
enum ots_status values_begin_front_coded(struct values *v, struct ots_error *err) OTS_MUST_USE;
enum ots_status values_read_lengths(struct values *v, uint32_t count, struct value_run *run,
				    struct ots_error *err) OTS_MUST_USE;
enum ots_status values_read_front_coded(struct values *v, uint32_t count, struct value_run *run,
					struct ots_error *err) OTS_MUST_USE;

#endif

/** @file delta.h
 *  DELTA_BINARY_PACKED: integers, and the lengths of the two delta encodings of byte arrays.
 *  Source: parquet-format, section 2.5.
 *  Threads: a plain value; the caller serialises. */
#ifndef OTSFS_CORE_PARQUET_ENCODING_DELTA_H
#define OTSFS_CORE_PARQUET_ENCODING_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** A block of more values is refused. */
#define DELTA_BLOCK_MAX ((uint64_t)1 << 20)

struct delta {
	struct ots_cursor in;     /* readable for PAGE_SLACK_BYTES behind its end */
	uint64_t mini_count;      /* miniblocks of a block */
	uint64_t mini_values;     /* values of a miniblock */
	uint64_t total, left;     /* values of the stream; those to come */
	uint64_t last;            /* the value before the next one, modulo 2^64 */
	uint64_t min_delta;       /* of the block at hand */
	struct ots_cursor widths; /* of its miniblocks to come */
	const uint8_t *packed;    /* the miniblock at hand */
	uint64_t bit, mini_left;
	unsigned width;
	bool begun; /* the first value has been given */
};

/** Read the header at the front of @p in. @return false: class 37 of parquet-format, section 5 */
bool delta_init(struct delta *d, struct ots_cursor in);

/** Where the stream ends: behind its last used miniblock. Looks at headers only, so that it costs
 *  by bytes, not by the number of values that they claim. @return false: cut short */
bool delta_end(const struct delta *begun, struct ots_cursor *rest);

/** The next @p n values modulo 2^64. @return how many there were */
size_t delta_read(struct delta *d, uint64_t *out, size_t n);

#endif

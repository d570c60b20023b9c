/** @file hybrid.h
 *  The RLE / bit-packing hybrid: levels, dictionary indices, booleans.
 *  Source: parquet-format, section 2.2.
 *  Threads: a plain value; the caller serialises. */
#ifndef OTSFS_CORE_PARQUET_ENCODING_HYBRID_H
#define OTSFS_CORE_PARQUET_ENCODING_HYBRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

#define HYBRID_WIDTH_MAX 32

struct hybrid {
	const uint8_t *at, *end; /* runs to come; readable for PAGE_SLACK_BYTES behind end */
	unsigned width;
	uint32_t run_left; /* of a run: this many times run_value */
	uint32_t run_value;
	uint64_t packed_left; /* of a packed run */
	const uint8_t *packed;
	uint64_t packed_bit;
};

/** @param width  at most HYBRID_WIDTH_MAX */
void hybrid_init(struct hybrid *h, struct ots_bytes bytes, unsigned width);

/** The next @p n numbers. @return how many there were; fewer when the stream is damaged or ends */
size_t hybrid_read_u32(struct hybrid *h, uint32_t *out, size_t n);
/** As above, for widths up to 8. */
size_t hybrid_read_u8(struct hybrid *h, uint8_t *out, size_t n);

/** Whether the next @p n numbers are all @p value, told without decoding where they are one run;
 *  they are consumed then. */
bool hybrid_take_run(struct hybrid *h, uint32_t value, size_t n);

#endif

/** @file range.h
 *  Which bytes of an object a Range asks for. Source: oss-protocol 3.5.
 *  Threads: pure functions. */
#ifndef OTSFS_SERVICE_OSS_RANGE_H
#define OTSFS_SERVICE_OSS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

enum ots_oss_range {
	OTS_OSS_RANGE_WHOLE,  /**< 200: none is asked for, or one that is ignored */
	OTS_OSS_RANGE_PART,   /**< 206 */
	OTS_OSS_RANGE_INVALID /**< 416, only with the standard behaviour */
};

/** @param range     the header's value; empty: there is none
 *  @param standard  whether `x-oss-range-behavior: standard` came with it
 *  @param first,count  set for OTS_OSS_RANGE_PART; count is above 0 */
enum ots_oss_range ots_oss_range(struct ots_bytes range, bool standard, uint64_t size,
				 uint64_t *first, uint64_t *count);

#endif

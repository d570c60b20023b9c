/** @file condition.h
 *  Whether the state of an object meets the If-* headers of a request. Source: oss-protocol 3.3;
 *  where it is silent RFC 9110 13.2.2: If-Match goes before If-Unmodified-Since, If-None-Match
 *  before If-Modified-Since.
 *  Threads: pure functions. */
#ifndef OTSFS_SERVICE_OSS_CONDITION_H
#define OTSFS_SERVICE_OSS_CONDITION_H

#include <stdint.h>

#include <otsfs/base/cursor.h>

enum ots_oss_condition {
	OTS_OSS_CONDITION_MET,
	OTS_OSS_CONDITION_NOT_MODIFIED, /**< 304 */
	OTS_OSS_CONDITION_FAILED        /**< 412 */
};

/** Values of headers; those that are not there are empty. */
struct ots_oss_conditions {
	struct ots_bytes match;
	struct ots_bytes none_match;
	struct ots_bytes modified_since;
	struct ots_bytes unmodified_since;
};

/** @param etag      without quotes
 *  @param mtime_us  compared in whole seconds; a date that cannot be read counts as not sent */
enum ots_oss_condition ots_oss_condition(const struct ots_oss_conditions *conditions,
					 const char *etag, int64_t mtime_us);

#endif

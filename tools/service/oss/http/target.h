/** @file target.h
 *  What a request line and a Host header name: path and query decoded, nothing normalised, and the
 *  bucket and key they may mean. Source: oss-protocol 1.1, 6.1.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_OSS_HTTP_TARGET_H
#define OTSFS_SERVICE_OSS_HTTP_TARGET_H

#include <stdbool.h>

#include <otsfs/base/arena.h>
#include <otsfs/object/oss_sign.h>

#include "../fault.h"

/** Its bytes lie in the arena, or in what was parsed. */
struct ots_oss_target {
	struct ots_bytes path; /**< begins with '/' */
	struct ots_bytes host; /**< without port */
	struct ots_oss_pair query[OTS_OSS_PAIRS_MAX];
	size_t query_count;
};

/** @param raw   the second word of the request line: `/bk/a%2Fb?acl`, or a whole URL
 *  @param host  the Host header, or nothing; a host in @p raw goes before it
 *  @return false: the fault says why */
bool ots_oss_target_parse(struct ots_bytes raw, struct ots_bytes host, struct ots_arena *arena,
			  struct ots_oss_target *out, struct ots_oss_fault *fault);

struct ots_oss_name {
	struct ots_bytes bucket; /**< empty: the service */
	struct ots_bytes key;    /**< empty: the bucket */
};

/** The meanings that a target can have, the likeliest first. A host that is a number or localhost
 *  is the service (the bucket is in the path), every other begins with the bucket. A domain bound
 *  to a bucket looks like either: which it was only the signature tells, since it names the bucket.
 *  @param bound  the bucket that such domains are taken for */
#define OTS_OSS_NAMES_MAX 3
size_t ots_oss_target_names(const struct ots_oss_target *target, struct ots_bytes bound,
			    struct ots_oss_name out[OTS_OSS_NAMES_MAX]);

/** The decoded value of a parameter; NULL when it is not there. */
const struct ots_bytes *ots_oss_query_value(const struct ots_oss_request *request,
					    const char *name);

/** The trimmed value of the first header of that name, empty when it is not there.
 *  @param name  any case */
struct ots_bytes ots_oss_header_value(const struct ots_oss_request *request, const char *name);

#endif

/** @file bucket_settings.h
 *  Where a bucket is, as the configuration files of Alibaba's tools say: what ossutil and the cli
 *  would take without an option and without a variable.
 *
 *  1. ~/.ossutilconfig (OSSUTIL_CONFIG_FILE says another), version 2: `[buckets <name>]`, then the
 *     profile (OSSUTIL_PROFILE, else default): endpoint, region, addressing-style, sign-version
 *  2. the same file, version 1, where version 2 says neither endpoint nor region:
 *     `[Bucket-Cname]`, `[Bucket-Endpoint]`, then endpoint of `[Credentials]`
 *  3. ~/.aliyun/config.json (ALIBABA_CLOUD_CONFIG_FILE): region_id of its profile, where ossutil's
 *     file says neither
 *
 *  Sources: oss-protocol 5.2, 5.3, 5.4. */
#ifndef OTSFS_NET_BUCKET_SETTINGS_H
#define OTSFS_NET_BUCKET_SETTINGS_H

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/** Each NULL where no file says it; printable ASCII without blanks. */
struct ots_bucket_settings {
	char *endpoint;
	char *region;
	char *addressing; /**< virtual, path, cname */
	char *sign;       /**< v1, v4 */
};

/** Reads at most two files of at most 1 MiB.
 *  @param bucket  whose sections count
 *  @param out     zeroed; to be released in every case
 *  @return OTS_OK (also when no file says anything), OTS_DENIED (a file that others may read, since
 *          it holds keys; one that a variable names and that is not there; a value that cannot be),
 *          OTS_CORRUPT (not the format), OTS_LIMIT, OTS_IO, OTS_NO_MEMORY */
enum ots_status ots_bucket_settings_find(struct ots_bytes bucket, struct ots_bucket_settings *out,
					 struct ots_error *err) OTS_MUST_USE;

/** Places that ots_bucket_settings_find() looks at, for people: joined by a comma.
 *  @param out  for free(); NULL without memory */
char *ots_bucket_settings_places(void);

void ots_bucket_settings_release(struct ots_bucket_settings *settings);

#endif

/** @file oss.h
 *  A bucket of OSS, or a folder of one, as a store.
 *
 *  Requests go through one ots_transfers (net/transfer.h), are signed anew for each attempt, and
 *  are tried again until `timeout_ms` has passed without a byte moving. Every range read names the
 *  ETag it was opened with (If-Match), so that an object that changed is OTS_CHANGED before a byte
 *  of it; `x-oss-range-behavior: standard` keeps the service from sending the whole object instead
 *  of a range. An object read from its first byte to its last through one input is held against
 *  the CRC64 that the service keeps of it.
 *  Symlink objects are files with their target's bytes; those that lead nowhere are counted.
 *
 *  Source: oss-protocol sections 1 to 4.
 *  Threads: as store.h. */
#ifndef OTSFS_OBJECT_OSS_H
#define OTSFS_OBJECT_OSS_H

#include <otsfs/base/clock.h>
#include <otsfs/net/credentials.h>
#include <otsfs/net/transfer.h>
#include <otsfs/object/store.h>

enum ots_oss_addressing {
	OTS_OSS_AUTO,    /**< path for an IP address and localhost, else virtual */
	OTS_OSS_VIRTUAL, /**< bucket.endpoint */
	OTS_OSS_PATH,    /**< endpoint/bucket/key */
	OTS_OSS_CNAME    /**< the endpoint is a domain bound to the bucket */
};

enum ots_oss_version { OTS_OSS_V4, OTS_OSS_V1 };

struct ots_oss_options {
	struct ots_bytes bucket;
	struct ots_bytes prefix; /**< `a` means `a/…`, or the one object `a`; `a/` only
				    that folder; empty: all */
	const char *endpoint;    /**< `[http[s]://]host[:port]`; NULL: the public one of region */
	const char *region;      /**< NULL: as the endpoint's name says (oss-protocol 1.3) */
	enum ots_oss_addressing addressing;
	enum ots_oss_version version;
	bool anonymous;
	const char *encryption;          /**< of what is written: `AES256`, `KMS`; NULL: none */
	const char *encryption_key_id;   /**< with `KMS`; NULL: the service's */
	struct ots_transfers *transfers; /**< borrowed */
	struct ots_credential_chain *credentials; /**< borrowed; NULL with anonymous */
	const struct ots_clock *clock;            /**< borrowed */
	int64_t timeout_ms;                       /**< 0: 60 s */
};

/** Whether an endpoint is on this machine (and clients may use the local key pair).
 *  @param endpoint  NULL: it is not */
bool ots_oss_is_loopback(const char *endpoint);

/** @return OTS_OK, OTS_USAGE (not `[http[s]://]host[:port]`) */
enum ots_status ots_oss_check_endpoint(const char *endpoint, struct ots_error *err) OTS_MUST_USE;

/** Whether an endpoint's name says its region (oss-protocol 1.3), or it needs none: an IP address
 *  and localhost are cn-hangzhou. */
bool ots_oss_names_region(const char *endpoint, struct ots_bytes bucket);

/** Ask the bucket for one key, so that a wrong one fails here with the reason, and open it.
 *  @param is_object  set when the prefix is one object: its store has the one key that is the last
 *                    part of its name
 *  @return OTS_OK; OTS_USAGE (a bucket, endpoint, region or prefix that cannot be; no region for
 * V4); OTS_NOT_FOUND (no such bucket), OTS_DENIED, OTS_NETWORK, OTS_TIMEOUT, OTS_SERVER … */
enum ots_status ots_oss_open(const struct ots_oss_options *options, struct ots_store **out,
			     bool *is_object, struct ots_error *err) OTS_MUST_USE;

#endif

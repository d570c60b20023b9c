/** @file store.h
 *  All buckets: in memory, or folders below `DIR/oss/` with what cannot be a file, and what is said
 *  of objects, below `DIR/oss.state/`.
 *  Threads: locked inside; ots_oss_store_close() comes last, from one. */
#ifndef OTSFS_SERVICE_OSS_STORE_STORE_H
#define OTSFS_SERVICE_OSS_STORE_STORE_H

#include "uploads.h"

struct ots_oss_store;

/** What buckets in memory may hold. */
#define OTS_OSS_MEMORY_BYTES ((uint64_t)8 * 1024 * 1024 * 1024)
/** Buckets at once; one that was removed counts until the service ends. */
#define OTS_OSS_BUCKETS_MAX 256

/** @param dir  NULL: in memory. @return OTS_OK, OTS_IO, OTS_NO_MEMORY, OTS_NO_SPACE, OTS_CORRUPT,
 *  OTS_UNSUPPORTED */
enum ots_status ots_oss_store_open(const char *dir, int64_t now_us, struct ots_oss_store **out,
				   struct ots_error *err) OTS_MUST_USE;
void ots_oss_store_close(struct ots_oss_store *store);

/** 3 to 63 of `a-z 0-9 -`, no `-` at an end. Source: oss-protocol 1.5. */
bool ots_oss_is_bucket_name(struct ots_bytes name);

/** The bucket stays valid until the store is closed. @return NULL: there is none */
struct ots_oss_bucket *ots_oss_store_find(struct ots_oss_store *store, struct ots_bytes name);

/** Make a bucket; one that is there is fine. @return false: InvalidBucketName, InternalError */
bool ots_oss_store_add(struct ots_oss_store *store, struct ots_bytes name, int64_t now_us,
		       struct ots_oss_bucket **out, struct ots_oss_fault *fault);
/** @return false: NoSuchBucket, BucketNotEmpty */
bool ots_oss_store_remove(struct ots_oss_store *store, struct ots_bytes name,
			  struct ots_oss_fault *fault);

/** The buckets by name. @param out  OTS_OSS_BUCKETS_MAX. @return how many */
size_t ots_oss_store_each(struct ots_oss_store *store, struct ots_oss_bucket **out);

#endif

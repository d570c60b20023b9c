/** @file uploads.h
 *  Uploads in parts that are not finished. They end with the process, in a folder too.
 *  Source: oss-protocol 3.8.
 *  Threads: locked inside (the bucket's lock); parts are joined outside of it. */
#ifndef OTSFS_SERVICE_OSS_STORE_UPLOADS_H
#define OTSFS_SERVICE_OSS_STORE_UPLOADS_H

#include "bucket.h"

#define OTS_OSS_PART_NUMBER_MAX 10000
#define OTS_OSS_PART_MIN_BYTES ((uint64_t)100 * 1024)
#define OTS_OSS_UPLOAD_ID_BYTES 33

struct ots_oss_part {
	uint32_t number;
	uint64_t size;
	int64_t mtime_us;
	uint64_t crc;
	char etag[OTS_OSS_ETAG_BYTES];
	struct ots_oss_blob *blob; /**< held */
};

/** @param headers  of the object that will be */
bool ots_oss_upload_begin(struct ots_oss_bucket *bucket, struct ots_bytes key,
			  struct ots_bytes headers, int64_t now_us,
			  char id[OTS_OSS_UPLOAD_ID_BYTES], struct ots_oss_fault *fault);

struct ots_oss_upload_name {
	struct ots_bytes key, id;
};

/** Keep a part, in the place of one of the same number. @param part  its blob is taken over */
bool ots_oss_upload_put(struct ots_oss_bucket *bucket, const struct ots_oss_upload_name *name,
			const struct ots_oss_part *part, struct ots_oss_fault *fault);
bool ots_oss_upload_abort(struct ots_oss_bucket *bucket, const struct ots_oss_upload_name *name,
			  struct ots_oss_fault *fault);

/** What an upload has: copies in the arena, blobs held until ots_oss_upload_parts_release(). */
struct ots_oss_upload_parts {
	struct ots_oss_part *parts; /**< ascending */
	size_t count;
	struct ots_bytes headers;
};
bool ots_oss_upload_parts(struct ots_oss_bucket *bucket, const struct ots_oss_upload_name *name,
			  struct ots_arena *arena, struct ots_oss_upload_parts *out,
			  struct ots_oss_fault *fault);
void ots_oss_upload_parts_release(struct ots_oss_bucket *bucket,
				  struct ots_oss_upload_parts *parts);

/** One line of the list of uploads, in the arena. */
struct ots_oss_upload_line {
	struct ots_bytes key; /**< or the common prefix */
	struct ots_bytes id;  /**< empty: a common prefix */
	int64_t begun_us;
};
struct ots_oss_upload_listing {
	struct ots_oss_upload_line *lines;
	size_t count;
	bool truncated;
};
/** @param after_id  begin behind this upload of query->after; empty: behind that key */
bool ots_oss_uploads_list(struct ots_oss_bucket *bucket, const struct ots_oss_walk_query *query,
			  struct ots_bytes after_id, size_t most, struct ots_arena *arena,
			  struct ots_oss_upload_listing *out, struct ots_oss_fault *fault);

/** The blobs of the bucket's store, for spools. */
struct ots_oss_blobs *ots_oss_bucket_blobs(struct ots_oss_bucket *bucket);

#endif

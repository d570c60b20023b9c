/** @file blobs.h
 *  What blobs and spools share.
 *  Threads: `fd` and `memory` stay as they were made; the counters are atomic. */
#ifndef OTSFS_SERVICE_OSS_FILES_BLOBS_H
#define OTSFS_SERVICE_OSS_FILES_BLOBS_H

#include <stdatomic.h>

#include "blob.h"

/** Blobs up to this are kept on the heap in memory: a page of a file would cost more. */
#define OTS_OSS_SMALL_BYTES ((size_t)16 * 1024)

struct ots_oss_blobs {
	bool memory;
	bool detached;
	int fd; /* the memory's file, or the folder */
	uint64_t limit_bytes;
	atomic_uint_least64_t used_bytes; /* in memory only */
	atomic_uint_least64_t next; /* the next number; in memory the next free byte, plus 1 */
	uint64_t *kept;             /* numbers of ots_oss_blobs_keep() */
	size_t kept_count, kept_cap;
};

struct ots_oss_blob {
	atomic_uint holders;
	uint64_t id; /* of its file; in the memory's file the offset plus 1; 0: none */
	uint64_t size;
	uint8_t *bytes; /* on the heap; else NULL */
};

/** The name of a blob's file. */
#define OTS_OSS_BLOB_NAME_BYTES 24
void ots_oss_blob_name(uint64_t id, char out[OTS_OSS_BLOB_NAME_BYTES]);

/** Count bytes of memory. @return false: above the limit, nothing counted */
bool ots_oss_blobs_count(struct ots_oss_blobs *blobs, uint64_t bytes);
void ots_oss_blobs_uncount(struct ots_oss_blobs *blobs, uint64_t bytes);

#endif

/** @file spool.h
 *  Content on its way in: written front to back, its MD5 and CRC taken meanwhile, a blob in the
 * end. Threads: the caller serialises each spool. */
#ifndef OTSFS_SERVICE_OSS_FILES_SPOOL_H
#define OTSFS_SERVICE_OSS_FILES_SPOOL_H

#include "blob.h"

struct ots_oss_spool;

/** What a content of its own may have; the largest upload is the sum of 10000 parts, here less.
 *  Source: a number of ours, far above what a test writes. */
#define OTS_OSS_CONTENT_MAX_BYTES ((uint64_t)64 * 1024 * 1024 * 1024)

enum ots_status ots_oss_spool_open(struct ots_oss_blobs *blobs, bool with_md5,
				   struct ots_oss_spool **out, struct ots_error *err) OTS_MUST_USE;
/** What was written goes with it. NULL does nothing. */
void ots_oss_spool_discard(struct ots_oss_spool *spool);

/** @return OTS_OK, OTS_NO_SPACE, OTS_NO_MEMORY, OTS_IO, OTS_LIMIT */
enum ots_status ots_oss_spool_write(struct ots_oss_spool *spool, const void *bytes, size_t len,
				    struct ots_error *err) OTS_MUST_USE;
/** Append a part of other content. */
enum ots_status ots_oss_spool_copy(struct ots_oss_spool *spool,
				   const struct ots_oss_content *content, uint64_t from,
				   uint64_t len, struct ots_error *err) OTS_MUST_USE;

uint64_t ots_oss_spool_size(const struct ots_oss_spool *spool);
uint64_t ots_oss_spool_crc(const struct ots_oss_spool *spool);
/** Of a spool with MD5, once. @return false when the library fails */
bool ots_oss_spool_md5(struct ots_oss_spool *spool, uint8_t out[16]);

/** Take the content: the caller is its one holder. The spool is gone either way.
 *  @return OTS_OK (with NULL when nothing was written to memory), OTS_NO_MEMORY */
enum ots_status ots_oss_spool_take(struct ots_oss_spool *spool, struct ots_oss_blob **out,
				   struct ots_error *err) OTS_MUST_USE;

#endif

/** @file object.h
 *  One version of one object as it was stored: never changed, replaced by another.
 *  Threads: immutable but for its holders, which are counted atomically, and `older`, which the
 *  bucket's lock guards. */
#ifndef OTSFS_SERVICE_OSS_STORE_OBJECT_H
#define OTSFS_SERVICE_OSS_STORE_OBJECT_H

#include <stdatomic.h>

#include <otsfs/base/arena.h>
#include <otsfs/object/oss_sign.h>

#include "../files/blob.h"
#include "../files/folder.h"
#include "../index/index.h"

enum ots_oss_type { OTS_OSS_NORMAL, OTS_OSS_MULTIPART, OTS_OSS_APPENDABLE, OTS_OSS_SYMLINK };

#define OTS_OSS_ETAG_BYTES 40 /**< 32 hex digits, `-10000`, NUL */
#define OTS_OSS_VERSION_BYTES 32

/** What is said of a new object. Everything is borrowed, the blob is taken over. */
struct ots_oss_facts {
	struct ots_bytes key;
	uint64_t size;
	int64_t mtime_us;
	char etag[OTS_OSS_ETAG_BYTES]; /**< upper-case hex without quotes */
	uint64_t crc;
	bool has_crc;
	bool etag_is_md5;
	bool delete_marker;
	enum ots_oss_type type;
	struct ots_bytes headers; /**< `name NUL value NUL` …, lower-case names (headers.h) */
	int64_t restore_ready_us; /**< 0: nobody asked for it to be restored */
	int64_t restore_until_us;
	char version[OTS_OSS_VERSION_BYTES]; /**< `null` without versioning */
	uint64_t sequence;                   /**< grows with each version of a bucket */
	bool in_folder;           /**< content is the file under its key; else the blob */
	struct ots_oss_file file; /**< which file it was, when in_folder */
};

struct ots_oss_object {
	struct ots_oss_item item; /**< first, for the index */
	atomic_uint holders;
	struct ots_oss_blobs *blobs;
	struct ots_oss_blob *blob;
	struct ots_oss_object *older; /**< held; NULL: none */
	struct ots_oss_facts facts;   /**< its key and headers are the object's own bytes */
	uint8_t bytes[];
};

/** @param blob  taken over, also on failure. @return NULL without memory */
struct ots_oss_object *ots_oss_object_new(struct ots_oss_blobs *blobs,
					  const struct ots_oss_facts *facts,
					  struct ots_oss_blob *blob);
struct ots_oss_object *ots_oss_object_hold(struct ots_oss_object *object);
/** NULL does nothing. The last holder lets go of older versions too. */
void ots_oss_object_drop(struct ots_oss_object *object);

/** The value of a stored header; empty: none. @param name  lower case */
struct ots_bytes ots_oss_object_header(const struct ots_oss_object *object, const char *name);

/** One after another. @param at  0 at first. @return false at the end */
bool ots_oss_headers_next(struct ots_bytes headers, size_t *at, const char **name,
			  const char **value);

#endif

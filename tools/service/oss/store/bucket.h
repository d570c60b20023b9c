/** @file bucket.h
 *  One bucket: its objects by key, their versions, its uploads. With a folder, files that people
 * put there are objects too, and whatever is stored outlives the process (journal.h). Threads:
 * locked inside. The files of a folder are opened, renamed and removed under the bucket's lock,
 * since the index must say what the folder holds; content is written before and read after.
 */
#ifndef OTSFS_SERVICE_OSS_STORE_BUCKET_H
#define OTSFS_SERVICE_OSS_STORE_BUCKET_H

#include "../fault.h"
#include "../files/spool.h"
#include "object.h"
#include "../index/walk.h"

struct ots_oss_bucket;

enum ots_oss_versioning { OTS_OSS_UNVERSIONED, OTS_OSS_VERSIONED, OTS_OSS_SUSPENDED };

/** What a bucket says of itself. */
struct ots_oss_bucket_facts {
	const char *name;
	int64_t created_us;
	enum ots_oss_versioning versioning;
	char acl[24]; /**< `private`, `public-read`, `public-read-write` */
	uint64_t object_count, upload_count, bytes;
};
void ots_oss_bucket_facts(struct ots_oss_bucket *bucket, struct ots_oss_bucket_facts *out);
bool ots_oss_bucket_set(struct ots_oss_bucket *bucket, enum ots_oss_versioning versioning,
			const char *acl, struct ots_oss_fault *fault);

/** An object that is being read. */
struct ots_oss_found {
	struct ots_oss_object *object; /**< held */
	struct ots_oss_content content;
};
void ots_oss_found_release(struct ots_oss_found *found);

/** Find the newest version, or one by its id.
 *  @param version  empty: the newest
 *  @param content  whether found->content shall be opened
 *  @return false: NoSuchKey, NoSuchVersion, InvalidArgument (no version id), InternalError. A
 * delete marker is found like any other version when it is asked for by its id */
struct ots_oss_query {
	struct ots_bytes key, version;
	bool content;
};
bool ots_oss_bucket_find(struct ots_oss_bucket *bucket, const struct ots_oss_query *query,
			 struct ots_oss_found *found, struct ots_oss_fault *fault);

/** Store a new newest version.
 *  @param facts   version, sequence, in_folder and file are filled in here
 *  @param blob    taken over
 *  @param forbid  FileAlreadyExists when the key is there (not with versioning)
 *  @param stored  held; may be NULL */
bool ots_oss_bucket_put(struct ots_oss_bucket *bucket, const struct ots_oss_facts *facts,
			struct ots_oss_blob *blob, bool forbid, struct ots_oss_object **stored,
			struct ots_oss_fault *fault);

/** Put other facts in the place of a version's: same content. @return false: it is not there any
 *  more, or InternalError */
bool ots_oss_bucket_amend(struct ots_oss_bucket *bucket, const struct ots_oss_object *old,
			  const struct ots_oss_facts *facts, struct ots_oss_fault *fault);

/** Append to an appendable object, or make one. @param more  its content, with its CRC in facts
 *  @param facts     key, mtime_us, headers (of a new one), crc of what comes
 *  @param position  where it must begin
 *  @param next      set on success and for PositionNotEqualToLength */
struct ots_oss_append {
	const struct ots_oss_facts *facts;
	struct ots_oss_blob *blob; /**< taken over */
	uint64_t position;
};
bool ots_oss_bucket_append(struct ots_oss_bucket *bucket, const struct ots_oss_append *append,
			   struct ots_oss_object **stored, uint64_t *next,
			   struct ots_oss_fault *fault);

struct ots_oss_deleted {
	bool marker;                         /**< a delete marker was made or removed */
	char version[OTS_OSS_VERSION_BYTES]; /**< what was made or removed; empty: nothing to say */
};
/** @param version  empty: the newest. What is not there is deleted too */
bool ots_oss_bucket_delete(struct ots_oss_bucket *bucket, struct ots_bytes key,
			   struct ots_bytes version, int64_t now_us, struct ots_oss_deleted *out,
			   struct ots_oss_fault *fault);

/** One line of a listing. */
struct ots_oss_line {
	struct ots_oss_object *object; /**< held; NULL: a common prefix */
	struct ots_bytes prefix;       /**< bytes in the arena */
	bool latest;
};

/** A part of a listing. */
struct ots_oss_listing {
	struct ots_oss_line *lines; /**< in the arena */
	size_t count;
	bool truncated;
};

/** @param most      lines at most; 0 gives none and is not truncated
 *  @param versions  all versions and delete markers, else what a plain listing shows
 *  @param after_version  with versions: begin behind this version of query->after; empty: behind
 *                        that key */
struct ots_oss_list {
	struct ots_oss_walk_query query;
	size_t most;
	bool versions;
	struct ots_bytes after_version;
};
bool ots_oss_bucket_list(struct ots_oss_bucket *bucket, const struct ots_oss_list *list,
			 struct ots_arena *arena, struct ots_oss_listing *out,
			 struct ots_oss_fault *fault);
void ots_oss_listing_release(struct ots_oss_listing *listing);

/** Whether a text has the form of a version id. */
bool ots_oss_is_version(struct ots_bytes text);

#endif

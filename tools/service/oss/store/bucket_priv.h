/** @file bucket_priv.h
 *  What the files of a bucket share. Threads: functions that end in _locked expect its lock held.
 */
#ifndef OTSFS_SERVICE_OSS_STORE_BUCKET_PRIV_H
#define OTSFS_SERVICE_OSS_STORE_BUCKET_PRIV_H

#include <pthread.h>

#include "bucket.h"
#include "journal.h"

struct ots_oss_bucket {
	char *name;
	int64_t created_us;
	struct ots_oss_blobs *blobs;     /* of the store */
	struct ots_oss_journal *journal; /* of the store; NULL: nothing outlives the process */
	pthread_mutex_t mutex;
	struct {
		struct ots_oss_index objects;  /* of struct ots_oss_object: the newest versions */
		struct ots_oss_index uploads;  /* of struct ots_oss_upload */
		struct ots_oss_folder *folder; /* NULL: in memory */
		enum ots_oss_versioning versioning;
		char acl[24];
		uint64_t sequence;     /* of the newest version */
		uint64_t object_count; /* without delete markers */
		uint64_t bytes;        /* of all versions */
		uint64_t next_upload;
		bool removed; /* nobody finds it any more */
	} locked;
};

/** @param journal  NULL: nothing is kept */
enum ots_status ots_oss_bucket_new(const char *name, struct ots_oss_blobs *blobs,
				   struct ots_oss_journal *journal, struct ots_oss_bucket **out,
				   struct ots_error *err) OTS_MUST_USE;
void ots_oss_bucket_free(struct ots_oss_bucket *bucket);

/** Look at the file of a key and let the index say what is there. */
void ots_oss_bucket_refresh_locked(struct ots_oss_bucket *bucket, struct ots_bytes key);
/** Whether an object is what its file still is; one that is no file is. */
bool ots_oss_bucket_is_current_locked(struct ots_oss_bucket *bucket,
				      const struct ots_oss_object *object);
/** Look for files that somebody put there. */
void ots_oss_bucket_scan_locked(struct ots_oss_bucket *bucket, struct ots_bytes prefix);

/** The newest version, markers too; NULL: none. */
struct ots_oss_object *ots_oss_bucket_newest_locked(struct ots_oss_bucket *bucket,
						    struct ots_bytes key);

/** Put an object, taken over, where another version stands, or as the newest when @p old is NULL:
 *  older versions hang behind it. The journal is written. */
bool ots_oss_bucket_replace_locked(struct ots_oss_bucket *bucket, struct ots_oss_object *old,
				   struct ots_oss_object *object, struct ots_oss_fault *fault);
/** Take a version out, with its line in the journal. @param file_too  the file under its key goes
 */
void ots_oss_bucket_remove_locked(struct ots_oss_bucket *bucket, struct ots_oss_object *object,
				  bool file_too);

/** Uploads go with the bucket (uploads.c). */
void ots_oss_uploads_release(struct ots_oss_bucket *bucket);

#endif

#include "bucket_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/base/digest.h>

/* What is said of a file that somebody put there. Its ETag tells contents apart like any other, but
 * is no MD5: that would mean reading every file before the first listing. */
static struct ots_oss_facts facts_of_file(struct ots_bytes key, const struct ots_oss_file *file)
{
	struct ots_oss_facts facts = {
		.key = key,
		.size = file->size,
		.mtime_us = file->mtime_ns / 1000,
		.version = "null",
		.in_folder = true,
		.file = *file,
	};
	uint8_t digest[OTS_MD5_BYTES];
	char text[96];
	const int len = snprintf(text, sizeof text, "%" PRIu64 "/%" PRId64 "/%" PRIu64, file->inode,
				 file->mtime_ns, file->size);

	if (len > 0 && ots_md5(text, (size_t)len, digest))
		ots_hex(digest, sizeof digest, facts.etag);
	for (size_t i = 0; facts.etag[i] != '\0'; i++)
		if (facts.etag[i] >= 'a')
			facts.etag[i] = (char)(facts.etag[i] - ('a' - 'A'));
	return facts;
}

/* Such an object is not in the journal: the file says all there is to say. */
static bool add_locked(struct ots_oss_bucket *bucket, struct ots_bytes key,
		       const struct ots_oss_file *file)
{
	struct ots_oss_facts facts = facts_of_file(key, file);
	struct ots_oss_object *object;
	struct ots_oss_item *replaced;

	facts.sequence = ++bucket->locked.sequence;
	object = ots_oss_object_new(bucket->blobs, &facts, NULL);
	if (object == NULL)
		return false;
	object->older = ots_oss_bucket_newest_locked(bucket, key);
	if (!ots_oss_index_put(&bucket->locked.objects, &object->item, &replaced)) {
		object->older = NULL;
		ots_oss_object_drop(object);
		return false;
	}
	bucket->locked.object_count++;
	bucket->locked.bytes += facts.size;
	return true;
}

static bool same_file(const struct ots_oss_file *a, const struct ots_oss_file *b)
{
	return a->inode == b->inode && a->mtime_ns == b->mtime_ns && a->size == b->size;
}

bool ots_oss_bucket_is_current_locked(struct ots_oss_bucket *bucket,
				      const struct ots_oss_object *object)
{
	struct ots_oss_file file;

	return !object->facts.in_folder ||
	       (ots_oss_folder_stat(bucket->locked.folder, object->facts.key, &file) == 0 &&
		same_file(&object->facts.file, &file));
}

void ots_oss_bucket_refresh_locked(struct ots_oss_bucket *bucket, struct ots_bytes key)
{
	struct ots_oss_object *object;
	struct ots_oss_file file;
	int reason;

	if (bucket->locked.folder == NULL)
		return;
	object = ots_oss_bucket_newest_locked(bucket, key);
	reason = ots_oss_folder_stat(bucket->locked.folder, key, &file);
	if (reason != 0 && reason != ENOENT)
		return;
	if (object != NULL && object->facts.in_folder &&
	    (reason != 0 || !same_file(&object->facts.file, &file))) {
		ots_oss_bucket_remove_locked(bucket, object, false);
		object = NULL;
	} else if (object != NULL && !object->facts.in_folder && reason == 0) {
		/* Stored beside, and now a file of that name is there. */
		ots_oss_bucket_remove_locked(bucket, object, false);
		object = NULL;
	}
	if (reason == 0 && object == NULL)
		(void)add_locked(bucket, key, &file);
}

static bool is_known(void *arg, struct ots_bytes key)
{
	struct ots_oss_bucket *bucket = arg;
	const struct ots_oss_object *object = ots_oss_bucket_newest_locked(bucket, key);

	return object != NULL && object->facts.in_folder;
}

static bool on_found(void *arg, struct ots_bytes key, const struct ots_oss_file *file)
{
	struct ots_oss_bucket *bucket = arg;
	struct ots_oss_object *object = ots_oss_bucket_newest_locked(bucket, key);

	if (object != NULL)
		ots_oss_bucket_remove_locked(bucket, object, false);
	return add_locked(bucket, key, file);
}

void ots_oss_bucket_scan_locked(struct ots_oss_bucket *bucket, struct ots_bytes prefix)
{
	if (bucket->locked.folder != NULL)
		ots_oss_folder_scan(bucket->locked.folder, prefix, is_known, on_found, bucket);
}

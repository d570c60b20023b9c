#include "bucket_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>

/* The id of a new version: of the time and of the order. */
static void name_version(struct ots_oss_bucket *bucket, int64_t now_us, struct ots_oss_facts *facts)
{
	facts->sequence = ++bucket->locked.sequence;
	if (bucket->locked.versioning == OTS_OSS_VERSIONED)
		(void)snprintf(facts->version, sizeof facts->version,
			       "CAEQ%016" PRIx64 "%08" PRIx64, (uint64_t)now_us,
			       facts->sequence & UINT64_C(0xffffffff));
	else
		(void)snprintf(facts->version, sizeof facts->version, "null");
}

/* The version that a new one replaces: without versioning all there is, else the one called null.
 */
static struct ots_oss_object *replaced_locked(struct ots_oss_bucket *bucket, struct ots_bytes key)
{
	struct ots_oss_object *object = ots_oss_bucket_newest_locked(bucket, key);

	if (bucket->locked.versioning == OTS_OSS_VERSIONED)
		return NULL;
	while (object != NULL && strcmp(object->facts.version, "null") != 0)
		object = object->older; /* ends: versions are finite */
	return object;
}

/* A version that stays loses the file under its key to the next: its content goes beside. */
static bool step_aside_locked(struct ots_oss_bucket *bucket, struct ots_bytes key,
			      struct ots_oss_fault *fault)
{
	struct ots_oss_object *newest = ots_oss_bucket_newest_locked(bucket, key), *object;
	struct ots_oss_blob *blob = NULL;
	struct ots_oss_facts facts;
	int reason;

	if (newest == NULL || !newest->facts.in_folder)
		return true;
	reason = ots_oss_folder_take(bucket->locked.folder, key, bucket->blobs, &blob);
	if (reason != 0)
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR,
				      "The older version cannot be kept: %s.", strerror(reason));
	facts = newest->facts;
	facts.in_folder = false;
	object = ots_oss_object_new(bucket->blobs, &facts, blob);
	if (object == NULL)
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	return ots_oss_bucket_replace_locked(bucket, newest, object, fault);
}

/* Give content the place of its key, if that can be a path: else it stays a blob. */
static bool place_locked(struct ots_oss_bucket *bucket, struct ots_oss_facts *facts,
			 struct ots_oss_blob **blob, struct ots_oss_fault *fault)
{
	int reason;

	facts->in_folder = false;
	if (bucket->locked.folder == NULL || *blob == NULL || facts->type == OTS_OSS_SYMLINK)
		return true;
	reason = ots_oss_folder_put(bucket->locked.folder, facts->key, bucket->blobs, *blob,
				    &facts->file);
	switch (reason) {
	case 0:
		facts->in_folder = true;
		ots_oss_blob_drop(bucket->blobs, *blob);
		*blob = NULL;
		return true;
	case ENOTDIR:
	case EISDIR:
	case EEXIST:
	case ENOTEMPTY:
	case ENAMETOOLONG:
	case ELOOP:
	case EILSEQ:
	case EINVAL: return true;
	default:
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR,
				      "The file cannot be written: %s.", strerror(reason));
	}
}

/* Make the new version the newest. Takes the blob over. */
static struct ots_oss_object *publish_locked(struct ots_oss_bucket *bucket,
					     struct ots_oss_facts *facts, struct ots_oss_blob *blob,
					     struct ots_oss_fault *fault)
{
	struct ots_oss_object *old = replaced_locked(bucket, facts->key);
	struct ots_oss_object *newest = ots_oss_bucket_newest_locked(bucket, facts->key);
	struct ots_oss_object *object = NULL;
	bool file_stays = old != NULL && old->facts.in_folder;

	if (old != newest) {
		if (!step_aside_locked(bucket, facts->key, fault)) {
			ots_oss_blob_drop(bucket->blobs, blob);
			return NULL;
		}
		newest = ots_oss_bucket_newest_locked(bucket, facts->key);
	}
	if (!place_locked(bucket, facts, &blob, fault)) {
		ots_oss_blob_drop(bucket->blobs, blob);
		return NULL;
	}
	object = ots_oss_object_new(bucket->blobs, facts, blob);
	if (object == NULL) {
		(void)ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
		return NULL;
	}
	if (file_stays && !facts->in_folder)
		ots_oss_folder_remove(bucket->locked.folder, facts->key);
	/* A null version that is not the newest goes, and the new one comes on top of all. */
	if (old != NULL && old != newest) {
		ots_oss_bucket_remove_locked(bucket, old, true);
		old = NULL;
	}
	return ots_oss_bucket_replace_locked(bucket, old, object, fault) ? object : NULL;
}

bool ots_oss_bucket_put(struct ots_oss_bucket *bucket, const struct ots_oss_facts *facts,
			struct ots_oss_blob *blob, bool forbid, struct ots_oss_object **stored,
			struct ots_oss_fault *fault)
{
	struct ots_oss_object *object = NULL;
	const struct ots_oss_object *newest;
	struct ots_oss_facts own = *facts;

	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_bucket_refresh_locked(bucket, own.key);
	newest = ots_oss_bucket_newest_locked(bucket, own.key);
	if (bucket->locked.removed) {
		ots_oss_blob_drop(bucket->blobs, blob);
		(void)ots_oss_refuse(fault, OTS_OSS_NO_SUCH_BUCKET,
				     "The specified bucket does not exist.");
	} else if (forbid && bucket->locked.versioning == OTS_OSS_UNVERSIONED && newest != NULL) {
		ots_oss_blob_drop(bucket->blobs, blob);
		(void)ots_oss_detail(fault, "Key", facts->key);
		(void)ots_oss_refuse(fault, OTS_OSS_FILE_ALREADY_EXISTS,
				     "The object you specified already exists and can not be "
				     "overwritten.");
	} else {
		name_version(bucket, own.mtime_us, &own);
		object = publish_locked(bucket, &own, blob, fault);
	}
	if (object != NULL && stored != NULL)
		*stored = ots_oss_object_hold(object);
	if (bucket->locked.folder != NULL)
		ots_oss_folder_forget(bucket->locked.folder);
	(void)pthread_mutex_unlock(&bucket->mutex);
	return object != NULL;
}

/* The same content with other facts, in the place of a version. */
static struct ots_oss_object *amend_locked(struct ots_oss_bucket *bucket,
					   struct ots_oss_object *old,
					   const struct ots_oss_facts *facts,
					   struct ots_oss_fault *fault)
{
	struct ots_oss_object *object =
		ots_oss_object_new(bucket->blobs, facts, ots_oss_blob_hold(old->blob));

	if (object == NULL) {
		(void)ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
		return NULL;
	}
	return ots_oss_bucket_replace_locked(bucket, old, object, fault) ? object : NULL;
}

bool ots_oss_bucket_amend(struct ots_oss_bucket *bucket, const struct ots_oss_object *old,
			  const struct ots_oss_facts *facts, struct ots_oss_fault *fault)
{
	struct ots_oss_facts own = *facts;
	struct ots_oss_object *each;
	bool good = false;

	(void)pthread_mutex_lock(&bucket->mutex);
	each = ots_oss_bucket_newest_locked(bucket, facts->key);
	while (each != NULL && each != old)
		each = each->older; /* ends: versions are finite */
	if (each != NULL) {
		own.in_folder = each->facts.in_folder;
		own.file = each->facts.file;
		good = amend_locked(bucket, each, &own, fault) != NULL;
	}
	if (each == NULL)
		(void)ots_oss_refuse(fault, OTS_OSS_NO_SUCH_KEY,
				     "The specified key does not exist.");
	(void)pthread_mutex_unlock(&bucket->mutex);
	return good;
}

/* Write more behind the content of an object that is there. */
static bool extend_locked(struct ots_oss_bucket *bucket, const struct ots_oss_object *object,
			  const struct ots_oss_content *more, struct ots_oss_file *file,
			  struct ots_oss_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = OTS_OK;
	int fd = -1, reason;

	if (!object->facts.in_folder) {
		status = ots_oss_blob_extend(bucket->blobs, object->blob, more, &err);
		return status == OTS_OK || ots_oss_refuse_error(fault, &err);
	}
	reason = ots_oss_folder_open_file(bucket->locked.folder, object->facts.key, O_WRONLY, &fd,
					  file);
	if (reason != 0)
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR,
				      "The file cannot be written: %s.", strerror(reason));
	status = ots_oss_file_extend(fd, object->facts.size, more, &err);
	if (status != OTS_OK && ftruncate(fd, (off_t)object->facts.size) != 0)
		(void)ots_context(&err, "and cannot be cut back: %s", strerror(errno));
	(void)close(fd);
	if (status == OTS_OK)
		(void)ots_oss_folder_stat(bucket->locked.folder, object->facts.key, file);
	return status == OTS_OK || ots_oss_refuse_error(fault, &err);
}

static bool check_append_locked(const struct ots_oss_object *object, uint64_t position,
				uint64_t *next, struct ots_oss_fault *fault)
{
	if (object != NULL && object->facts.type != OTS_OSS_APPENDABLE)
		return ots_oss_refuse(fault, OTS_OSS_OBJECT_NOT_APPENDABLE,
				      "The object is not appendable.");
	*next = object != NULL ? object->facts.size : 0;
	return position == *next || ots_oss_refuse(fault, OTS_OSS_POSITION_NOT_EQUAL_TO_LENGTH,
						   "Position is not equal to file length.");
}

/* The facts of an object that has grown. */
static struct ots_oss_facts grown(const struct ots_oss_object *object,
				  const struct ots_oss_facts *more)
{
	struct ots_oss_facts facts = object->facts;

	facts.crc = ots_crc64_combine(facts.crc, more->crc, more->size);
	facts.size += more->size;
	facts.mtime_us = more->mtime_us;
	memcpy(facts.etag, more->etag, sizeof facts.etag);
	return facts;
}

/* A small object in memory cannot grow where it is: old and new make a content of their own. */
static struct ots_oss_blob *rewritten(struct ots_oss_bucket *bucket,
				      const struct ots_oss_object *object,
				      const struct ots_oss_content *more,
				      struct ots_oss_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_oss_spool *spool = NULL;
	struct ots_oss_content before;
	struct ots_oss_blob *blob = NULL;
	enum ots_status status = ots_oss_spool_open(bucket->blobs, false, &spool, &err);

	if (status == OTS_OK)
		status = ots_oss_blob_open(bucket->blobs, object->blob, &before, &err);
	if (status == OTS_OK) {
		status = ots_oss_spool_copy(spool, &before, 0, before.size, &err);
		ots_oss_content_close(&before);
	}
	if (status == OTS_OK)
		status = ots_oss_spool_copy(spool, more, 0, more->size, &err);
	if (status == OTS_OK)
		status = ots_oss_spool_take(spool, &blob, &err);
	else
		ots_oss_spool_discard(spool);
	if (status != OTS_OK)
		(void)ots_oss_refuse_error(fault, &err);
	return blob;
}

static struct ots_oss_object *append_locked(struct ots_oss_bucket *bucket,
					    struct ots_oss_object *object,
					    const struct ots_oss_append *append,
					    struct ots_oss_fault *fault)
{
	struct ots_oss_facts facts = grown(object, append->facts);
	struct ots_error err = {.status = OTS_OK};
	struct ots_oss_content more;
	struct ots_oss_object *next = NULL;
	struct ots_oss_blob *blob = NULL;

	if (ots_oss_blob_open(bucket->blobs, append->blob, &more, &err) != OTS_OK) {
		(void)ots_oss_refuse_error(fault, &err);
		return NULL;
	}
	if (object->facts.in_folder || ots_oss_blob_extends(object->blob)) {
		if (extend_locked(bucket, object, &more, &facts.file, fault))
			next = amend_locked(bucket, object, &facts, fault);
	} else {
		blob = rewritten(bucket, object, &more, fault);
		if (fault->kind == OTS_OSS_NONE)
			next = ots_oss_object_new(bucket->blobs, &facts, blob);
		if (next != NULL && !ots_oss_bucket_replace_locked(bucket, object, next, fault))
			next = NULL;
	}
	ots_oss_content_close(&more);
	return next;
}

bool ots_oss_bucket_append(struct ots_oss_bucket *bucket, const struct ots_oss_append *append,
			   struct ots_oss_object **stored, uint64_t *next,
			   struct ots_oss_fault *fault)
{
	struct ots_oss_facts own = *append->facts;
	struct ots_oss_object *object, *made = NULL;

	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_bucket_refresh_locked(bucket, own.key);
	object = ots_oss_bucket_newest_locked(bucket, own.key);
	if (object != NULL && object->facts.delete_marker)
		object = NULL;
	if (!check_append_locked(object, append->position, next, fault)) {
		ots_oss_blob_drop(bucket->blobs, append->blob);
	} else if (object == NULL) {
		name_version(bucket, own.mtime_us, &own);
		made = publish_locked(bucket, &own, append->blob, fault);
	} else {
		made = append_locked(bucket, object, append, fault);
		ots_oss_blob_drop(bucket->blobs, append->blob);
	}
	if (made != NULL) {
		*next = made->facts.size;
		*stored = ots_oss_object_hold(made);
	}
	if (bucket->locked.folder != NULL)
		ots_oss_folder_forget(bucket->locked.folder);
	(void)pthread_mutex_unlock(&bucket->mutex);
	return made != NULL;
}

static bool delete_version_locked(struct ots_oss_bucket *bucket, struct ots_bytes key,
				  struct ots_bytes version, struct ots_oss_deleted *out)
{
	struct ots_oss_object *object = ots_oss_bucket_newest_locked(bucket, key);

	(void)snprintf(out->version, sizeof out->version, "%.*s", (int)version.len,
		       (const char *)version.at);
	while (object != NULL && !ots_bytes_are(version, object->facts.version))
		object = object->older; /* ends: versions are finite */
	if (object == NULL)
		return true;
	out->marker = object->facts.delete_marker;
	ots_oss_bucket_remove_locked(bucket, object, true);
	return true;
}

static bool mark_deleted_locked(struct ots_oss_bucket *bucket, struct ots_bytes key, int64_t now_us,
				struct ots_oss_deleted *out, struct ots_oss_fault *fault)
{
	struct ots_oss_facts facts = {.key = key, .mtime_us = now_us, .delete_marker = true};
	const struct ots_oss_object *object;

	name_version(bucket, now_us, &facts);
	object = publish_locked(bucket, &facts, NULL, fault);
	if (object == NULL)
		return false;
	out->marker = true;
	memcpy(out->version, object->facts.version, sizeof out->version);
	return true;
}

bool ots_oss_bucket_delete(struct ots_oss_bucket *bucket, struct ots_bytes key,
			   struct ots_bytes version, int64_t now_us, struct ots_oss_deleted *out,
			   struct ots_oss_fault *fault)
{
	struct ots_oss_object *object;
	bool good = true;

	*out = (struct ots_oss_deleted){.marker = false};
	if (version.len > 0 && !ots_oss_is_version(version))
		return ots_oss_refuse(fault, OTS_OSS_INVALID_ARGUMENT, "Invalid version id.");
	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_bucket_refresh_locked(bucket, key);
	if (version.len > 0) {
		good = delete_version_locked(bucket, key, version, out);
	} else if (bucket->locked.versioning != OTS_OSS_UNVERSIONED) {
		good = mark_deleted_locked(bucket, key, now_us, out, fault);
	} else {
		object = ots_oss_bucket_newest_locked(bucket, key);
		if (object != NULL)
			ots_oss_bucket_remove_locked(bucket, object, true);
	}
	if (bucket->locked.folder != NULL)
		ots_oss_folder_forget(bucket->locked.folder);
	(void)pthread_mutex_unlock(&bucket->mutex);
	return good;
}

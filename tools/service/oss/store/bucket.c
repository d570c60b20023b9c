#include "bucket_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

enum ots_status ots_oss_bucket_new(const char *name, struct ots_oss_blobs *blobs,
				   struct ots_oss_journal *journal, struct ots_oss_bucket **out,
				   struct ots_error *err)
{
	struct ots_oss_bucket *bucket = calloc(1, sizeof *bucket);

	if (bucket == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "bucket %s", name);
	(void)pthread_mutex_init(&bucket->mutex, NULL);
	bucket->blobs = blobs;
	bucket->journal = journal;
	bucket->name = strdup(name);
	(void)snprintf(bucket->locked.acl, sizeof bucket->locked.acl, "private");
	if (bucket->name == NULL) {
		ots_oss_bucket_free(bucket);
		return ots_fail(err, OTS_NO_MEMORY, "bucket %s", name);
	}
	*out = bucket;
	return OTS_OK;
}

void ots_oss_bucket_free(struct ots_oss_bucket *bucket)
{
	struct ots_oss_place place = {0, 0};
	struct ots_oss_item *item;

	if (bucket == NULL)
		return;
	ots_oss_uploads_release(bucket);
	while ((item = ots_oss_index_at(&bucket->locked.objects, place)) != NULL) {
		place = ots_oss_index_next(&bucket->locked.objects, place); /* ends: it moves */
		ots_oss_object_drop((struct ots_oss_object *)(void *)item);
	}
	ots_oss_index_release(&bucket->locked.objects);
	ots_oss_folder_close(bucket->locked.folder);
	(void)pthread_mutex_destroy(&bucket->mutex);
	free(bucket->name);
	free(bucket);
}

void ots_oss_bucket_facts(struct ots_oss_bucket *bucket, struct ots_oss_bucket_facts *out)
{
	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_bucket_scan_locked(bucket, (struct ots_bytes){NULL, 0});
	*out = (struct ots_oss_bucket_facts){
		.name = bucket->name,
		.created_us = bucket->created_us,
		.versioning = bucket->locked.versioning,
		.object_count = bucket->locked.object_count,
		.upload_count = bucket->locked.uploads.count,
		.bytes = bucket->locked.bytes,
	};
	memcpy(out->acl, bucket->locked.acl, sizeof out->acl);
	(void)pthread_mutex_unlock(&bucket->mutex);
}

bool ots_oss_bucket_set(struct ots_oss_bucket *bucket, enum ots_oss_versioning versioning,
			const char *acl, struct ots_oss_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = OTS_OK;

	(void)pthread_mutex_lock(&bucket->mutex);
	bucket->locked.versioning = versioning;
	(void)snprintf(bucket->locked.acl, sizeof bucket->locked.acl, "%s", acl);
	if (bucket->journal != NULL)
		status = ots_oss_journal_put_bucket(
			bucket->journal,
			&(struct ots_oss_bucket_line){bucket->name, bucket->created_us,
						      (int)versioning, acl},
			&err);
	(void)pthread_mutex_unlock(&bucket->mutex);
	return status == OTS_OK || ots_oss_refuse_error(fault, &err);
}

void ots_oss_found_release(struct ots_oss_found *found)
{
	ots_oss_content_close(&found->content);
	ots_oss_object_drop(found->object);
	found->object = NULL;
}

struct ots_oss_object *ots_oss_bucket_newest_locked(struct ots_oss_bucket *bucket,
						    struct ots_bytes key)
{
	return (struct ots_oss_object *)(void *)ots_oss_index_find(&bucket->locked.objects, key);
}

bool ots_oss_is_version(struct ots_bytes text)
{
	if (ots_bytes_are(text, "null"))
		return true;
	if (text.len != 4 + 24 || memcmp(text.at, "CAEQ", 4) != 0)
		return false;
	for (size_t i = 4; i < text.len; i++)
		if (strchr("0123456789abcdef", text.at[i]) == NULL)
			return false;
	return true;
}

static struct ots_oss_object *version_of(struct ots_oss_object *newest, struct ots_bytes version)
{
	while (newest != NULL && !ots_bytes_are(version, newest->facts.version))
		newest = newest->older; /* ends: versions are finite */
	return newest;
}

/* Open the content as the lock finds it. */
static bool open_content(struct ots_oss_bucket *bucket, const struct ots_oss_object *object,
			 struct ots_oss_content *content, struct ots_oss_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_oss_file file;
	int reason;

	if (!object->facts.in_folder)
		return ots_oss_blob_open(bucket->blobs, object->blob, content, &err) == OTS_OK ||
		       ots_oss_refuse_error(fault, &err);
	*content = (struct ots_oss_content){.fd = -1, .size = object->facts.size};
	reason = ots_oss_folder_open_file(bucket->locked.folder, object->facts.key, O_RDONLY,
					  &content->fd, &file);
	return reason == 0 || ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR,
					     "The file cannot be opened: %s.", strerror(reason));
}

bool ots_oss_bucket_find(struct ots_oss_bucket *bucket, const struct ots_oss_query *query,
			 struct ots_oss_found *found, struct ots_oss_fault *fault)
{
	struct ots_oss_object *object;
	bool good = true;

	*found = (struct ots_oss_found){.content = {.fd = -1}};
	if (query->version.len > 0 && !ots_oss_is_version(query->version))
		return ots_oss_refuse(fault, OTS_OSS_INVALID_ARGUMENT, "Invalid version id.");
	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_bucket_refresh_locked(bucket, query->key);
	object = ots_oss_bucket_newest_locked(bucket, query->key);
	if (query->version.len > 0)
		object = version_of(object, query->version);
	if (object != NULL) {
		found->object = ots_oss_object_hold(object);
		if (query->content)
			good = open_content(bucket, object, &found->content, fault);
	}
	if (bucket->locked.folder != NULL)
		ots_oss_folder_forget(bucket->locked.folder);
	(void)pthread_mutex_unlock(&bucket->mutex);
	if (good && found->object != NULL &&
	    (query->version.len > 0 || !found->object->facts.delete_marker))
		return true;
	if (!good || found->object == NULL || !found->object->facts.delete_marker)
		ots_oss_found_release(found); /* of a marker, the caller says that it is one */
	(void)ots_oss_detail(fault, "Key", query->key);
	if (!good)
		return false;
	if (query->version.len > 0) {
		(void)ots_oss_detail(fault, "VersionId", query->version);
		return ots_oss_refuse(fault, OTS_OSS_NO_SUCH_VERSION,
				      "The specified version does not exist.");
	}
	return ots_oss_refuse(fault, OTS_OSS_NO_SUCH_KEY, "The specified key does not exist.");
}

/* Count what a version adds to the bucket or takes away. */
static void count_locked(struct ots_oss_bucket *bucket, const struct ots_oss_object *object,
			 bool added)
{
	const uint64_t one = object->facts.delete_marker ? 0 : 1;

	bucket->locked.object_count += added ? one : 0 - one;
	bucket->locked.bytes += added ? object->facts.size : 0 - object->facts.size;
}

bool ots_oss_bucket_replace_locked(struct ots_oss_bucket *bucket, struct ots_oss_object *old,
				   struct ots_oss_object *object, struct ots_oss_fault *fault)
{
	struct ots_oss_object *newest = ots_oss_bucket_newest_locked(bucket, object->facts.key);
	struct ots_oss_object *each;
	struct ots_error err = {.status = OTS_OK};
	struct ots_oss_item *replaced = NULL;
	enum ots_status status = OTS_OK;

	if (bucket->journal != NULL)
		status = ots_oss_journal_put(bucket->journal, bucket->name, &object->facts,
					     ots_oss_blob_id(object->blob), &err);
	if (status == OTS_OK && bucket->journal != NULL && old != NULL &&
	    old->facts.sequence != object->facts.sequence)
		status = ots_oss_journal_remove(bucket->journal, bucket->name, old->facts.key,
						old->facts.sequence, &err);
	if (status == OTS_OK && (newest == NULL || newest == old || old == NULL) &&
	    !ots_oss_index_put(&bucket->locked.objects, &object->item, &replaced))
		status = ots_fail(&err, OTS_NO_MEMORY, "bucket %s", bucket->name);
	if (status != OTS_OK) {
		ots_oss_object_drop(object);
		return ots_oss_refuse_error(fault, &err);
	}
	count_locked(bucket, object, true);
	if (old == NULL) {
		object->older =
			newest; /* held by the index until now, by its newer one from here */
		return true;
	}
	object->older = old->older;
	old->older = NULL;
	for (each = newest; each != NULL && each != old; each = each->older)
		if (each->older == old) {
			each->older = object;
			break;
		}
	count_locked(bucket, old, false);
	ots_oss_object_drop(old);
	return true;
}

void ots_oss_bucket_remove_locked(struct ots_oss_bucket *bucket, struct ots_oss_object *object,
				  bool file_too)
{
	struct ots_oss_object *newest = ots_oss_bucket_newest_locked(bucket, object->facts.key);
	struct ots_oss_object *older = object->older, *newer = newest;
	struct ots_oss_item *replaced;

	if (object->facts.in_folder && file_too)
		ots_oss_folder_remove(bucket->locked.folder, object->facts.key);
	if (bucket->journal != NULL)
		(void)ots_oss_journal_remove(bucket->journal, bucket->name, object->facts.key,
					     object->facts.sequence, NULL);
	count_locked(bucket, object, false);
	object->older = NULL;
	if (object != newest) {
		while (newer->older != object)
			newer = newer->older; /* ends: it is one of the versions */
		newer->older = older;
	} else if (older != NULL) {
		(void)ots_oss_index_put(&bucket->locked.objects, &older->item, &replaced);
	} else {
		(void)ots_oss_index_remove(&bucket->locked.objects, object->facts.key);
	}
	ots_oss_object_drop(object);
}

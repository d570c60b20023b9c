#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>

#include "bucket_priv.h"

#define PATH_BYTES 4096

struct ots_oss_store {
	char *dir; /* NULL: in memory */
	struct ots_oss_blobs *blobs;
	struct ots_oss_journal *journal;
	pthread_mutex_t mutex;
	struct {
		struct ots_oss_bucket *buckets[OTS_OSS_BUCKETS_MAX]; /* by name; removed ones too */
		size_t count;
	} locked;
};

bool ots_oss_is_bucket_name(struct ots_bytes name)
{
	if (name.len < 3 || name.len > 63 || name.at[0] == '-' || name.at[name.len - 1] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!((name.at[i] >= 'a' && name.at[i] <= 'z') ||
		      (name.at[i] >= '0' && name.at[i] <= '9') || name.at[i] == '-'))
			return false;
	return true;
}

static struct ots_oss_bucket *find_locked(struct ots_oss_store *store, struct ots_bytes name)
{
	for (size_t i = 0; i < store->locked.count; i++)
		if (ots_bytes_are(name, store->locked.buckets[i]->name) &&
		    !store->locked.buckets[i]->locked.removed)
			return store->locked.buckets[i];
	return NULL;
}

struct ots_oss_bucket *ots_oss_store_find(struct ots_oss_store *store, struct ots_bytes name)
{
	struct ots_oss_bucket *bucket;

	(void)pthread_mutex_lock(&store->mutex);
	bucket = find_locked(store, name);
	(void)pthread_mutex_unlock(&store->mutex);
	return bucket;
}

size_t ots_oss_store_each(struct ots_oss_store *store, struct ots_oss_bucket **out)
{
	size_t count = 0;

	(void)pthread_mutex_lock(&store->mutex);
	for (size_t i = 0; i < store->locked.count; i++)
		if (!store->locked.buckets[i]->locked.removed)
			out[count++] = store->locked.buckets[i];
	(void)pthread_mutex_unlock(&store->mutex);
	return count;
}

/* Versions from the journal, oldest first. */
static bool load_object(void *arg, const struct ots_oss_facts *facts, uint64_t blob_id)
{
	struct ots_oss_bucket *bucket = arg;
	struct ots_oss_blob *blob =
		blob_id != 0 ? ots_oss_blob_of_file(blob_id, facts->size) : NULL;
	struct ots_oss_object *object;
	struct ots_oss_item *replaced;

	if (blob_id != 0 && (blob == NULL || !ots_oss_blobs_keep(bucket->blobs, blob_id)))
		return false;
	object = ots_oss_object_new(bucket->blobs, facts, blob);
	if (object == NULL)
		return false;
	object->older = ots_oss_bucket_newest_locked(bucket, facts->key);
	if (!ots_oss_index_put(&bucket->locked.objects, &object->item, &replaced))
		return false;
	if (facts->sequence > bucket->locked.sequence)
		bucket->locked.sequence = facts->sequence;
	bucket->locked.object_count += facts->delete_marker ? 0 : 1;
	bucket->locked.bytes += facts->size;
	return true;
}

/* Put a bucket among the others. */
static enum ots_status add_locked(struct ots_oss_store *store, const char *name,
				  struct ots_oss_bucket **out, struct ots_error *err)
{
	struct ots_oss_bucket *bucket = NULL;
	enum ots_status status = OTS_OK;
	char path[PATH_BYTES];
	size_t at = store->locked.count;

	if (store->locked.count == OTS_OSS_BUCKETS_MAX)
		return ots_fail(err, OTS_LIMIT, "bucket %s: more than the limit of %d buckets",
				name, OTS_OSS_BUCKETS_MAX);
	status = ots_oss_bucket_new(name, store->blobs, store->journal, &bucket, err);
	if (status == OTS_OK && store->dir != NULL) {
		if (snprintf(path, sizeof path, "%s/oss/%s", store->dir, name) >= PATH_BYTES)
			status = ots_fail(err, OTS_IO, "%s: the path is too long", store->dir);
		else
			status = ots_oss_folder_open(path, &bucket->locked.folder, err);
	}
	if (status == OTS_OK && store->journal != NULL)
		status = ots_oss_journal_each(store->journal, name, load_object, bucket, err);
	if (status != OTS_OK) {
		ots_oss_bucket_free(bucket);
		return status;
	}
	while (at > 0 &&
	       strcmp(store->locked.buckets[at - 1]->name, name) > 0) { /* ends: it falls */
		store->locked.buckets[at] = store->locked.buckets[at - 1];
		at--;
	}
	store->locked.buckets[at] = bucket;
	store->locked.count++;
	*out = bucket;
	return OTS_OK;
}

bool ots_oss_store_add(struct ots_oss_store *store, struct ots_bytes name, int64_t now_us,
		       struct ots_oss_bucket **out, struct ots_oss_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = OTS_OK;
	char text[64];

	if (!ots_oss_is_bucket_name(name))
		return ots_oss_refuse(fault, OTS_OSS_INVALID_BUCKET_NAME,
				      "The specified bucket is not valid.");
	(void)snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.at);
	(void)pthread_mutex_lock(&store->mutex);
	*out = find_locked(store, name);
	if (*out == NULL) {
		status = add_locked(store, text, out, &err);
		if (status == OTS_OK && *out != NULL) {
			(*out)->created_us = now_us;
			if (store->journal != NULL)
				status = ots_oss_journal_put_bucket(
					store->journal,
					&(struct ots_oss_bucket_line){text, now_us, 0, "private"},
					&err);
		}
	}
	(void)pthread_mutex_unlock(&store->mutex);
	return status == OTS_OK || ots_oss_refuse_error(fault, &err);
}

bool ots_oss_store_remove(struct ots_oss_store *store, struct ots_bytes name,
			  struct ots_oss_fault *fault)
{
	struct ots_oss_bucket *bucket;
	char path[PATH_BYTES];
	bool empty = false;

	(void)pthread_mutex_lock(&store->mutex);
	bucket = find_locked(store, name);
	if (bucket != NULL) {
		(void)pthread_mutex_lock(&bucket->mutex);
		ots_oss_bucket_scan_locked(bucket, (struct ots_bytes){NULL, 0});
		empty = bucket->locked.objects.count == 0 && bucket->locked.uploads.count == 0;
		bucket->locked.removed = empty;
		(void)pthread_mutex_unlock(&bucket->mutex);
	}
	if (empty && store->journal != NULL)
		(void)ots_oss_journal_remove_bucket(store->journal, bucket->name, NULL);
	if (empty && store->dir != NULL &&
	    snprintf(path, sizeof path, "%s/oss/%s", store->dir, bucket->name) < PATH_BYTES)
		(void)rmdir(path); /* one that holds folders of its own stays */
	(void)pthread_mutex_unlock(&store->mutex);
	if (bucket == NULL)
		return ots_oss_refuse(fault, OTS_OSS_NO_SUCH_BUCKET,
				      "The specified bucket does not exist.");
	(void)ots_oss_detail(fault, "BucketName", name);
	return empty || ots_oss_refuse(fault, OTS_OSS_BUCKET_NOT_EMPTY,
				       "The bucket you tried to delete is not empty.");
}

struct load {
	struct ots_oss_store *store;
	struct ots_error *err;
	enum ots_status status;
};

static bool load_bucket(void *arg, const struct ots_oss_bucket_line *line)
{
	struct load *load = arg;
	struct ots_oss_bucket *bucket = NULL;

	load->status = add_locked(load->store, line->name, &bucket, load->err);
	if (load->status != OTS_OK)
		return false;
	bucket->created_us = line->created_us;
	bucket->locked.versioning = (enum ots_oss_versioning)line->versioning;
	(void)snprintf(bucket->locked.acl, sizeof bucket->locked.acl, "%s", line->acl);
	return true;
}

/* Folders below DIR/oss/ that nobody told us of are buckets too. */
static enum ots_status find_folders(struct ots_oss_store *store, const char *path, int64_t now_us,
				    struct ots_error *err)
{
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	struct ots_oss_bucket *bucket;
	const struct dirent *entry;
	DIR *dir = opendir(path);
	bool good = true;

	if (dir == NULL)
		return ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
	while (good && (entry = readdir(dir)) != NULL) { /* ends: the folder does */
		const struct ots_bytes name = ots_bytes_of(entry->d_name);
		struct stat st;

		if (ots_oss_is_bucket_name(name) && ots_oss_store_find(store, name) == NULL &&
		    fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode))
			good = ots_oss_store_add(store, name, now_us, &bucket, &fault);
	}
	(void)closedir(dir);
	return good ? OTS_OK : ots_fail(err, OTS_IO, "%s: %s", path, fault.message);
}

static enum ots_status make_folder(const char *dir, const char *below, char path[PATH_BYTES],
				   struct ots_error *err)
{
	if (snprintf(path, PATH_BYTES, "%s/%s", dir, below) >= PATH_BYTES)
		return ots_fail(err, OTS_IO, "%s: the path is too long", dir);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
	return OTS_OK;
}

static enum ots_status open_folders(struct ots_oss_store *store, int64_t now_us,
				    struct ots_error *err)
{
	struct load load = {store, err, OTS_OK};
	char oss[PATH_BYTES], state[PATH_BYTES];
	enum ots_status status = OTS_OK;

	if (mkdir(store->dir, 0777) != 0 && errno != EEXIST)
		return ots_fail(err, OTS_IO, "%s: %s", store->dir, strerror(errno));
	status = make_folder(store->dir, "oss", oss, err);
	if (status == OTS_OK)
		status = make_folder(store->dir, "oss.state", state, err);
	if (status == OTS_OK)
		status = ots_oss_journal_open(state, &store->journal, err);
	if (status == OTS_OK)
		status = ots_oss_blobs_open_folder(state, &store->blobs, err);
	if (status == OTS_OK)
		status = ots_oss_journal_each_bucket(store->journal, load_bucket, &load, err);
	if (status == OTS_OK)
		status = load.status;
	if (status == OTS_OK)
		status = find_folders(store, oss, now_us, err);
	if (status == OTS_OK)
		ots_oss_blobs_sweep(store->blobs);
	return status;
}

enum ots_status ots_oss_store_open(const char *dir, int64_t now_us, struct ots_oss_store **out,
				   struct ots_error *err)
{
	struct ots_oss_store *store = calloc(1, sizeof *store);
	enum ots_status status;

	if (store == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "buckets");
	(void)pthread_mutex_init(&store->mutex, NULL);
	if (dir == NULL) {
		status = ots_oss_blobs_open_memory(OTS_OSS_MEMORY_BYTES, &store->blobs, err);
	} else {
		store->dir = strdup(dir);
		status = store->dir == NULL ? ots_fail(err, OTS_NO_MEMORY, "buckets")
					    : open_folders(store, now_us, err);
	}
	if (status == OTS_OK)
		*out = store;
	else
		ots_oss_store_close(store);
	return status;
}

/* A bucket of the journal whose blobs stay: objects are let go of, their content is not. */
void ots_oss_store_close(struct ots_oss_store *store)
{
	if (store == NULL)
		return;
	if (store->blobs != NULL && store->dir != NULL)
		ots_oss_blobs_detach(store->blobs);
	for (size_t i = 0; i < store->locked.count; i++)
		ots_oss_bucket_free(store->locked.buckets[i]);
	ots_oss_blobs_close(store->blobs);
	ots_oss_journal_close(store->journal);
	(void)pthread_mutex_destroy(&store->mutex);
	free(store->dir);
	free(store);
}

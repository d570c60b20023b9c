#include "uploads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "bucket_priv.h"

/* One upload; in the index under its key, a NUL and its id. */
struct ots_oss_upload {
	struct ots_oss_item item;
	int64_t begun_us;
	struct ots_oss_part *parts; /* ascending */
	size_t count, cap;
	struct ots_bytes headers;
	uint8_t bytes[];
};

struct ots_oss_blobs *ots_oss_bucket_blobs(struct ots_oss_bucket *bucket)
{
	return bucket->blobs;
}

static void free_upload(struct ots_oss_bucket *bucket, struct ots_oss_upload *upload)
{
	for (size_t i = 0; i < upload->count; i++)
		ots_oss_blob_drop(bucket->blobs, upload->parts[i].blob);
	free(upload->parts);
	free(upload);
}

void ots_oss_uploads_release(struct ots_oss_bucket *bucket)
{
	struct ots_oss_place place = {0, 0};
	struct ots_oss_item *item;

	while ((item = ots_oss_index_at(&bucket->locked.uploads, place)) != NULL) {
		place = ots_oss_index_next(&bucket->locked.uploads, place); /* ends: it moves */
		free_upload(bucket, (struct ots_oss_upload *)(void *)item);
	}
	ots_oss_index_release(&bucket->locked.uploads);
}

#define UPLOAD_KEY_BYTES (1024 + OTS_OSS_UPLOAD_ID_BYTES)

/* The key in the index. @return false: no upload can have such a name */
static bool join(const struct ots_oss_upload_name *name, uint8_t out[UPLOAD_KEY_BYTES],
		 struct ots_bytes *key)
{
	if (name->key.len > 1023 || name->id.len >= OTS_OSS_UPLOAD_ID_BYTES)
		return false;
	memcpy(out, name->key.at, name->key.len);
	out[name->key.len] = '\0';
	if (name->id.len > 0)
		memcpy(out + name->key.len + 1, name->id.at, name->id.len);
	*key = (struct ots_bytes){out, name->key.len + 1 + name->id.len};
	return true;
}

static struct ots_oss_upload *find_locked(struct ots_oss_bucket *bucket,
					  const struct ots_oss_upload_name *name,
					  struct ots_oss_fault *fault)
{
	uint8_t bytes[UPLOAD_KEY_BYTES];
	struct ots_bytes key;
	struct ots_oss_item *item =
		join(name, bytes, &key) ? ots_oss_index_find(&bucket->locked.uploads, key) : NULL;

	if (item == NULL) {
		(void)ots_oss_detail(fault, "UploadId", name->id);
		(void)ots_oss_refuse(fault, OTS_OSS_NO_SUCH_UPLOAD,
				     "The specified upload does not exist. The upload ID may be "
				     "invalid, or the upload may have been aborted or completed.");
	}
	return (struct ots_oss_upload *)(void *)item;
}

bool ots_oss_upload_begin(struct ots_oss_bucket *bucket, struct ots_bytes key,
			  struct ots_bytes headers, int64_t now_us,
			  char id[OTS_OSS_UPLOAD_ID_BYTES], struct ots_oss_fault *fault)
{
	const size_t id_len = OTS_OSS_UPLOAD_ID_BYTES - 1;
	struct ots_oss_upload *upload =
		calloc(1, sizeof *upload + key.len + 1 + id_len + headers.len);
	struct ots_oss_item *replaced = NULL;
	uint8_t *at;
	bool good;

	if (upload == NULL)
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	(void)pthread_mutex_lock(&bucket->mutex);
	(void)snprintf(id, OTS_OSS_UPLOAD_ID_BYTES, "%016" PRIX64 "%016" PRIX64, (uint64_t)now_us,
		       ++bucket->locked.next_upload);
	at = upload->bytes;
	memcpy(at, key.at, key.len);
	memcpy(at + key.len + 1, id, id_len);
	upload->item.key = (struct ots_bytes){at, key.len + 1 + id_len};
	upload->item.name_len = key.len;
	at += upload->item.key.len;
	if (headers.len > 0)
		memcpy(at, headers.at, headers.len);
	upload->headers = (struct ots_bytes){at, headers.len};
	upload->begun_us = now_us;
	good = ots_oss_index_put(&bucket->locked.uploads, &upload->item, &replaced);
	(void)pthread_mutex_unlock(&bucket->mutex);
	if (good)
		return true;
	free(upload);
	return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
}

/* Where a part of that number stands, or would. */
static size_t part_at(const struct ots_oss_upload *upload, uint32_t number)
{
	size_t at = upload->count;

	while (at > 0 && upload->parts[at - 1].number >= number) /* ends: at falls */
		at--;
	return at;
}

static bool keep_part(struct ots_oss_bucket *bucket, struct ots_oss_upload *upload,
		      const struct ots_oss_part *part)
{
	const size_t at = part_at(upload, part->number);

	if (at < upload->count && upload->parts[at].number == part->number) {
		ots_oss_blob_drop(bucket->blobs, upload->parts[at].blob);
		upload->parts[at] = *part;
		return true;
	}
	if (upload->count == upload->cap) {
		const size_t cap = upload->cap == 0 ? 8 : upload->cap * 2;
		struct ots_oss_part *parts = realloc(upload->parts, cap * sizeof *parts);

		if (parts == NULL)
			return false;
		upload->parts = parts;
		upload->cap = cap;
	}
	memmove(&upload->parts[at + 1], &upload->parts[at],
		(upload->count - at) * sizeof *upload->parts);
	upload->parts[at] = *part;
	upload->count++;
	return true;
}

bool ots_oss_upload_put(struct ots_oss_bucket *bucket, const struct ots_oss_upload_name *name,
			const struct ots_oss_part *part, struct ots_oss_fault *fault)
{
	struct ots_oss_upload *upload;
	bool good = false;

	(void)pthread_mutex_lock(&bucket->mutex);
	upload = find_locked(bucket, name, fault);
	if (upload != NULL) {
		good = keep_part(bucket, upload, part);
		if (!good)
			(void)ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	}
	(void)pthread_mutex_unlock(&bucket->mutex);
	if (!good)
		ots_oss_blob_drop(bucket->blobs, part->blob);
	return good;
}

bool ots_oss_upload_abort(struct ots_oss_bucket *bucket, const struct ots_oss_upload_name *name,
			  struct ots_oss_fault *fault)
{
	struct ots_oss_upload *upload;

	(void)pthread_mutex_lock(&bucket->mutex);
	upload = find_locked(bucket, name, fault);
	if (upload != NULL) {
		(void)ots_oss_index_remove(&bucket->locked.uploads, upload->item.key);
		free_upload(bucket, upload);
	}
	(void)pthread_mutex_unlock(&bucket->mutex);
	return upload != NULL;
}

bool ots_oss_upload_parts(struct ots_oss_bucket *bucket, const struct ots_oss_upload_name *name,
			  struct ots_arena *arena, struct ots_oss_upload_parts *out,
			  struct ots_oss_fault *fault)
{
	const struct ots_oss_upload *upload;
	bool good = false;

	*out = (struct ots_oss_upload_parts){.count = 0};
	(void)pthread_mutex_lock(&bucket->mutex);
	upload = find_locked(bucket, name, fault);
	if (upload != NULL) {
		out->parts =
			ots_arena_copy(arena, upload->parts, upload->count * sizeof *upload->parts);
		out->headers.at = ots_arena_copy(arena, upload->headers.at, upload->headers.len);
		out->headers.len = upload->headers.len;
		good = out->parts != NULL && out->headers.at != NULL;
		if (!good)
			(void)ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
		for (size_t i = 0; good && i < upload->count; i++)
			(void)ots_oss_blob_hold(out->parts[i].blob);
		out->count = good ? upload->count : 0;
	}
	(void)pthread_mutex_unlock(&bucket->mutex);
	return good;
}

void ots_oss_upload_parts_release(struct ots_oss_bucket *bucket, struct ots_oss_upload_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		ots_oss_blob_drop(bucket->blobs, parts->parts[i].blob);
	parts->count = 0;
}

/* @return false without room */
static bool add_line(const struct ots_oss_upload *upload, struct ots_bytes folded,
		     struct ots_arena *arena, struct ots_oss_upload_listing *out)
{
	struct ots_oss_upload_line *line = &out->lines[out->count++];
	const struct ots_bytes whole = upload->item.key;
	const uint8_t *copy = ots_arena_copy(arena, whole.at, whole.len);

	*line = (struct ots_oss_upload_line){.key = {copy, folded.len}};
	if (folded.len == 0) {
		line->key.len = upload->item.name_len;
		line->id.at = copy + upload->item.name_len + 1;
		line->id.len = whole.len - upload->item.name_len - 1;
		line->begun_us = upload->begun_us;
	}
	return copy != NULL;
}

bool ots_oss_uploads_list(struct ots_oss_bucket *bucket, const struct ots_oss_walk_query *query,
			  struct ots_bytes after_id, size_t most, struct ots_arena *arena,
			  struct ots_oss_upload_listing *out, struct ots_oss_fault *fault)
{
	struct ots_oss_walk_query own = *query;
	struct ots_oss_walk walk;
	bool good = true;

	*out = (struct ots_oss_upload_listing){.count = 0};
	out->lines = ots_arena_alloc(arena, (most > 0 ? most : 1) * sizeof *out->lines);
	if (out->lines == NULL)
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	own.with_after = after_id.len > 0; /* more uploads of that key may come */
	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_walk_begin(&walk, &bucket->locked.uploads, &own);
	while (good && most > 0) { /* ends: the walk does, or the page is full */
		struct ots_bytes folded, name, id;
		struct ots_oss_item *item = ots_oss_walk_next(&walk, &folded);

		if (item == NULL)
			break;
		name = (struct ots_bytes){item->key.at, item->name_len};
		id = (struct ots_bytes){item->key.at + item->name_len + 1,
					item->key.len - item->name_len - 1};
		if (folded.len == 0 && own.with_after && ots_bytes_equal(name, own.after) &&
		    ots_oss_compare_keys(id, after_id) <= 0)
			continue;
		if (out->count == most) {
			out->truncated = true;
			break;
		}
		good = add_line((const struct ots_oss_upload *)(const void *)item, folded, arena,
				out);
	}
	(void)pthread_mutex_unlock(&bucket->mutex);
	return good || ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
}

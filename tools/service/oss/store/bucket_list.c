#include "bucket_priv.h"

#include <string.h>

#include <otsfs/base/bytes.h>

/* A listing that is being made. */
struct making {
	struct ots_oss_bucket *bucket;
	const struct ots_oss_list *list;
	struct ots_arena *arena;
	struct ots_oss_listing *out;
};

/* @return false without room */
static bool add_line(struct making *making, struct ots_oss_object *object, bool latest,
		     struct ots_bytes prefix)
{
	struct ots_oss_line *line = &making->out->lines[making->out->count];

	*line = (struct ots_oss_line){.latest = latest};
	if (object != NULL) {
		line->object = ots_oss_object_hold(object);
	} else {
		line->prefix.at = ots_arena_copy(making->arena, prefix.at, prefix.len);
		line->prefix.len = prefix.len;
		if (line->prefix.at == NULL)
			return false;
	}
	making->out->count++;
	return true;
}

/* Whether an object is still what the folder holds; if not the index is told, and places in it have
 * moved. */
static bool is_current(struct making *making, struct ots_oss_object **object)
{
	struct ots_oss_index *objects = &making->bucket->locked.objects;
	const uint64_t changes = objects->changes;
	struct ots_bytes key = (*object)->facts.key;
	uint8_t copy[1024];

	if (ots_oss_bucket_is_current_locked(making->bucket, *object) || key.len > sizeof copy)
		return true;
	memcpy(copy, key.at, key.len); /* the object may go */
	key.at = copy;
	ots_oss_bucket_refresh_locked(making->bucket, key);
	*object = ots_oss_bucket_newest_locked(making->bucket, key);
	return objects->changes == changes;
}

/* All versions of a key, or those behind a marker. @return false: no room, or enough */
static bool add_versions(struct making *making, struct ots_oss_object *newest, bool *more)
{
	struct ots_bytes marker = making->list->after_version;
	struct ots_oss_object *each = newest;
	const bool at_marker =
		marker.len > 0 &&
		ots_oss_compare_keys(newest->facts.key, making->list->query.after) == 0;

	if (at_marker) {
		while (each != NULL && !ots_bytes_are(marker, each->facts.version))
			each = each->older; /* ends: versions are finite */
		each = each != NULL ? each->older : NULL;
	}
	for (; each != NULL; each = each->older) {
		if (making->out->count == making->list->most) {
			*more = true;
			return false;
		}
		if (!add_line(making, each, each == newest, (struct ots_bytes){NULL, 0}))
			return false;
	}
	return true;
}

/* One step. @return false at the end of the page */
static bool step(struct making *making, struct ots_oss_walk *walk, bool *more, bool *good)
{
	const struct ots_oss_list *list = making->list;
	struct ots_bytes folded, name;
	struct ots_oss_item *item = ots_oss_walk_next(walk, &folded);
	struct ots_oss_object *object = (struct ots_oss_object *)(void *)item;

	if (item == NULL)
		return false;
	if (folded.len == 0 && !list->versions && object->facts.delete_marker)
		return true;
	name = folded.len > 0 ? folded : item->key;
	if (making->out->count == list->most) {
		*more = true;
		return false;
	}
	if (folded.len > 0) {
		*good = add_line(making, NULL, false, name);
		return *good;
	}
	if (!is_current(making, &object)) {
		/* Start again behind the last line; what it finds now holds. */
		struct ots_oss_walk_query query = walk->query;
		const struct ots_oss_line *last =
			making->out->count > 0 ? &making->out->lines[making->out->count - 1] : NULL;

		if (last != NULL) {
			query.after = last->object != NULL ? last->object->facts.key : last->prefix;
			query.with_after = false;
		}
		ots_oss_walk_begin(walk, &making->bucket->locked.objects, &query);
		return true;
	}
	if (list->versions)
		return add_versions(making, object, more);
	*good = add_line(making, object, true, folded);
	return *good;
}

bool ots_oss_bucket_list(struct ots_oss_bucket *bucket, const struct ots_oss_list *list,
			 struct ots_arena *arena, struct ots_oss_listing *out,
			 struct ots_oss_fault *fault)
{
	struct making making = {bucket, list, arena, out};
	struct ots_oss_walk walk;
	bool more = false, good = true;

	*out = (struct ots_oss_listing){.lines = NULL};
	if (list->most == 0)
		return true;
	out->lines = ots_arena_alloc(arena, list->most * sizeof *out->lines);
	if (out->lines == NULL)
		return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	(void)pthread_mutex_lock(&bucket->mutex);
	ots_oss_bucket_scan_locked(bucket, list->query.prefix);
	ots_oss_walk_begin(&walk, &bucket->locked.objects, &list->query);
	while (step(&making, &walk, &more, &good)) {
		/* ends: the walk does, or the page is full; a file that changes again and again
		 * would have to do so faster than it is looked at */
	}
	if (bucket->locked.folder != NULL)
		ots_oss_folder_forget(bucket->locked.folder);
	(void)pthread_mutex_unlock(&bucket->mutex);
	out->truncated = more;
	if (good)
		return true;
	ots_oss_listing_release(out);
	return ots_oss_refuse(fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
}

void ots_oss_listing_release(struct ots_oss_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		ots_oss_object_drop(listing->lines[i].object);
	listing->count = 0;
}

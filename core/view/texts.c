#include "texts.h"

#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "identity.h"
#include "memory.h"

enum ots_status text_new(struct ots_view *view, const struct ots_object *object,
			 enum ots_node_form form, const struct ots_schema_place *place,
			 struct ots_text **out, struct ots_error *err)
{
	struct ots_text *text = calloc(1, sizeof *text);

	if (text != NULL)
		text->key = malloc(object->key_len + 1);
	if (text == NULL || text->key == NULL) {
		free(text);
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory to open it",
				(int)object->key_len, object->key);
	}
	memcpy(text->key, object->key, object->key_len);
	text->key[object->key_len] = '\0';
	text->key_len = object->key_len;
	memcpy(text->etag, object->etag, sizeof text->etag);
	text->etag[sizeof text->etag - 1] = '\0';
	text->place = *place;
	text->view = view;
	text->form = form;
	text->format = object->format;
	if (!identify_text(object, form, place, &text->identity)) {
		text_free(text);
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no digest of its name",
				(int)object->key_len, object->key);
	}
	*out = text;
	return OTS_OK;
}

void text_schema_free(struct ots_schema *schema)
{
	if (schema == NULL)
		return;
	ots_schema_release(schema);
	free(schema);
}

void text_free(struct ots_text *text)
{
	struct page *pages;

	if (text == NULL)
		return;
	view_lock(text->view);
	pages = memory_drop_text_locked(text->view, text);
	view_tell_locked(text->view);
	view_unlock(text->view);
	page_free_chain(pages);
	count_free(text->count, text->view);
	ots_input_close(text->input);
	text_schema_free(text->schema);
	free(text->locked.chunks);
	free(text->locked.failure);
	free(text->damage);
	free(text->key);
	free(text);
}

static struct ots_text **bucket_of(struct ots_view *view, const struct ots_text *text)
{
	return &view->locked.buckets[text->identity % TEXT_BUCKETS];
}

static bool is_same_place(const struct ots_text *a, const struct ots_text *b)
{
	return a->place.found == b->place.found && a->place.folder_len == b->place.folder_len &&
	       strcmp(a->place.etag, b->place.etag) == 0;
}

struct ots_text *text_find_locked(struct ots_view *view, const struct ots_text *like)
{
	struct ots_text *text = *bucket_of(view, like);

	while (text != NULL) { /* ends: the chain does */
		if (text->form == like->form && text->key_len == like->key_len &&
		    memcmp(text->key, like->key, like->key_len) == 0 &&
		    strcmp(text->etag, like->etag) == 0 && is_same_place(text, like))
			break;
		text = text->locked.next_in_bucket;
	}
	return text;
}

void text_list_locked(struct ots_view *view, struct ots_text *text)
{
	struct ots_text **bucket = bucket_of(view, text);

	text->locked.next_in_bucket = *bucket;
	*bucket = text;
	text->locked.listed = true;
}

void text_unlist_locked(struct ots_view *view, struct ots_text *text)
{
	struct ots_text **link = bucket_of(view, text);

	if (!text->locked.listed)
		return;
	while (*link != text) /* ends: a listed text is in its chain */
		link = &(*link)->locked.next_in_bucket;
	*link = text->locked.next_in_bucket;
	text->locked.listed = false;
}

static size_t index_bytes(const struct ots_text *text)
{
	return text->locked.chunk_cap * sizeof *text->locked.chunks;
}

void text_wake_locked(struct ots_view *view, struct ots_text *text)
{
	if (text->locked.newer_idle != NULL)
		text->locked.newer_idle->locked.older_idle = text->locked.older_idle;
	else
		view->locked.newest_idle = text->locked.older_idle;
	if (text->locked.older_idle != NULL)
		text->locked.older_idle->locked.newer_idle = text->locked.newer_idle;
	else
		view->locked.oldest_idle = text->locked.newer_idle;
	text->locked.newer_idle = NULL;
	text->locked.older_idle = NULL;
	view->locked.idle_count--;
	view->locked.idle_index_bytes -= index_bytes(text);
}

struct ots_text *text_idle_locked(struct ots_view *view, struct ots_text *text)
{
	struct ots_text *gone = NULL;

	text->locked.newer_idle = NULL;
	text->locked.older_idle = view->locked.newest_idle;
	if (text->locked.older_idle != NULL)
		text->locked.older_idle->locked.newer_idle = text;
	else
		view->locked.oldest_idle = text;
	view->locked.newest_idle = text;
	view->locked.idle_count++;
	view->locked.idle_index_bytes += index_bytes(text);
	while (view->locked.oldest_idle != NULL &&
	       (view->locked.idle_count > IDLE_TEXTS_MAX ||
		view->locked.idle_index_bytes >
			view->memory_bytes / 8)) { /* ends: idle_count falls */
		struct ots_text *oldest = view->locked.oldest_idle;

		text_wake_locked(view, oldest);
		text_unlist_locked(view, oldest);
		oldest->locked.older_idle = gone;
		gone = oldest;
	}
	return gone;
}

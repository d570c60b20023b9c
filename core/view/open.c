#include <otsfs/view/view.h>

#include <stdlib.h>

#include "count.h"
#include "identity.h"
#include "texts.h"

/* The text of @p fresh in the view: one that is there already, or @p fresh itself, which is then
 * NULL. One reference more. *is_shared: others have it open, or are about to. */
static struct ots_text *join(struct ots_view *view, struct ots_text **fresh, bool *is_shared)
{
	struct ots_text *text;

	view_lock(view);
	text = text_find_locked(view, *fresh);
	if (text == NULL) {
		text = *fresh;
		*fresh = NULL;
		text_list_locked(view, text);
	} else if (text->locked.refs == 0) {
		text_wake_locked(view, text);
	}
	*is_shared = text->locked.refs > 0;
	text->locked.refs++;
	view_unlock(view);
	return text;
}

/* The schema stays as it is now while the text is open, so that what is rendered again is what was
 * counted. */
static enum ots_status load_schema(struct ots_text *text, struct ots_error *err)
{
	const struct ots_bytes key = {(const uint8_t *)text->key, text->key_len};
	struct ots_schema *schema = malloc(sizeof *schema);
	enum ots_status status;

	if (schema == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory for its schema",
				(int)text->key_len, text->key);
	ots_schema_init(schema);
	status = ots_schema_load(text->view->store, key, &text->place, schema, err);
	if (status != OTS_OK) {
		text_schema_free(schema);
		(void)ots_context(err, "%.*s: its schema", (int)text->key_len, text->key);
		return status;
	}
	text->schema = schema;
	return OTS_OK;
}

/* What stands between a text and its use: its object opened, and counted once. */
static enum ots_status work(struct ots_text *text, struct ots_cancel *cancel, struct ots_error *err)
{
	const struct ots_bytes key = {(const uint8_t *)text->key, text->key_len};
	const struct ots_open_request request = {.key = key, .etag = text->etag, .cancel = cancel};
	const bool is_counted = text->locked.state == TEXT_READY; /* it was idle */
	enum ots_status status = OTS_OK;

	if (text->input == NULL)
		status = ots_input_open_as(text->view->store, &request, &text->input, err);
	if (status == OTS_OK && text->place.found && text->schema == NULL)
		status = load_schema(text, err);
	if (status != OTS_OK || is_counted)
		return status;
	if (text->form == OTS_NODE_FORM_RAW) {
		text->size = ots_input_entry(text->input)->size;
		return OTS_OK;
	}
	if (text->count == NULL)
		text->count = count_new();
	if (text->count == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory to open it",
				(int)text->key_len, text->key);
	/* Nobody else reads it before it is counted. */
	ots_input_set_cancel(text->input, cancel);
	status = count_run(text, cancel, err);
	ots_input_set_cancel(text->input, NULL);
	return status;
}

/* Do the work in this thread, for all who wait. With the lock held before and after, not between.
 * @p err  not NULL: who waits fails alike */
static enum ots_status work_locked(struct ots_text *text, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	struct ots_view *view = text->view;
	struct ots_error *failure = NULL;
	enum ots_status status;

	text->locked.busy = true;
	view_unlock(view);
	status = work(text, cancel, err);
	if (status != OTS_OK && status != OTS_CANCELLED) {
		failure = malloc(sizeof *failure);
		if (failure != NULL)
			*failure = *err;
	}
	view_lock(view);
	text->locked.busy = false;
	if (status == OTS_OK) {
		text->locked.state = TEXT_READY;
	} else if (status != OTS_CANCELLED) {
		/* Those who wait fail alike; the next to come tries anew. */
		text->locked.state = TEXT_FAILED;
		text->locked.failure = failure;
		text_unlist_locked(view, text);
	}
	view_tell_locked(view);
	return status;
}

static enum ots_status fail_alike(const struct ots_text *text, struct ots_error *err)
{
	if (text->locked.failure == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory to open it",
				(int)text->key_len, text->key);
	*err = *text->locked.failure;
	return text->locked.failure->status;
}

/* Until the text can be used, failed, or this caller gives up. @p err  not NULL */
static enum ots_status wait_ready(struct ots_text *text, struct ots_cancel *cancel,
				  struct ots_error *err)
{
	struct ots_view *view = text->view;
	enum ots_status status = OTS_OK;

	view_lock(view);
	for (;;) { /* ends: somebody is always at work, and work ends */
		const bool is_busy = text->locked.busy;

		if (!is_busy && text->locked.state == TEXT_FAILED)
			status = fail_alike(text, err);
		else if (!is_busy && text->locked.state == TEXT_READY && text->input != NULL)
			break;
		else if (ots_cancel_asked(cancel))
			status = ots_fail(err, OTS_CANCELLED, "%.*s: opening was cancelled",
					  (int)text->key_len, text->key);
		if (status != OTS_OK)
			break;
		if (is_busy)
			view_wait_locked(view);
		else
			status = work_locked(text, cancel, err);
	}
	view_unlock(view);
	return status;
}

/* Idle texts keep no descriptor open: their object is opened again, under its ETag, before they
 * serve. */
static void drop_reference(struct ots_text *text)
{
	struct ots_view *view = text->view;
	struct ots_text *gone = NULL;
	struct ots_input *input = NULL;
	struct ots_schema *schema = NULL;

	view_lock(view);
	text->locked.refs--;
	if (text->locked.refs == 0) {
		const bool may_serve = text->locked.state == TEXT_READY && text->locked.listed &&
				       text->form != OTS_NODE_FORM_RAW;

		if (may_serve) {
			input = text->input;
			text->input = NULL;
			schema = text->schema;
			text->schema = NULL;
			gone = text_idle_locked(view, text);
		} else {
			text_unlist_locked(view, text);
			text->locked.older_idle = NULL;
			gone = text;
		}
	}
	view_unlock(view);
	ots_input_close(input);
	text_schema_free(schema);
	while (gone != NULL) { /* ends: the chain does */
		struct ots_text *next = gone->locked.older_idle;

		text_free(gone);
		gone = next;
	}
}

/* Which schema holds for the object now. */
static enum ots_status find_schema(struct ots_view *view, const struct ots_object *object,
				   enum ots_node_form form, struct ots_cancel *cancel,
				   struct ots_schema_place *place, struct ots_error *err)
{
	const struct ots_bytes key = {(const uint8_t *)object->key, object->key_len};

	*place = (struct ots_schema_place){.found = false};
	if (!identity_wants_schema(object, form))
		return OTS_OK;
	return ots_schema_locate_until(view->store, key, cancel, place, err);
}

/* The object of a text that others have open had its ETag when they opened it. It may be another by
 * now: then the text serves them as far as it can, and nobody else. One that was idle needs no such
 * look, since its object has just been opened. */
static enum ots_status look_again(struct ots_text *text, struct ots_error *err)
{
	const enum ots_status status = ots_input_check(text->input, err);

	if (status == OTS_CHANGED) {
		view_lock(text->view);
		text_unlist_locked(text->view, text);
		view_unlock(text->view);
	}
	return status;
}

enum ots_status ots_text_open(struct ots_view *view, const struct ots_object *object,
			      enum ots_node_form form, struct ots_cancel *cancel,
			      struct ots_text **out, struct ots_error *err)
{
	struct ots_text *fresh = NULL;
	struct ots_text *text;
	struct ots_error why = {0};
	struct ots_schema_place place;
	bool is_shared;
	enum ots_status status;

	if (form != OTS_NODE_FORM_RAW && form != OTS_NODE_FORM_JSONL)
		return ots_fail(err, OTS_USAGE, "%.*s: form %d has no text", (int)object->key_len,
				object->key, (int)form);
	status = find_schema(view, object, form, cancel, &place, err);
	if (status == OTS_OK)
		status = text_new(view, object, form, &place, &fresh, err);
	if (status != OTS_OK)
		return status;
	text = join(view, &fresh, &is_shared);
	text_free(fresh);
	status = wait_ready(text, cancel, &why);
	if (status == OTS_OK && is_shared)
		status = look_again(text, &why);
	if (status != OTS_OK) {
		drop_reference(text);
		if (err != NULL)
			*err = why;
		return status;
	}
	*out = text;
	return OTS_OK;
}

void ots_text_close(struct ots_text *text)
{
	if (text != NULL)
		drop_reference(text);
}

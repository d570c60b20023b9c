#include "handle.h"

#include <stdlib.h>
#include <unistd.h>

void ots_handle_list_init(struct handle_list *list)
{
	list->first = NULL;
	(void)pthread_mutex_init(&list->mutex, NULL);
}

static void take_out(struct handle_list *list, struct handle *handle)
{
	(void)pthread_mutex_lock(&list->mutex);
	if (handle->previous != NULL)
		handle->previous->next = handle->next;
	else
		list->first = handle->next;
	if (handle->next != NULL)
		handle->next->previous = handle->previous;
	handle->listed = false;
	(void)pthread_mutex_unlock(&list->mutex);
}

void ots_handle_list_release(struct handle_list *list)
{
	while (list->first != NULL) { /* ends: each turn takes the first out */
		struct handle *first = list->first;

		take_out(list, first);
		ots_handle_free(list, first);
	}
	(void)pthread_mutex_destroy(&list->mutex);
}

struct handle *ots_handle_new(enum handle_kind kind, uint64_t number)
{
	struct handle *handle = calloc(1, sizeof *handle);

	if (handle == NULL)
		return NULL;
	handle->kind = kind;
	handle->number = number;
	handle->fd = -1;
	return handle;
}

void ots_handle_add(struct handle_list *list, struct handle *handle)
{
	(void)pthread_mutex_lock(&list->mutex);
	handle->next = list->first;
	if (list->first != NULL)
		list->first->previous = handle;
	list->first = handle;
	handle->listed = true;
	(void)pthread_mutex_unlock(&list->mutex);
}

void ots_handle_free(struct handle_list *list, struct handle *handle)
{
	if (handle == NULL)
		return;
	if (handle->listed)
		take_out(list, handle);
	ots_text_ref_release(handle->text);
	ots_content_release(handle->content);
	ots_listing_free(handle->listing);
	ots_buffer_release(&handle->generated);
	if (handle->fd >= 0)
		(void)close(handle->fd);
	free(handle);
}

bool ots_handle_generated_size(struct handle_list *list, uint64_t number, uint64_t *size)
{
	bool found = false;

	(void)pthread_mutex_lock(&list->mutex);
	for (const struct handle *h = list->first; !found && h != NULL; h = h->next) {
		if (h->number == number && h->kind == HANDLE_GENERATED) {
			*size = h->generated.len;
			found = true;
		}
	}
	(void)pthread_mutex_unlock(&list->mutex);
	return found;
}

bool ots_handle_has_writer(struct handle_list *list, const struct handle *but)
{
	bool found = false;

	(void)pthread_mutex_lock(&list->mutex);
	for (const struct handle *h = list->first; !found && h != NULL; h = h->next)
		found = h != but && h->content == but->content && h->writes;
	(void)pthread_mutex_unlock(&list->mutex);
	return found;
}

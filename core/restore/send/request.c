#include "request.h"

#include <stdlib.h>
#include <string.h>

/* What the messages around one row change add: operation type, condition, lengths. */
#define ROW_MESSAGE_BYTES 24

struct ots_out_request *ots_out_request_new(enum ots_out_kind kind, size_t cap)
{
	struct ots_out_request *request =
		malloc(sizeof *request + cap * sizeof(struct ots_out_row *));

	if (request != NULL)
		*request = (struct ots_out_request){
			.kind = kind, .intact = kind != OTS_OUT_BATCH, .cap = cap};
	return request;
}

void ots_out_request_free(struct ots_out_request *request)
{
	free(request);
}

bool ots_out_request_add(struct ots_out_request *request, struct ots_out_row *row)
{
	const size_t bytes = row->body_bytes + ROW_MESSAGE_BYTES;

	if (request->count == request->cap)
		return false;
	if (request->count > 0 && (request->body_bytes > OTS_REQUEST_BODY_MAX ||
				   bytes > OTS_REQUEST_BODY_MAX - request->body_bytes))
		return false;
	request->rows[request->count++] = row;
	request->body_bytes += bytes;
	return true;
}

bool ots_out_request_halve(struct ots_out_request *request, struct ots_out_request **rest)
{
	const size_t keep = request->count / 2;
	const size_t moved = request->count - keep;
	struct ots_out_request *other = ots_out_request_new(request->kind, moved);

	if (other == NULL)
		return false;
	for (size_t i = 0; i < moved; i++) {
		other->rows[i] = request->rows[keep + i];
		other->body_bytes += request->rows[keep + i]->body_bytes + ROW_MESSAGE_BYTES;
	}
	other->count = moved;
	other->intact = true;
	request->count = keep;
	request->intact = true;
	request->body_bytes -= other->body_bytes;
	*rest = other;
	return true;
}

void ots_out_queue_push(struct ots_out_queue *queue, struct ots_out_request *request)
{
	request->next = NULL;
	if (queue->last != NULL)
		queue->last->next = request;
	else
		queue->first = request;
	queue->last = request;
}

void ots_out_queue_push_front(struct ots_out_queue *queue, struct ots_out_request *request)
{
	request->next = queue->first;
	queue->first = request;
	if (queue->last == NULL)
		queue->last = request;
}

struct ots_out_request *ots_out_queue_pop(struct ots_out_queue *queue)
{
	struct ots_out_request *request = queue->first;

	if (request == NULL)
		return NULL;
	queue->first = request->next;
	if (queue->first == NULL)
		queue->last = NULL;
	return request;
}

bool ots_out_delayed_reserve(struct ots_out_delayed *delayed, size_t requests)
{
	struct ots_out_request **heap;

	if (requests <= delayed->cap)
		return true;
	if (requests > SIZE_MAX / sizeof(struct ots_out_request *))
		return false;
	heap = realloc(delayed->heap, requests * sizeof(struct ots_out_request *));
	if (heap == NULL)
		return false;
	delayed->heap = heap;
	delayed->cap = requests;
	return true;
}

void ots_out_delayed_add(struct ots_out_delayed *delayed, struct ots_out_request *request)
{
	size_t at = delayed->count++;

	while (at > 0) { /* ends: at is halved */
		const size_t above = (at - 1) / 2;

		if (delayed->heap[above]->due_ms <= request->due_ms)
			break;
		delayed->heap[at] = delayed->heap[above];
		at = above;
	}
	delayed->heap[at] = request;
}

struct ots_out_request *ots_out_delayed_due(struct ots_out_delayed *delayed, int64_t now_ms)
{
	struct ots_out_request *first, *last;
	size_t at = 0, below = 1;

	if (delayed->count == 0 || delayed->heap[0]->due_ms > now_ms)
		return NULL;
	first = delayed->heap[0];
	last = delayed->heap[--delayed->count];
	while (below < delayed->count) { /* ends: below doubles */
		if (below + 1 < delayed->count &&
		    delayed->heap[below + 1]->due_ms < delayed->heap[below]->due_ms)
			below++;
		if (last->due_ms <= delayed->heap[below]->due_ms)
			break;
		delayed->heap[at] = delayed->heap[below];
		at = below;
		below = 2 * at + 1;
	}
	if (delayed->count > 0)
		delayed->heap[at] = last;
	return first;
}

void ots_out_delayed_release(struct ots_out_delayed *delayed)
{
	for (size_t i = 0; i < delayed->count; i++)
		ots_out_request_free(delayed->heap[i]);
	free(delayed->heap);
	*delayed = (struct ots_out_delayed){.heap = NULL};
}

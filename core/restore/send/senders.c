#include "senders.h"

#include <stdlib.h>

#include <otsfs/base/wait.h>

#include "../target_call.h"

static void call(struct ots_sender *sender)
{
	struct ots_senders *all = sender->all;
	const struct ots_out_request *request = sender->request;

	for (size_t i = 0; i < request->count; i++)
		sender->errors[i].status = OTS_OK;
	sender->error.status = OTS_OK;
	sender->error.code[0] = '\0';
	sender->error.http_status = 0;
	if (request->kind == OTS_OUT_PUT_ROW)
		sender->status = ots_target_put_row(all->target, all->table, sender->records[0],
						    all->cancel, &sender->error);
	else
		sender->status =
			ots_target_write(all->target, all->table, sender->records, request->count,
					 sender->errors, all->cancel, &sender->error);
	sender->error.status = sender->status;
}

static void *serve(void *arg)
{
	struct ots_sender *sender = arg;
	struct ots_senders *all = sender->all;

	(void)pthread_mutex_lock(&all->wake->mutex);
	for (;;) { /* ends: the driver says so */
		while (!sender->busy && !all->ending)
			(void)pthread_cond_wait(&sender->work, &all->wake->mutex);
		if (!sender->busy)
			break;
		(void)pthread_mutex_unlock(&all->wake->mutex);
		call(sender);
		(void)pthread_mutex_lock(&all->wake->mutex);
		sender->busy = false;
		sender->next = all->answered;
		all->answered = sender;
		ots_wake_nudge_locked(all->wake);
	}
	(void)pthread_mutex_unlock(&all->wake->mutex);
	return NULL;
}

enum ots_status ots_senders_start(struct ots_senders *senders, size_t count, struct ots_error *err)
{
	senders->all = calloc(count, sizeof *senders->all);
	if (senders->all == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu senders", count);
	senders->count = count;
	for (size_t i = 0; i < count; i++) {
		struct ots_sender *sender = &senders->all[i];

		sender->all = senders;
		ots_wait_init(&sender->work);
		if (pthread_create(&sender->thread, NULL, serve, sender) != 0)
			return ots_fail(err, OTS_NO_MEMORY, "no thread for sender %zu of %zu",
					i + 1, count);
		sender->started = true;
		sender->next = senders->idle;
		senders->idle = sender;
	}
	return OTS_OK;
}

void ots_senders_stop(struct ots_senders *senders)
{
	(void)pthread_mutex_lock(&senders->wake->mutex);
	senders->ending = true;
	for (size_t i = 0; i < senders->count; i++)
		if (senders->all[i].started)
			(void)pthread_cond_signal(&senders->all[i].work);
	(void)pthread_mutex_unlock(&senders->wake->mutex);
	for (size_t i = 0; i < senders->count; i++) {
		if (senders->all[i].all == NULL)
			continue;
		if (senders->all[i].started)
			(void)pthread_join(senders->all[i].thread, NULL);
		(void)pthread_cond_destroy(&senders->all[i].work);
	}
	free(senders->all);
	senders->all = NULL;
	senders->count = 0;
}

void ots_senders_send(struct ots_senders *senders, struct ots_out_request *request)
{
	struct ots_sender *sender = senders->idle;

	senders->idle = sender->next;
	senders->in_flight++;
	sender->request = request;
	if (request->kind == OTS_OUT_PARTS) {
		ots_out_row_part(request->rows[0], &sender->part);
		sender->records[0] = &sender->part;
	} else {
		for (size_t i = 0; i < request->count; i++)
			sender->records[i] = &request->rows[i]->record;
	}
	(void)pthread_mutex_lock(&senders->wake->mutex);
	sender->busy = true;
	(void)pthread_cond_signal(&sender->work);
	(void)pthread_mutex_unlock(&senders->wake->mutex);
}

struct ots_sender *ots_senders_answer(struct ots_senders *senders)
{
	struct ots_sender *sender;

	(void)pthread_mutex_lock(&senders->wake->mutex);
	sender = senders->answered;
	if (sender != NULL)
		senders->answered = sender->next;
	(void)pthread_mutex_unlock(&senders->wake->mutex);
	return sender;
}

void ots_senders_done(struct ots_senders *senders, struct ots_sender *sender)
{
	sender->request = NULL;
	sender->next = senders->idle;
	senders->idle = sender;
	senders->in_flight--;
}

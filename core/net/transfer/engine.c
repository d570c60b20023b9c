#include "state.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <otsfs/base/clock.h>

#include "../http_request.h"

#define TOTAL_LIMIT ((size_t)64)
#define HOST_LIMIT ((size_t)32)
#define QUEUE_LIMIT ((size_t)4096)
#define STALL_MS 15000
#define BACKOFF_MS 200
#define DEADLINE_MS 60000
/* A look at pauses, stalls and deadlines comes at least so often while there are any. */
#define LOOK_MS 1000

int64_t transfer_now_ms(void)
{
	return ots_clock_monotonic_ms(&ots_clock_system);
}

static void let_go(struct ots_transfer *transfer)
{
	if (atomic_fetch_sub_explicit(&transfer->holders, 1, memory_order_acq_rel) == 1)
		free(transfer);
}

/* A slot of nobody, made when all are taken. @return NULL without memory */
static struct slot *free_slot(struct ots_transfers *engine)
{
	for (size_t i = 0; i < engine->slot_count; i++) {
		if (engine->slots[i]->transfer == NULL)
			return engine->slots[i];
	}
	if (engine->slot_count == engine->options.total_limit)
		return NULL;
	engine->slots[engine->slot_count] = slot_new();
	if (engine->slots[engine->slot_count] == NULL)
		return NULL;
	return engine->slots[engine->slot_count++];
}

static size_t host_count(const struct ots_transfers *engine, const char *host)
{
	size_t count = 0;

	for (size_t i = 0; i < engine->slot_count; i++) {
		const struct ots_transfer *transfer = engine->slots[i]->transfer;

		if (transfer != NULL && strcmp(transfer->task.host, host) == 0)
			count++;
	}
	return count;
}

static void end(struct ots_transfers *engine, struct ots_transfer *transfer, enum ots_status status,
		const struct ots_http_response *response, const struct ots_error *err)
{
	atomic_fetch_sub_explicit(&engine->waiting_count, 1, memory_order_relaxed);
	transfer->task.ops->done(transfer->task.arg, status, response, err);
	let_go(transfer);
}

static void end_cancelled(struct ots_transfers *engine, struct ots_transfer *transfer)
{
	struct ots_error err = {0};

	end(engine, transfer, ots_fail(&err, OTS_CANCELLED, "%s: stopped", transfer->task.host),
	    NULL, &err);
}

static void make_ready(struct ots_transfers *engine, struct ots_transfer *transfer)
{
	const bool ahead = transfer->task.ahead && !atomic_load(&transfer->hurried);

	list_put(ahead ? &engine->ready_ahead : &engine->ready, transfer);
}

static void look_by(struct ots_transfers *engine, int64_t at_ms)
{
	if (at_ms < engine->next_look_ms)
		engine->next_look_ms = at_ms;
}

/* An attempt has ended: so has its transfer, or it is tried again later. */
static void settle(struct ots_transfers *engine, struct ots_transfer *transfer,
		   enum ots_status status, int64_t wait_ms,
		   const struct ots_http_response *response, struct ots_error *err)
{
	const struct ots_transfer_task *task = &transfer->task;
	const int64_t now_ms = transfer_now_ms();

	if (status != OTS_OK && atomic_load(&transfer->cancelled)) {
		end_cancelled(engine, transfer);
		return;
	}
	if (!ots_status_is_transient(status)) { /* OTS_OK too */
		end(engine, transfer, status, response, err);
		return;
	}
	if (task->attempts > 0 && transfer->failures >= task->attempts) {
		end(engine, transfer, status, response, err);
		return;
	}
	transfer->due_ms = now_ms + retry_pause_ms(engine, transfer, status, wait_ms);
	if (transfer->due_ms >= transfer->deadline_ms) {
		err->status = OTS_TIMEOUT;
		(void)ots_context(err, "given up after %lld s and %u attempts",
				  (long long)(task->deadline_ms + 999) / 1000, transfer->attempt);
		end(engine, transfer, OTS_TIMEOUT, response, err);
		return;
	}
	list_put(&engine->paused, transfer);
	look_by(engine, transfer->due_ms);
}

static void end_attempt(struct ots_transfers *engine, struct slot *slot, CURLcode result)
{
	struct ots_transfer *transfer = slot->transfer;
	struct ots_error err = {0};
	int64_t wait_ms = -1;
	enum ots_status status;

	engine->active_count--;
	engine->ahead_count -= transfer->task.ahead;
	if (slot->fresh && transfer->task.ops->progress != NULL)
		transfer->task.ops->progress(transfer->task.arg, transfer->received);
	slot->fresh = false;
	status = attempt_end(engine, slot, result, &wait_ms, &err);
	settle(engine, transfer, status, wait_ms, slot->answered ? &slot->response : NULL, &err);
}

/* A deadline that is shorter than a stall ends an attempt too. */
static int64_t stall_ms_of(const struct ots_transfers *engine, const struct ots_transfer *transfer)
{
	return transfer->task.deadline_ms < engine->options.stall_ms ? transfer->task.deadline_ms
								     : engine->options.stall_ms;
}

/* Send the first of a list whose host has room. @return whether there was one */
static bool send_one(struct ots_transfers *engine, struct transfer_list *list)
{
	struct ots_transfer *before = NULL, *transfer = list->first;
	struct ots_error err = {0};
	struct slot *slot;
	enum ots_status status;

	while (transfer != NULL &&
	       host_count(engine, transfer->task.host) >= engine->options.host_limit) {
		before = transfer; /* ends: with the list */
		transfer = transfer->next;
	}
	slot = transfer != NULL ? free_slot(engine) : NULL;
	if (slot == NULL)
		return false;
	if (before != NULL)
		before->next = transfer->next;
	else
		list->first = transfer->next;
	if (list->last == transfer)
		list->last = before;
	status = attempt_start(engine, slot, transfer, &err);
	if (status != OTS_OK) {
		transfer->failures++;
		settle(engine, transfer, status, -1, NULL, &err);
		return true;
	}
	engine->active_count++;
	engine->ahead_count += transfer->task.ahead;
	look_by(engine, slot->moved_ms + stall_ms_of(engine, transfer));
	return true;
}

static void send_ready(struct ots_transfers *engine)
{
	const size_t limit = engine->options.total_limit;

	while (engine->active_count < limit && send_one(engine, &engine->ready)) {
		/* ends: each turn takes one from the list */
	}
	/* Reading ahead leaves an eighth for those who will wait. */
	while (engine->active_count < limit && engine->ahead_count < limit - limit / 8 &&
	       engine->ready.first == NULL && send_one(engine, &engine->ready_ahead)) {
		/* ends: as above */
	}
}

/* Take out of a list who was cancelled, or, where nobody waited, who is in a hurry now. */
static void sift(struct ots_transfers *engine, struct transfer_list *list)
{
	struct transfer_list all = *list;

	*list = (struct transfer_list){0};
	while (all.first != NULL) { /* ends: one fewer each turn */
		struct ots_transfer *transfer = all.first;

		all.first = transfer->next;
		if (atomic_load(&transfer->cancelled))
			end_cancelled(engine, transfer);
		else if (list == &engine->ready_ahead && atomic_load(&transfer->hurried))
			list_put(&engine->ready, transfer);
		else
			list_put(list, transfer);
	}
}

static void take_wishes(struct ots_transfers *engine)
{
	sift(engine, &engine->ready);
	sift(engine, &engine->ready_ahead);
	sift(engine, &engine->paused);
	for (size_t i = 0; i < engine->slot_count; i++) {
		struct slot *slot = engine->slots[i];

		if (slot->transfer != NULL && atomic_load(&slot->transfer->cancelled)) {
			slot->status = ots_fail(&slot->err, OTS_CANCELLED, "stopped");
			end_attempt(engine, slot, CURLE_OK);
		}
	}
}

/* Pauses that are over, attempts that stall. */
static void look_at_clocks(struct ots_transfers *engine)
{
	const int64_t now_ms = transfer_now_ms();
	struct transfer_list paused = engine->paused;

	if (now_ms < engine->next_look_ms)
		return;
	engine->next_look_ms = now_ms + LOOK_MS;
	engine->paused = (struct transfer_list){0};
	while (paused.first != NULL) { /* ends: one fewer each turn */
		struct ots_transfer *transfer = paused.first;

		paused.first = transfer->next;
		if (transfer->due_ms <= now_ms) {
			make_ready(engine, transfer);
		} else {
			list_put(&engine->paused, transfer);
			look_by(engine, transfer->due_ms);
		}
	}
	for (size_t i = 0; i < engine->slot_count; i++) {
		struct slot *slot = engine->slots[i];
		int64_t stall_ms;

		if (slot->transfer == NULL)
			continue;
		stall_ms = stall_ms_of(engine, slot->transfer);
		if (now_ms - slot->moved_ms < stall_ms) {
			look_by(engine, slot->moved_ms + stall_ms);
			continue;
		}
		slot->status = ots_fail(&slot->err, OTS_TIMEOUT, "%s: no byte for %lld ms",
					http_request_name(&slot->request), (long long)stall_ms);
		end_attempt(engine, slot, CURLE_OK);
	}
}

/* @return false: the engine ends and all have been told */
static bool take_inbox(struct ots_transfers *engine)
{
	struct transfer_list inbox;
	bool changed, ending;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	inbox = engine->locked.inbox;
	engine->locked.inbox = (struct transfer_list){0};
	changed = engine->locked.changed;
	engine->locked.changed = false;
	ending = engine->locked.ending;
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	while (inbox.first != NULL) { /* ends: one fewer each turn */
		struct ots_transfer *transfer = inbox.first;

		inbox.first = transfer->next;
		make_ready(engine, transfer);
		changed = changed || atomic_load(&transfer->cancelled);
	}
	if (ending) {
		for (struct ots_transfer *t = engine->ready.first; t != NULL; t = t->next)
			atomic_store(&t->cancelled, true);
		for (struct ots_transfer *t = engine->ready_ahead.first; t != NULL; t = t->next)
			atomic_store(&t->cancelled, true);
		for (struct ots_transfer *t = engine->paused.first; t != NULL; t = t->next)
			atomic_store(&t->cancelled, true);
		for (size_t i = 0; i < engine->slot_count; i++) {
			if (engine->slots[i]->transfer != NULL)
				atomic_store(&engine->slots[i]->transfer->cancelled, true);
		}
	}
	if (changed || ending)
		take_wishes(engine);
	return !ending;
}

static void tell_progress(struct ots_transfers *engine)
{
	for (size_t i = 0; i < engine->slot_count; i++) {
		struct slot *slot = engine->slots[i];

		if (slot->transfer == NULL || !slot->fresh)
			continue;
		slot->fresh = false;
		if (slot->transfer->task.ops->progress != NULL)
			slot->transfer->task.ops->progress(slot->transfer->task.arg,
							   slot->transfer->received);
	}
}

static void read_results(struct ots_transfers *engine)
{
	const CURLMsg *message;
	int left = 0;

	while ((message = curl_multi_info_read(engine->multi, &left)) != NULL) {
		/* ends: one message for each that ended */
		struct slot *slot = NULL;
		const CURLcode result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
		end_attempt(engine, slot, result);
	}
}

static void *run(void *arg)
{
	struct ots_transfers *engine = arg;
	int running = 0;

	while (take_inbox(engine)) { /* ends: when told to */
		int64_t wait_ms;

		look_at_clocks(engine);
		send_ready(engine);
		(void)curl_multi_perform(engine->multi, &running);
		tell_progress(engine);
		read_results(engine);
		send_ready(engine);
		wait_ms = engine->next_look_ms - transfer_now_ms();
		if (engine->paused.first == NULL && engine->active_count == 0)
			wait_ms = LOOK_MS;
		if (wait_ms < 0 || wait_ms > LOOK_MS)
			wait_ms = wait_ms < 0 ? 0 : LOOK_MS;
		/* What was started this turn has not been driven yet: libcurl says 0 then. */
		(void)curl_multi_poll(engine->multi, NULL, 0, (int)wait_ms, NULL);
	}
	return NULL;
}

static void set_defaults(struct ots_transfers_options *options)
{
	if (options->total_limit == 0 || options->total_limit > SLOTS_MAX)
		options->total_limit = TOTAL_LIMIT;
	if (options->host_limit == 0)
		options->host_limit = HOST_LIMIT;
	if (options->queue_limit == 0)
		options->queue_limit = QUEUE_LIMIT;
	if (options->stall_ms <= 0)
		options->stall_ms = STALL_MS;
	if (options->backoff_ms <= 0)
		options->backoff_ms = BACKOFF_MS;
}

static enum ots_status start_thread(struct ots_transfers *engine, struct ots_error *err)
{
	sigset_t all, before;
	int result;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&engine->thread, NULL, run, engine);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0)
		return ots_fail(err, OTS_NO_MEMORY, "no thread for transfers");
	engine->is_running = true;
	return OTS_OK;
}

enum ots_status ots_transfers_new(const struct ots_transfers_options *options,
				  struct ots_transfers **out, struct ots_error *err)
{
	struct ots_transfers *engine = calloc(1, sizeof *engine);
	const char *agent = options->http.user_agent;
	enum ots_status status;

	if (engine == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "transfers");
	engine->options = *options;
	set_defaults(&engine->options);
	engine->random = options->seed;
	(void)pthread_mutex_init(&engine->locked.mutex, NULL);
	engine->user_agent = strdup(agent != NULL ? agent : "otsfs");
	if (options->http.ca_file != NULL)
		engine->ca_file = strdup(options->http.ca_file);
	engine->multi = curl_multi_init();
	if (engine->user_agent == NULL ||
	    (options->http.ca_file != NULL && engine->ca_file == NULL) || engine->multi == NULL ||
	    curl_multi_setopt(engine->multi, CURLMOPT_MAXCONNECTS,
			      (long)engine->options.total_limit) != CURLM_OK)
		status = ots_fail(err, OTS_NO_MEMORY, "transfers");
	else
		status = start_thread(engine, err);
	if (status != OTS_OK) {
		ots_transfers_free(engine);
		return status;
	}
	*out = engine;
	return OTS_OK;
}

void ots_transfers_free(struct ots_transfers *transfers)
{
	if (transfers == NULL)
		return;
	if (transfers->is_running) {
		(void)pthread_mutex_lock(&transfers->locked.mutex);
		transfers->locked.ending = true;
		(void)pthread_mutex_unlock(&transfers->locked.mutex);
		(void)curl_multi_wakeup(transfers->multi);
		(void)pthread_join(transfers->thread, NULL);
	}
	for (size_t i = 0; i < transfers->slot_count; i++)
		slot_free(transfers->slots[i]);
	(void)curl_multi_cleanup(transfers->multi);
	(void)pthread_mutex_destroy(&transfers->locked.mutex);
	free(transfers->user_agent);
	free(transfers->ca_file);
	free(transfers);
}

enum ots_status ots_transfer_start(struct ots_transfers *transfers,
				   const struct ots_transfer_task *task, struct ots_transfer **out,
				   struct ots_error *err)
{
	struct ots_transfer *transfer;
	bool was_empty, ending;

	if (atomic_fetch_add_explicit(&transfers->waiting_count, 1, memory_order_relaxed) >=
	    transfers->options.queue_limit + transfers->options.total_limit) {
		atomic_fetch_sub_explicit(&transfers->waiting_count, 1, memory_order_relaxed);
		return ots_fail(err, OTS_LIMIT, "%s: %zu requests wait already", task->host,
				transfers->options.queue_limit);
	}
	transfer = calloc(1, sizeof *transfer);
	if (transfer == NULL) {
		atomic_fetch_sub_explicit(&transfers->waiting_count, 1, memory_order_relaxed);
		return ots_fail(err, OTS_NO_MEMORY, "%s: a request", task->host);
	}
	transfer->engine = transfers;
	transfer->task = *task;
	if (transfer->task.deadline_ms <= 0)
		transfer->task.deadline_ms = DEADLINE_MS;
	transfer->deadline_ms = transfer_now_ms() + transfer->task.deadline_ms;
	atomic_init(&transfer->holders, out != NULL ? 2 : 1);
	(void)pthread_mutex_lock(&transfers->locked.mutex);
	was_empty = transfers->locked.inbox.first == NULL;
	ending = transfers->locked.ending;
	if (!ending)
		list_put(&transfers->locked.inbox, transfer);
	(void)pthread_mutex_unlock(&transfers->locked.mutex);
	if (ending) { /* a done that starts the next: nobody would take it any more */
		free(transfer);
		return ots_fail(err, OTS_CANCELLED, "%s: the transfers are ending", task->host);
	}
	if (out != NULL)
		*out = transfer;
	if (was_empty)
		(void)curl_multi_wakeup(transfers->multi);
	return OTS_OK;
}

static void tell(struct ots_transfer *transfer, atomic_bool *wish)
{
	struct ots_transfers *engine = transfer->engine;

	if (atomic_exchange(wish, true))
		return;
	(void)pthread_mutex_lock(&engine->locked.mutex);
	engine->locked.changed = true;
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	(void)curl_multi_wakeup(engine->multi);
}

void ots_transfer_cancel(struct ots_transfer *transfer)
{
	tell(transfer, &transfer->cancelled);
}

void ots_transfer_hurry(struct ots_transfer *transfer)
{
	if (transfer->task.ahead)
		tell(transfer, &transfer->hurried);
}

void ots_transfer_drop(struct ots_transfer *transfer)
{
	if (transfer != NULL)
		let_go(transfer);
}

void ots_transfers_counts(struct ots_transfers *transfers, struct ots_transfers_counts *counts)
{
	*counts = (struct ots_transfers_counts){
		.requests = atomic_load_explicit(&transfers->requests, memory_order_relaxed),
		.retries = atomic_load_explicit(&transfers->retries, memory_order_relaxed),
		.bytes = atomic_load_explicit(&transfers->bytes, memory_order_relaxed),
	};
}

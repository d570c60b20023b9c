#include <otsfs/net/transfer.h>

#include <pthread.h>

#include <otsfs/base/wait.h>

/* A wish to stop is looked for so often: nobody signals it here. */
#define LOOK_MS 20

/* The owner's calls, passed on; the end, awaited. */
struct call {
	const struct ots_transfer_task *task;
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed;
		bool over;
	} locked;
	enum ots_status status;
	struct ots_error err;
};

static enum ots_status call_prepare(void *arg, unsigned attempt, size_t received,
				    struct ots_http_request *request, struct ots_error *err)
{
	const struct ots_transfer_task *task = ((struct call *)arg)->task;

	return task->ops->prepare(task->arg, attempt, received, request, err);
}

static enum ots_status call_accept(void *arg, const struct ots_http_response *response,
				   struct ots_error *err)
{
	const struct ots_transfer_task *task = ((struct call *)arg)->task;

	return task->ops->accept == NULL ? OTS_OK : task->ops->accept(task->arg, response, err);
}

static enum ots_status call_judge(void *arg, const struct ots_http_response *response,
				  int64_t *wait_ms, struct ots_error *err)
{
	const struct ots_transfer_task *task = ((struct call *)arg)->task;

	return task->ops->judge(task->arg, response, wait_ms, err);
}

static void call_progress(void *arg, size_t received)
{
	const struct ots_transfer_task *task = ((struct call *)arg)->task;

	if (task->ops->progress != NULL)
		task->ops->progress(task->arg, received);
}

static void call_done(void *arg, enum ots_status status, const struct ots_http_response *response,
		      const struct ots_error *err)
{
	struct call *call = arg;

	call->task->ops->done(call->task->arg, status, response, err);
	call->status = status;
	call->err = *err;
	(void)pthread_mutex_lock(&call->locked.mutex);
	call->locked.over = true;
	(void)pthread_cond_signal(&call->locked.changed);
	(void)pthread_mutex_unlock(&call->locked.mutex);
}

static const struct ots_transfer_ops call_ops = {
	.prepare = call_prepare,
	.accept = call_accept,
	.judge = call_judge,
	.progress = call_progress,
	.done = call_done,
};

enum ots_status ots_transfer_run(struct ots_transfers *transfers,
				 const struct ots_transfer_task *task, struct ots_cancel *cancel,
				 struct ots_error *err)
{
	struct call call = {.task = task};
	struct ots_transfer_task own = *task;
	struct ots_transfer *transfer = NULL;
	enum ots_status status;

	own.ops = &call_ops;
	own.arg = &call;
	(void)pthread_mutex_init(&call.locked.mutex, NULL);
	ots_wait_init(&call.locked.changed);
	status = ots_transfer_start(transfers, &own, &transfer, err);
	if (status != OTS_OK)
		goto out;
	(void)pthread_mutex_lock(&call.locked.mutex);
	while (!call.locked.over) { /* ends: done always comes */
		if (ots_cancel_asked(cancel))
			ots_transfer_cancel(transfer);
		ots_wait(&call.locked.changed, &call.locked.mutex, LOOK_MS);
	}
	(void)pthread_mutex_unlock(&call.locked.mutex);
	status = call.status;
	if (status != OTS_OK && err != NULL)
		*err = call.err;
out:
	ots_transfer_drop(transfer);
	(void)pthread_cond_destroy(&call.locked.changed);
	(void)pthread_mutex_destroy(&call.locked.mutex);
	return status;
}

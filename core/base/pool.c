#include <otsfs/base/pool.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct task {
	ots_pool_fn *fn;
	void *arg;
};

struct ots_pool {
	pthread_t *threads;
	size_t thread_count;
	size_t queue_limit;
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t filled;
		pthread_cond_t emptied;
		struct task *queue; /* a ring of queue_limit */
		size_t first, count;
		bool ending;
	} locked;
};

static void *worker(void *arg)
{
	struct ots_pool *pool = arg;

	for (;;) { /* ends: the pool is ending and nothing is queued */
		struct task task;

		(void)pthread_mutex_lock(&pool->locked.mutex);
		while (pool->locked.count == 0 && !pool->locked.ending)
			(void)pthread_cond_wait(&pool->locked.filled, &pool->locked.mutex);
		if (pool->locked.count == 0) {
			(void)pthread_mutex_unlock(&pool->locked.mutex);
			return NULL;
		}
		task = pool->locked.queue[pool->locked.first];
		pool->locked.first = (pool->locked.first + 1) % pool->queue_limit;
		pool->locked.count--;
		(void)pthread_cond_signal(&pool->locked.emptied);
		(void)pthread_mutex_unlock(&pool->locked.mutex);
		task.fn(task.arg);
	}
}

enum ots_status ots_pool_new(size_t threads, size_t queue_limit, struct ots_pool **out,
			     struct ots_error *err)
{
	struct ots_pool *pool = calloc(1, sizeof *pool);
	enum ots_status status = OTS_OK;

	if (pool == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "worker pool");
	(void)pthread_mutex_init(&pool->locked.mutex, NULL);
	(void)pthread_cond_init(&pool->locked.filled, NULL);
	(void)pthread_cond_init(&pool->locked.emptied, NULL);
	pool->queue_limit = queue_limit;
	pool->locked.queue = calloc(queue_limit, sizeof *pool->locked.queue);
	pool->threads = calloc(threads, sizeof *pool->threads);
	if (pool->locked.queue == NULL || pool->threads == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "worker pool");
		goto out;
	}
	while (pool->thread_count < threads) {
		if (pthread_create(&pool->threads[pool->thread_count], NULL, worker, pool) != 0) {
			status = ots_fail(err, OTS_NO_MEMORY, "worker pool: no thread %zu of %zu",
					  pool->thread_count + 1, threads);
			goto out;
		}
		pool->thread_count++;
	}
	*out = pool;
	pool = NULL;
out:
	ots_pool_free(pool);
	return status;
}

void ots_pool_free(struct ots_pool *pool)
{
	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->locked.mutex);
	pool->locked.ending = true;
	(void)pthread_cond_broadcast(&pool->locked.filled);
	(void)pthread_cond_broadcast(&pool->locked.emptied);
	(void)pthread_mutex_unlock(&pool->locked.mutex);
	for (size_t i = 0; i < pool->thread_count; i++)
		(void)pthread_join(pool->threads[i], NULL);
	(void)pthread_cond_destroy(&pool->locked.emptied);
	(void)pthread_cond_destroy(&pool->locked.filled);
	(void)pthread_mutex_destroy(&pool->locked.mutex);
	free(pool->locked.queue);
	free(pool->threads);
	free(pool);
}

static enum ots_status submit(struct ots_pool *pool, struct task task, bool may_wait,
			      struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	(void)pthread_mutex_lock(&pool->locked.mutex);
	while (may_wait && pool->locked.count == pool->queue_limit && !pool->locked.ending)
		(void)pthread_cond_wait(&pool->locked.emptied, &pool->locked.mutex);
	if (pool->locked.ending) {
		status = ots_fail(err, OTS_CANCELLED, "the workers are ending");
	} else if (pool->locked.count == pool->queue_limit) {
		status = ots_fail(err, OTS_LIMIT, "the queue of the workers is full (%zu)",
				  pool->queue_limit);
	} else {
		const size_t last = (pool->locked.first + pool->locked.count) % pool->queue_limit;

		pool->locked.queue[last] = task;
		pool->locked.count++;
		(void)pthread_cond_signal(&pool->locked.filled);
	}
	(void)pthread_mutex_unlock(&pool->locked.mutex);
	return status;
}

enum ots_status ots_pool_submit(struct ots_pool *pool, ots_pool_fn *fn, void *arg,
				struct ots_error *err)
{
	return submit(pool, (struct task){fn, arg}, true, err);
}

enum ots_status ots_pool_try_submit(struct ots_pool *pool, ots_pool_fn *fn, void *arg,
				    struct ots_error *err)
{
	return submit(pool, (struct task){fn, arg}, false, err);
}

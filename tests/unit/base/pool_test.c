#include <otsfs/base/pool.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(pool, .timeout = 60);

static void count_one(void *arg)
{
	(void)atomic_fetch_add((atomic_int *)arg, 1);
}

Test(pool, every_task_runs_once_even_when_the_pool_is_freed_at_once)
{
	for (size_t threads = 1; threads <= 4; threads++) {
		atomic_int count = 0;
		struct ots_pool *pool = NULL;
		struct ots_error err = {0};

		cr_assert_eq(ots_pool_new(threads, 3, &pool, &err), OTS_OK, "%s", err.text);
		for (int i = 0; i < 1000; i++)
			cr_assert_eq(ots_pool_submit(pool, count_one, &count, &err), OTS_OK);
		ots_pool_free(pool);
		cr_expect_eq(atomic_load(&count), 1000);
	}
	ots_pool_free(NULL);
}

struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool entered, open;
};

static void wait_at_gate(void *arg)
{
	struct gate *gate = arg;

	(void)pthread_mutex_lock(&gate->mutex);
	gate->entered = true;
	(void)pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		(void)pthread_cond_wait(&gate->changed, &gate->mutex);
	(void)pthread_mutex_unlock(&gate->mutex);
}

Test(pool, a_full_queue_refuses_who_may_not_wait)
{
	struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};
	atomic_int count = 0;
	struct ots_pool *pool = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_pool_new(1, 2, &pool, &err), OTS_OK);
	cr_assert_eq(ots_pool_submit(pool, wait_at_gate, &gate, &err), OTS_OK);
	(void)pthread_mutex_lock(&gate.mutex);
	while (!gate.entered)
		(void)pthread_cond_wait(&gate.changed, &gate.mutex);
	(void)pthread_mutex_unlock(&gate.mutex);
	cr_expect_eq(ots_pool_try_submit(pool, count_one, &count, &err), OTS_OK);
	cr_expect_eq(ots_pool_try_submit(pool, count_one, &count, &err), OTS_OK);
	cr_expect_eq(ots_pool_try_submit(pool, count_one, &count, &err), OTS_LIMIT);
	cr_expect_str_eq(err.text, "the queue of the workers is full (2)");
	(void)pthread_mutex_lock(&gate.mutex);
	gate.open = true;
	(void)pthread_cond_broadcast(&gate.changed);
	(void)pthread_mutex_unlock(&gate.mutex);
	ots_pool_free(pool);
	cr_expect_eq(atomic_load(&count), 2);
}

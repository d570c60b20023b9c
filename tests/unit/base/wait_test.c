#include <otsfs/base/wait.h>

#include <criterion/criterion.h>

TestSuite(wait, .timeout = 60);

static int64_t ns_between(struct timespec from, struct timespec to)
{
	return (int64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec);
}

Test(wait, moments_lie_as_far_ahead_as_asked_and_never_behind)
{
	static const int64_t waits_ms[] = {INT64_MIN, -1, 0, 1, 999, 1000, 1001, 86400999};

	for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
		const int64_t ms = waits_ms[i] < 0 ? 0 : waits_ms[i];
		struct timespec before, after, until;

		cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &before), 0);
		until = ots_wait_until(waits_ms[i]);
		cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &after), 0);
		cr_expect(until.tv_nsec >= 0 && until.tv_nsec < 1000000000);
		cr_expect_geq(ns_between(before, until), ms * 1000000);
		cr_expect_leq(ns_between(after, until), ms * 1000000);
	}
}

Test(wait, a_wait_that_nobody_ends_ends_by_time_with_the_mutex_held)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond;

	ots_wait_init(&cond);
	cr_assert_eq(pthread_mutex_lock(&mutex), 0);
	ots_wait(&cond, &mutex, 1);
	cr_expect_neq(pthread_mutex_trylock(&mutex), 0);
	cr_assert_eq(pthread_mutex_unlock(&mutex), 0);
	cr_assert_eq(pthread_cond_destroy(&cond), 0);
}

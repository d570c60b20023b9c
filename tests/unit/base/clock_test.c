#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>

#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

TestSuite(clock, .timeout = 60);
TestSuite(cancel, .timeout = 60);

static bool parse(const char *text, int64_t *us)
{
	return ots_time_parse((struct ots_bytes){(const uint8_t *)text, strlen(text)}, us);
}

Test(clock, dates_agree_with_the_c_library)
{
	uint64_t state = 5;

	for (int i = 0; i < 20000; i++) {
		struct ots_civil c;
		struct tm tm;
		int64_t us, back;
		time_t seconds;

		state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
		seconds = (time_t)(state >> 29) - (time_t)17000000000; /* about 1431 to 2520 */
		us = (int64_t)seconds * 1000000 + (int64_t)(state % 1000000);
		c = ots_civil_from_us(us);
		cr_assert_not_null(gmtime_r(&seconds, &tm));
		cr_assert(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 &&
				  c.day == tm.tm_mday && c.hour == tm.tm_hour &&
				  c.minute == tm.tm_min && c.second == tm.tm_sec &&
				  c.microsecond == state % 1000000,
			  "%lld", (long long)us);
		cr_assert(ots_civil_to_us(&c, &back) && back == us);
	}
	cr_expect_eq(ots_civil_from_us(INT64_MIN).year, -290308);
	cr_expect_eq(ots_civil_from_us(INT64_MAX).year, 294247);
	cr_expect_eq(ots_civil_from_us(-1).microsecond, 999999);
}

Test(clock, parts_out_of_range_are_refused)
{
	static const struct ots_civil bad[] = {
		{2026, 0, 1, 0, 0, 0, 0},  {2026, 13, 1, 0, 0, 0, 0},
		{2026, 4, 31, 0, 0, 0, 0}, {2026, 2, 29, 0, 0, 0, 0},
		{2100, 2, 29, 0, 0, 0, 0}, {2026, 1, 0, 0, 0, 0, 0},
		{2026, 1, 1, 24, 0, 0, 0}, {2026, 1, 1, 0, 60, 0, 0},
		{2026, 1, 1, 0, 0, 60, 0}, {-1, 1, 1, 0, 0, 0, 0},
		{10000, 1, 1, 0, 0, 0, 0}, {2026, 1, 1, 0, 0, 0, 1000000}};
	static const struct ots_civil leap = {2000, 2, 29, 23, 59, 59, 999999};
	int64_t us = 42;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(ots_civil_to_us(&bad[i], &us), "%zu", i);
	cr_expect_eq(us, 42);
	cr_expect(ots_civil_to_us(&leap, &us) && us == INT64_C(951868799999999));
}

Test(clock, times_print_and_read_back)
{
	char text[OTS_TIME_TEXT_BYTES];
	int64_t us;

	cr_expect_eq(ots_time_print(INT64_C(1795228200123456), 6, text), strlen(text));
	cr_expect_str_eq(text, "2026-11-21T02:30:00.123456Z");
	cr_expect(parse(text, &us) && us == INT64_C(1795228200123456));
	(void)ots_time_print(INT64_C(1795228200123456), 3, text);
	cr_expect_str_eq(text, "2026-11-21T02:30:00.123Z");
	(void)ots_time_print(-1, 0, text);
	cr_expect_str_eq(text, "1969-12-31T23:59:59Z");
	(void)ots_time_print(INT64_MIN, 6, text);
	cr_expect_lt(strlen(text), (size_t)OTS_TIME_TEXT_BYTES);
	cr_expect(parse("2026-11-21T04:30:00+02:00", &us) && us == INT64_C(1795228200000000));
	cr_expect(parse("2026-11-20T21:00:00.5-05:30", &us) && us == INT64_C(1795228200500000));
	cr_expect(parse("2026-11-21T02:30:00.1234567Z", &us) && us == INT64_C(1795228200123456));
}

Test(clock, what_is_no_time_is_refused)
{
	static const char *const bad[] = {"",
					  "2026-11-21",
					  "2026-11-21T02:30:00",
					  "2026-11-21 02:30:00Z",
					  "2026-11-21T02:30:00z",
					  "2026-11-21T02:30:00.Z",
					  "2026-11-21T02:30:00.1234567890Z",
					  "2026-11-21T02:30:60Z",
					  "2026-13-21T02:30:00Z",
					  "2026-11-21T02:30:00+24:00",
					  "2026-11-21T02:30:00+0200",
					  "2026-11-21T02:30:00ZZ",
					  "26-11-21T02:30:00Z"};
	int64_t us;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(parse(bad[i], &us), "%s", bad[i]);
}

Test(clock, the_machine_has_one)
{
	const int64_t before = ots_clock_monotonic_ms(&ots_clock_system);

	cr_expect_gt(ots_clock_wall_us(&ots_clock_system), INT64_C(1700000000000000));
	cr_expect_geq(ots_clock_monotonic_ms(&ots_clock_system), before);
}

Test(cancel, a_wait_ends_by_time_or_at_once_when_asked)
{
	struct ots_cancel cancel;

	ots_cancel_init(&cancel);
	cr_expect_not(ots_cancel_asked(&cancel));
	cr_expect_not(ots_cancel_wait(&cancel, 1));
	cr_expect_not(ots_cancel_wait(&cancel, -5));
	cr_expect_not(ots_cancel_wait(NULL, 1));
	cr_expect_not(ots_cancel_asked(NULL));
	ots_cancel_ask(&cancel);
	cr_expect(ots_cancel_asked(&cancel));
	cr_expect(ots_cancel_wait(&cancel, 50000), "the suite's timeout would show a real wait");
	ots_cancel_ask(&cancel);
	ots_cancel_release(&cancel);
}

static void *ask(void *arg)
{
	ots_cancel_ask(arg);
	return NULL;
}

Test(cancel, a_waiter_wakes_when_another_thread_asks)
{
	for (int i = 0; i < 50; i++) {
		struct ots_cancel cancel;
		pthread_t thread;

		ots_cancel_init(&cancel);
		cr_assert_eq(pthread_create(&thread, NULL, ask, &cancel), 0);
		cr_expect(ots_cancel_wait(&cancel, 50000));
		(void)pthread_join(thread, NULL);
		ots_cancel_release(&cancel);
	}
}

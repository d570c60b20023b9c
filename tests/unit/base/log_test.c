#include <otsfs/base/log.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(log, .timeout = 60);

static int64_t fixed_wall_us(void *self)
{
	(void)self;
	return INT64_C(1795228200123456);
}

static const struct ots_clock fixed_clock = {fixed_wall_us, fixed_wall_us, NULL};

static char *read_all(struct ots_log *log)
{
	struct ots_buffer out;

	ots_buffer_init(&out, 4 << 20);
	cr_assert(ots_log_read(log, &out) && ots_buffer_put_byte(&out, 0));
	return (char *)out.bytes;
}

Test(log, lines_carry_time_and_level_and_show_control_bytes)
{
	char *stream_text = NULL;
	size_t stream_len = 0;
	FILE *stream = open_memstream(&stream_text, &stream_len);
	struct ots_log *log = ots_log_new(&fixed_clock, stream, OTS_LOG_INFO);
	char *text;

	cr_assert_not_null(log);
	ots_log_line(log, OTS_LOG_ERROR, "a\nb\x1b %d", 7);
	ots_log_line(log, OTS_LOG_DEBUG, "not kept");
	ots_log_stream(log, NULL);
	ots_log_line(log, OTS_LOG_INFO, "later");
	text = read_all(log);
	cr_expect_str_eq(text, "2026-11-21T02:30:00.123Z error a\\x0ab\\x1b 7\n"
			       "2026-11-21T02:30:00.123Z info later\n");
	(void)fclose(stream);
	cr_expect_str_eq(stream_text, "otsfs: error: a\\x0ab\\x1b 7\n");
	ots_log_line(NULL, OTS_LOG_ERROR, "nobody listens");
	free(text);
	free(stream_text);
	ots_log_free(log);
	ots_log_free(NULL);
}

Test(log, only_the_last_lines_are_kept_oldest_first)
{
	struct ots_log *log = ots_log_new(&fixed_clock, NULL, OTS_LOG_INFO);
	size_t lines = 0;
	char *text;

	cr_assert_not_null(log);
	for (int i = 0; i < 2500; i++)
		ots_log_line(log, OTS_LOG_INFO, "line %d", i);
	text = read_all(log);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	cr_expect_eq(lines, 1000);
	cr_expect_not_null(strstr(text, "info line 1500\n"));
	cr_expect_null(strstr(text, "info line 1499\n"));
	cr_expect_str_eq(text + strlen(text) - 10, "line 2499\n");
	free(text);
	ots_log_free(log);
}

Test(log, long_lines_are_cut_within_the_stated_memory)
{
	struct ots_log *log = ots_log_new(&fixed_clock, NULL, OTS_LOG_INFO);
	char *text;

	cr_assert_not_null(log);
	for (int i = 0; i < 1000; i++)
		ots_log_line(log, OTS_LOG_INFO, "%05000d", i);
	text = read_all(log);
	cr_expect_leq(strlen(text), (size_t)1 << 20);
	free(text);
	ots_log_free(log);
}

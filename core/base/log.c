#include <otsfs/base/log.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_LINES 1000
#define LINE_BYTES 1008 /* and time, level: 1000 lines stay below 1 MiB */

struct ots_log {
	const struct ots_clock *clock;
	enum ots_log_level level;
	struct {
		pthread_mutex_t mutex;
		FILE *stream;
		char *lines[KEPT_LINES]; /* a ring; lines[next] is the oldest once full */
		size_t next;
	} locked;
};

struct ots_log *ots_log_new(const struct ots_clock *clock, FILE *stream, enum ots_log_level level)
{
	struct ots_log *log = calloc(1, sizeof *log);

	if (log == NULL)
		return NULL;
	log->clock = clock;
	log->level = level;
	log->locked.stream = stream;
	(void)pthread_mutex_init(&log->locked.mutex, NULL);
	return log;
}

void ots_log_free(struct ots_log *log)
{
	if (log == NULL)
		return;
	for (size_t i = 0; i < KEPT_LINES; i++)
		free(log->locked.lines[i]);
	(void)pthread_mutex_destroy(&log->locked.mutex);
	free(log);
}

static void print_escaped(char *out, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = 0;

	for (const char *p = text; *p != '\0' && used + 5 < size; p++) {
		const unsigned char c = (unsigned char)*p;

		if (c >= 0x20 && c != 0x7f) {
			out[used++] = *p;
			continue;
		}
		out[used++] = '\\';
		out[used++] = 'x';
		out[used++] = hex[c >> 4];
		out[used++] = hex[c & 15];
	}
	out[used] = '\0';
}

void ots_log_line(struct ots_log *log, enum ots_log_level level, const char *format, ...)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};
	char raw[LINE_BYTES], text[LINE_BYTES], when[OTS_TIME_TEXT_BYTES];
	char line[LINE_BYTES + OTS_TIME_TEXT_BYTES + 16];
	va_list args;
	char *kept;

	if (log == NULL || level > log->level)
		return;
	va_start(args, format);
	(void)vsnprintf(raw, sizeof raw, format, args);
	va_end(args);
	print_escaped(text, sizeof text, raw);
	(void)ots_time_print(ots_clock_wall_us(log->clock), 3, when);
	(void)snprintf(line, sizeof line, "%s %s %s", when, words[level], text);
	kept = strdup(line); /* NULL: the stream still gets it */
	(void)pthread_mutex_lock(&log->locked.mutex);
	free(log->locked.lines[log->locked.next]);
	log->locked.lines[log->locked.next] = kept;
	log->locked.next = (log->locked.next + 1) % KEPT_LINES;
	/* stdio buffers; a log stream is a terminal or a file, so this does not wait on a network
	 */
	if (log->locked.stream != NULL)
		(void)fprintf(log->locked.stream, "otsfs: %s: %s\n", words[level], text);
	(void)pthread_mutex_unlock(&log->locked.mutex);
}

void ots_log_stream(struct ots_log *log, FILE *stream)
{
	(void)pthread_mutex_lock(&log->locked.mutex);
	log->locked.stream = stream;
	(void)pthread_mutex_unlock(&log->locked.mutex);
}

bool ots_log_read(struct ots_log *log, struct ots_buffer *out)
{
	bool ok = true;

	(void)pthread_mutex_lock(&log->locked.mutex);
	for (size_t i = 0; ok && i < KEPT_LINES; i++) {
		const char *line = log->locked.lines[(log->locked.next + i) % KEPT_LINES];

		if (line != NULL)
			ok = ots_buffer_puts(out, line) && ots_buffer_put_byte(out, '\n');
	}
	(void)pthread_mutex_unlock(&log->locked.mutex);
	return ok;
}

#include "caller.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Field 9 of /proc/<tid>/stat, bit PF_SIGNALED: killed by a signal. With it comes PF_EXITING (0x4),
 * which a normal exit() has as well. Source: fuse-facts section 6 (measured),
 * include/linux/sched.h. */
#define FLAG_SIGNALED 0x400ul

/* The file's first bytes, NUL-terminated. Names in stat are at most 64 bytes, Tgid is in the first
 * lines of status: 1 KiB holds what is asked for. */
static bool read_proc(pid_t thread, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t got;
	int fd;

	if (thread <= 0)
		return false;
	(void)snprintf(path, sizeof path, "/proc/%ld/%s", (long)thread, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, out, size - 1);
	(void)close(fd);
	if (got < 0)
		return false;
	out[got] = '\0';
	return true;
}

pid_t ots_caller_group(pid_t thread)
{
	char text[1024];
	const char *at;

	if (!read_proc(thread, "status", text, sizeof text))
		return 0;
	at = strstr(text, "\nTgid:");
	return at == NULL ? 0 : (pid_t)strtol(at + strlen("\nTgid:"), NULL, 10);
}

bool ots_caller_is_killed(pid_t thread)
{
	char text[1024];
	const char *at;

	if (!read_proc(thread, "stat", text, sizeof text))
		return false;
	/* The name, field 2, may hold spaces and parentheses: fields are counted from its end. */
	at = strrchr(text, ')');
	for (int field = 3; at != NULL && field <= 9; field++) {
		at = strchr(at, ' ');
		if (at != NULL)
			at++;
	}
	return at != NULL && (strtoul(at, NULL, 10) & FLAG_SIGNALED) != 0;
}

void ots_caller_command(pid_t thread, char out[CALLER_COMMAND_BYTES])
{
	out[0] = '\0';
	if (read_proc(thread, "comm", out, CALLER_COMMAND_BYTES))
		out[strcspn(out, "\n")] = '\0';
}

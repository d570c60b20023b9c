#define _GNU_SOURCE /* environ */
#include "demo_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>

#define ARGUMENTS_MAX 24
#define AWAIT_MS INT64_C(20000)
#define POLL_MS 10

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void demo_catch_signals(void)
{
	/* No SA_RESTART: a wait for a tool ends when somebody wants the demo to end. */
	struct sigaction action = {.sa_handler = on_signal};

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

bool demo_interrupted(void)
{
	return interrupted != 0;
}

/* execvp() takes pointers to what it does not change. @param program  NULL: the first argument */
static void exec_now(const char *program, const char *const *arguments)
{
	char *copies[ARGUMENTS_MAX + 1];
	size_t n = 0;

	for (; n < ARGUMENTS_MAX && arguments[n] != NULL; n++) {
		copies[n] = strdup(arguments[n]);
		if (copies[n] == NULL)
			_exit(127);
	}
	copies[n] = NULL;
	if (n > 0)
		(void)execvp(program != NULL ? program : copies[0], copies);
	_exit(127);
}

enum ots_status demo_serve(const char *const *arguments, pid_t *child, struct ots_error *err)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return ots_fail(err, OTS_IO, "fork: %s", strerror(errno));
	if (pid == 0) {
		const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)setpgid(0, 0);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (null >= 0) {
			(void)dup2(null, STDIN_FILENO);
			(void)dup2(null, STDOUT_FILENO);
		}
		exec_now("/proc/self/exe", arguments);
	}
	*child = pid;
	return OTS_OK;
}

enum ots_status demo_await(const char *ready, pid_t child, struct ots_error *err)
{
	const int64_t until = ots_clock_monotonic_ms(&ots_clock_system) + AWAIT_MS;

	while (access(ready, F_OK) != 0) { /* ends: the file, the child's end, or the deadline */
		if (demo_interrupted())
			return ots_fail(err, OTS_CANCELLED, "interrupted");
		if (waitpid(child, NULL, WNOHANG) != 0)
			return ots_fail(err, OTS_IO, "a part of the demo ended before it served");
		if (ots_clock_monotonic_ms(&ots_clock_system) > until)
			return ots_fail(err, OTS_TIMEOUT, "%s did not appear in time", ready);
		(void)ots_cancel_wait(NULL, POLL_MS);
	}
	return OTS_OK;
}

void demo_stop(pid_t child)
{
	if (child <= 0)
		return;
	(void)kill(child, SIGTERM);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
		/* ends: the child does, told by SIGTERM */
	}
}

static enum ots_status read_all(int fd, struct ots_buffer *out, struct ots_error *err)
{
	for (;;) { /* ends: end of file, an error, or an interrupt */
		ssize_t n;

		if (!ots_buffer_reserve(out, 4096))
			return ots_buffer_fail(out, 4096, "a tool's output", err);
		n = read(fd, out->bytes + out->len, 4096);
		if (n == 0)
			return OTS_OK;
		if (n < 0 && errno == EINTR && !demo_interrupted())
			continue;
		if (n < 0)
			return ots_fail(err, OTS_IO, "a tool's output: %s", strerror(errno));
		out->len += (size_t)n;
	}
}

static enum ots_status await_tool(pid_t pid, const char *name, int may_fail_with,
				  struct ots_error *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0) { /* ends: the tool does, at the latest by a signal */
		if (errno != EINTR)
			return ots_fail(err, OTS_IO, "%s: %s", name, strerror(errno));
		if (demo_interrupted())
			(void)kill(pid, SIGTERM);
	}
	if (demo_interrupted())
		return ots_fail(err, OTS_CANCELLED, "interrupted");
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != may_fail_with))
		return ots_fail(err, OTS_IO, "%s failed (status %d)", name,
				WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return OTS_OK;
}

/* As one would type it. No argument of the demo holds a single quote. */
static void show(const char *const *arguments)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./:=,+@%";

	(void)printf("$");
	for (; *arguments != NULL; arguments++) {
		const bool quote = (*arguments)[strspn(*arguments, plain)] != '\0';

		(void)printf(quote ? " '%s'" : " %s", *arguments);
	}
	(void)printf("\n");
}

enum ots_status demo_tool(const char *const *arguments, struct ots_buffer *out, int may_fail_with,
			  struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	int fds[2] = {-1, -1};
	pid_t pid;

	show(arguments);
	(void)fflush(NULL);
	if (out != NULL && pipe(fds) != 0)
		return ots_fail(err, OTS_IO, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGPIPE, SIG_DFL);
		if (out != NULL)
			(void)dup2(fds[1], STDOUT_FILENO);
		exec_now(NULL, arguments);
	}
	if (fds[1] >= 0)
		(void)close(fds[1]);
	if (pid < 0)
		status = ots_fail(err, OTS_IO, "fork: %s", strerror(errno));
	else if (out != NULL)
		status = read_all(fds[0], out, err);
	if (fds[0] >= 0)
		(void)close(fds[0]);
	if (pid > 0 && status == OTS_OK)
		status = await_tool(pid, arguments[0], may_fail_with, err);
	else if (pid > 0)
		(void)await_tool(pid, arguments[0], may_fail_with, NULL);
	return status;
}

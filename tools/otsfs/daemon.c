#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

struct daemon_link {
	int fd;
};

/* One byte of exit code (0: ready), then the text of the failure until the pipe closes. */
static int parent_wait(int fd, pid_t child)
{
	char text[2048];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof text - 1) { /* ends: the child closes its end, or dies */
		n = read(fd, text + used, sizeof text - 1 - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
		if (text[0] == EXIT_DONE)
			return EXIT_DONE;
	}
	text[used] = '\0';
	(void)waitpid(child, NULL, 0);
	if (used == 0) {
		(void)fprintf(stderr, "otsfs mount: the driver ended before it served\n");
		return EXIT_FAILED;
	}
	(void)fprintf(stderr, "otsfs mount: %s\n", text + 1);
	return text[0];
}

enum ots_status daemon_start(struct daemon_link **link, int *code, struct ots_error *err)
{
	struct daemon_link *mine = calloc(1, sizeof *mine);
	int fds[2];
	pid_t child;

	if (mine == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "daemon");
	if (pipe(fds) != 0) {
		free(mine);
		return ots_fail(err, OTS_IO, "pipe: %s", strerror(errno));
	}
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	(void)fflush(NULL);
	child = fork();
	if (child < 0) {
		const int number = errno;

		(void)close(fds[0]);
		(void)close(fds[1]);
		free(mine);
		return ots_fail(err, OTS_IO, "fork: %s", strerror(number));
	}
	if (child > 0) {
		(void)close(fds[1]);
		free(mine);
		*code = parent_wait(fds[0], child);
		(void)close(fds[0]);
		return OTS_OK;
	}
	(void)close(fds[0]);
	(void)setsid();
	mine->fd = fds[1];
	*link = mine;
	return OTS_OK;
}

static void link_send(struct daemon_link *link, int code, const char *text)
{
	const char byte = (char)code;

	/* The parent may have been killed: nobody is left to tell then. */
	if (write(link->fd, &byte, 1) == 1 && text != NULL)
		(void)!write(link->fd, text, strlen(text));
	(void)close(link->fd);
	free(link);
}

void daemon_ready(struct daemon_link *link)
{
	int null;

	if (link == NULL)
		return;
	(void)!chdir("/");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			(void)close(null);
	}
	link_send(link, EXIT_DONE, NULL);
}

void daemon_failed(struct daemon_link *link, int code, const char *text)
{
	if (link != NULL)
		link_send(link, code, text);
}

/* otsfs umount: unmount, and wait until the driver has ended. */
#define _GNU_SOURCE /* asprintf, umount2, syscall */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

extern char **environ;

static const char usage[] = "otsfs umount DIR";

#define MOUNT_JSON_MAX_BYTES 65536

/* The driver's process as status/mount.json names it, held by a descriptor so that a number used
 * again later cannot be mistaken for it. -1: not known (an older driver, a dead mount). */
static int driver_open(const char *dir)
{
	char *path = NULL, *text = NULL;
	cJSON *json = NULL;
	const cJSON *pid;
	FILE *file = NULL;
	int fd = -1;
	size_t n;

	if (asprintf(&path, "%s/status/mount.json", dir) < 0)
		return -1;
	text = calloc(1, MOUNT_JSON_MAX_BYTES + 1);
	file = fopen(path, "re");
	if (file == NULL || text == NULL)
		goto out;
	n = fread(text, 1, MOUNT_JSON_MAX_BYTES, file);
	json = cJSON_ParseWithLength(text, n);
	pid = cJSON_GetObjectItemCaseSensitive(json, "pid");
	if (cJSON_IsNumber(pid) && pid->valueint > 0)
		fd = (int)syscall(SYS_pidfd_open, (pid_t)pid->valueint, 0);
out:
	cJSON_Delete(json);
	if (file != NULL)
		(void)fclose(file);
	free(text);
	free(path);
	return fd;
}

static int run_fusermount(const char *dir)
{
	char name[] = "fusermount3", flag[] = "-u", stop[] = "--";
	char *copy = strdup(dir);
	char *arguments[] = {name, flag, stop, copy, NULL};
	int wstatus = 0;
	pid_t child;

	if (copy == NULL || posix_spawnp(&child, name, NULL, NULL, arguments, environ) != 0) {
		free(copy);
		return -1;
	}
	free(copy);
	while (waitpid(child, &wstatus, 0) < 0 && errno == EINTR) {
		/* ends: the child does */
	}
	return WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == 0 ? 0 : -1;
}

static int unmount(const char *dir)
{
	if (geteuid() != 0) {
		if (run_fusermount(dir) == 0)
			return EXIT_DONE;
		(void)fprintf(stderr, "otsfs umount: %s: fusermount3 -u failed\n", dir);
		return EXIT_FAILED;
	}
	if (umount2(dir, UMOUNT_NOFOLLOW) == 0)
		return EXIT_DONE;
	(void)fprintf(stderr, "otsfs umount: %s: %s%s\n", dir, strerror(errno),
		      errno == EBUSY    ? " (a file is open or a shell stands in it)"
		      : errno == EINVAL ? " (nothing is mounted there)"
					: "");
	return EXIT_FAILED;
}

int command_umount(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	char *dir;
	int c, driver, code;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return usage_help(usage);
		return usage_error("umount", usage, "see above");
	}
	if (argc - optind != 1)
		return usage_error("umount", usage, "one DIR is needed");
	/* A dead mount cannot be resolved, but it can be unmounted under the name given. */
	dir = realpath(argv[optind], NULL);
	if (dir == NULL && errno == ENOTCONN)
		dir = strdup(argv[optind]);
	if (dir == NULL) {
		(void)fprintf(stderr, "otsfs umount: %s: %s\n", argv[optind], strerror(errno));
		return EXIT_FAILED;
	}
	driver = driver_open(dir);
	code = unmount(dir);
	if (driver >= 0) {
		struct pollfd wait = {.fd = driver, .events = POLLIN};

		while (code == EXIT_DONE && poll(&wait, 1, -1) < 0 && errno == EINTR) {
			/* ends: the driver does */
		}
		(void)close(driver);
	}
	free(dir);
	return code;
}

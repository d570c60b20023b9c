#include "mount_point.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ots_status fail_stat(const char *path, int error, struct ots_error *err)
{
	switch (error) {
	case ENOENT:
		return ots_fail(err, OTS_NOT_FOUND, "mountpoint %s does not exist: make it (mkdir)",
				path);
	case ENOTCONN:
		return ots_fail(
			err, OTS_USAGE,
			"mountpoint %s holds a mount whose driver has died: otsfs umount %s", path,
			path);
	case EACCES: return ots_fail(err, OTS_DENIED, "mountpoint %s: permission denied", path);
	default: return ots_fail(err, OTS_IO, "mountpoint %s: %s", path, strerror(error));
	}
}

static enum ots_status check_device(struct ots_error *err)
{
	if (access("/dev/fuse", F_OK) != 0)
		return ots_fail(err, OTS_NOT_FOUND,
				"there is no /dev/fuse: load the kernel module (modprobe fuse), or "
				"give the container the device");
	return OTS_OK;
}

/* A folder whose device is not its parent's has something mounted on it. */
static bool is_mounted_on(const char *path, const struct stat *st)
{
	char above[PATH_MAX];
	struct stat parent;
	const int len = snprintf(above, sizeof above, "%s/..", path);

	return len > 0 && (size_t)len < sizeof above && stat(above, &parent) == 0 &&
	       parent.st_dev != st->st_dev;
}

enum ots_status ots_mount_point_check(const char *path, struct ots_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail_stat(path, errno, err);
	if (!S_ISDIR(st.st_mode))
		return ots_fail(err, OTS_USAGE, "mountpoint %s is not a folder", path);
	if (is_mounted_on(path, &st))
		return ots_fail(err, OTS_USAGE,
				"something is mounted on %s already: otsfs umount %s, or choose "
				"another folder",
				path, path);
	return check_device(err);
}

static unsigned long read_seconds(const char *path)
{
	char text[32] = "";
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0; /* an older kernel: there is no such limit */
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	(void)close(fd);
	return strtoul(text, NULL, 10);
}

unsigned long ots_mount_point_request_timeout_s(void)
{
	const unsigned long usual = read_seconds("/proc/sys/fs/fuse/default_request_timeout");
	const unsigned long most = read_seconds("/proc/sys/fs/fuse/max_request_timeout");

	return usual != 0 && (most == 0 || usual < most) ? usual : most;
}

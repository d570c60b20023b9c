#define _GNU_SOURCE /* asprintf */
#include "ready_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ots_status ready_file_prepare(const char *path, char **out, struct ots_error *err)
{
	char *cwd = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
	char *absolute = NULL;
	enum ots_status status = OTS_OK;

	if (cwd == NULL ||
	    asprintf(&absolute, "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "", path) < 0) {
		absolute = NULL;
		status = ots_fail(err, OTS_NO_MEMORY, "%s", path);
		goto out;
	}
	if (unlink(absolute) != 0 && errno != ENOENT) {
		status = ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
		goto out;
	}
	*out = absolute;
	absolute = NULL;
out:
	free(absolute);
	free(cwd);
	return status;
}

enum ots_status ready_file_write(const char *path, const char *text, struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	char *temporary = NULL;
	FILE *file = NULL;
	bool written;

	if (asprintf(&temporary, "%s.new-%ld", path, (long)getpid()) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	file = fopen(temporary, "we");
	written = file != NULL && fputs(text, file) >= 0;
	if (file != NULL && fclose(file) != 0)
		written = false;
	if (!written || rename(temporary, path) != 0) {
		status = ots_fail(err, OTS_IO, "%s: %s", path, strerror(errno));
		(void)unlink(temporary);
	}
	free(temporary);
	return status;
}

#define _XOPEN_SOURCE 700 /* nftw */
#include "scratch_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

static void give_up(const char *what, const char *path)
{
	(void)fprintf(stderr, "scratch folder: %s %s: %s\n", what, path, strerror(errno));
	abort();
}

void scratch_make(struct scratch *scratch)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(scratch->path, sizeof scratch->path, "%s/otsfs-test-XXXXXX",
		       tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(scratch->path) == NULL)
		give_up("making", scratch->path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_remove(const struct scratch *scratch)
{
	if (nftw(scratch->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		give_up("removing", scratch->path);
}

void scratch_write(const struct scratch *scratch, const char *name, const void *bytes, size_t len)
{
	char path[PATH_BYTES];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", scratch->path, name);
	for (char *slash = strchr(path + strlen(scratch->path) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			give_up("making", path);
		*slash = '/';
	}
	file = fopen(path, "wb");
	if (file == NULL || (len > 0 && fwrite(bytes, 1, len, file) != len) || fclose(file) != 0)
		give_up("writing", path);
}

void scratch_text(const struct scratch *scratch, const char *name, const char *text)
{
	scratch_write(scratch, name, text, strlen(text));
}

/* Runs a fuzz target over the files of a folder: what plain `make test` does with a corpus. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX_BYTES ((long)16 * 1024 * 1024)

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	long size;
	int rc = 1;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		goto out;
	size = ftell(file);
	if (size < 0 || size > INPUT_MAX_BYTES || fseek(file, 0, SEEK_SET) != 0)
		goto out;
	bytes = malloc((size_t)size == 0 ? 1 : (size_t)size); /* exact: ASan sees one too many */
	if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		goto out;
	rc = LLVMFuzzerTestOneInput(bytes, (size_t)size);
out:
	free(bytes);
	if (file != NULL)
		(void)fclose(file);
	if (rc != 0)
		(void)fprintf(stderr, "cannot replay %s\n", path);
	return rc;
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	unsigned count = 0;
	int failed = 0;

	if (folder == NULL) {
		(void)fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(folder)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
		failed |= replay(path);
		count++;
	}
	(void)closedir(folder);
	(void)printf("%s: %u inputs\n", argv[1], count);
	return failed != 0 || count == 0;
}

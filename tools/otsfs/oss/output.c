#define _GNU_SOURCE /* asprintf */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>

static enum ots_status fail_file(const struct output *output, struct ots_error *err)
{
	const enum ots_status status = errno == ENOSPC || errno == EDQUOT ? OTS_NO_SPACE : OTS_IO;

	return ots_fail(err, status, "%s: %s", output->path, strerror(errno));
}

/* Where the folder that a key lies in ends: behind the last slash that ends a name. A slash more
 * belongs to what follows, since it is a part of the key. */
static const char *name_in(const char *key)
{
	const char *name = key;

	for (const char *at = key; *at != '\0'; at++) {
		if (*at == '/' && at > key && at[-1] != '/')
			name = at + 1;
	}
	return name;
}

static enum ots_status open_object(const char *words, const struct oss_words *oss,
				   struct output *out, struct ots_error *err)
{
	struct ots_write_request request = {.resume = true};
	const char *slash = strchr(words + 6, '/'); /* behind oss:// and the bucket */
	const char *key = slash != NULL ? name_in(slash + 1) : "";
	char *folder = NULL;
	enum ots_status status;

	if (key[0] == '\0' || key[strlen(key) - 1] == '/')
		return ots_fail(err, OTS_USAGE, "-o %s: expected oss://bucket/key", words);
	if (asprintf(&folder, "%.*s", (int)(key - words), words) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "-o %s", words);
	out->path = folder; /* the bucket's options borrow it */
	status = bucket_open(folder, oss, 0, &out->bucket, err);
	if (status != OTS_OK)
		return status;
	request.key = ots_bytes_of(key);
	return ots_store_write(out->bucket.store, &request, &out->writer, err);
}

static enum ots_status open_file(const char *words, struct output *out, struct ots_error *err)
{
	const mode_t mask = umask(0);

	(void)umask(mask);
	out->path = strdup(words);
	if (out->path == NULL || asprintf(&out->temporary, "%s.XXXXXX", words) < 0) {
		out->temporary = NULL;
		return ots_fail(err, OTS_NO_MEMORY, "-o %s", words);
	}
	out->fd = mkstemp(out->temporary);
	if (out->fd < 0) {
		free(out->temporary);
		out->temporary = NULL;
		return fail_file(out, err);
	}
	return fchmod(out->fd, 0666 & ~mask) == 0 ? OTS_OK : fail_file(out, err);
}

enum ots_status output_open(const char *words, const struct oss_words *oss, struct output *out,
			    struct ots_error *err)
{
	out->fd = -1;
	if (words == NULL)
		return OTS_OK;
	return bucket_is(words) ? open_object(words, oss, out, err) : open_file(words, out, err);
}

enum ots_status output_write(struct output *output, const void *bytes, size_t len,
			     struct ots_error *err)
{
	const uint8_t *at = bytes;

	if (output->writer != NULL)
		return ots_writer_put(output->writer, bytes, len, err);
	if (output->fd < 0 && fwrite(bytes, 1, len, stdout) != len)
		return ots_fail(err, OTS_IO, "standard output: %s", strerror(errno));
	while (output->fd >= 0 && len > 0) { /* ends: each turn writes bytes or fails */
		const ssize_t n = write(output->fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_file(output, err);
		at += n;
		len -= (size_t)n;
	}
	return OTS_OK;
}

enum ots_status output_finish(struct output *output, struct ots_error *err)
{
	struct ots_writer *writer = output->writer;

	if (writer != NULL) {
		output->writer = NULL; /* gone in every case */
		return ots_writer_finish(writer, err);
	}
	if (output->fd < 0)
		return OTS_OK;
	if (fsync(output->fd) != 0 || rename(output->temporary, output->path) != 0)
		return fail_file(output, err);
	free(output->temporary);
	output->temporary = NULL;
	return OTS_OK;
}

void output_close(struct output *output)
{
	ots_writer_abort(output->writer);
	output->writer = NULL;
	if (output->fd >= 0)
		(void)close(output->fd);
	if (output->temporary != NULL)
		(void)unlink(output->temporary);
	free(output->temporary);
	if (output->bucket.http != NULL || output->bucket.transfers != NULL)
		bucket_close(&output->bucket);
	free(output->path);
	*output = (struct output){.fd = -1};
}

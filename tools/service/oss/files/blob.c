#define _GNU_SOURCE /* memfd_create, fallocate, renameat2: Linux is where FUSE is */
#include "blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_BYTES UINT64_C(4096)
#define COPY_BYTES ((size_t)1024 * 1024)

static enum ots_status new_blobs(bool memory, int fd, uint64_t limit_bytes,
				 struct ots_oss_blobs **out, struct ots_error *err)
{
	struct ots_oss_blobs *blobs = calloc(1, sizeof *blobs);

	if (blobs == NULL) {
		(void)close(fd);
		return ots_fail(err, OTS_NO_MEMORY, "buckets");
	}
	blobs->memory = memory;
	blobs->fd = fd;
	blobs->limit_bytes = limit_bytes;
	atomic_init(&blobs->next, 1);
	*out = blobs;
	return OTS_OK;
}

enum ots_status ots_oss_blobs_open_memory(uint64_t limit_bytes, struct ots_oss_blobs **out,
					  struct ots_error *err)
{
	const int fd = memfd_create("otsfs-buckets", MFD_CLOEXEC);

	if (fd < 0)
		return ots_fail(err, OTS_IO, "buckets: memory: %s", strerror(errno));
	return new_blobs(true, fd, limit_bytes, out, err);
}

enum ots_status ots_oss_blobs_open_folder(const char *dir, struct ots_oss_blobs **out,
					  struct ots_error *err)
{
	int fd;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return ots_fail(err, OTS_IO, "%s: %s", dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ots_fail(err, OTS_IO, "%s: %s", dir, strerror(errno));
	return new_blobs(false, fd, UINT64_MAX, out, err);
}

void ots_oss_blobs_close(struct ots_oss_blobs *blobs)
{
	if (blobs == NULL)
		return;
	(void)close(blobs->fd);
	free(blobs->kept);
	free(blobs);
}

void ots_oss_blobs_detach(struct ots_oss_blobs *blobs)
{
	blobs->detached = true;
}

void ots_oss_blob_name(uint64_t id, char out[OTS_OSS_BLOB_NAME_BYTES])
{
	(void)snprintf(out, OTS_OSS_BLOB_NAME_BYTES, "%016" PRIx64 ".blob", id);
}

bool ots_oss_blobs_count(struct ots_oss_blobs *blobs, uint64_t bytes)
{
	const uint64_t before = atomic_fetch_add(&blobs->used_bytes, bytes);

	if (bytes <= blobs->limit_bytes && before <= blobs->limit_bytes - bytes)
		return true;
	ots_oss_blobs_uncount(blobs, bytes);
	return false;
}

void ots_oss_blobs_uncount(struct ots_oss_blobs *blobs, uint64_t bytes)
{
	(void)atomic_fetch_sub(&blobs->used_bytes, bytes);
}

enum ots_status ots_oss_blob_open(struct ots_oss_blobs *blobs, const struct ots_oss_blob *blob,
				  struct ots_oss_content *out, struct ots_error *err)
{
	char name[OTS_OSS_BLOB_NAME_BYTES];

	*out = (struct ots_oss_content){.fd = -1};
	if (blob == NULL)
		return OTS_OK;
	out->bytes = blob->bytes;
	out->size = blob->size;
	if (blob->id == 0)
		return OTS_OK;
	if (blobs->memory) {
		out->fd = fcntl(blobs->fd, F_DUPFD_CLOEXEC, 0);
		out->offset = blob->id - 1;
	} else {
		ots_oss_blob_name(blob->id, name);
		out->fd = openat(blobs->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	return out->fd >= 0 ? OTS_OK
			    : ots_fail(err, OTS_IO, "content %" PRIu64 ": %s", blob->id,
				       strerror(errno));
}

void ots_oss_content_close(struct ots_oss_content *content)
{
	if (content->fd >= 0)
		(void)close(content->fd);
	*content = (struct ots_oss_content){.fd = -1};
}

struct ots_oss_blob *ots_oss_blob_hold(struct ots_oss_blob *blob)
{
	if (blob != NULL)
		(void)atomic_fetch_add(&blob->holders, 1);
	return blob;
}

void ots_oss_blob_drop(struct ots_oss_blobs *blobs, struct ots_oss_blob *blob)
{
	char name[OTS_OSS_BLOB_NAME_BYTES];
	uint64_t pages;

	if (blob == NULL || atomic_fetch_sub(&blob->holders, 1) != 1)
		return;
	pages = (blob->size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	if (blobs->memory)
		ots_oss_blobs_uncount(blobs, blob->size);
	if (blob->id != 0 && blobs->memory) {
		(void)fallocate(blobs->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)(blob->id - 1), (off_t)pages);
	} else if (blob->id != 0 && !blobs->detached) {
		ots_oss_blob_name(blob->id, name);
		(void)unlinkat(blobs->fd, name, 0);
	}
	free(blob->bytes);
	free(blob);
}

uint64_t ots_oss_blob_id(const struct ots_oss_blob *blob)
{
	return blob != NULL ? blob->id : 0;
}

struct ots_oss_blob *ots_oss_blob_of_file(uint64_t id, uint64_t size)
{
	struct ots_oss_blob *blob = calloc(1, sizeof *blob);

	if (blob == NULL)
		return NULL;
	atomic_init(&blob->holders, 1);
	blob->id = id;
	blob->size = size;
	return blob;
}

bool ots_oss_blob_extends(const struct ots_oss_blob *blob)
{
	return blob != NULL && blob->id != 0;
}

static enum ots_status write_at(int fd, uint64_t at, const uint8_t *bytes, size_t len,
				struct ots_error *err)
{
	while (len > 0) { /* ends: len falls, or the disk is full */
		const ssize_t n = pwrite(fd, bytes, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ots_fail(err, errno == ENOSPC ? OTS_NO_SPACE : OTS_IO, "content: %s",
					strerror(errno));
		bytes += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return OTS_OK;
}

enum ots_status ots_oss_file_extend(int fd, uint64_t size, const struct ots_oss_content *more,
				    struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	uint8_t *piece;
	uint64_t done = 0;

	if (more->fd < 0)
		return more->bytes == NULL
			       ? OTS_OK
			       : write_at(fd, size, more->bytes, (size_t)more->size, err);
	piece = malloc(COPY_BYTES);
	if (piece == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "content");
	while (done < more->size && status == OTS_OK) { /* ends: done grows, or the file ends */
		const uint64_t left = more->size - done;
		const ssize_t n = pread(more->fd, piece, left < COPY_BYTES ? left : COPY_BYTES,
					(off_t)(more->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		status = n > 0 ? write_at(fd, size + done, piece, (size_t)n, err)
			       : ots_fail(err, OTS_IO, "content: %s",
					  n < 0 ? strerror(errno) : "cut short");
		done += n > 0 ? (uint64_t)n : 0;
	}
	free(piece);
	return status;
}

enum ots_status ots_oss_blob_extend(struct ots_oss_blobs *blobs, struct ots_oss_blob *blob,
				    const struct ots_oss_content *more, struct ots_error *err)
{
	char name[OTS_OSS_BLOB_NAME_BYTES];
	enum ots_status status;
	int fd;

	if (blobs->memory) {
		if (!ots_oss_blobs_count(blobs, more->size))
			return ots_fail(err, OTS_NO_SPACE,
					"the memory of the local service is full");
		status = ots_oss_file_extend(blobs->fd, blob->id - 1 + blob->size, more, err);
		if (status != OTS_OK)
			ots_oss_blobs_uncount(blobs, more->size);
	} else {
		ots_oss_blob_name(blob->id, name);
		fd = openat(blobs->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return ots_fail(err, OTS_IO, "content: %s", strerror(errno));
		status = ots_oss_file_extend(fd, blob->size, more, err);
		(void)close(fd);
	}
	if (status == OTS_OK)
		blob->size += more->size;
	return status;
}

int ots_oss_blob_move_out(struct ots_oss_blobs *blobs, struct ots_oss_blob *blob, int to_dir,
			  const char *to_name)
{
	char name[OTS_OSS_BLOB_NAME_BYTES];

	ots_oss_blob_name(blob->id, name);
	if (renameat(blobs->fd, name, to_dir, to_name) != 0)
		return errno;
	blob->id = 0;
	return 0;
}

int ots_oss_blob_move_in(struct ots_oss_blobs *blobs, int from_dir, const char *from_name,
			 uint64_t size, struct ots_oss_blob **out)
{
	const uint64_t id = atomic_fetch_add(&blobs->next, 1);
	struct ots_oss_blob *blob = ots_oss_blob_of_file(id, size);
	char name[OTS_OSS_BLOB_NAME_BYTES];

	if (blob == NULL)
		return ENOMEM;
	ots_oss_blob_name(id, name);
	if (renameat(from_dir, from_name, blobs->fd, name) != 0) {
		free(blob);
		return errno;
	}
	*out = blob;
	return 0;
}

bool ots_oss_blobs_keep(struct ots_oss_blobs *blobs, uint64_t id)
{
	if (blobs->kept_count == blobs->kept_cap) {
		const size_t cap = blobs->kept_cap == 0 ? 64 : blobs->kept_cap * 2;
		uint64_t *kept = realloc(blobs->kept, cap * sizeof *kept);

		if (kept == NULL)
			return false;
		blobs->kept = kept;
		blobs->kept_cap = cap;
	}
	blobs->kept[blobs->kept_count++] = id;
	if (id >= atomic_load(&blobs->next))
		atomic_store(&blobs->next, id + 1);
	return true;
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

void ots_oss_blobs_sweep(struct ots_oss_blobs *blobs)
{
	const int fd = blobs->memory ? -1 : openat(blobs->fd, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (blobs->kept_count > 1)
		qsort(blobs->kept, blobs->kept_count, sizeof *blobs->kept, compare_numbers);
	while (dir != NULL && (entry = readdir(dir)) != NULL) { /* ends: the folder does */
		char *end = NULL;
		const uint64_t id = strtoull(entry->d_name, &end, 16);

		if (end != entry->d_name + 16 || strcmp(end, ".blob") != 0)
			continue;
		if (blobs->kept_count == 0 || bsearch(&id, blobs->kept, blobs->kept_count,
						      sizeof id, compare_numbers) == NULL)
			(void)unlinkat(blobs->fd, entry->d_name, 0);
		if (id >= atomic_load(&blobs->next))
			atomic_store(&blobs->next, id + 1);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else if (fd >= 0)
		(void)close(fd);
	free(blobs->kept);
	blobs->kept = NULL;
	blobs->kept_count = blobs->kept_cap = 0;
}

#define _GNU_SOURCE /* fallocate */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <otsfs/base/crc64.h>

#include "blobs.h"

#define COPY_BYTES ((size_t)1024 * 1024)

struct ots_oss_spool {
	struct ots_oss_blobs *blobs;
	EVP_MD_CTX *md5; /* NULL: none is taken */
	uint64_t crc;
	uint64_t size;
	uint64_t id;    /* 0: still on the heap */
	int fd;         /* of a folder's blob; the memory's file is the blobs' */
	uint8_t *small; /* OTS_OSS_SMALL_BYTES, in memory until it is full */
};

static enum ots_status open_file(struct ots_oss_spool *spool, struct ots_error *err)
{
	char name[OTS_OSS_BLOB_NAME_BYTES];

	spool->id = atomic_fetch_add(&spool->blobs->next, 1);
	ots_oss_blob_name(spool->id, name);
	spool->fd = openat(spool->blobs->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (spool->fd >= 0)
		return OTS_OK;
	spool->id = 0;
	return ots_fail(err, errno == ENOSPC ? OTS_NO_SPACE : OTS_IO, "content: %s",
			strerror(errno));
}

enum ots_status ots_oss_spool_open(struct ots_oss_blobs *blobs, bool with_md5,
				   struct ots_oss_spool **out, struct ots_error *err)
{
	struct ots_oss_spool *spool = calloc(1, sizeof *spool);
	enum ots_status status = OTS_OK;

	if (spool == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "content");
	spool->blobs = blobs;
	spool->fd = -1;
	if (with_md5) {
		spool->md5 = EVP_MD_CTX_new();
		if (spool->md5 == NULL || EVP_DigestInit_ex(spool->md5, EVP_md5(), NULL) != 1)
			status = ots_fail(err, OTS_NO_MEMORY, "content: no MD5");
	}
	if (status == OTS_OK && blobs->memory) {
		spool->small = malloc(OTS_OSS_SMALL_BYTES);
		if (spool->small == NULL)
			status = ots_fail(err, OTS_NO_MEMORY, "content");
	} else if (status == OTS_OK) {
		status = open_file(spool, err);
	}
	if (status == OTS_OK)
		*out = spool;
	else
		ots_oss_spool_discard(spool);
	return status;
}

static void free_spool(struct ots_oss_spool *spool)
{
	if (spool->fd >= 0)
		(void)close(spool->fd);
	EVP_MD_CTX_free(spool->md5);
	free(spool->small);
	free(spool);
}

void ots_oss_spool_discard(struct ots_oss_spool *spool)
{
	struct ots_oss_blobs *blobs = spool != NULL ? spool->blobs : NULL;
	struct ots_oss_blob *blob = NULL;

	if (spool == NULL)
		return;
	if (ots_oss_spool_take(spool, &blob, NULL) == OTS_OK)
		ots_oss_blob_drop(blobs, blob);
}

static enum ots_status put(struct ots_oss_spool *spool, uint64_t at, const uint8_t *bytes,
			   size_t len, struct ots_error *err)
{
	const int fd = spool->blobs->memory ? spool->blobs->fd : spool->fd;
	const uint64_t base = spool->blobs->memory ? spool->id - 1 : 0;

	while (len > 0) { /* ends: len falls, or the disk is full */
		const ssize_t n = pwrite(fd, bytes, len, (off_t)(base + at));

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

/* Leave the heap for a range of the memory's file: as long as any content may become, since ranges
 * that nobody wrote cost nothing. */
static enum ots_status leave_heap(struct ots_oss_spool *spool, struct ots_error *err)
{
	enum ots_status status;

	spool->id = atomic_fetch_add(&spool->blobs->next, OTS_OSS_CONTENT_MAX_BYTES);
	status = put(spool, 0, spool->small, (size_t)spool->size, err);
	free(spool->small);
	spool->small = NULL;
	return status;
}

static enum ots_status append(struct ots_oss_spool *spool, const uint8_t *bytes, size_t len,
			      struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	if (spool->small != NULL && len <= OTS_OSS_SMALL_BYTES - spool->size) {
		memcpy(spool->small + spool->size, bytes, len);
		return OTS_OK;
	}
	if (spool->small != NULL)
		status = leave_heap(spool, err);
	return status == OTS_OK ? put(spool, spool->size, bytes, len, err) : status;
}

enum ots_status ots_oss_spool_write(struct ots_oss_spool *spool, const void *bytes, size_t len,
				    struct ots_error *err)
{
	enum ots_status status;

	if (len == 0)
		return OTS_OK;
	if (len > OTS_OSS_CONTENT_MAX_BYTES - spool->size)
		return ots_fail(err, OTS_LIMIT, "content: more than the limit of %" PRIu64 " bytes",
				OTS_OSS_CONTENT_MAX_BYTES);
	if (spool->blobs->memory && !ots_oss_blobs_count(spool->blobs, len))
		return ots_fail(err, OTS_NO_SPACE,
				"the memory of the local service is full: limit %" PRIu64 " bytes",
				spool->blobs->limit_bytes);
	status = append(spool, bytes, len, err);
	if (status != OTS_OK) {
		if (spool->blobs->memory)
			ots_oss_blobs_uncount(spool->blobs, len);
		return status;
	}
	spool->size += len;
	spool->crc = ots_crc64(spool->crc, bytes, len);
	if (spool->md5 != NULL && EVP_DigestUpdate(spool->md5, bytes, len) != 1)
		return ots_fail(err, OTS_NO_MEMORY, "content: no MD5");
	return OTS_OK;
}

enum ots_status ots_oss_spool_copy(struct ots_oss_spool *spool,
				   const struct ots_oss_content *content, uint64_t from,
				   uint64_t len, struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	uint8_t *piece;

	if (content->fd < 0)
		return content->bytes == NULL ? OTS_OK
					      : ots_oss_spool_write(spool, content->bytes + from,
								    (size_t)len, err);
	piece = malloc(COPY_BYTES);
	if (piece == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "content");
	while (len > 0 && status == OTS_OK) { /* ends: len falls, or the file is too short */
		const size_t want = len < COPY_BYTES ? (size_t)len : COPY_BYTES;
		const ssize_t n = pread(content->fd, piece, want, (off_t)(content->offset + from));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			status = ots_fail(err, OTS_IO, "content: %s",
					  n < 0 ? strerror(errno) : "cut short");
			break;
		}
		status = ots_oss_spool_write(spool, piece, (size_t)n, err);
		from += (uint64_t)n;
		len -= (uint64_t)n;
	}
	free(piece);
	return status;
}

uint64_t ots_oss_spool_size(const struct ots_oss_spool *spool)
{
	return spool->size;
}

uint64_t ots_oss_spool_crc(const struct ots_oss_spool *spool)
{
	return spool->crc;
}

bool ots_oss_spool_md5(struct ots_oss_spool *spool, uint8_t out[16])
{
	return spool->md5 != NULL && EVP_DigestFinal_ex(spool->md5, out, NULL) == 1;
}

enum ots_status ots_oss_spool_take(struct ots_oss_spool *spool, struct ots_oss_blob **out,
				   struct ots_error *err)
{
	const bool content = spool->id != 0 || spool->size > 0;
	struct ots_oss_blob *blob = NULL;
	enum ots_status status = OTS_OK;

	if (content) {
		blob = ots_oss_blob_of_file(spool->id, spool->size);
		if (blob == NULL)
			status = ots_fail(err, OTS_NO_MEMORY, "content");
	}
	if (blob != NULL && spool->small != NULL) {
		blob->bytes = realloc(spool->small, (size_t)spool->size); /* smaller: it fits */
		if (blob->bytes == NULL)
			blob->bytes = spool->small;
		spool->small = NULL;
	}
	if (status != OTS_OK && spool->blobs->memory)
		ots_oss_blobs_uncount(spool->blobs, spool->size);
	free_spool(spool);
	*out = blob;
	return status;
}

#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct read_request {
	struct pending pending;
	struct handle *handle; /* stays until RELEASE, which the kernel sends after its reads */
	uint64_t number;
	struct ots_input_read *remote; /* begun elsewhere */

	uint64_t offset;
	size_t size;
};

/* A descriptor of the state folder. */
static enum ots_status read_file(int fd, uint64_t offset, uint8_t *buf, size_t len, size_t *got,
				 struct ots_error *err)
{
	*got = 0;
	while (*got < len) { /* ends: each turn reads at least one byte or returns */
		const ssize_t n = pread(fd, buf + *got, len - *got, (off_t)(offset + *got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ots_fail(err, OTS_IO, "reading dead.jsonl: errno %d", errno);
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return OTS_OK;
}

static enum ots_status read_handle(struct handle *handle, uint64_t offset, uint8_t *buf, size_t len,
				   size_t *got, struct ots_cancel *cancel, struct ots_error *err)
{
	switch (handle->kind) {
	case HANDLE_TEXT:
		return ots_text_read(handle->text->text, offset, buf, len, got, cancel, err);
	case HANDLE_DROPPED:
		return ots_content_read(handle->content, offset, buf, len, got, cancel, err);
	case HANDLE_FILE: return read_file(handle->fd, offset, buf, len, got, err);
	case HANDLE_GENERATED:
	case HANDLE_CONTROL:
	case HANDLE_FOLDER: break;
	}
	return ots_fail(err, OTS_USAGE, "a handle that is not read here");
}

static void read_run(struct pending *pending)
{
	struct read_request *read = (struct read_request *)pending;
	struct mount *mount = pending->mount;
	uint8_t *buf = malloc(read->size == 0 ? 1 : read->size);
	size_t got = 0;
	struct ots_error err = {0};
	enum ots_status status;
	fuse_req_t request;

	if (buf == NULL)
		status = ots_fail(&err, OTS_NO_MEMORY, "reading %zu bytes", read->size);
	else if (ots_pending_interrupted(pending))
		status = ots_fail(&err, OTS_CANCELLED, "read");
	else
		status = read_handle(read->handle, read->offset, buf, read->size, &got,
				     &pending->cancel, &err);
	/* The damage itself was logged by the open: not again for each read that meets it. */
	const bool known = read->handle->kind == HANDLE_TEXT &&
			   ots_text_damage(read->handle->text->text) != NULL;

	if (status == OTS_CHANGED)
		ots_catalog_expire(mount->options.catalog);
	request = ots_pending_take(pending);
	if (status == OTS_OK) {
		(void)fuse_reply_buf(request, (const char *)buf, got);
	} else {
		if (!known)
			ots_log_failure(mount, "read", &err);
		(void)fuse_reply_err(request, ots_errno_of(status, ERRNO_AT_READ));
	}
	free(buf);
}

/* Bytes that do not have their checksum may be in the kernel's cache: out with them, and with the
 * number they stand under. On a worker, since dropping a page waits for reads of it. */
struct bad_pages {
	struct mount *mount;
	uint64_t number;
};

static void drop_pages(void *arg)
{
	struct bad_pages *bad = arg;

	ots_catalog_supersede(bad->mount->options.catalog, bad->number);
	(void)fuse_lowlevel_notify_inval_inode(bad->mount->session, bad->number, 0, 0);
	free(bad);
}

static void drop_pages_later(struct mount *mount, uint64_t number)
{
	struct bad_pages *bad = malloc(sizeof *bad);

	if (bad == NULL)
		return;
	*bad = (struct bad_pages){mount, number};
	if (ots_pool_try_submit(mount->names, drop_pages, bad, NULL) != OTS_OK)
		free(bad);
}

static void reply_pieces(fuse_req_t request, const struct ots_bytes *pieces, size_t count)
{
	struct iovec iov[OTS_INPUT_PIECES_MAX];

	for (size_t i = 0; i < count; i++)
		iov[i] = (struct iovec){(void *)(uintptr_t)pieces[i].at, pieces[i].len};
	if (count == 0)
		(void)fuse_reply_buf(request, NULL, 0);
	else
		(void)fuse_reply_iov(request, iov, (int)count);
}

/* On the thread that brought the last byte, straight from where it came to the kernel. */
static void remote_done(void *arg, enum ots_status status, const struct ots_bytes *pieces,
			size_t count, const struct ots_error *err)
{
	struct read_request *read = arg;
	struct mount *mount = read->pending.mount;
	const uint64_t number = read->number;
	fuse_req_t request;

	if (!ots_pending_claim(&read->pending))
		return;
	if (status == OTS_CHANGED)
		ots_catalog_expire(mount->options.catalog);
	request = ots_pending_take(&read->pending);
	if (status == OTS_OK) {
		reply_pieces(request, pieces, count);
		return;
	}
	ots_log_failure(mount, "read", err);
	(void)fuse_reply_err(request, ots_errno_of(status, ERRNO_AT_READ));
	if (status == OTS_CORRUPT)
		drop_pages_later(mount, number);
}

static void remote_begin(struct pending *pending)
{
	struct read_request *read = (struct read_request *)pending;

	ots_text_begin(read->handle->text->text, read->offset, read->size, remote_done, read,
		       &read->remote);
}

static void remote_recalled(struct pending *pending)
{
	ots_text_cancel(((struct read_request *)pending)->remote);
}

static void remote_dispose(struct pending *pending)
{
	ots_text_end(((struct read_request *)pending)->remote);
}

/* A copy, because the handle may be released as soon as the kernel has the bytes, which is before
 * the reply's own call has returned. */
static void reply_part(fuse_req_t request, const struct ots_buffer *text, uint64_t offset,
		       size_t size)
{
	const size_t left = offset < text->len ? (size_t)(text->len - offset) : 0;
	const size_t len = size < left ? size : left;
	char *copy;

	if (len == 0) {
		(void)fuse_reply_buf(request, NULL, 0);
		return;
	}
	copy = malloc(len);
	if (copy == NULL) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	memcpy(copy, text->bytes + offset, len);
	(void)fuse_reply_buf(request, copy, len);
	free(copy);
}

void ots_op_read(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
		 struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct handle *handle = ots_handle_of(fi);
	struct read_request *read;

	if (offset < 0) {
		(void)fuse_reply_err(request, EINVAL);
		return;
	}
	if (handle->kind == HANDLE_GENERATED || handle->kind == HANDLE_CONTROL) {
		reply_part(request, &handle->generated, (uint64_t)offset, size);
		return;
	}
	read = ots_pending_new(request, sizeof *read);
	if (read == NULL)
		return;
	read->handle = handle;
	read->number = number;
	read->offset = (uint64_t)offset;
	read->size = size;
	if (handle->kind == HANDLE_TEXT && ots_text_is_remote(handle->text->text)) {
		ots_pending_start_elsewhere(&read->pending, remote_begin, remote_recalled,
					    remote_dispose);
		return;
	}
	ots_pending_start_recallable(&read->pending, mount->reads, read_run);
}

#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct read_request {
	struct pending pending;
	struct handle *handle; /* stays until RELEASE, which the kernel sends after its reads */
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

	(void)number;
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
	read->offset = (uint64_t)offset;
	read->size = size;
	ots_pending_start_recallable(&read->pending, mount->reads, read_run);
}

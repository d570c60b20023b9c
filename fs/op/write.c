/* WRITE: bytes of a dropped file go to its staging file at once, on this thread: one write() to the
 * local disk's cache, cheaper than handing a copy to a worker. */
#include "operations.h"

#include <errno.h>

#include "../node/nodes.h"

void ots_op_write(fuse_req_t request, fuse_ino_t number, const char *bytes, size_t size,
		  off_t offset, struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct handle *handle = ots_handle_of(fi);
	struct ots_error err = {0};
	int error;

	(void)number;
	if (handle->kind == HANDLE_CONTROL && handle->writes) {
		ots_control_write(request, handle, bytes, size);
		return;
	}
	if (handle->kind != HANDLE_DROPPED || !handle->writes || offset < 0) {
		(void)fuse_reply_err(request, EBADF);
		return;
	}
	const struct content_write write = {
		.engine = mount->options.engine,
		.offset = (uint64_t)offset,
		.append = handle->appends,
		.writer = fuse_req_ctx(request)->pid,
	};

	error = ots_content_append(handle->content, &write, bytes, size, &err);
	if (err.status != OTS_OK) /* the first time only: later ones meet what sticks */
		ots_log_failure(mount, "restore/: write", &err);
	if (error != 0)
		(void)fuse_reply_err(request, error);
	else
		(void)fuse_reply_write(request, size);
}

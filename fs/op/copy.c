/* COPY_FILE_RANGE from a file of the backups into a dropped one: the range is recorded and nothing
 * moves. Anything else is EOPNOTSUPP, whereupon tools read and write. */
#include "operations.h"

#include <errno.h>

#include "../node/nodes.h"

/* What one answer can say: the kernel's own bound. Source: fuse-facts section 7. */
#define RANGE_MAX_BYTES 0xfffff000u

void ots_op_copy_file_range(fuse_req_t request, fuse_ino_t from, off_t from_offset,
			    struct fuse_file_info *from_fi, fuse_ino_t to, off_t to_offset,
			    struct fuse_file_info *to_fi, size_t len, int flags)
{
	struct mount *mount = fuse_req_userdata(request);
	struct handle *source = ots_handle_of(from_fi), *target = ots_handle_of(to_fi);
	struct ots_error err = {0};
	uint64_t taken = 0;
	int error;

	(void)from;
	(void)to;
	if (source->kind != HANDLE_TEXT || target->kind != HANDLE_DROPPED || flags != 0) {
		(void)fuse_reply_err(request, EOPNOTSUPP);
		return;
	}
	if (!target->writes || from_offset < 0 || to_offset < 0) {
		(void)fuse_reply_err(request, EBADF);
		return;
	}
	const struct content_write write = {
		.engine = mount->options.engine,
		.offset = (uint64_t)to_offset,
		.append = target->appends,
		.writer = fuse_req_ctx(request)->pid,
	};

	error = ots_content_append_range(
		target->content, &write, source->text, (uint64_t)from_offset,
		len < RANGE_MAX_BYTES ? len : RANGE_MAX_BYTES, &taken, &err);
	if (err.status != OTS_OK)
		ots_log_failure(mount, "restore/: copy", &err);
	if (error != 0)
		(void)fuse_reply_err(request, error);
	else
		(void)fuse_reply_write(request, (size_t)taken);
}

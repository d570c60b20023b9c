/* What a node is: GETATTR, READLINK, STATFS. */
#include "operations.h"

#include <errno.h>

#include "../node/nodes.h"

#define LINK_LIMIT_BYTES 4095
#define STATFS_BLOCK_BYTES ((uint64_t)1 << 20)
#define STAGING_LIMIT_BYTES ((uint64_t)64 << 30) /* the engine's, of one dropped file */

struct getattr {
	struct pending pending;
	uint64_t number;
};

static void getattr_run(struct pending *pending)
{
	struct getattr *getattr = (struct getattr *)pending;
	struct mount *mount = pending->mount;
	struct attr attr;
	struct ots_error err = {0};
	const enum ots_status status =
		ots_attr_generate(mount, getattr->number, &pending->cancel, &attr, &err);
	fuse_req_t request = ots_pending_take(pending);

	if (status == OTS_OK)
		ots_reply_attr(request, &attr);
	else
		ots_reply_failure(request, mount, "stat", ERRNO_AT_LOOKUP, &err);
}

void ots_op_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct attr attr;
	struct ots_error err = {0};
	const enum ots_status status = ots_attr_of_number(mount, number, &attr, &err);
	struct getattr *getattr;

	(void)fi; /* exactness belongs to the inode */
	if (status == OTS_OK) {
		ots_reply_attr(request, &attr);
		return;
	}
	if (status != OTS_UNSUPPORTED) {
		ots_reply_failure(request, mount, "stat", ERRNO_AT_LOOKUP, &err);
		return;
	}
	getattr = ots_pending_new(request, sizeof *getattr);
	if (getattr == NULL)
		return;
	getattr->number = number;
	ots_pending_start_recallable(&getattr->pending, mount->names, getattr_run);
}

static void readlink_of_catalog(fuse_req_t request, struct mount *mount, uint64_t number)
{
	struct ots_buffer target;
	struct ots_error err = {0};
	enum ots_status status;

	ots_buffer_init(&target, LINK_LIMIT_BYTES + 1);
	status = ots_catalog_link(mount->options.catalog, number, &target, &err);
	if (status == OTS_OK && !ots_buffer_put_byte(&target, '\0'))
		status = ots_buffer_fail(&target, 1, "a link", &err);
	if (status == OTS_OK)
		(void)fuse_reply_readlink(request, (const char *)target.bytes);
	else
		ots_reply_failure(request, mount, "readlink", ERRNO_AT_LOOKUP, &err);
	ots_buffer_release(&target);
}

void ots_op_readlink(fuse_req_t request, fuse_ino_t number)
{
	struct mount *mount = fuse_req_userdata(request);
	struct entry_info info;
	char target[JOB_LINK_BYTES];

	if (ots_node_class(number) == NODE_CATALOG_FOLDER) {
		readlink_of_catalog(request, mount, number);
	} else if (mount->tree != NULL && ots_restore_tree_info(mount->tree, number, &info) &&
		   info.link) {
		(void)ots_attr_job_link(info.job_id, target);
		(void)fuse_reply_readlink(request, target);
	} else {
		(void)fuse_reply_err(request, EINVAL);
	}
}

/* From memory: df must neither hide the mount (no blocks) nor wait for a network. What is free is
 * what one dropped file may have. */
void ots_op_statfs(fuse_req_t request, fuse_ino_t number)
{
	struct mount *mount = fuse_req_userdata(request);
	struct ots_catalog_counts counts;
	struct statvfs st = {0};
	const uint64_t free_blocks =
		mount->tree != NULL ? STAGING_LIMIT_BYTES / STATFS_BLOCK_BYTES : 0;

	(void)number;
	ots_catalog_counts(mount->options.catalog, &counts);
	st.f_bsize = STATFS_BLOCK_BYTES;
	st.f_frsize = STATFS_BLOCK_BYTES;
	st.f_blocks = counts.bytes / STATFS_BLOCK_BYTES + 1 + free_blocks;
	st.f_bfree = free_blocks;
	st.f_bavail = free_blocks;
	st.f_files = counts.objects + 1;
	st.f_namemax = 255;
	(void)fuse_reply_statfs(request, &st);
}

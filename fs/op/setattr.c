/* SETATTR: tools set modes, owners and times on what they copy, and fail where they cannot: on
 * dropped files all of it is taken and has no effect. A size is another matter. */
#include "operations.h"

#include <errno.h>

#include "../node/nodes.h"

static void set_times(const struct stat *st, int to_set, struct entry_attr *attr)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if ((to_set & FUSE_SET_ATTR_ATIME_NOW) != 0)
		attr->atime = now;
	else if ((to_set & FUSE_SET_ATTR_ATIME) != 0)
		attr->atime = st->st_atim;
	if ((to_set & FUSE_SET_ATTR_MTIME_NOW) != 0)
		attr->mtime = now;
	else if ((to_set & FUSE_SET_ATTR_MTIME) != 0)
		attr->mtime = st->st_mtim;
	attr->ctime = now;
}

/* To nothing: begin again. To what it has: rsync does that. Anything else would be a hole or a cut,
 * and a file with one must never be restored: the error sticks. */
static int set_size(struct mount *mount, uint64_t number, off_t size,
		    const struct fuse_file_info *fi)
{
	struct content *content = NULL;
	int error;

	if (fi != NULL && ots_handle_of(fi)->kind == HANDLE_DROPPED) {
		content = ots_content_hold(ots_handle_of(fi)->content);
	} else {
		error = ots_restore_tree_open(mount->tree, number, false, &content);
		if (error != 0)
			return error;
		ots_restore_tree_forget(mount->tree, number, 1);
	}
	if (size == 0) {
		error = ots_content_clear(content);
	} else if (size > 0 && (uint64_t)size == ots_content_size(content)) {
		error = 0;
	} else {
		ots_content_stick(content, EIO);
		error = EIO;
	}
	ots_content_release(content);
	return error;
}

static int set_entry(struct mount *mount, uint64_t number, const struct stat *st, int to_set,
		     const struct fuse_file_info *fi)
{
	struct entry_info info;
	int error = 0;

	if (!ots_restore_tree_info(mount->tree, number, &info))
		return ESTALE;
	if ((to_set & FUSE_SET_ATTR_SIZE) != 0)
		error = set_size(mount, number, st->st_size, fi);
	if (error != 0)
		return error;
	if ((to_set & FUSE_SET_ATTR_MODE) != 0)
		info.attr.mode = st->st_mode & 07777;
	if ((to_set & FUSE_SET_ATTR_UID) != 0)
		info.attr.uid = st->st_uid;
	if ((to_set & FUSE_SET_ATTR_GID) != 0)
		info.attr.gid = st->st_gid;
	set_times(st, to_set, &info.attr);
	return ots_restore_tree_set_attr(mount->tree, number, &info.attr) ? 0 : ESTALE;
}

void ots_op_setattr(fuse_req_t request, fuse_ino_t number, struct stat *st, int to_set,
		    struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	const enum ots_node_class class = ots_node_class(number);
	int error = EROFS;

	if (mount->tree != NULL && class == NODE_ENTRY)
		error = set_entry(mount, number, st, to_set, fi);
	else if (class == NODE_RESTORE || class == NODE_TABLE || class == NODE_JOB_CONTROL)
		error = 0;
	if (error != 0)
		(void)fuse_reply_err(request, error);
	else
		ots_op_getattr(request, number, fi);
}

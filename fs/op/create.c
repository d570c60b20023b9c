/* CREATE, MKDIR, MKNOD, SYMLINK, LINK: new names, all of them in restore/ or refused. */
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../drop/caller.h"
#include "../drop/drop_rules.h"
#include "../node/nodes.h"

int ots_refusal_of(uint64_t parent)
{
	const enum ots_node_class class = ots_node_class(parent);

	return class == NODE_RESTORE || class == NODE_TABLE ? EPERM : EROFS;
}

int ots_open_dropped(fuse_req_t request, uint64_t number, struct content *content,
		     struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct handle *handle = ots_handle_new(HANDLE_DROPPED, number);

	if (handle == NULL) {
		ots_content_release(content);
		ots_restore_tree_forget(mount->tree, number, 1);
		return ENOMEM;
	}
	handle->content = content;
	handle->writes = (fi->flags & O_ACCMODE) != O_RDONLY;
	handle->appends = (fi->flags & O_APPEND) != 0;
	handle->group = ots_caller_group(fuse_req_ctx(request)->pid);
	ots_handle_add(&mount->handles, handle);
	fi->fh = (uintptr_t)handle;
	fi->direct_io = 1; /* a new content under the same number must not show old pages */
	fi->noflush = !handle->writes;
	return 0;
}

static struct entry_attr new_attr(fuse_req_t request, mode_t mode)
{
	const struct fuse_ctx *caller = fuse_req_ctx(request);
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct entry_attr){.mode = mode & 07777,
				   .uid = caller->uid,
				   .gid = caller->gid,
				   .atime = now,
				   .mtime = now,
				   .ctime = now};
}

void ots_op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		   struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	const struct entry_attr entry_attr = new_attr(request, mode);
	struct entry_info info;
	struct content *content = NULL;
	struct attr attr;
	int error;

	if (ots_node_class(parent) != NODE_TABLE || mount->tree == NULL) {
		(void)fuse_reply_err(request, ots_refusal_of(parent));
		return;
	}
	if (ots_drop_name_is_reserved(name)) {
		(void)fuse_reply_err(request, EPERM);
		return;
	}
	error = ots_restore_tree_create(mount->tree, ots_node_table_index(parent), name,
					&entry_attr, &info, &content);
	if (error == 0) {
		error = ots_open_dropped(request, info.number, content, fi);
		if (error != 0) { /* the kernel's count; the name goes too */
			ots_restore_tree_forget(mount->tree, info.number, 1);
			(void)ots_restore_tree_unlink(mount->tree, info.table, name);
		}
	}
	if (error != 0) {
		(void)fuse_reply_err(request, error);
		return;
	}
	ots_attr_of_entry(&info, &attr);
	const struct fuse_entry_param entry = ots_entry_param(&attr, 0);

	if (fuse_reply_create(request, &entry, fi) == -ENOENT) {
		ots_handle_free(&mount->handles, ots_handle_of(fi));
		ots_restore_tree_forget(mount->tree, info.number, 2);
	}
}

void ots_op_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct mount *mount = fuse_req_userdata(request);
	size_t table;
	struct attr attr;
	int error;

	(void)mode;
	if (ots_node_class(parent) != NODE_RESTORE || mount->tree == NULL) {
		(void)fuse_reply_err(request, ots_refusal_of(parent));
		return;
	}
	if (!ots_drop_table_name_is_valid(name)) {
		(void)fuse_reply_err(request, EINVAL);
		return;
	}
	/* Whether the target or the source has it, the kernel has just asked by LOOKUP. */
	error = ots_name_table_index(ots_restore_tree_names(mount->tree), name, &table)
			? ots_restore_tree_make_table(mount->tree, table)
			: ENOMEM;
	if (error != 0) {
		(void)fuse_reply_err(request, error);
		return;
	}
	ots_attr_of_folder(mount, ots_node_table(table), &attr);
	ots_reply_entry(request, &attr, 0);
}

void ots_op_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		  dev_t device)
{
	(void)name;
	(void)mode;
	(void)device;
	(void)fuse_reply_err(request, ots_refusal_of(parent));
}

void ots_op_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	(void)name;
	(void)fuse_reply_err(request, ots_refusal_of(parent));
}

void ots_op_link(fuse_req_t request, fuse_ino_t number, fuse_ino_t parent, const char *name)
{
	(void)number;
	(void)name;
	(void)fuse_reply_err(request, ots_refusal_of(parent));
}

/* OPEN: what may not be written is refused before any work; the rest by kind of node. */
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "../shown/generated.h"
#include "../node/nodes.h"

struct open_generated {
	struct pending pending;
	uint64_t number;
	struct fuse_file_info fi;
};

/* Answer, or take it all back when the kernel does not want the answer any more. */
static void answer(fuse_req_t request, struct mount *mount, struct handle *handle,
		   struct fuse_file_info *fi)
{
	const bool dropped = handle->kind == HANDLE_DROPPED;
	const uint64_t number = handle->number;

	fi->fh = (uintptr_t)handle;
	if (fuse_reply_open(request, fi) != -ENOENT)
		return;
	ots_handle_free(&mount->handles, handle);
	if (dropped)
		ots_restore_tree_forget(mount->tree, number, 1);
}

static enum ots_status fill(struct mount *mount, struct handle *handle, struct ots_cancel *cancel,
			    struct ots_error *err)
{
	uint64_t size;

	if (handle->kind == HANDLE_FILE)
		return ots_job_dead(mount, handle->number, &handle->fd, &size, err);
	return ots_generated_text(mount, handle->number, cancel, &handle->generated, err);
}

static void open_generated_run(struct pending *pending)
{
	struct open_generated *open = (struct open_generated *)pending;
	struct mount *mount = pending->mount;
	struct fuse_file_info fi = open->fi;
	const bool writes = (fi.flags & O_ACCMODE) != O_RDONLY;
	const enum ots_node_class class = ots_node_class(open->number);
	const enum handle_kind kind = class == NODE_JOB_DEAD      ? HANDLE_FILE
				      : class == NODE_JOB_CONTROL ? HANDLE_CONTROL
								  : HANDLE_GENERATED;
	struct handle *handle = ots_handle_new(kind, open->number);
	struct ots_error err = {0};
	enum ots_status status = handle == NULL ? ots_fail(&err, OTS_NO_MEMORY, "opening a file")
						: fill(mount, handle, &pending->cancel, &err);
	fuse_req_t request = ots_pending_take(pending);

	if (handle == NULL || status != OTS_OK) {
		ots_handle_free(&mount->handles, handle);
		ots_reply_failure(request, mount, "open", ERRNO_AT_LOOKUP, &err);
		return;
	}
	handle->writes = writes;
	ots_handle_add(&mount->handles, handle);
	fi.direct_io = 1; /* the text is this handle's own */
	fi.noflush = !writes;
	answer(request, mount, handle, &fi);
}

static void open_generated(fuse_req_t request, uint64_t number, const struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct open_generated *open = ots_pending_new(request, sizeof *open);

	if (open == NULL)
		return;
	open->number = number;
	open->fi = *fi;
	ots_pending_start_recallable(&open->pending, mount->names, open_generated_run);
}

static void open_entry(fuse_req_t request, uint64_t number, struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct content *content = NULL;
	const bool anew = (fi->flags & O_TRUNC) != 0 && (fi->flags & O_ACCMODE) != O_RDONLY;
	int error = mount->tree == NULL
			    ? ESTALE
			    : ots_restore_tree_open(mount->tree, number, anew, &content);

	if (error == 0)
		error = ots_open_dropped(request, number, content, fi);
	if (error != 0)
		(void)fuse_reply_err(request, error);
	else
		answer(request, mount, ots_handle_of(fi), fi);
}

void ots_op_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi)
{
	const enum ots_node_class class = ots_node_class(number);
	const bool writes = (fi->flags & (O_ACCMODE | O_TRUNC)) != O_RDONLY;

	if (class == NODE_ENTRY) {
		open_entry(request, number, fi);
		return;
	}
	if (writes && class != NODE_JOB_CONTROL) {
		(void)fuse_reply_err(request, EROFS);
		return;
	}
	if (class == NODE_CATALOG_FILE)
		ots_open_text(request, number, fi);
	else
		open_generated(request, number, fi);
}

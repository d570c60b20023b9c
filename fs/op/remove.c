/* UNLINK and RMDIR: names in restore/ go, jobs go on. */
#include "operations.h"

#include <errno.h>

#include "../drop/drop_rules.h"
#include "../node/nodes.h"

void ots_op_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct mount *mount = fuse_req_userdata(request);

	if (ots_node_class(parent) != NODE_TABLE || mount->tree == NULL)
		(void)fuse_reply_err(request, ots_refusal_of(parent));
	else
		(void)fuse_reply_err(
			request,
			ots_restore_tree_unlink(mount->tree, ots_node_table_index(parent), name));
}

void ots_op_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct mount *mount = fuse_req_userdata(request);
	size_t table;
	int error;

	if (ots_node_class(parent) != NODE_RESTORE || mount->tree == NULL) {
		(void)fuse_reply_err(request, ots_refusal_of(parent));
		return;
	}
	if (!ots_drop_table_name_is_valid(name) ||
	    !ots_name_table_index(ots_restore_tree_names(mount->tree), name, &table)) {
		(void)fuse_reply_err(request, ENOENT);
		return;
	}
	error = ots_restore_tree_remove_table(mount->tree, table);
	/* A table that the target or the source has cannot be taken away here. */
	(void)fuse_reply_err(request, error == ENOENT ? EPERM : error);
}

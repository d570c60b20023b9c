/* RENAME: only within one table of restore/. What arrived under a temporary name was checked at its
 * close and counts here; anything else is a change of name and starts nothing.
 * Never EXDEV: mv would copy, which restores, and then remove. */
#include "operations.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../drop/caller.h"
#include "../drop/commit.h"
#include "../drop/drop_rules.h"
#include "../node/nodes.h"

#define NO_REPLACE 1u /* RENAME_NOREPLACE of <linux/fs.h> */

/* What arrived under a temporary name counts when it gets another. All checks were made at its
 * close: the kernel holds the folder during a RENAME, so that nothing here may wait. */
static int start_prepared(fuse_req_t request, size_t table, const char *from, const char *to,
			  struct content *content)
{
	const struct fuse_ctx *caller = fuse_req_ctx(request);
	const struct commit commit = {.content = content,
				      .table = table,
				      .name = to,
				      .uid = caller->uid,
				      .gid = caller->gid};

	if (!ots_drop_name_is_temporary(from) || ots_drop_name_is_temporary(to))
		return 0;
	const struct content_state state = ots_content_state(content);

	return state.error != 0 ? state.error
				: ots_commit_start(fuse_req_userdata(request), &commit);
}

static int rename_entry(fuse_req_t request, struct mount *mount, size_t table, const char *from,
			const char *to, bool no_replace)
{
	struct entry_info info, other;
	struct content *content = NULL;
	int error;

	if (!ots_restore_tree_lookup(mount->tree, table, from, false, &info))
		return ENOENT;
	if (info.link)
		return EPERM;
	if (no_replace && ots_restore_tree_lookup(mount->tree, table, to, false, &other))
		return EEXIST;
	error = ots_restore_tree_open(mount->tree, info.number, false, &content);
	if (error != 0)
		return error;
	/* The content is held, that is enough. */
	ots_restore_tree_forget(mount->tree, info.number, 1);
	error = start_prepared(request, table, from, to, content);
	if (error == 0)
		error = ots_restore_tree_rename(mount->tree, table, from, to, no_replace);
	if (error == 0) /* a close that ended meanwhile still saw the old name */
		error = start_prepared(request, table, from, to, content);
	ots_content_release(content);
	return error;
}

void ots_op_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t to_parent,
		   const char *to_name, unsigned flags)
{
	struct mount *mount = fuse_req_userdata(request);
	int error = 0;

	if (ots_node_class(parent) != NODE_TABLE || mount->tree == NULL)
		error = ots_refusal_of(parent);
	else if (ots_node_class(to_parent) != NODE_TABLE)
		error = ots_refusal_of(to_parent);
	else if (parent != to_parent || ots_drop_name_is_reserved(to_name))
		error = EPERM;
	else if ((flags & ~NO_REPLACE) != 0)
		error = EINVAL;
	else if (strlen(name) > NAME_MAX || strlen(to_name) > NAME_MAX)
		error = ENAMETOOLONG;
	if (error == 0)
		error = rename_entry(request, mount, ots_node_table_index(parent), name, to_name,
				     (flags & NO_REPLACE) != 0);
	(void)fuse_reply_err(request, error);
}

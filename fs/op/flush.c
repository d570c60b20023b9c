/* FLUSH, FSYNC, RELEASE: a close, and whether it counts. FLUSH is never ENOSYS: the kernel would
 * stop sending it, and every close would succeed. */
#include "operations.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../drop/caller.h"
#include "../drop/commit.h"
#include "../drop/drop_rules.h"

struct flush {
	struct pending pending;
	struct commit commit;
	uint64_t number; /* of the file */
	char name[NAME_MAX + 1];
	char command[CALLER_COMMAND_BYTES];
};

/* A RENAME that came while the file was being checked has passed it by: it counts here then. */
static int start_renamed(struct mount *mount, struct flush *flush)
{
	if (!ots_restore_tree_name(mount->tree, flush->number, &flush->commit.table, flush->name,
				   sizeof flush->name) ||
	    ots_drop_name_is_temporary(flush->name))
		return 0;
	return ots_commit_start(mount, &flush->commit);
}

static void flush_run(struct pending *pending)
{
	struct flush *flush = (struct flush *)pending;
	struct content *content = flush->commit.content;
	int error = ots_commit_or_join(pending->mount, &flush->commit, &pending->cancel);

	if (error == 0 && flush->commit.later)
		error = start_renamed(pending->mount, flush);
	ots_pending_reply_errno(pending, error);
	ots_content_release(content);
}

/* @param later  as of struct commit */
static void queue_commit(fuse_req_t request, struct handle *handle, size_t table, const char *name,
			 bool later)
{
	const struct fuse_ctx *caller = fuse_req_ctx(request);
	struct flush *flush = ots_pending_new(request, sizeof *flush);

	if (flush == NULL)
		return;
	flush->number = handle->number;
	memcpy(flush->name, name, strlen(name) + 1);
	ots_caller_command(caller->pid, flush->command);
	flush->commit = (struct commit){
		.content = ots_content_hold(handle->content),
		.table = table,
		.name = flush->name,
		.uid = caller->uid,
		.gid = caller->gid,
		.command = flush->command,
		.wait = !later && flush->pending.mount->options.restore_wait,
		.later = later,
	};
	ots_pending_start(&flush->pending, flush->pending.mount->closes, flush_run);
}

static struct drop_facts facts_of(const struct handle *handle, const struct content_state *state,
				  const char *name, pid_t closer)
{
	const pid_t group = ots_caller_group(closer);

	return (struct drop_facts){
		.failed = state->error != 0,
		.new_bytes = state->new_bytes > 0,
		.same_group = group == 0 || handle->group == 0 || group == handle->group,
		.wrote_last = closer != 0 && closer == state->writer,
		.killed = ots_caller_is_killed(closer),
		.temporary = ots_drop_name_is_temporary(name),
	};
}

static void abandon(struct mount *mount, struct handle *handle, const char *name)
{
	ots_content_stick(handle->content, ECANCELED);
	ots_log_line(mount->options.log, OTS_LOG_WARNING,
		     "restore/: %s: its writer was killed: nothing of it is restored", name);
}

static void flush_dropped(fuse_req_t request, struct handle *handle)
{
	struct mount *mount = fuse_req_userdata(request);
	const struct content_state state = ots_content_state(handle->content);
	char name[NAME_MAX + 1] = "";
	size_t table = 0;
	const bool named =
		ots_restore_tree_name(mount->tree, handle->number, &table, name, sizeof name);
	const struct drop_facts facts = facts_of(handle, &state, name, fuse_req_ctx(request)->pid);

	switch (ots_drop_decide(&facts)) {
	case DROP_FAILED: (void)fuse_reply_err(request, state.error); return;
	case DROP_NOTHING: (void)fuse_reply_err(request, 0); return;
	case DROP_ABANDON:
		abandon(mount, handle, name);
		(void)fuse_reply_err(request, ECANCELED);
		return;
	case DROP_DEFER:
		ots_content_mark_deferred(handle->content);
		(void)fuse_reply_err(request, 0);
		return;
	case DROP_KEEP:
	case DROP_COMMIT:
		if (named)
			queue_commit(request, handle, table, name, facts.temporary);
		else /* removed before it was closed: whoever removed it does not want it */
			(void)fuse_reply_err(request, 0);
		return;
	}
}

void ots_op_flush(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct handle *handle = ots_handle_of(fi);

	(void)number;
	if (handle->kind == HANDLE_DROPPED && handle->writes)
		flush_dropped(request, handle);
	else
		(void)fuse_reply_err(request, 0);
}

/* What is dropped is made durable by the engine, before the close is answered. */
void ots_op_fsync(fuse_req_t request, fuse_ino_t number, int datasync, struct fuse_file_info *fi)
{
	struct handle *handle = ots_handle_of(fi);

	(void)number;
	(void)datasync;
	(void)fuse_reply_err(request, handle->kind == HANDLE_DROPPED
					      ? ots_content_state(handle->content).error
					      : 0);
}

/* The last writer is gone and something it wrote is in no restore: say why, where people look. */
static void explain(struct mount *mount, struct handle *handle)
{
	const struct content_state state = ots_content_state(handle->content);
	char name[NAME_MAX + 1];
	size_t table;

	if (state.new_bytes == 0 || state.error != 0 || state.committing ||
	    ots_handle_has_writer(&mount->handles, handle))
		return;
	if (!ots_restore_tree_name(mount->tree, handle->number, &table, name, sizeof name)) {
		ots_log_line(mount->options.log, OTS_LOG_WARNING,
			     "restore/: a file was removed before it was closed: not restored");
		return;
	}
	if (state.prepared)
		return; /* waits for its RENAME */
	ots_log_line(mount->options.log, OTS_LOG_WARNING,
		     "restore/%s/%s: %llu bytes are not restored: %s",
		     ots_name_table_name(ots_restore_tree_names(mount->tree), table), name,
		     (unsigned long long)state.new_bytes,
		     state.deferred ? "only another process than the one that opened it closed it; "
				      "write it again"
				    : "no close of its writer was seen; write it again");
}

void ots_op_release(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct handle *handle = ots_handle_of(fi);
	const bool dropped = handle->kind == HANDLE_DROPPED;

	if (dropped && handle->writes)
		explain(mount, handle);
	ots_handle_free(&mount->handles, handle);
	if (dropped)
		ots_restore_tree_forget(mount->tree, number, 1);
	(void)fuse_reply_err(request, 0);
}

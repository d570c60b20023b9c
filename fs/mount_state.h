/** @file mount_state.h
 *  One mount: what every operation gets by fuse_req_userdata(). Made and ended by mount.c.
 *
 *  Threads: FUSE's own threads answer what is in memory and queue the rest; whoever finishes a
 * queued request replies (pending.h). One pool a kind of work, so that slow work of one never holds
 * another: names (listings, /proc-like texts), opens, counts (opens that decode a long object to
 * its end), reads, closes (restores' checks and waits), recalls (answers to who was interrupted
 * while queued; it never waits). Locks inside one another: a handle list's, the restore tree's, a
 * content's are never held together. */
#ifndef OTSFS_FS_MOUNT_STATE_H
#define OTSFS_FS_MOUNT_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <otsfs/base/pool.h>
#include <otsfs/fs/mount.h>

#include "fuse_api.h"
#include "handle.h"
#include "drop/restore_tables.h"
#include "drop/restore_tree.h"
#include "node/seen.h"

struct mount {
	struct ots_mount_options options; /**< a copy; what it points at is borrowed */
	struct fuse_session *session;
	uid_t uid; /**< who mounted */
	gid_t gid;
	int64_t started_us;
	struct ots_pool *names, *opens, *counts, *reads, *closes, *recalls;
	struct seen *seen;             /**< texts that were opened */
	struct name_table *jobs;       /**< ids, for numbers */
	struct restore_tree *tree;     /**< NULL: no restore/ */
	struct restore_tables *tables; /**< with tree */
	struct handle_list handles;
	atomic_bool is_ready;
	struct {
		pthread_mutex_t mutex;
		struct waiter *waiters;   /**< closes that wait for the end of a restore */
		struct pending *pendings; /**< pending.c */
		bool ending;
	} locked;
};

/** A close that waits for a restore: ended (EINTR) when the mount ends. */
struct waiter {
	struct ots_cancel *cancel;
	struct waiter *next;
};
void ots_mount_waiter_add(struct mount *mount, struct waiter *waiter);
void ots_mount_waiter_remove(struct mount *mount, struct waiter *waiter);

/** The table of operations, for the session. */
extern const struct fuse_lowlevel_ops ots_mount_operations;

/** INIT: what is asked of the kernel (init.c). */
void ots_mount_negotiate(struct fuse_conn_info *connection);

#endif

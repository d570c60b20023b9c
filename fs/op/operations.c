/* The table of operations. Absent on purpose: getxattr and its family (the library then says ENOSYS
 * once, and the kernel asks no more), access (default_permissions), lseek, fallocate, locks (the
 * kernel's own). */
#include "operations.h"

/* The library calls this when INIT has come: what follows is answered. */
static void op_init(void *user, struct fuse_conn_info *connection)
{
	struct mount *mount = user;

	ots_mount_negotiate(connection);
	if (!atomic_exchange(&mount->is_ready, true) && mount->options.ready != NULL)
		mount->options.ready(mount->options.ready_arg);
}

const struct fuse_lowlevel_ops ots_mount_operations = {
	.init = op_init,
	.lookup = ots_op_lookup,
	.forget = ots_op_forget,
	.forget_multi = ots_op_forget_multi,
	.getattr = ots_op_getattr,
	.setattr = ots_op_setattr,
	.readlink = ots_op_readlink,
	.mknod = ots_op_mknod,
	.mkdir = ots_op_mkdir,
	.unlink = ots_op_unlink,
	.rmdir = ots_op_rmdir,
	.symlink = ots_op_symlink,
	.rename = ots_op_rename,
	.link = ots_op_link,
	.open = ots_op_open,
	.read = ots_op_read,
	.write = ots_op_write,
	.flush = ots_op_flush,
	.release = ots_op_release,
	.fsync = ots_op_fsync,
	.opendir = ots_op_opendir,
	.readdir = ots_op_readdir,
	.releasedir = ots_op_releasedir,
	.statfs = ots_op_statfs,
	.create = ots_op_create,
	.readdirplus = ots_op_readdirplus,
	.copy_file_range = ots_op_copy_file_range,
};

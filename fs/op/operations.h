/** @file operations.h
 *  The operations of the low-level interface, one family a file: op_<family>.c. Each sends exactly
 * one reply on every path, itself or by a worker (pending.h). */
#ifndef OTSFS_FS_OPERATIONS_H
#define OTSFS_FS_OPERATIONS_H

#include "../pending.h"
#include "reply.h"

/* op_lookup.c */
void ots_op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name);
void ots_op_forget(fuse_req_t request, fuse_ino_t number, uint64_t count);
void ots_op_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets);

/* op_getattr.c */
void ots_op_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi);
void ots_op_readlink(fuse_req_t request, fuse_ino_t number);
void ots_op_statfs(fuse_req_t request, fuse_ino_t number);

/* op_open.c, op_open_text.c */
void ots_op_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi);
void ots_open_text(fuse_req_t request, fuse_ino_t number, const struct fuse_file_info *fi);

/* op_read.c */
void ots_op_read(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
		 struct fuse_file_info *fi);

/* op_readdir.c, op_opendir.c */
void ots_op_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi);
void ots_op_readdir(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
		    struct fuse_file_info *fi);
void ots_op_readdirplus(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
			struct fuse_file_info *fi);
void ots_op_releasedir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi);

/* op_create.c */
void ots_op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		   struct fuse_file_info *fi);
void ots_op_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode);
void ots_op_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		  dev_t device);
void ots_op_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name);
void ots_op_link(fuse_req_t request, fuse_ino_t number, fuse_ino_t parent, const char *name);
/** Open a dropped file; @p fi as OPEN and CREATE get it. @return 0 or an errno; fi->fh is set */
int ots_open_dropped(fuse_req_t request, uint64_t number, struct content *content,
		     struct fuse_file_info *fi);

/* op_remove.c, op_rename.c */
void ots_op_unlink(fuse_req_t request, fuse_ino_t parent, const char *name);
void ots_op_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name);
void ots_op_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t to_parent,
		   const char *to_name, unsigned flags);

/* op_setattr.c */
void ots_op_setattr(fuse_req_t request, fuse_ino_t number, struct stat *st, int to_set,
		    struct fuse_file_info *fi);

/* op_write.c, op_control.c, op_copy.c */
void ots_op_write(fuse_req_t request, fuse_ino_t number, const char *bytes, size_t size,
		  off_t offset, struct fuse_file_info *fi);
void ots_control_write(fuse_req_t request, struct handle *handle, const char *bytes, size_t size);
void ots_op_copy_file_range(fuse_req_t request, fuse_ino_t from, off_t from_offset,
			    struct fuse_file_info *from_fi, fuse_ino_t to, off_t to_offset,
			    struct fuse_file_info *to_fi, size_t len, int flags);

/* op_flush.c */
void ots_op_flush(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi);
void ots_op_fsync(fuse_req_t request, fuse_ino_t number, int datasync, struct fuse_file_info *fi);
void ots_op_release(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi);

/** Where a write is asked for and refused: EPERM in restore/ (its rules), else EROFS. */
int ots_refusal_of(uint64_t parent);

static inline struct handle *ots_handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

#endif

/** @file dir.h
 *  A local folder (a copy of a bucket) as a store. Nothing outside the folder can be reached by a
 *  key: every open is openat2() with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS below a descriptor of
 *  the folder. Symbolic links and special files are no objects; they are counted. The ETag is
 *  (inode, size, mtime ns, ctime ns). */
#ifndef OTSFS_OBJECT_DIR_H
#define OTSFS_OBJECT_DIR_H

#include <otsfs/object/store.h>

/** @param path  a folder, or one file (a store with the one key that is its name)
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_DENIED, OTS_IO, OTS_NO_MEMORY, OTS_UNSUPPORTED (neither) */
enum ots_status ots_dir_open(const char *path, struct ots_store **out,
			     struct ots_error *err) OTS_MUST_USE;

#endif

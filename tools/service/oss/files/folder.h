/** @file folder.h
 *  The folder that is a bucket: a key is a path in it. Files that people put there are found by the
 *  folders' modification times. Symbolic links are neither followed nor shown.
 *  Threads: the caller serialises (the bucket's lock). */
#ifndef OTSFS_SERVICE_OSS_FILES_FOLDER_H
#define OTSFS_SERVICE_OSS_FILES_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

#include "blob.h"

struct ots_oss_folder;

/** Which file it is: when one of these differs, somebody has written it. */
struct ots_oss_file {
	uint64_t inode;
	int64_t mtime_ns;
	uint64_t size;
};

/** @param path  made when missing. @return OTS_OK, OTS_IO, OTS_NO_MEMORY */
enum ots_status ots_oss_folder_open(const char *path, struct ots_oss_folder **out,
				    struct ots_error *err) OTS_MUST_USE;
void ots_oss_folder_close(struct ots_oss_folder *folder);

/** Whether a key can be a path: no empty part, no `.` or `..`, no part above 255 bytes. */
bool ots_oss_folder_fits(struct ots_bytes key);

/** Each @return 0 or an errno: ENOENT for what is not there or is no file. */
int ots_oss_folder_stat(struct ots_oss_folder *folder, struct ots_bytes key,
			struct ots_oss_file *out);
/** @param flags  O_RDONLY or O_WRONLY. @param fd  the caller's */
int ots_oss_folder_open_file(struct ots_oss_folder *folder, struct ots_bytes key, int flags,
			     int *fd, struct ots_oss_file *out);
/** Put a blob's file under a key, in the place of what was there; folders are made. */
int ots_oss_folder_put(struct ots_oss_folder *folder, struct ots_bytes key,
		       struct ots_oss_blobs *blobs, struct ots_oss_blob *blob,
		       struct ots_oss_file *out);
/** Make a file a blob again. */
int ots_oss_folder_take(struct ots_oss_folder *folder, struct ots_bytes key,
			struct ots_oss_blobs *blobs, struct ots_oss_blob **out);
/** Remove a file, and the folders that are empty then. */
void ots_oss_folder_remove(struct ots_oss_folder *folder, struct ots_bytes key);

/** A file that was found. @param key  borrowed. @return false to give up */
typedef bool ots_oss_folder_fn(void *arg, struct ots_bytes key, const struct ots_oss_file *file);
/** Whether a file is known already, so that it need not be looked at. */
typedef bool ots_oss_folder_known_fn(void *arg, struct ots_bytes key);

/** Look for files that are new in folders that have changed. Folders on the way to @p prefix are
 *  always looked at; all others when that is quick or has not been done for long, so that it takes
 *  a twentieth of the time at most. */
void ots_oss_folder_scan(struct ots_oss_folder *folder, struct ots_bytes prefix,
			 ots_oss_folder_known_fn *known, ots_oss_folder_fn *found, void *arg);

/** Forget which folder was opened last: somebody may move it. After each request. */
void ots_oss_folder_forget(struct ots_oss_folder *folder);

#endif

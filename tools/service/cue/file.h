/** @file file.h
 *  A file that others write while it is read: what state it is in, and its text in one state.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_CUE_FILE_H
#define OTSFS_SERVICE_CUE_FILE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include <otsfs/base/buffer.h>

/** What tells one state of the file from another. */
struct ots_cue_stamp {
	bool there;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written;
};

bool ots_cue_stamp_equal(const struct ots_cue_stamp *a, const struct ots_cue_stamp *b);

/** A file system notes times to some milliseconds, and two states within them may look alike.
 *  @return the moment (wall clock, microseconds) from which on a look tells whether the file has
 *          changed; 0: this one does */
int64_t ots_cue_stamp_young_until(const struct ots_cue_stamp *stamp);

/** The state it is in now; not there when it cannot be asked. */
void ots_cue_file_look(const char *path, struct ots_cue_stamp *stamp);

/** The whole file as it stood at one moment; of a longer one than @p text may hold its begin.
 *  @param stamp   untouched on failure
 *  @param stable  false: somebody wrote while it was read, and what came is no state of it
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_IO (no regular file, too) */
enum ots_status ots_cue_file_read(const char *path, struct ots_cue_stamp *stamp,
				  struct ots_buffer *text, bool *stable,
				  struct ots_error *err) OTS_MUST_USE;

#endif

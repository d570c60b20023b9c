/** @file ready_file.h
 *  The file that `--ready` names: it appears whole, by rename, when the program serves. */
#ifndef OTSFS_TOOLS_READY_FILE_H
#define OTSFS_TOOLS_READY_FILE_H

#include <otsfs/base/error.h>

/** Remove one that an earlier run left, and make the path absolute.
 *  @param out  the caller's, for free() */
enum ots_status ready_file_prepare(const char *path, char **out,
				   struct ots_error *err) OTS_MUST_USE;

enum ots_status ready_file_write(const char *path, const char *text,
				 struct ots_error *err) OTS_MUST_USE;

#endif

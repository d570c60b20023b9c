/** @file mount_point.h
 *  Whether a mount can be made, said in words before libfuse says it in its own. */
#ifndef OTSFS_FS_MOUNT_POINT_H
#define OTSFS_FS_MOUNT_POINT_H

#include <otsfs/base/error.h>

/** @return OTS_OK, OTS_NOT_FOUND, OTS_USAGE (no folder, busy), OTS_DENIED, OTS_IO */
enum ots_status ots_mount_point_check(const char *path, struct ots_error *err) OTS_MUST_USE;

/** Seconds after which the kernel ends the whole connection for one request that is not answered
 *  (fs.fuse.default_request_timeout and max_request_timeout, from Linux 6.14). @return 0: never */
unsigned long ots_mount_point_request_timeout_s(void);

#endif

/** @file errno_map.h
 *  What the caller of a system call reads for a status of core. Pure functions. */
#ifndef OTSFS_FS_ERRNO_MAP_H
#define OTSFS_FS_ERRNO_MAP_H

#include <otsfs/base/error.h>

/** Where the error surfaces: the same status reads differently to `ls`, to `cat` and to `cp`. */
enum errno_place {
	ERRNO_AT_LOOKUP, /**< names, attributes, folders, control */
	ERRNO_AT_READ,   /**< OPEN and READ of what backups hold */
	ERRNO_AT_CLOSE   /**< FLUSH and RENAME in restore/: the verdict on what was dropped */
};

/** @return 0 for OTS_OK, else an errno above 0 */
int ots_errno_of(enum ots_status status, enum errno_place place);

#endif

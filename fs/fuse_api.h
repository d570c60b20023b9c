/** @file fuse_api.h
 *  The one place that says which form of libfuse's low-level interface is spoken: that of 3.14,
 *  Debian 12's. Everything in fs/ that needs FUSE includes this. */
#ifndef OTSFS_FS_FUSE_API_H
#define OTSFS_FS_FUSE_API_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#endif

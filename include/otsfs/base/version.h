/** @file version.h
 *  The version of this program, as reports and `otsfs --version` give it. */
#ifndef OTSFS_BASE_VERSION_H
#define OTSFS_BASE_VERSION_H

#define OTS_VERSION "0.1.0"

#endif

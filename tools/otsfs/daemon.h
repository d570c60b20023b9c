/** @file daemon.h
 *  A child that serves while its parent waits until it does, or prints why it could not. */
#ifndef OTSFS_TOOLS_DAEMON_H
#define OTSFS_TOOLS_DAEMON_H

#include <stdbool.h>

#include <otsfs/base/error.h>

struct daemon_link; /* the child's end of the pipe to its parent */

/** Fork. In the child *link is set and the call returns; in the parent the call returns only when
 *  the child is ready or has failed, with its exit code in *code.
 *  @return OTS_OK, OTS_IO */
enum ots_status daemon_start(struct daemon_link **link, int *code,
			     struct ots_error *err) OTS_MUST_USE;

/** The child serves: lets the parent go, and goes on without a terminal. NULL does nothing. */
void daemon_ready(struct daemon_link *link);

/** The child failed: the parent prints @p text and ends with @p code. NULL does nothing. */
void daemon_failed(struct daemon_link *link, int code, const char *text);

#endif

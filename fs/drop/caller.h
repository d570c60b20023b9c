/** @file caller.h
 *  Who stands behind a request, as /proc tells it. Reads of procfs only: nothing here waits on a
 *  disk or a network. A thread that this process cannot see (another pid namespace) is 0 or NULL.
 *  Threads: pure but for /proc. */
#ifndef OTSFS_FS_CALLER_H
#define OTSFS_FS_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CALLER_COMMAND_BYTES 64

/** The process of a thread: requests carry thread ids. @return 0: not visible */
pid_t ots_caller_group(pid_t thread);

/** Whether the thread is ending because of a signal. An exit() or a close() is not. */
bool ots_caller_is_killed(pid_t thread);

/** Its name, NUL-terminated; empty when not visible. */
void ots_caller_command(pid_t thread, char out[CALLER_COMMAND_BYTES]);

#endif

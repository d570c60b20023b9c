/** @file demo_run.h
 *  Children of the demo: programs that serve until told to stop, and tools that run to their end.
 */
#ifndef OTSFS_TOOLS_DEMO_RUN_H
#define OTSFS_TOOLS_DEMO_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/error.h>

/** Let SIGINT, SIGTERM and SIGHUP set a flag instead of ending the process. */
void demo_catch_signals(void);
bool demo_interrupted(void);

/** Start this program again with other arguments (NULL ends them), in a process group of its own,
 *  so that an interrupt at the terminal leaves it to us; it dies with us. */
enum ots_status demo_serve(const char *const *arguments, pid_t *child,
			   struct ots_error *err) OTS_MUST_USE;

/** Wait until @p ready is there. @return OTS_OK, OTS_IO (the child ended), OTS_TIMEOUT */
enum ots_status demo_await(const char *ready, pid_t child, struct ots_error *err) OTS_MUST_USE;

/** End a child by SIGTERM and wait. 0 does nothing. */
void demo_stop(pid_t child);

/** Run a tool to its end, shown as a shell would show it.
 *  @param out  NULL: it prints on our standard output; else its output is appended here
 *  @param may_fail_with  an exit status that counts as success too (grep's 1), or 0
 *  @return OTS_OK, OTS_IO, OTS_CANCELLED */
enum ots_status demo_tool(const char *const *arguments, struct ots_buffer *out, int may_fail_with,
			  struct ots_error *err) OTS_MUST_USE;

#endif

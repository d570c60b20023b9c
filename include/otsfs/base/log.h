/** @file log.h
 *  The last messages of a mount or a command, kept in memory for `status/log` and written to a
 *  stream. Core returns errors; only the edge (a FUSE operation, a tool) logs, and logs once.
 *  No secret, signature or signed address is ever passed here.
 *  Threads: locked inside. */
#ifndef OTSFS_BASE_LOG_H
#define OTSFS_BASE_LOG_H

#include <stddef.h>
#include <stdio.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/error.h>

enum ots_log_level { OTS_LOG_ERROR, OTS_LOG_WARNING, OTS_LOG_INFO, OTS_LOG_DEBUG };

struct ots_log;

/** @param clock   borrowed, outlives the log
 *  @param stream  lines go there too; NULL: memory only. Borrowed
 *  @param level   what is above is dropped
 *  @return NULL without memory. Keeps the last 1000 lines, at most 1 MiB */
struct ots_log *ots_log_new(const struct ots_clock *clock, FILE *stream, enum ots_log_level level);
void ots_log_free(struct ots_log *log);

/** One line; control bytes are shown as `\xNN`. @p log may be NULL. */
void ots_log_line(struct ots_log *log, enum ots_log_level level, const char *format, ...)
	OTS_PRINTF(3, 4);

/** Stop or go on writing to a stream: a daemon lets go of its terminal. NULL: memory only. */
void ots_log_stream(struct ots_log *log, FILE *stream);

/** Append the kept lines, oldest first, to @p out. @return false without room */
bool ots_log_read(struct ots_log *log, struct ots_buffer *out);

#endif

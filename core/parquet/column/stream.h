/** @file stream.h
 *  The bytes of one column chunk, read in windows: small pages share a read, a page larger than the
 *  window is read straight to where it is wanted.
 *  Threads: the caller serialises; blocks on I/O. */
#ifndef OTSFS_CORE_PARQUET_COLUMN_STREAM_H
#define OTSFS_CORE_PARQUET_COLUMN_STREAM_H

#include <otsfs/base/cursor.h>
#include <otsfs/object/input.h>

#include "room.h"

struct stream {
	struct ots_input *input; /* borrowed */
	struct account *account;
	uint64_t at, end; /* bytes of the object that are not yet consumed */
	size_t window_bytes;
	struct room window;
	uint64_t window_at; /* place of the window's first byte */
	size_t window_len;
};

void stream_begin(struct stream *s, uint64_t begin, uint64_t end);
void stream_release(struct stream *s);

/** See at least @p least bytes, or all that are left; nothing is consumed.
 *  @param out  borrowed until the next call */
enum ots_status stream_peek(struct stream *s, size_t least, struct ots_cursor *out,
			    struct ots_error *err) OTS_MUST_USE;

/** Pass @p n bytes, at most those left. */
void stream_skip(struct stream *s, size_t n);

/** Consume @p n bytes, at most those left.
 *  @param own  room to read into where the window does not hold them
 *  @param out  in @p own, or in the window until the next call; PAGE_SLACK_BYTES behind them are
 *              readable */
enum ots_status stream_take(struct stream *s, size_t n, struct room *own, struct ots_bytes *out,
			    struct ots_error *err) OTS_MUST_USE;

#endif

/** @file deflate.h
 *  Bodies compressed as requests and answers may be: one zlib stream, header and Adler-32 included,
 *  whose uncompressed size a header tells beside it.
 *  Source: tablestore-protocol 1.6.
 *  Threads: pure functions. */
#ifndef OTSFS_TABLESTORE_WIRE_DEFLATE_H
#define OTSFS_TABLESTORE_WIRE_DEFLATE_H

#include <stdbool.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>

/** Append the stream of @p plain. The level is the fast one: it is there to save a line, not a
 * disk.
 *  @return false without room or memory; nothing is appended then */
bool ots_deflate(struct ots_bytes plain, struct ots_buffer *out);

/** The number of an `x-ots-…-compress-size` header. @return false: no decimal number above 0 */
bool ots_deflate_size(struct ots_bytes text, size_t *size_bytes);

/** Append what a stream holds, which must be @p size_bytes to the byte, with nothing behind it.
 *  The size is foreign too: it is held against the limit of @p out, and against what so short a
 *  stream can hold at all, before memory is taken.
 *  @return OTS_OK; with nothing appended: OTS_LIMIT (the size is above the buffer's limit),
 *          OTS_CORRUPT (no such stream, or it holds more or less), OTS_NO_MEMORY */
enum ots_status ots_inflate(struct ots_bytes packed, size_t size_bytes, struct ots_buffer *out,
			    struct ots_error *err) OTS_MUST_USE;

#endif

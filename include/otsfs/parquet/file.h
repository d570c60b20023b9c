/** @file file.h
 *  The room `parquet`: file to columns, and columns straight to text. It knows no table and no
 *  record. Read this first, then text.h.
 *
 *  Inside, in the order of the data: meta/ (footer, schema, page headers), encoding/ (levels and
 *  values of a page), column/ (a leaf's pages into windows of entries), cell/ (a value into text),
 * text/ (windows into rows). Source: parquet-format; class numbers in messages and tests are those
 * of its section 5.
 *
 *  Threads: an opened file is immutable; many may use it at once. */
#ifndef OTSFS_PARQUET_FILE_H
#define OTSFS_PARQUET_FILE_H

#include <otsfs/base/buffer.h>
#include <otsfs/object/input.h>

struct ots_parquet;

/** Shortest file there can be: two magics, a length, one byte of footer. */
#define OTS_PARQUET_MIN_BYTES 13
/** A footer is read up to this; what it becomes in memory takes at most 64 bytes for each of its
 *  bytes and 1 MiB, and at most this in all. */
#define OTS_PARQUET_FOOTER_MAX_BYTES ((size_t)64 * 1024 * 1024)

/** Read the footer, one or two ranges at the end of the object. Blocks on I/O.
 *  @param input  borrowed until close
 *  @param out    the caller's, for ots_parquet_close()
 *  @return OTS_OK; OTS_CORRUPT (no footer, bad metadata, bad schema, with the byte);
 *          OTS_UNSUPPORTED (encrypted, by name); OTS_LIMIT; OTS_NO_MEMORY; or as ots_input_read()
 */
enum ots_status ots_parquet_open(struct ots_input *input, struct ots_parquet **out,
				 struct ots_error *err) OTS_MUST_USE;
void ots_parquet_close(struct ots_parquet *file);

size_t ots_parquet_group_count(const struct ots_parquet *file);
uint64_t ots_parquet_group_rows(const struct ots_parquet *file, size_t group);
/** All row groups together; what the footer says of the whole is not asked. */
uint64_t ots_parquet_rows(const struct ots_parquet *file);

/** One JSON object and LF, as product.md 4.1 has `cat --as schema`.
 *  @return OTS_OK, or as ots_buffer_fail() */
enum ots_status ots_parquet_describe(const struct ots_parquet *file, struct ots_buffer *out,
				     struct ots_error *err) OTS_MUST_USE;

#endif

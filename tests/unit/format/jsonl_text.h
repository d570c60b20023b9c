/** @file jsonl_text.h
 *  Record JSONL in tests: text to records to text. */
#ifndef OTSFS_TESTS_UNIT_FORMAT_JSONL_TEXT_H
#define OTSFS_TESTS_UNIT_FORMAT_JSONL_TEXT_H

#include <otsfs/format/jsonl.h>

#define JSONL_ARENA_BYTES ((size_t)64 * 1024 * 1024)

/** Decode all of @p text (its own heap copy, so that one byte too many shows), batch by batch, and
 *  encode what comes, up to the end or an error. Every batch's place is checked on the way.
 *  @param out    initialised; lines are appended
 *  @return the status of the end */
enum ots_status jsonl_again(struct ots_bytes text, const struct ots_records_options *options,
			    struct ots_buffer *out, size_t *record_count, struct ots_error *err);

/** The one record of @p text, in @p batch (initialised). */
const struct ots_record *jsonl_record(const char *text, struct ots_batch *batch);

#endif

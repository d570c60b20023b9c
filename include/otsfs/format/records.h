/** @file records.h
 *  From an object to records: recognise its format, open its decoder.
 *  The room `format`: one decoder and one encoder a file (tunnel CSV, record JSONL), recognition,
 *  the schema sidecar (schema_file.h). Read this first, then tunnel_csv.h and jsonl.h.
 *  Source: backup-formats section 6.1. */
#ifndef OTSFS_FORMAT_RECORDS_H
#define OTSFS_FORMAT_RECORDS_H

#include <otsfs/object/input.h>
#include <otsfs/record/form.h>
#include <otsfs/record/schema.h>
#include <otsfs/record/source.h>

/** Bytes from the front that recognition looks at (backup-formats 6.3 allows 64 KiB). */
#define OTS_RECOGNISE_BYTES ((size_t)64 * 1024)
/** No field of text is longer (product.md section 6). */
#define OTS_FIELD_MAX_BYTES ((size_t)64 * 1024 * 1024)

/** By content alone. @p head is the front of the object, min(size, OTS_RECOGNISE_BYTES) bytes or
 *  fewer; @p size the object's. Pure; threads: any. */
enum ots_format ots_format_recognise(struct ots_bytes head, uint64_t size);

/** What an object is by its name alone: of names that only one kind of object has.
 *  @param name  the last part of a key
 *  @return OTS_FORMAT_UNKNOWN: the name says nothing */
enum ots_format ots_format_guess(struct ots_bytes name);

struct ots_records_options {
	const struct ots_schema *schema; /**< NULL: none; borrowed while the source is open */
	struct ots_place begin;          /**< where to begin: {0, 1} is the front; else a place that
					      an earlier batch of this object ended at */
	uint64_t end_offset; /**< stop at this byte, where an earlier batch ended; 0: the end */
	size_t batch_bytes;  /**< input bytes a batch stands for, about; 0: 1 MiB */
	size_t memory_bytes; /**< window and arena together never pass this; 0: 256 MiB */
};

/** Open the decoder for @p format.
 *  @param input  borrowed while the source is open
 *  @return OTS_OK, OTS_UNSUPPORTED (no records in that format, named), OTS_NO_MEMORY */
enum ots_status ots_records_open(struct ots_input *input, enum ots_format format,
				 const struct ots_records_options *options, struct ots_source **out,
				 struct ots_error *err) OTS_MUST_USE;

#endif

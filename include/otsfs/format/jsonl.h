/** @file jsonl.h
 *  Record JSONL, the text form that restores without loss. Source: product.md, "Records as text".
 *  The decoder takes what jq, Node or Python made of such a line (member order, number spelling,
 *  `exact`), and nothing that it would have to guess. */
#ifndef OTSFS_FORMAT_JSONL_H
#define OTSFS_FORMAT_JSONL_H

#include <otsfs/format/records.h>
#include <otsfs/record/encoder.h>

/** As ots_records_open() for OTS_FORMAT_JSONL. */
enum ots_status ots_jsonl_open(struct ots_input *input, const struct ots_records_options *options,
			       struct ots_source **out, struct ots_error *err) OTS_MUST_USE;

/** `jsonl`. */
extern const struct ots_encoder ots_jsonl;

/** One record with a last member `"why":` @p why_json (a whole JSON value), as rows set aside have
 *  it. Ends in LF. @return as ots_encoder.record */
enum ots_status ots_jsonl_put_set_aside(const struct ots_record *record, struct ots_bytes why_json,
					struct ots_buffer *out, struct ots_error *err) OTS_MUST_USE;

#endif

/** @file jsonl_emit.h
 *  Values of a record as JSON text. For the JSONL encoder. */
#ifndef OTSFS_CORE_FORMAT_JSONL_EMIT_H
#define OTSFS_CORE_FORMAT_JSONL_EMIT_H

#include <otsfs/base/buffer.h>
#include <otsfs/record/record.h>

/** Integers beyond this do not survive a double. */
#define OTS_SAFE_INTEGER ((INT64_C(1) << 53) - 1)
/** The only NaN that its name alone stands for. */
#define OTS_NAN_BITS UINT64_C(0x7ff8000000000000)

/** Each appends to @p out. @return false without room; what was appended by then stays */
bool ots_jsonl_put_integer(struct ots_buffer *out, int64_t n);
bool ots_jsonl_put_value(struct ots_buffer *out, const struct ots_value *value);
/** The text of a number as a JSON string, as the member `exact` has it. */
bool ots_jsonl_put_exact_text(struct ots_buffer *out, const struct ots_value *value);

/** Whether jq, Node or Python may turn this number into another type or another value. */
bool ots_jsonl_at_risk(const struct ots_value *value);

#endif

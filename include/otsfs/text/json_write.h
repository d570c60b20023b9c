/** @file json_write.h
 *  JSON out: strings, numbers, and a small writer for documents (reports, status files, listings).
 *  Rows use ots_json_put_string() and the number printers directly.
 *  Threads: plain values; the caller serialises. */
#ifndef OTSFS_TEXT_JSON_WRITE_H
#define OTSFS_TEXT_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>

/** Append a JSON string with its quotes: only `"`, `\` and bytes below 0x20 are escaped (short
 *  forms `\b \f \n \r \t`, else `\u00XX`). Bytes that are not UTF-8 become U+FFFD, one for each
 *  maximal bad run as Unicode recommends: whoever must not lose them asks ots_utf8_valid() first.
 *  @return false without room; nothing is appended then */
bool ots_json_put_string(struct ots_buffer *out, struct ots_bytes text);

#define OTS_JSON_WRITER_DEPTH 16

/** Builds one document; commas, quotes and nesting are its job. The first failure sticks. */
struct ots_json_writer {
	struct ots_buffer *out;
	bool failed; /**< no room, or nested too deep */
	uint8_t depth;
	bool filled[OTS_JSON_WRITER_DEPTH]; /**< the container at that depth has a member already */
};

void ots_json_writer_init(struct ots_json_writer *w, struct ots_buffer *out);
/** In an object give the member's name, in an array or at the top NULL. */
void ots_json_object_begin(struct ots_json_writer *w, const char *name);
void ots_json_object_end(struct ots_json_writer *w);
void ots_json_array_begin(struct ots_json_writer *w, const char *name);
void ots_json_array_end(struct ots_json_writer *w);
void ots_json_put_text(struct ots_json_writer *w, const char *name, const char *text);
void ots_json_put_bytes(struct ots_json_writer *w, const char *name, struct ots_bytes text);
void ots_json_put_integer(struct ots_json_writer *w, const char *name, int64_t n);
void ots_json_put_unsigned(struct ots_json_writer *w, const char *name, uint64_t n);
void ots_json_put_bool(struct ots_json_writer *w, const char *name, bool b);
void ots_json_put_null(struct ots_json_writer *w, const char *name);
/** null where there is nothing to say: @p text NULL or empty. */
void ots_json_put_optional(struct ots_json_writer *w, const char *name, const char *text);
/** A moment as ots_time_print() writes it with @p digits; null for 0, which is no moment yet. */
void ots_json_put_time(struct ots_json_writer *w, const char *name, int64_t us, unsigned digits);

#endif

/** @file csv.h
 *  CSV as univocity writes it and RFC 4180 describes it: records in, fields out; and one field out.
 *  Source: backup-formats 1.3 and 1.8.
 *  Threads: plain values; the caller serialises. */
#ifndef OTSFS_TEXT_CSV_H
#define OTSFS_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>

/** One field, borrowed. Quoted: what stands between the outer quotes, quotes inside still doubled.
 *  Bare: everything up to the separator or the line's end; quotes inside are ordinary bytes. */
struct ots_csv_field {
	const uint8_t *at;
	size_t len;
	bool quoted;
};

enum ots_csv_result {
	OTS_CSV_RECORD, /**< a whole record with its line end (or the data's end) */
	OTS_CSV_SHORT,  /**< the bytes end inside the record: more may complete it */
	OTS_CSV_BAD     /**< something other than blanks stands behind a closing quote */
};

struct ots_csv_record {
	struct ots_csv_field
		*fields; /**< the caller's array; fields beyond its size are counted only */
	size_t field_limit;
	size_t field_count;
	size_t used_bytes;  /**< with the line end; for BAD up to the offending byte */
	size_t line_feeds;  /**< LF bytes in used_bytes, so that lines can be counted */
	bool ended_by_line; /**< false: the data's end closed it */
};

/** Split one record at the front of @p bytes. LF and CRLF end a record, CR alone is data.
 *  @param at_end  no more bytes will come: the last record may lack its line end; an open quote
 *                 then stays SHORT
 *  @param record  fields and field_limit set by the caller */
enum ots_csv_result ots_csv_scan(struct ots_bytes bytes, bool at_end,
				 struct ots_csv_record *record);

/** The content of a quoted field, doubled quotes made single. @param out  field->len bytes
 *  @return length */
size_t ots_csv_unquote(const struct ots_csv_field *field, uint8_t *out);

/** Append a field, quoted if and only if it holds a comma, quote, CR or LF (backup-formats 1.9).
 *  @return false without room; nothing is appended then */
bool ots_csv_put_field(struct ots_buffer *out, struct ots_bytes field);

#endif

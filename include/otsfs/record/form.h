/** @file form.h
 *  The formats that objects have, by name: data, shared by who recognises, who lists and who reads.
 *  Source: backup-formats, section 6.1. */
#ifndef OTSFS_RECORD_FORM_H
#define OTSFS_RECORD_FORM_H

#include <stdbool.h>

enum ots_format {
	OTS_FORMAT_UNKNOWN,    /**< nothing known fits: under raw/ only */
	OTS_FORMAT_EMPTY,      /**< no bytes */
	OTS_FORMAT_TUNNEL_CSV, /**< section 1 */
	OTS_FORMAT_JSONL,      /**< record JSONL, product.md "Records as text" */
	OTS_FORMAT_PARQUET,    /**< rows that are no records */
	OTS_FORMAT_ORC,        /**< known, not read */
	OTS_FORMAT_COMPRESSED, /**< gzip, bzip2, zstd, snappy: known, read later */
	OTS_FORMAT_STREAM_CSV, /**< section 2, 6-tuples and rows with a sequence: known, read later
				*/
	OTS_FORMAT_UTF16       /**< none of ours: refused by name */
};

/** `tunnel-csv`, `jsonl`, …: stable, used in JSON and messages. */
const char *ots_format_word(enum ots_format format);

/** Whether records can be read from it (by this build). */
bool ots_format_has_records(enum ots_format format);

/** Whether it can be shown as text: what has records, and what has rows of its own that are none
 *  (Parquet: one plain JSON object a row). */
bool ots_format_has_text(enum ots_format format);

#endif

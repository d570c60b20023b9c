/** @file footer.h
 *  FileMetaData: what the end of a file says about the rest of it. Parsed into one arena; names and
 *  statistics borrow from the footer's bytes.
 *  Source: parquet-format, section 1.4. */
#ifndef OTSFS_CORE_PARQUET_META_FOOTER_H
#define OTSFS_CORE_PARQUET_META_FOOTER_H

#include "schema.h"

/** Encodings, by number. */
enum encoding {
	ENCODING_PLAIN = 0,
	ENCODING_PLAIN_DICTIONARY = 2,
	ENCODING_RLE = 3,
	ENCODING_BIT_PACKED = 4,
	ENCODING_DELTA_BINARY_PACKED = 5,
	ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
	ENCODING_DELTA_BYTE_ARRAY = 7,
	ENCODING_RLE_DICTIONARY = 8,
	ENCODING_BYTE_STREAM_SPLIT = 9
};

/** `PLAIN`, `RLE_DICTIONARY`, …; NULL for a number that has no name. */
const char *encoding_word(int32_t encoding);

struct statistics {
	struct ots_bytes min, max;         /* min_value, max_value; at is NULL: not told */
	struct ots_bytes old_min, old_max; /* of writers before the order was defined */
	int64_t null_count;                /* -1: not told */
	int64_t distinct_count;            /* -1: not told */
	bool min_is_bound, max_is_bound;   /* told to be no value itself, but a bound of them */
};

struct chunk_meta {
	int32_t type, codec;
	uint32_t encodings; /* bit n: number n below 32 is listed */
	int64_t value_count;
	int64_t compressed_bytes, uncompressed_bytes;
	int64_t data_offset, dictionary_offset; /* the latter -1: none */
	int64_t index_offset, index_bytes;      /* of the OffsetIndex; -1: none */
	struct statistics statistics;
	const struct ots_bytes *path;
	uint32_t path_len;
	bool is_told;      /* meta_data is there */
	bool is_encrypted; /* crypto_metadata is there */
	bool is_elsewhere; /* file_path is there */
};

struct row_group {
	const struct chunk_meta *chunks;
	uint32_t chunk_count;
	int64_t row_count;
	int64_t bytes;
};

/** Faults of writers that a reader must know, by created_by. Source: parquet-format, 1.6. */
struct quirks {
	bool chunk_omits_dictionary_header; /* parquet-mr below 1.2.9, or no version told */
	bool prefix_from_last_page;         /* parquet-mr below 1.8.0, PARQUET-246 */
	bool bad_text_statistics;           /* parquet-mr below 1.8.0, PARQUET-251 */
	bool v2_always_compressed;          /* parquet-cpp by that very name */
};

struct footer {
	struct schema schema;
	struct row_group *groups;
	uint32_t group_count;
	int64_t row_count; /* as told of the whole file */
	struct ots_bytes created_by;
	struct quirks quirks;
	bool is_encrypted; /* in columns, with a footer that can be read */
};

/** @param in  the footer's bytes, borrowed as long as @p footer is used
 *  @return OTS_OK, OTS_CORRUPT with the byte, OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status footer_parse(struct ots_cursor in, struct ots_arena *arena, struct footer *footer,
			     struct ots_error *err) OTS_MUST_USE;

struct quirks quirks_of(struct ots_bytes created_by);

#endif

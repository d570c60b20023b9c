/** @file page_header.h
 *  What stands in front of each page. Source: parquet-format, sections 1.4 and 3.3. */
#ifndef OTSFS_CORE_PARQUET_META_PAGE_HEADER_H
#define OTSFS_CORE_PARQUET_META_PAGE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

enum page_type { PAGE_DATA, PAGE_INDEX, PAGE_DICTIONARY, PAGE_DATA_V2 };

struct page_header {
	int32_t type; /* enum page_type, or a number of a later day */
	int32_t uncompressed_bytes, compressed_bytes;
	bool has_crc;
	uint32_t crc;
	int32_t value_count;
	int32_t encoding;
	/* v1 */
	int32_t def_encoding, rep_encoding;
	/* v2 */
	int32_t null_count, row_count;
	int32_t def_bytes, rep_bytes;
	bool is_compressed;
};

/** Read a header at the front of @p in and move behind it.
 *  @param short_of  set when the bytes ended inside it, so that more may mend it
 *  @return OTS_OK; OTS_CORRUPT (classes 17, 18, 23, 24, 25 of parquet-format, section 5) */
enum ots_status page_header_parse(struct ots_cursor *in, struct page_header *header, bool *short_of,
				  struct ots_error *err) OTS_MUST_USE;

#endif

/* Bodies of good answers, from bytes to what the calls hand out. No I/O: the client feeds them from
 * HTTP, tests and the fuzzer from memory. Bytes are hostile: sizes are bounded by the body's, every
 * PlainBuffer is verified.
 * Each @return OTS_OK, OTS_CORRUPT, OTS_NO_MEMORY. Source: tablestore-protocol 2.2 to 2.5, 4.5. */
#ifndef OTSFS_TABLESTORE_DECODE_H
#define OTSFS_TABLESTORE_DECODE_H

#include <otsfs/tablestore/client.h>

enum ots_status ots_decode_list_tables(struct ots_bytes body, ots_table_name_fn *fn, void *arg,
				       struct ots_error *err) OTS_MUST_USE;

/* @param table  the one asked for: the answer must name it */
enum ots_status ots_decode_describe_table(struct ots_bytes body, const char *table,
					  struct ots_schema *schema,
					  struct ots_error *err) OTS_MUST_USE;

enum ots_status ots_decode_put_row(struct ots_bytes body, struct ots_error *err) OTS_MUST_USE;

/* @param batch  gets one record or none */
enum ots_status ots_decode_get_row(struct ots_bytes body, struct ots_batch *batch,
				   struct ots_error *err) OTS_MUST_USE;

/* @param start  where the page was to begin; NULL: the smallest key. May be @p next */
enum ots_status ots_decode_get_range(struct ots_bytes body, const struct ots_buffer *start,
				     struct ots_buffer *next, struct ots_batch *batch,
				     struct ots_error *err) OTS_MUST_USE;

/* One result for each row, by place; the counts and the table must be those of the request. */
enum ots_status ots_decode_batch_write(struct ots_bytes body, const char *table,
				       const char *request_id, struct ots_row_result *results,
				       size_t count, struct ots_error *err) OTS_MUST_USE;

#endif

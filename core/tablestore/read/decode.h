/* Bodies of good answers to reads, from bytes to what the calls hand out. No I/O: the client feeds
 * them from HTTP, tests and the fuzzer from memory. Every PlainBuffer is verified, and a row must
 * be one that was asked for. Each @return OTS_OK, OTS_CORRUPT, OTS_LIMIT, OTS_NO_MEMORY,
 * OTS_UNSUPPORTED (a row wider than one answer). Source: tablestore-protocol 2.3 to 2.5, 4.4, 4.5.
 */
#ifndef OTSFS_TABLESTORE_READ_DECODE_H
#define OTSFS_TABLESTORE_READ_DECODE_H

#include <otsfs/tablestore/range.h>
#include <otsfs/tablestore/read.h>

/* @param key       the row that was asked for
 * @param batch     gets one record or none
 * @param consumed  may be NULL */
enum ots_status ots_decode_get_row(struct ots_bytes body, const struct ots_wire_row *key,
				   struct ots_batch *batch, struct ots_capacity *consumed,
				   struct ots_error *err) OTS_MUST_USE;

/* What was asked for. */
struct batch_get_asked {
	const char *table;
	const struct ots_wire_row *keys;
	size_t count;
	const char *request_id;
};

/* One result for each key, by place; the counts and the table must be those of the request. */
enum ots_status ots_decode_batch_get(struct ots_bytes body, const struct batch_get_asked *asked,
				     struct ots_row_found *found, struct ots_batch *batch,
				     struct ots_error *err) OTS_MUST_USE;

/* A page and where the next one begins, both of which must lie in the range and go on.
 * @param consumed  may be NULL */
enum ots_status ots_decode_get_range(struct ots_bytes body, const struct ots_range *range,
				     struct ots_batch *batch, struct ots_buffer *next,
				     struct ots_capacity *consumed,
				     struct ots_error *err) OTS_MUST_USE;

/* Split points as ranges. @param splits  empty */
enum ots_status ots_decode_splits(struct ots_bytes body, struct ots_splits *splits,
				  struct ots_capacity *consumed,
				  struct ots_error *err) OTS_MUST_USE;

#endif

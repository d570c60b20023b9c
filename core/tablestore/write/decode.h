/* Bodies of good answers to writes, from bytes to what the calls hand out. No I/O: the client feeds
 * them from HTTP, tests and the fuzzer from memory.
 * Each @return OTS_OK, OTS_CORRUPT, OTS_LIMIT, OTS_NO_MEMORY. Source: tablestore-protocol 2.3, 2.4,
 * 4.5. */
#ifndef OTSFS_TABLESTORE_WRITE_DECODE_H
#define OTSFS_TABLESTORE_WRITE_DECODE_H

#include <otsfs/tablestore/write.h>

/* PutRowResponse, which those of UpdateRow and DeleteRow are too, field by field.
 * @param consumed  may be NULL
 * @param returned  may be NULL when the change asks for no return */
enum ots_status ots_decode_write_row(struct ots_bytes body, const struct ots_row_change *change,
				     struct ots_capacity *consumed, struct ots_batch *returned,
				     struct ots_error *err) OTS_MUST_USE;

/* What stands beside a row's result, unread. */
struct ots_row_rest {
	struct ots_bytes consumed; /* a ConsumedCapacity; empty: none */
	struct ots_bytes row;
};

/* One result for each row, by place; the counts and the table must be those of the request.
 * @param rest  @p count of them; NULL: not wanted */
enum ots_status ots_decode_batch_write(struct ots_bytes body, const char *table,
				       const char *request_id, struct ots_row_result *results,
				       struct ots_row_rest *rest, size_t count,
				       struct ots_error *err) OTS_MUST_USE;

/* The rest of the rows that were written. */
enum ots_status ots_decode_batch_rest(const struct ots_row_rest *rest,
				      const struct ots_row_change *changes,
				      const struct ots_row_result *results, size_t count,
				      struct ots_row_effect *effects, struct ots_batch *returned,
				      struct ots_error *err) OTS_MUST_USE;

#endif

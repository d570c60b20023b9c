/* The body of BatchWriteRow, written in one pass from records: protobuf frames around PlainBuffer,
 * byte for byte what the generated packer makes, without its copy of every row.
 * Source: tablestore-protocol 2.4 (field numbers, worked example) and section 5 (limits). */
#ifndef OTSFS_TABLESTORE_WIRE_BATCH_WRITE_H
#define OTSFS_TABLESTORE_WIRE_BATCH_WRITE_H

#include <stddef.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>
#include <otsfs/record/record.h>

#define OTS_BATCH_ROWS_MAX 200
#define OTS_BATCH_DATA_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define OTS_BODY_MAX_BYTES ((size_t)5 * 1024 * 1024)

/* Append the body for one table, condition IGNORE for every row. A BASE record, being a part of a
 * row, goes as an UPDATE.
 * @return OTS_OK; with nothing appended: OTS_USAGE (no record, no table, a DELETE_VERSION without
 *         version), OTS_LIMIT (rows, data or body above the service's limits), OTS_NO_MEMORY */
enum ots_status ots_batch_write_encode(struct ots_buffer *out, struct ots_bytes table,
				       const struct ots_record *const *records, size_t count,
				       struct ots_error *err) OTS_MUST_USE;

#endif

/* PlainBuffer of answers, from bytes to records. Bytes are hostile: sizes are bounded by theirs,
 * every checksum is verified. Source: tablestore-protocol section 3. */
#ifndef OTSFS_TABLESTORE_DECODE_ROWS_H
#define OTSFS_TABLESTORE_DECODE_ROWS_H

#include <otsfs/record/batch.h>
#include <otsfs/tablestore/client.h>
#include <otsfs/tablestore/wire.h>

/* Append rows to the batch, as PUT records.
 * @param row_limit  more rows are OTS_CORRUPT: nobody asked for them
 * @return OTS_OK, OTS_CORRUPT, OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status ots_decode_rows(struct ots_bytes rows, size_t row_limit, struct ots_batch *batch,
				struct ots_error *err) OTS_MUST_USE;

/* Whether a row that came back has this key, names and all. A placeholder stands for any INTEGER.
 */
bool ots_decoded_key_is(const struct ots_record *record, const struct ots_wire_cell *key,
			size_t key_count);

/* A key alone: start of the next page, split point. Borrows from @p bytes.
 * @return OTS_OK, OTS_CORRUPT, OTS_NO_MEMORY */
enum ots_status ots_decode_key(struct ots_bytes bytes, struct ots_wire_row *key,
			       struct ots_error *err) OTS_MUST_USE;

/* What an answer says it took; all zeros when it does not say. */
struct ots_capacity ots_decoded_capacity(const Ots__Wire__ConsumedCapacity *consumed);

#endif

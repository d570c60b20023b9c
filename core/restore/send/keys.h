/** @file keys.h
 *  The keys of all rows on their way. The first record of a key is free to go; later ones of the
 *  same key wait behind it, in order, until it is settled. So no request ever holds a key twice, no
 *  two requests in flight hold the same key, and the operations on one key keep their order
 *  whatever happens to the requests.
 *  Keys compare as typed tuples; the hash only finds the bucket.
 *  Threads: the driver's. */
#ifndef OTSFS_CORE_RESTORE_SEND_KEYS_H
#define OTSFS_CORE_RESTORE_SEND_KEYS_H

#include "row.h"

struct ots_out_keys {
	struct ots_out_row **buckets;
	size_t bucket_count; /* a power of two */
	uint64_t seed;
	size_t rows;  /**< held in all, waiting ones too */
	size_t bytes; /**< of them */
};

/** @param rows_max  about how many rows will be held: one bucket each
 *  @return false without memory */
bool ots_out_keys_init(struct ots_out_keys *keys, size_t rows_max, uint64_t seed);

/** Frees every row still held. @return how many there were */
size_t ots_out_keys_release(struct ots_out_keys *keys);

/** Take @p row over. @return true: it is free to go; false: it waits for an earlier one */
bool ots_out_keys_add(struct ots_out_keys *keys, struct ots_out_row *row);

/** A row that was free to go is settled: frees it.
 *  @return the next record of that key, now free to go, or NULL */
struct ots_out_row *ots_out_keys_settle(struct ots_out_keys *keys, struct ots_out_row *row);

#endif

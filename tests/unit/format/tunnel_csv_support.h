/** @file tunnel_csv_support.h
 *  Helpers of the tunnel CSV tests: decode text from memory, and show records on one line each. */
#ifndef OTSFS_TESTS_TUNNEL_CSV_SUPPORT_H
#define OTSFS_TESTS_TUNNEL_CSV_SUPPORT_H

#include <otsfs/format/tunnel_csv.h>

/** What came out: every record before the end or the error. */
struct decoded {
	struct ots_batch all;
	enum ots_status status;
	struct ots_error err;
	struct ots_place ends[256]; /**< of the batches, in order */
	size_t batch_count;
};

/** Decode a copy of the bytes on the heap. @p options may be NULL */
void decode_bytes(const void *bytes, size_t len, const struct ots_records_options *options,
		  struct decoded *out);
void decode_text(const char *text, struct decoded *out);
void decoded_release(struct decoded *d);

/** A file below tests/data, whole. The caller frees it. */
char *load_data(const char *name, size_t *len);

/** One line a record: `0 PUT pk="a" | age@5=7 note@3- score--`. Static storage. */
const char *show_records(const struct ots_batch *batch);

#endif

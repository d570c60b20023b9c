/** @file key_span.h
 *  The span of partition keys that were seen, cut into ranges of equal width.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_CUE_KEY_SPAN_H
#define OTSFS_SERVICE_CUE_KEY_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** What counts of a key: longer ones that begin alike fall into one range. */
#define OTS_CUE_KEY_BYTES 64

/** A partition key so that memcmp orders it as the service does. */
struct ots_cue_key {
	uint8_t bytes[OTS_CUE_KEY_BYTES];
	size_t len;
};

struct ots_cue_key_span {
	struct ots_cue_key low, high; /* both ends are keys that were seen */
	bool any;
};

/** The partition key of a row (PlainBuffer). @return false: no such row, or no key of one */
bool ots_cue_key_read(struct ots_bytes plain, struct ots_cue_key *key);

void ots_cue_key_span_widen(struct ots_cue_key_span *span, const struct ots_cue_key *key);

/** @param key  inside the span
 *  @return the range that it falls into, below @p count */
size_t ots_cue_key_span_range(const struct ots_cue_key_span *span, const struct ots_cue_key *key,
			      size_t count);

#endif

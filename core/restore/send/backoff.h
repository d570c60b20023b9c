/** @file backoff.h
 *  How long a failed write waits: full jitter, 50 ms doubling to 10 s; a moving partition 20 to
 *  500 ms for the first failures. Source: design of the restore engine, B.4.
 *  Threads: the driver's. */
#ifndef OTSFS_CORE_RESTORE_SEND_BACKOFF_H
#define OTSFS_CORE_RESTORE_SEND_BACKOFF_H

#include <stdint.h>

#include "classify.h"

struct ots_backoff {
	uint64_t state;
	uint32_t percent; /**< of every delay: 100, or what a test sets */
};

/** @param failures  in a row, from 1 */
int64_t ots_backoff_ms(struct ots_backoff *backoff, enum ots_out_class class, uint32_t failures);

#endif

/** @file codes.h
 *  The error codes of both services as a fault file may name them: what they answer with when the
 *  file says no more. Source: tablestore-protocol section 6, oss-protocol 3.13.
 *  Threads: pure functions. */
#ifndef OTSFS_SERVICE_CUE_CODES_H
#define OTSFS_SERVICE_CUE_CODES_H

#include <otsfs/base/cursor.h>

/** The HTTP status that a code comes with; 500 for one that nobody knows. */
unsigned ots_cue_code_status(struct ots_bytes code);

/** The service's own text for it; for one that has none, that it was made on cue. */
const char *ots_cue_code_message(struct ots_bytes code);

#endif

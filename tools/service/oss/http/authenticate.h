/** @file authenticate.h
 *  Whether a request of OSS may be answered: its key, time, token and signature, version 1 or 4, in
 *  a header or in the query. Source: oss-protocol section 2, 6.1.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_OSS_HTTP_AUTHENTICATE_H
#define OTSFS_SERVICE_OSS_HTTP_AUTHENTICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/object/oss_sign.h>

#include "../fault.h"

/** Who may ask, and for which region. */
struct ots_oss_access {
	const char *id;
	const char *secret;
	const char *token;  /**< NULL: none is asked for */
	const char *region; /**< `cn-hangzhou`; version 4 names it */
};

/** @param request    with the meaning of the target that is tried
 *  @param anonymous  set when there is no signature at all: then nothing was checked
 *  @return false: the fault says why; OTS_OSS_SIGNATURE_DOES_NOT_MATCH is the last thing checked */
bool ots_oss_authenticate(const struct ots_oss_access *access,
			  const struct ots_oss_request *request, int64_t now_us, bool *anonymous,
			  struct ots_oss_fault *fault);

#endif

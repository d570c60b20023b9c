/** @file respond.h
 *  The headers that every reply carries, and its signature. Source: tablestore-protocol 1.7, 1.9.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_HTTP_RESPOND_H
#define OTSFS_SERVICE_HTTP_RESPOND_H

#include <otsfs/base/clock.h>
#include <otsfs/tablestore/wire.h>

#include "authenticate.h"

#define OTS_REQUEST_ID_BYTES 37

struct ots_reply_headers {
	char md5[OTS_MD5_TEXT_BYTES];
	char date[OTS_TIME_TEXT_BYTES];
	char request_id[OTS_REQUEST_ID_BYTES];
	const char *content_type;
	char authorization[512]; /**< empty: the caller's key is not known */
};

/** @param access  whose key signs; NULL: nobody's
 *  @param number  tells requests of one service apart
 *  @return false when a digest fails or an access key id is too long */
bool ots_reply_fill(const struct ots_access *access, struct ots_bytes path, struct ots_bytes body,
		    int64_t started_us, uint64_t number, int64_t now_us,
		    struct ots_reply_headers *out);

/** Put the Error message of a fault into an empty buffer. @return false without room */
bool ots_reply_fault(const struct ots_fault *fault, struct ots_buffer *body);

#endif

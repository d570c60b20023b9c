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
	char compress_size[24];  /**< of a compressed body: the bytes it holds; else empty */
	char authorization[512]; /**< empty: the caller's key is not known */
};

/** A reply before it has headers. */
struct ots_reply {
	const struct ots_signer *signer; /**< whose key signs; without an id nobody's */
	struct ots_bytes path;
	struct ots_bytes body; /**< not compressed: x-ots-contentmd5 is of this */
	bool compressed;       /**< it goes out as a zlib stream, and the headers say so */
	int64_t started_us;    /**< of the service */
	uint64_t number;       /**< tells requests of one service apart */
	int64_t now_us;
};

/** The MD5 of a compressed reply is that of the bytes it holds: the one official client that asks
 *  for compression looks at it after it has inflated them (1.6).
 *  @return false when a digest fails or an access key id is too long */
bool ots_reply_fill(const struct ots_reply *reply, struct ots_reply_headers *out);

/** Put the Error message of a fault into an empty buffer. @return false without room */
bool ots_reply_fault(const struct ots_fault *fault, struct ots_buffer *body);

#endif

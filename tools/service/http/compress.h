/** @file compress.h
 *  Compressed requests and replies. Source: tablestore-protocol 1.6.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_HTTP_COMPRESS_H
#define OTSFS_SERVICE_HTTP_COMPRESS_H

#include "authenticate.h"

/** Replies below this go out as they are: headers and time would cost more than the bytes saved. */
#define OTS_COMPRESS_FROM_BYTES ((size_t)1024)

/** Inflate the body of a request that says it is compressed: OTS_LIMIT_BODY_BYTES at most.
 *  @param room  empty; holds the bytes where there was something to inflate
 *  @param body  what the call gets: the request's own, or in @p room
 *  @return false with the fault: the headers or the stream are wrong, or it holds too much */
bool ots_request_inflate(const struct ots_request *request, struct ots_buffer *room,
			 struct ots_bytes *body, struct ots_fault *fault);

/** Compress a reply for a caller that asked for it, where that makes it shorter.
 *  @param packed  empty; holds the stream when true is returned */
bool ots_reply_deflate(const struct ots_request *request, struct ots_bytes body,
		       struct ots_buffer *packed);

#endif

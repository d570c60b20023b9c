/** @file cut.h
 *  Replies that end too early, as the wire really shows it: a body shorter than its Content-Length,
 *  a connection reset after some bytes.
 *  Threads: from callbacks of the connection. */
#ifndef OTSFS_SERVICE_HTTP_CUT_H
#define OTSFS_SERVICE_HTTP_CUT_H

#include <microhttpd.h>

#include <otsfs/base/buffer.h>

#include "../cue/plan.h"

/** Whether an act cuts replies: reset_after_bytes or truncate_body. */
bool ots_cut_asked(const struct ots_cue_act *act);

/** The body of such a reply; it ends with its response. */
struct ots_cut;

/** Where a body comes from. */
struct ots_cut_source {
	void *self;
	uint64_t len;
	/** As a content reader of libmicrohttpd: at most @p max bytes from @p at on, which is below
	 *  len. @return how many; 0: the connection was suspended; or an end */
	ssize_t (*read)(void *self, uint64_t at, char *to, size_t max);
	void (*free)(void *self); /**< the last call on self */
};

/** A response whose body can be cut.
 *  @param source  taken over unless NULL is returned
 *  @return for MHD_destroy_response(); NULL without memory */
struct MHD_Response *ots_cut_response_of(const struct ots_cut_source *source, struct ots_cut **cut);

/** The same of bytes in memory.
 *  @param body  taken over unless NULL is returned
 *  @return for MHD_destroy_response(); NULL without memory */
struct MHD_Response *ots_cut_response(struct ots_buffer *body, struct ots_cut **cut);

/** Queue such a response, its headers complete. With `reset_after_bytes` n bytes of the whole reply
 *  go out, head and body, and then the connection is reset; over TLS nothing goes out when that is
 *  inside the head. With `truncate_body` n bytes of the body, then the connection is closed. A
 * reply or body that is not longer goes out whole, and the connection stays.
 *  @return as the handler's: MHD_NO closes the connection at once */
enum MHD_Result ots_cut_queue(struct MHD_Connection *connection, unsigned status,
			      struct MHD_Response *response, struct ots_cut *cut,
			      const struct ots_cue_act *act);

#endif

/** @file exchange.h
 *  One request on its way: from its first line until its reply is over.
 *  Threads: from callbacks of its connection. */
#ifndef OTSFS_SERVICE_OSS_HTTP_EXCHANGE_H
#define OTSFS_SERVICE_OSS_HTTP_EXCHANGE_H

#include <stdatomic.h>

#include <microhttpd.h>

#include "../../http/delays.h"
#include "frame.h"

struct ots_oss_frame {
	struct ots_oss_access access;
	const char *bound;
	struct ots_oss_store *store;
	const struct ots_clock *clock;
	struct ots_cue *cue;       /* NULL: no faults */
	struct ots_delays *delays; /* NULL without a cue */
	struct MHD_Daemon *daemon;
	uint16_t port;
	char endpoint[96];
	int64_t started_us;
	atomic_uint_least64_t requests;
};

#define OTS_OSS_REQUEST_ID_BYTES 25

struct ots_oss_exchange {
	struct ots_oss_frame *frame;
	char *uri;
	bool began, decided, waited, head;
	bool acts; /* the verdict says something */
	struct ots_cue_verdict verdict;
	uint64_t discarded; /* bytes of a body that nobody wants */
	char request_id[OTS_OSS_REQUEST_ID_BYTES];
	struct ots_oss_target target;
	struct ots_oss_pair headers[OTS_OSS_PAIRS_MAX];
	struct ots_oss_call call;
};

/** Send what the call has answered, or its fault. @return MHD_NO cuts the connection */
enum MHD_Result ots_oss_respond(struct ots_oss_exchange *exchange,
				struct MHD_Connection *connection);

/** On cue: a connection that looks alive and is not. The reply is out. */
void ots_oss_drop_idle(const struct ots_oss_exchange *exchange, struct MHD_Connection *connection);

#endif

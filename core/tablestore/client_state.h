/* What a client holds: made and ended in client.c, used by send/. */
#ifndef OTSFS_TABLESTORE_CLIENT_STATE_H
#define OTSFS_TABLESTORE_CLIENT_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <otsfs/tablestore/wire/sign.h>

#include "client_call.h"

#define CLIENT_IDLE_MAX 16

/* The last key of version 4: whose it is, and for which day. */
struct client_v4 {
	struct ots_credentials *credentials; /* held; NULL: none yet */
	char day[9];
	char key[OTS_SIGN_V4_TEXT_BYTES];
};

struct ots_client {
	struct ots_http *http;
	struct ots_credential_chain *chain;
	const struct ots_clock *clock;
	struct ots_endpoint endpoint;
	char region[OTS_REGION_BYTES]; /* empty: signatures of version 2 */
	bool compress;
	int64_t timeout_ms;
	/* How far the service's clock is from ours, taken over when it refused a request for its
	 * date; 0 until then, and when it has ours. */
	_Atomic int64_t clock_offset_us;
	pthread_mutex_t mutex;
	struct {
		struct client_scratch *idle[CLIENT_IDLE_MAX];
		size_t idle_count;
		struct client_v4 v4;
	} locked;
};

#endif

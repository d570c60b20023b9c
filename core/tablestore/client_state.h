/* What a client holds: made and ended in client.c, used by client_send.c. */
#ifndef OTSFS_TABLESTORE_CLIENT_STATE_H
#define OTSFS_TABLESTORE_CLIENT_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "client_call.h"

#define CLIENT_IDLE_MAX 16

struct ots_client {
	struct ots_http *http;
	struct ots_credential_chain *chain;
	const struct ots_clock *clock;
	struct ots_endpoint endpoint;
	int64_t timeout_ms;
	/* How far the service's clock is from ours, taken over once when it refused a request for
	 * its date; 0 until then. */
	_Atomic int64_t clock_offset_us;
	pthread_mutex_t mutex;
	struct {
		struct client_scratch *idle[CLIENT_IDLE_MAX];
		size_t idle_count;
	} locked;
};

#endif

/* The inside of a chain: what it was opened with, and the key that its thread renews. */
#ifndef OTSFS_NET_CREDENTIALS_CHAIN_H
#define OTSFS_NET_CREDENTIALS_CHAIN_H

#include <pthread.h>

#include <otsfs/base/cancel.h>
#include <otsfs/net/credentials.h>

#include "../issuers/issuer.h"
#include "places.h"

struct ots_credential_chain {
	char *name;
	place_fn *place; /* asked again for each new key; NULL: the key stays as it is */
	struct issuer_context issuer;
	char *metadata_url;
	struct ots_cancel stop; /* the thread, and what it waits for */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* of ots_wait_init() */
	struct {
		struct ots_credentials *key; /* never NULL once open */
		int64_t due_us;              /* when it is renewed; INT64_MAX: not by the clock */
		int64_t refused_ms; /* when a refusal last asked for a new one; monotonic */
		bool was_refused;
		uint64_t asked,
			answered;       /* renewals wished for and ended: the wishes are in order */
		enum ots_status status; /* of the last renewal */
		struct ots_error error;
	} locked;
};

/* A key by the chain's place, for its issuer's token. */
enum ots_status chain_fetch(const struct ots_credential_chain *chain, struct ots_credentials **out,
			    struct ots_error *err) OTS_MUST_USE;

/* Begin to renew. @return OTS_OK, OTS_NO_MEMORY (no thread) */
enum ots_status renewal_start(struct ots_credential_chain *chain,
			      struct ots_error *err) OTS_MUST_USE;
void renewal_stop(struct ots_credential_chain *chain);

/* Take a first key over. */
void renewal_set(struct ots_credential_chain *chain, struct ots_credentials *key);

/* When a key that ends at @p expires_us is renewed: with five minutes or a fifth of its life left,
 * whichever is more, but not before half of it is over (oss-protocol 5.10, and what short lives
 * make of it). INT64_MAX: it does not end. */
int64_t renewal_due_us(int64_t now_us, int64_t expires_us);

#endif

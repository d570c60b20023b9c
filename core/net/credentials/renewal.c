#include "chain.h"

#include <otsfs/base/wait.h>

#include "snapshot.h"

#define AHEAD_US (INT64_C(5) * 60 * 1000000)
/* After a renewal that failed, while the key is still valid. */
#define RETRY_US (INT64_C(15) * 1000000)
/* A service that refuses every key must not make us ask for new ones all the time. */
#define REFUSED_PAUSE_MS INT64_C(10000)
/* How long a wish to stop may go unseen by who waits for a key. */
#define POLL_MS 100
/* The thread looks at the clock that often: a machine that slept has another time when it wakes. */
#define LOOK_MS INT64_C(15000)
/* And where no clock ends the key. */
#define REST_MS INT64_C(3600000)

int64_t renewal_due_us(int64_t now_us, int64_t expires_us)
{
	int64_t life_us, ahead_us;

	if (expires_us == 0)
		return INT64_MAX;
	life_us = expires_us > now_us ? expires_us - now_us : 0;
	ahead_us = life_us / 5 > AHEAD_US ? life_us / 5 : AHEAD_US;
	if (ahead_us > life_us / 2)
		ahead_us = life_us / 2;
	return expires_us - ahead_us;
}

static int64_t now_us(const struct ots_credential_chain *chain)
{
	return ots_clock_wall_us(chain->issuer.clock);
}

static void take_locked(struct ots_credential_chain *chain, struct ots_credentials *key)
{
	chain->locked.key = key;
	chain->locked.due_us = renewal_due_us(now_us(chain), key->expires_us);
}

void renewal_set(struct ots_credential_chain *chain, struct ots_credentials *key)
{
	take_locked(chain, key);
}

static bool is_valid_locked(const struct ots_credential_chain *chain)
{
	const int64_t expires_us = chain->locked.key->expires_us;

	return expires_us == 0 || now_us(chain) < expires_us;
}

static bool is_wished_locked(const struct ots_credential_chain *chain)
{
	return chain->locked.asked != chain->locked.answered;
}

static void wish_locked(struct ots_credential_chain *chain)
{
	if (!is_wished_locked(chain))
		chain->locked.asked++;
}

/* Fetch with the lock let go, publish, wake who waits. */
static void renew_locked(struct ots_credential_chain *chain)
{
	struct ots_credentials *key = NULL, *old = NULL;
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status;

	wish_locked(chain); /* who needs a key meanwhile waits for this one */
	(void)pthread_mutex_unlock(&chain->mutex);
	status = chain_fetch(chain, &key, &err);
	(void)pthread_mutex_lock(&chain->mutex);
	if (status == OTS_OK) {
		old = chain->locked.key;
		take_locked(chain, key);
	} else {
		chain->locked.due_us = now_us(chain) + RETRY_US;
	}
	chain->locked.status = status;
	chain->locked.error = err;
	chain->locked.answered = chain->locked.asked;
	(void)pthread_cond_broadcast(&chain->changed);
	/* It is memory and no more; who signs with it holds it, too. */
	ots_credentials_release(old);
}

static int64_t pause_ms(const struct ots_credential_chain *chain, int64_t left_us)
{
	if (chain->locked.due_us == INT64_MAX)
		return REST_MS;
	return left_us / 1000 < LOOK_MS ? left_us / 1000 + 1 : LOOK_MS;
}

static void *run(void *arg)
{
	struct ots_credential_chain *chain = arg;

	(void)pthread_mutex_lock(&chain->mutex);
	while (!ots_cancel_asked(&chain->stop)) { /* ends: when the chain is freed */
		const int64_t left_us = chain->locked.due_us - now_us(chain);

		if (is_wished_locked(chain) || left_us <= 0)
			renew_locked(chain);
		else
			ots_wait(&chain->changed, &chain->mutex, pause_ms(chain, left_us));
	}
	(void)pthread_mutex_unlock(&chain->mutex);
	return NULL;
}

enum ots_status renewal_start(struct ots_credential_chain *chain, struct ots_error *err)
{
	if (pthread_create(&chain->thread, NULL, run, chain) != 0)
		return ots_fail(err, OTS_NO_MEMORY, "thread that renews the access key");
	chain->has_thread = true;
	return OTS_OK;
}

void renewal_stop(struct ots_credential_chain *chain)
{
	if (!chain->has_thread)
		return;
	(void)pthread_mutex_lock(&chain->mutex);
	ots_cancel_ask(&chain->stop);
	(void)pthread_cond_broadcast(&chain->changed);
	(void)pthread_mutex_unlock(&chain->mutex);
	(void)pthread_join(chain->thread, NULL);
	chain->has_thread = false;
}

static void poke_locked(struct ots_credential_chain *chain)
{
	if (!is_wished_locked(chain)) {
		wish_locked(chain);
		(void)pthread_cond_broadcast(&chain->changed);
	}
}

/* Wish for a renewal, or join the one that is under way, and wait for its end.
 * @return false: stopped */
static bool await_locked(struct ots_credential_chain *chain, struct ots_cancel *cancel)
{
	uint64_t ticket;

	poke_locked(chain);
	ticket = chain->locked.asked;
	while (chain->locked.answered < ticket) { /* ends: the thread answers every wish */
		if (ots_cancel_asked(cancel))
			return false;
		ots_wait(&chain->changed, &chain->mutex, POLL_MS);
	}
	return true;
}

enum ots_status ots_credential_chain_get(struct ots_credential_chain *chain,
					 struct ots_cancel *cancel, struct ots_credentials **out,
					 struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	(void)pthread_mutex_lock(&chain->mutex);
	if (!is_valid_locked(chain) && chain->has_thread) {
		if (!await_locked(chain, cancel))
			status = ots_fail(err, OTS_CANCELLED, "stopped while a key was renewed");
		else if (!is_valid_locked(chain)) {
			status = chain->locked.status;
			if (status == OTS_OK)
				status = ots_fail(err, OTS_DENIED, "a key that has ended already");
			else if (err != NULL)
				*err = chain->locked.error;
			(void)ots_context(err, "the access key has ended and no new one came");
		}
	}
	if (status == OTS_OK) {
		*out = ots_credentials_hold(chain->locked.key);
		/* The thread may be asleep by a clock that has been set since. */
		if (chain->has_thread && now_us(chain) >= chain->locked.due_us)
			poke_locked(chain);
	}
	(void)pthread_mutex_unlock(&chain->mutex);
	return status;
}

/* After a refusal: whether a renewal is under way, or not too soon. */
static bool may_ask_locked(struct ots_credential_chain *chain)
{
	const int64_t now_ms = ots_clock_monotonic_ms(chain->issuer.clock);

	if (is_wished_locked(chain))
		return true;
	if (chain->locked.was_refused && now_ms - chain->locked.refused_ms < REFUSED_PAUSE_MS)
		return false;
	chain->locked.was_refused = true;
	chain->locked.refused_ms = now_ms;
	return true;
}

bool ots_credential_chain_refused(struct ots_credential_chain *chain,
				  const struct ots_credentials *used, struct ots_cancel *cancel)
{
	bool other;

	(void)pthread_mutex_lock(&chain->mutex);
	other = !credentials_same(chain->locked.key, used);
	if (!other && chain->has_thread && may_ask_locked(chain))
		other = await_locked(chain, cancel) && !credentials_same(chain->locked.key, used);
	(void)pthread_mutex_unlock(&chain->mutex);
	return other;
}

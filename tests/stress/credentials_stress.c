/* Races of a chain of credentials: many threads take keys, hold them, say that they were refused
 * and stop waiting, while the clock runs fast, keys end, and who gives them fails, stalls or cuts
 * its answers. Each key must be whole for as long as it is held, and never two renewals at once. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <otsfs/net/credentials.h>
#include <otsfs/net/http.h>

#include "../support/scripted_server.h"

#define TAKERS 12
#define TURNS 3000
#define CHAINS 3
/* Of the fast clock, at each look of a thread. */
#define STEP_US INT64_C(200000)
#define LIFE_US (INT64_C(60) * 1000000)

struct stage {
	struct ots_credential_chain *chain;
	_Atomic int64_t now_us;
	atomic_uint failures, taken, renewed, not_taken;
};

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int64_t wall_us(void *self)
{
	return atomic_load(&((struct stage *)self)->now_us);
}

/* Fast, too, so that refusals are not always too soon. */
static int64_t monotonic_ms(void *self)
{
	return wall_us(self) / 1000;
}

static void complain(struct stage *stage, const char *what, const char *text)
{
	(void)fprintf(stderr, "credentials_stress: %s: %s\n", what, text);
	atomic_fetch_add(&stage->failures, 1);
}

static enum scripted_after answer(void *arg, const struct scripted_request *request,
				  struct ots_buffer *out)
{
	struct stage *stage = arg;
	const uint64_t roll = mix(request->number + 1) % 100;
	char end[OTS_TIME_TEXT_BYTES], body[512];

	(void)ots_time_print(atomic_load(&stage->now_us) + LIFE_US, 6, end);
	(void)snprintf(body, sizeof body,
		       "{\"AccessKeyId\":\"%u\",\"AccessKeySecret\":\"secret-%u\","
		       "\"SecurityToken\":\"token-%u\",\"Expiration\":\"%s\"}",
		       request->number, request->number, request->number, end);
	if (request->number > 0 && roll < 5)
		return SCRIPTED_RESET;
	scripted_answer(out, request->number > 0 && roll < 20 ? 503 : 200, "", body, strlen(body));
	if (request->number > 0 && roll < 25)
		out->len -= 2;
	return roll < 35 ? SCRIPTED_CLOSE : SCRIPTED_KEEP;
}

static void check_whole(struct stage *stage, const struct ots_credentials *key)
{
	char expected[64];

	(void)snprintf(expected, sizeof expected, "secret-%s", key->id);
	if (strcmp(key->secret, expected) != 0)
		complain(stage, "a secret of another key", key->secret);
	(void)snprintf(expected, sizeof expected, "token-%s", key->id);
	if (key->token == NULL || strcmp(key->token, expected) != 0)
		complain(stage, "a token of another key", key->id);
}

static void use(struct stage *stage, uint64_t seed, struct ots_credentials *held)
{
	struct ots_cancel cancel;

	ots_cancel_init(&cancel);
	check_whole(stage, held);
	if (seed % 16 == 0) {
		if (seed % 32 == 0)
			ots_cancel_ask(&cancel);
		if (ots_credential_chain_refused(stage->chain, held, &cancel))
			atomic_fetch_add(&stage->renewed, 1);
		check_whole(stage, held);
	}
	ots_cancel_release(&cancel);
}

struct taker {
	struct stage *stage;
	uint64_t seed;
};

static void *take_all(void *arg)
{
	struct taker *taker = arg;
	struct stage *stage = taker->stage;
	struct ots_credentials *older = NULL;

	for (uint64_t i = 0; i < TURNS; i++) {
		const uint64_t seed = mix(taker->seed * TURNS + i + 1);
		struct ots_credentials *key = NULL;
		struct ots_error err = {0};
		enum ots_status status;

		atomic_fetch_add(&stage->now_us, STEP_US);
		status = ots_credential_chain_get(stage->chain, NULL, &key, &err);
		if (status == OTS_OK) {
			atomic_fetch_add(&stage->taken, 1);
			use(stage, seed, key);
			/* One is held over the next turns, and outlives the chain at the end. */
			if (older != NULL)
				check_whole(stage, older);
			ots_credentials_release(older);
			older = key;
		} else if (status == OTS_SERVER || status == OTS_NETWORK || status == OTS_DENIED ||
			   status == OTS_CORRUPT) {
			atomic_fetch_add(&stage->not_taken, 1);
		} else {
			complain(stage, "a failure of no known kind", err.text);
		}
	}
	return older;
}

static void run(struct stage *stage, uint64_t round)
{
	struct ots_credentials *last[TAKERS] = {NULL};
	struct taker takers[TAKERS];
	pthread_t threads[TAKERS];

	for (size_t i = 0; i < TAKERS; i++) {
		takers[i] = (struct taker){stage, round * TAKERS + i};
		(void)pthread_create(&threads[i], NULL, take_all, &takers[i]);
	}
	for (size_t i = 0; i < TAKERS; i++) {
		void *key = NULL;

		(void)pthread_join(threads[i], &key);
		last[i] = key;
	}
	/* Perhaps in the middle of a renewal. */
	ots_credential_chain_free(stage->chain);
	for (size_t i = 0; i < TAKERS; i++) {
		if (last[i] != NULL)
			check_whole(stage, last[i]);
		ots_credentials_release(last[i]);
	}
}

int main(void)
{
	struct stage stage = {.now_us = INT64_C(1795228200000000)};
	const struct ots_clock clock = {wall_us, monotonic_ms, &stage};
	const struct ots_http_options http_options = {.user_agent = "stress"};
	struct ots_credential_options options = {.loopback = true, .clock = &clock};
	struct ots_error err = {0};

	(void)setenv("HOME", "/nonexistent", 1);
	(void)setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true", 1);
	if (ots_http_global_init(&err) != OTS_OK)
		return 1;
	for (uint64_t round = 0; round < CHAINS; round++) {
		struct scripted_server *server = scripted_server_start(answer, &stage);

		(void)setenv("ALIBABA_CLOUD_CREDENTIALS_URI", scripted_server_url(server), 1);
		if (ots_http_new(&http_options, &options.http, &err) != OTS_OK ||
		    ots_credential_chain_open(&options, &stage.chain, &err) != OTS_OK) {
			complain(&stage, "open", err.text);
			return 1;
		}
		run(&stage, round);
		ots_http_free(options.http);
		scripted_server_stop(server);
	}
	(void)printf("%u keys taken, %u times none, %u renewed after a refusal\n",
		     atomic_load(&stage.taken), atomic_load(&stage.not_taken),
		     atomic_load(&stage.renewed));
	if (atomic_load(&stage.taken) == 0 || atomic_load(&stage.renewed) == 0)
		complain(&stage, "nothing happened", "");
	return atomic_load(&stage.failures) != 0;
}

/* Temporary keys while time passes. The test's clock is set by hand. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../support/scripted_server.h"
#include "keyring.h"

TestSuite(renewal, .timeout = 60);

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
/* By the real clock: the machine is busy. */
#define PATIENCE_MS 20000

/* Each answer is a new key that lives for an hour of the test's time. */
struct issuer {
	struct keyring *keyring;
	struct scripted_server *server;
	atomic_int failure; /* HTTP status; 0: answers well */
	atomic_bool same;   /* always the same key */
};

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct issuer *issuer = arg;
	char end[OTS_TIME_TEXT_BYTES], body[512];

	if (atomic_load(&issuer->failure) != 0) {
		scripted_answer(out, atomic_load(&issuer->failure), "", "", 0);
		return SCRIPTED_KEEP;
	}
	(void)ots_time_print(issuer->keyring->now_us + 60 * MINUTE_US, 0, end);
	(void)snprintf(body, sizeof body,
		       "{\"AccessKeyId\":\"key%u\",\"AccessKeySecret\":\"hidden\","
		       "\"SecurityToken\":\"t\",\"Expiration\":\"%s\"}",
		       atomic_load(&issuer->same) ? 0 : request->number, end);
	scripted_answer(out, 200, "", body, strlen(body));
	return SCRIPTED_KEEP;
}

static struct ots_credential_chain *open_all(struct keyring *keyring, struct issuer *issuer)
{
	keyring_open(keyring);
	issuer->keyring = keyring;
	issuer->server = scripted_server_start(play, issuer);
	keyring_set("ALIBABA_CLOUD_CREDENTIALS_URI", scripted_server_url(issuer->server));
	return keyring_chain(keyring, true);
}

static void close_all(struct keyring *keyring, struct issuer *issuer,
		      struct ots_credential_chain *chain)
{
	ots_credential_chain_free(chain);
	scripted_server_stop(issuer->server);
	keyring_close(keyring);
}

static void expect_key(struct ots_credential_chain *chain, const char *id)
{
	struct ots_credentials *key = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_credential_chain_get(chain, NULL, &key, &err), OTS_OK, "%s", err.text);
	cr_expect_str_eq(key->id, id);
	ots_credentials_release(key);
}

/* Ask until the key is this one. */
static void await_key(struct ots_credential_chain *chain, const char *id)
{
	const int64_t end = ots_clock_monotonic_ms(&ots_clock_system) + PATIENCE_MS;
	bool found = false;

	while (!found && ots_clock_monotonic_ms(&ots_clock_system) < end) {
		struct ots_credentials *key = NULL;

		cr_assert_eq(ots_credential_chain_get(chain, NULL, &key, NULL), OTS_OK);
		found = strcmp(key->id, id) == 0;
		ots_credentials_release(key);
		(void)ots_cancel_wait(NULL, 1);
	}
	cr_expect(found, "%s did not come", id);
}

static void await_requests(const struct issuer *issuer, unsigned count)
{
	const int64_t end = ots_clock_monotonic_ms(&ots_clock_system) + PATIENCE_MS;

	while (scripted_server_requests(issuer->server) < count &&
	       ots_clock_monotonic_ms(&ots_clock_system) < end)
		(void)ots_cancel_wait(NULL, 1);
	cr_expect_eq(scripted_server_requests(issuer->server), count);
}

Test(renewal, comes_with_a_fifth_of_the_life_left_and_never_holds_up_who_has_a_valid_key)
{
	struct issuer issuer = {.keyring = NULL};
	struct keyring keyring;
	struct ots_credential_chain *chain = open_all(&keyring, &issuer);

	expect_key(chain, "key0");
	keyring.now_us += 48 * MINUTE_US - 1;
	expect_key(chain, "key0");
	cr_expect_eq(scripted_server_requests(issuer.server), 1);
	keyring.now_us += 1;
	expect_key(chain, "key0");
	await_key(chain, "key1");
	cr_expect_eq(scripted_server_requests(issuer.server), 2);
	close_all(&keyring, &issuer, chain);
}

Test(renewal, that_fails_leaves_the_old_key_while_it_is_valid)
{
	struct issuer issuer = {.keyring = NULL};
	struct keyring keyring;
	struct ots_credential_chain *chain = open_all(&keyring, &issuer);
	struct ots_credentials *key = NULL;
	struct ots_error err = {0};

	atomic_store(&issuer.failure, 503);
	keyring.now_us += 50 * MINUTE_US;
	expect_key(chain, "key0");
	await_requests(&issuer, 2);
	keyring.now_us += 10 * MINUTE_US - 1;
	expect_key(chain, "key0");
	keyring.now_us += 1;
	cr_expect_eq(ots_credential_chain_get(chain, NULL, &key, &err), OTS_SERVER);
	cr_expect_null(key);
	cr_expect_not_null(strstr(err.text, "the access key has ended and no new one came"), "%s",
			   err.text);
	cr_expect_not_null(strstr(err.text, "ALIBABA_CLOUD_CREDENTIALS_URI"), "%s", err.text);
	atomic_store(&issuer.failure, 0);
	cr_expect_eq(ots_credential_chain_get(chain, NULL, &key, &err), OTS_OK, "%s", err.text);
	cr_expect_not(strcmp(key->id, "key0") == 0);
	ots_credentials_release(key);
	close_all(&keyring, &issuer, chain);
}

Test(renewal, of_a_refused_key_comes_at_once_and_not_again_for_ten_seconds)
{
	struct issuer issuer = {.keyring = NULL};
	struct keyring keyring;
	struct ots_credential_chain *chain = open_all(&keyring, &issuer);
	struct ots_credentials *first = NULL;

	cr_assert_eq(ots_credential_chain_get(chain, NULL, &first, NULL), OTS_OK);
	cr_expect(ots_credential_chain_refused(chain, first, NULL));
	expect_key(chain, "key1");
	cr_expect(ots_credential_chain_refused(chain, first, NULL), "there is another one already");
	cr_expect_eq(scripted_server_requests(issuer.server), 2);
	cr_expect_str_eq(first->id, "key0", "a key stays whole while it is held");
	ots_credentials_release(first);
	cr_assert_eq(ots_credential_chain_get(chain, NULL, &first, NULL), OTS_OK);
	cr_expect_not(ots_credential_chain_refused(chain, first, NULL), "too soon");
	keyring.monotonic_ms += 9999;
	cr_expect_not(ots_credential_chain_refused(chain, first, NULL), "too soon");
	cr_expect_eq(scripted_server_requests(issuer.server), 2);
	keyring.monotonic_ms += 1;
	atomic_store(&issuer.same, true);
	cr_expect(ots_credential_chain_refused(chain, first, NULL));
	ots_credentials_release(first);
	cr_assert_eq(ots_credential_chain_get(chain, NULL, &first, NULL), OTS_OK);
	keyring.monotonic_ms += 10000;
	cr_expect_not(ots_credential_chain_refused(chain, first, NULL), "the same key again");
	cr_expect_eq(scripted_server_requests(issuer.server), 4);
	ots_credentials_release(first);
	close_all(&keyring, &issuer, chain);
}

static enum scripted_after stall(void *arg, const struct scripted_request *request,
				 struct ots_buffer *out)
{
	if (request->number == 0)
		return play(arg, request, out);
	return SCRIPTED_STALL;
}

Test(renewal, that_hangs_can_be_left_and_ended)
{
	struct issuer issuer = {.keyring = NULL};
	struct ots_credential_chain *chain;
	struct ots_credentials *key = NULL;
	struct ots_cancel cancel;
	struct keyring keyring;
	struct ots_error err = {0};

	keyring_open(&keyring);
	issuer.keyring = &keyring;
	issuer.server = scripted_server_start(stall, &issuer);
	keyring_set("ALIBABA_CLOUD_CREDENTIALS_URI", scripted_server_url(issuer.server));
	chain = keyring_chain(&keyring, true);
	keyring.now_us += 60 * MINUTE_US;
	ots_cancel_init(&cancel);
	ots_cancel_ask(&cancel);
	cr_expect_eq(ots_credential_chain_get(chain, &cancel, &key, &err), OTS_CANCELLED);
	cr_expect_not_null(strstr(err.text, "stopped while a key was renewed"), "%s", err.text);
	await_requests(&issuer, 2);
	ots_cancel_release(&cancel);
	close_all(&keyring, &issuer, chain); /* does not wait for the ten seconds of the call */
}

Test(renewal, of_a_file_takes_what_it_says_now)
{
	static const char form[] = "[Credentials]\naccessKeyID=%s\naccessKeySecret=hidden\n";
	struct ots_credential_chain *chain;
	struct ots_credentials *key = NULL;
	struct keyring keyring;
	char text[128];

	keyring_open(&keyring);
	(void)snprintf(text, sizeof text, form, "old");
	keyring_file(&keyring, ".ossutilconfig", 0600, text);
	chain = keyring_chain(&keyring, true);
	cr_assert_eq(ots_credential_chain_get(chain, NULL, &key, NULL), OTS_OK);
	cr_expect_not(ots_credential_chain_refused(chain, key, NULL), "nothing has changed");
	(void)snprintf(text, sizeof text, form, "new");
	keyring_file(&keyring, ".ossutilconfig", 0600, text);
	keyring.monotonic_ms += 10000;
	cr_expect(ots_credential_chain_refused(chain, key, NULL));
	ots_credentials_release(key);
	expect_key(chain, "new");
	ots_credential_chain_free(chain);
	keyring_close(&keyring);
}

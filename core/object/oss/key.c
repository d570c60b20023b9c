/* Keys that sign, and what happens when the service refuses one. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

/* A renewal asks another service and takes its time, which the transfers' thread does not have: one
 * worker does it, and whoever was refused looks again this often. */
#define LOOK_AGAIN_MS 100

static const char *const of_the_key[] = {"InvalidAccessKeyId", "SecurityTokenExpired",
					 "InvalidSecurityToken", "SecurityTokenNotSupported",
					 "SignatureDoesNotMatch"};

struct renewal {
	struct oss *oss;
	struct ots_credentials *used;
};

static void renew(void *arg)
{
	struct renewal *renewal = arg;
	struct oss *oss = renewal->oss;

	(void)ots_credential_chain_refused(oss->options.credentials, renewal->used, NULL);
	ots_credentials_release(renewal->used);
	free(renewal);
	atomic_fetch_add(&oss->renewals, 1);
	atomic_store(&oss->is_renewing, false);
}

enum ots_status oss_key_get(struct oss_call *call, struct ots_error *err)
{
	struct ots_credentials *key = NULL;
	const enum ots_status status =
		ots_credential_chain_get(call->oss->options.credentials, NULL, &key, err);

	if (status != OTS_OK)
		return status;
	ots_credentials_release(call->credentials);
	call->credentials = key;
	return OTS_OK;
}

static bool is_of_the_key(const char *code, int http)
{
	for (size_t i = 0; i < sizeof of_the_key / sizeof *of_the_key; i++) {
		if (strcmp(code, of_the_key[i]) == 0)
			return true;
	}
	return http == 401;
}

static void begin_renewal(struct oss_call *call)
{
	struct oss *oss = call->oss;
	struct renewal *renewal;

	if (atomic_exchange(&oss->is_renewing, true))
		return;
	renewal = malloc(sizeof *renewal);
	if (renewal != NULL) {
		*renewal = (struct renewal){oss, call->credentials};
		if (ots_pool_try_submit(oss->renewer, renew, renewal, NULL) == OTS_OK) {
			call->credentials = NULL; /* the renewal's */
			return;
		}
	}
	free(renewal);
	atomic_store(&oss->is_renewing, false);
}

bool oss_key_refused(struct oss_call *call, const char *code, int http, int64_t *wait_ms)
{
	struct oss *oss = call->oss;

	if (call->credentials == NULL || !is_of_the_key(code, http))
		return false;
	if (call->is_refused && atomic_load(&oss->renewals) != call->renewals)
		return false; /* refused again, with whatever the renewal has brought */
	if (!call->is_refused)
		call->renewals = atomic_load(&oss->renewals);
	call->is_refused = true;
	begin_renewal(call);
	*wait_ms = LOOK_AGAIN_MS;
	return true;
}

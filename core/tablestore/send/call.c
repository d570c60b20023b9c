#include "../client_call.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "../answer.h"
#include "attempt.h"
#include "compress.h"

/* A call is signed anew so often for the clock of the service: one machine of several that is wrong
 * costs two, there and back. A clock that jumps on is not followed. */
#define CLOCK_TRIES 8

static enum ots_status perform(struct ots_client *client, const struct attempt *attempt,
			       const struct ots_http_request *request,
			       struct client_scratch *scratch, const char *secret,
			       struct ots_error *err)
{
	struct answer_context context = {
		.path = attempt->path, .key_id = attempt->key->id, .secret = secret};
	enum ots_status status = ots_http_perform(client->http, request, &scratch->response, err);

	if (status == OTS_LIMIT) {
		/* No answer of the service is so long. The limit that callers know of is the
		 * request's, upon which nothing was sent; here it may have been acted upon. */
		status = OTS_CORRUPT;
		if (err != NULL)
			err->status = status;
	}
	if (status == OTS_OK)
		status = compress_take_answer(scratch, attempt->response_limit_bytes,
					      &context.md5_held, err);
	if (status != OTS_OK)
		return status;
	context.now_us = ots_clock_wall_us(client->clock) + attempt->offset_us;
	return ots_answer_check(&context, &scratch->response, err);
}

/* One request, signed with the time of this very attempt. */
static enum ots_status attempt_make(struct ots_client *client, const struct attempt *attempt,
				    struct client_scratch *scratch, struct ots_error *err)
{
	char url[sizeof client->endpoint.base_url + 64];
	struct attempt_texts texts;
	struct ots_http_request request = {.method = "POST",
					   .url = url,
					   .body = attempt->body,
					   .timeout_ms = client->timeout_ms,
					   .cancel = attempt->cancel,
					   .response_limit_bytes = attempt->response_limit_bytes};
	enum ots_status status;

	(void)snprintf(url, sizeof url, "%s%s", client->endpoint.base_url, attempt->path);
	/* Answers to a caller of version 4 are signed with its key of the day (1.7). */
	if (attempt_sign(client, attempt, ots_clock_wall_us(client->clock) + attempt->offset_us,
			 &scratch->text, &request, &texts))
		status = perform(client, attempt, &request, scratch,
				 texts.key[0] != '\0' ? texts.key : attempt->key->secret, err);
	else
		status = ots_fail(err, OTS_NO_MEMORY, "signature of the request");
	attempt_wipe(&texts);
	return status;
}

/* After a refusal: whether another attempt may pass because of the clock. The time of the reply is
 * taken over when it is far from what the request was signed with, and ours again when it is near
 * that: one of several machines behind an address may be wrong, or be set right. It goes by this
 * call's own reply: what other calls learn meanwhile may be of another machine. Source: design of
 * the restore engine, B.4; tablestore-protocol 1.8. */
static bool clock_adopt(struct ots_client *client, struct attempt *attempt,
			const struct ots_http_response *response)
{
	const int64_t used_us = attempt->offset_us;
	const int64_t now_us = ots_clock_wall_us(client->clock);
	int64_t skew_us;

	if (!ots_answer_clock_is_off(response, now_us + used_us, &skew_us))
		return false;
	attempt->offset_us = ots_answer_clock_is_off(response, now_us, &skew_us) ? skew_us : 0;
	atomic_store(&client->clock_offset_us, attempt->offset_us);
	return true;
}

/* After a refusal of the key itself: whether the chain has another one now. */
static bool key_renew(struct ots_client *client, struct attempt *attempt,
		      const struct ots_error *why)
{
	struct ots_credentials *key = NULL;

	/* A missing permission is not mended by a new key. */
	if (strcmp(why->code, "OTSAuthFailed") != 0 ||
	    !ots_credential_chain_refused(client->chain, attempt->key, attempt->cancel) ||
	    ots_credential_chain_get(client->chain, attempt->cancel, &key, NULL) != OTS_OK)
		return false;
	ots_credentials_release(attempt->key);
	attempt->key = key;
	return true;
}

/* What may help who reads of a refusal: whose key it was, how far the clocks are apart. */
static void explain(const struct ots_client *client, const struct attempt *attempt,
		    struct ots_error *err)
{
	if (attempt->offset_us != 0)
		(void)ots_context(err, "our clock is %lld seconds from the service's",
				  -(long long)(attempt->offset_us / 1000000));
	if (strcmp(err->code, "OTSAuthFailed") == 0)
		(void)ots_context(err, "access key of %s",
				  ots_credential_chain_name(client->chain));
}

enum ots_status ots_client_call(struct ots_client *client, const char *path,
				size_t response_limit_bytes, struct ots_cancel *cancel,
				struct client_scratch *scratch, struct ots_error *err)
{
	struct attempt attempt = {.path = path,
				  .offset_us = atomic_load(&client->clock_offset_us),
				  .response_limit_bytes = response_limit_bytes,
				  .cancel = cancel,
				  .wants_compressed =
					  client->compress &&
					  response_limit_bytes == CLIENT_ROWS_ANSWER_BYTES};
	struct ots_error own = {.status = OTS_OK};
	struct ots_error *const why = err != NULL ? err : &own;
	enum ots_status status = ots_credential_chain_get(client->chain, cancel, &attempt.key, why);

	if (status != OTS_OK)
		return status;
	compress_request(client, scratch, &attempt);
	status = attempt_make(client, &attempt, scratch, why);
	/* What was refused for its date or its key was not done: sending it again is no repeat. */
	for (int n = 0; n < CLOCK_TRIES && status == OTS_DENIED &&
			clock_adopt(client, &attempt, &scratch->response);
	     n++)
		status = attempt_make(client, &attempt, scratch, why);
	if (status == OTS_DENIED && key_renew(client, &attempt, why))
		status = attempt_make(client, &attempt, scratch, why);
	if (status == OTS_DENIED)
		explain(client, &attempt, why);
	ots_credentials_release(attempt.key);
	return status;
}

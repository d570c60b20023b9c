#include "issuer.h"

#include <otsfs/base/clock.h>

#include "answer.h"

#define CALL_MS 10000

enum ots_status uri_key(const struct recipe *recipe, const struct issuer_context *context,
			struct ots_credentials **out, struct ots_error *err)
{
	/* The address may hold a secret of its own: messages do not show it. */
	const char *const who = "the credentials address";
	const struct answer_wish wish = {.who = who, .now_us = ots_clock_wall_us(context->clock)};
	const struct ots_http_request request = {.method = "GET",
						 .url = recipe->text[RECIPE_ADDRESS],
						 .name = who,
						 .timeout_ms = CALL_MS,
						 .cancel = context->cancel,
						 .response_limit_bytes = KEY_ANSWER_MAX_BYTES};
	struct ots_http_response response;
	struct ots_bytes body;
	enum ots_status status = key_response_init(&response, err);

	if (status == OTS_OK)
		status = ots_http_perform(context->http, &request, &response, err);
	body = (struct ots_bytes){response.body.bytes, response.body.len};
	if (status == OTS_OK && response.status != 200)
		status = key_answer_error(body, response.status, who, err);
	else if (status == OTS_OK)
		status = key_answer_decode(body, &wish, out, err);
	key_response_release(&response);
	return status;
}

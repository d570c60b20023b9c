#define _GNU_SOURCE /* explicit_bzero */
/* Keys of a role, from STS. Source: oss-protocol 5.7. */
#include "issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>
#include <otsfs/text/percent.h>

#include "../profiles/secret_file.h"
#include "answer.h"
#include "sts_endpoint.h"

#define CALL_MS 10000
#define DURATION_S 3600
#define DURATION_MIN_S 900
#define DURATION_MAX_S 43200
#define SESSION_NAME "otsfs"
#define PARAMETERS_MAX 16
/* Three times a policy and a token, both percent-encoded, and again in the text that is signed. */
#define FORM_MAX_BYTES ((size_t)512 * 1024)
/* Made at once: a form that grows leaves copies of a token behind. */
#define FORM_ROOM_BYTES ((size_t)64 * 1024)

struct parameter {
	const char *name;
	struct ots_bytes value;
};

/* Kept in the order of names, in which they are signed. */
struct parameters {
	struct parameter list[PARAMETERS_MAX];
	size_t count;
};

static void add(struct parameters *parameters, const char *name, const char *value)
{
	size_t at = parameters->count;

	if (value == NULL || at == PARAMETERS_MAX)
		return;
	for (; at > 0 && strcmp(parameters->list[at - 1].name, name) > 0; at--)
		parameters->list[at] = parameters->list[at - 1];
	parameters->list[at] = (struct parameter){name, ots_bytes_of(value)};
	parameters->count++;
}

static bool put_form(const struct parameters *parameters, struct ots_buffer *out)
{
	bool ok = true;

	for (size_t i = 0; ok && i < parameters->count; i++)
		ok = (i == 0 || ots_buffer_put_byte(out, '&')) &&
		     ots_percent_put(out, ots_bytes_of(parameters->list[i].name), false) &&
		     ots_buffer_put_byte(out, '=') &&
		     ots_percent_put(out, parameters->list[i].value, false);
	return ok;
}

/* Signature=… at the end of the form: HMAC-SHA1 of `POST&%2F&` and the form encoded once more. */
static bool put_signature(const char *secret, struct ots_buffer *form)
{
	char key[OTS_KEY_PART_MAX_BYTES + 2], signature[32] = "";
	uint8_t mac[OTS_SHA1_BYTES];
	struct ots_buffer text;
	bool ok;

	ots_buffer_init(&text, 2 * FORM_MAX_BYTES);
	(void)snprintf(key, sizeof key, "%s&", secret);
	ok = ots_buffer_puts(&text, "POST&%2F&") &&
	     ots_percent_put(&text, (struct ots_bytes){form->bytes, form->len}, false) &&
	     ots_hmac_sha1(key, strlen(key), text.bytes, text.len, mac);
	if (ok) {
		ots_base64_encode(mac, sizeof mac, signature);
		ok = ots_buffer_puts(form, "&Signature=") &&
		     ots_percent_put(form,
				     (struct ots_bytes){(const uint8_t *)signature,
							ots_base64_length(sizeof mac)},
				     false);
	}
	explicit_bzero(key, sizeof key);
	ots_buffer_release_wiped(&text);
	return ok;
}

#define DURATION_TEXT_BYTES 8

static enum ots_status duration_of(const struct recipe *recipe, char out[DURATION_TEXT_BYTES],
				   struct ots_error *err)
{
	const char *text = recipe->text[RECIPE_DURATION];
	int64_t seconds = 0;

	if (text != NULL && !ots_parse_i64(ots_bytes_of(text), &seconds))
		seconds = -1;
	if (seconds == 0)
		seconds = DURATION_S; /* the tools write 0 for their default */
	if (seconds < DURATION_MIN_S || seconds > DURATION_MAX_S)
		return ots_fail(err, OTS_DENIED, "the key's lifetime is not %d to %d seconds",
				DURATION_MIN_S, DURATION_MAX_S);
	(void)snprintf(out, DURATION_TEXT_BYTES, "%d", (int)seconds);
	return OTS_OK;
}

/* Send a form, take the key out of the answer. */
static enum ots_status post(const struct issuer_context *context, const char *url,
			    const struct ots_buffer *form, struct ots_credentials **out,
			    struct ots_error *err)
{
	const struct answer_wish wish = {
		.who = "STS", .must_expire = true, .now_us = ots_clock_wall_us(context->clock)};
	const struct ots_http_request request = {
		.method = "POST",
		.url = url,
		.headers = {{ots_bytes_of("Content-Type"),
			     ots_bytes_of("application/x-www-form-urlencoded")}},
		.header_count = 1,
		.body = {form->bytes, form->len},
		.timeout_ms = CALL_MS,
		.cancel = context->cancel,
		.response_limit_bytes = KEY_ANSWER_MAX_BYTES};
	struct ots_http_response response;
	struct ots_bytes body;
	enum ots_status status = key_response_init(&response, err);

	if (status == OTS_OK)
		status = ots_http_perform(context->http, &request, &response, err);
	body = (struct ots_bytes){response.body.bytes, response.body.len};
	if (status == OTS_OK && (response.status < 200 || response.status > 299))
		status = key_answer_error(body, response.status, "STS", err);
	else if (status == OTS_OK)
		status = key_answer_decode(body, &wish, out, err);
	key_response_release(&response);
	return status;
}

static void add_common(struct parameters *parameters, const struct recipe *recipe,
		       const char *action, const char *duration)
{
	const char *session = recipe->text[RECIPE_SESSION_NAME];

	add(parameters, "Action", action);
	add(parameters, "Version", "2015-04-01");
	add(parameters, "Format", "JSON");
	add(parameters, "RoleArn", recipe->text[RECIPE_ROLE_ARN]);
	add(parameters, "RoleSessionName", session != NULL ? session : SESSION_NAME);
	add(parameters, "DurationSeconds", duration);
	add(parameters, "Policy", recipe->text[RECIPE_POLICY]);
}

enum ots_status sts_assume_role(const struct recipe *recipe, const struct issuer_context *context,
				const struct ots_credentials *base, struct ots_credentials **out,
				struct ots_error *err)
{
	struct parameters parameters = {.count = 0};
	char url[STS_URL_BYTES], duration[DURATION_TEXT_BYTES], date[OTS_TIME_TEXT_BYTES],
		nonce[33];
	uint8_t random[16];
	struct ots_buffer form;
	enum ots_status status = sts_url(recipe, url, err);

	if (status == OTS_OK)
		status = duration_of(recipe, duration, err);
	if (status != OTS_OK)
		return status;
	(void)ots_time_print(ots_clock_wall_us(context->clock), 0, date);
	if (RAND_bytes(random, sizeof random) != 1)
		return ots_fail(err, OTS_NO_MEMORY, "random bytes");
	ots_hex(random, sizeof random, nonce);
	add_common(&parameters, recipe, "AssumeRole", duration);
	add(&parameters, "ExternalId", recipe->text[RECIPE_EXTERNAL_ID]);
	add(&parameters, "AccessKeyId", base->id);
	add(&parameters, "SecurityToken", base->token);
	add(&parameters, "SignatureMethod", "HMAC-SHA1");
	add(&parameters, "SignatureVersion", "1.0");
	add(&parameters, "SignatureNonce", nonce);
	add(&parameters, "Timestamp", date);
	ots_buffer_init(&form, FORM_MAX_BYTES);
	if (!ots_buffer_reserve(&form, FORM_ROOM_BYTES) || !put_form(&parameters, &form) ||
	    !put_signature(base->secret, &form))
		status = ots_fail(err, OTS_NO_MEMORY, "request of a role's key");
	if (status == OTS_OK)
		status = post(context, url, &form, out, err);
	ots_buffer_release_wiped(&form);
	return status;
}

/* The token in its file, without the line feed an editor leaves. It rotates: read it each time. */
static enum ots_status read_token(const char *path, struct secret_file *file, char **out,
				  struct ots_error *err)
{
	enum ots_status status = secret_file_read(path, false, file, err);

	if (status != OTS_OK)
		return status;
	while (file->len > 0 && file->bytes[file->len - 1] <= ' ') /* ends: len shrinks */
		file->len--;
	if (file->len == 0 || file->len > RECIPE_TEXT_MAX_BYTES ||
	    memchr(file->bytes, 0, file->len) != NULL)
		return ots_fail(err, OTS_DENIED, "%s holds no token: %zu bytes", path, file->len);
	*out = strndup((const char *)file->bytes, file->len);
	return *out != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "%s", path);
}

enum ots_status sts_assume_role_oidc(const struct recipe *recipe,
				     const struct issuer_context *context,
				     struct ots_credentials **out, struct ots_error *err)
{
	struct secret_file file = {NULL, 0, 0};
	struct parameters parameters = {.count = 0};
	char url[STS_URL_BYTES], duration[DURATION_TEXT_BYTES];
	struct ots_buffer form;
	char *token = NULL;
	enum ots_status status = sts_url(recipe, url, err);

	ots_buffer_init(&form, FORM_MAX_BYTES);
	if (status == OTS_OK)
		status = duration_of(recipe, duration, err);
	if (status == OTS_OK)
		status = read_token(recipe->text[RECIPE_OIDC_TOKEN_FILE], &file, &token, err);
	if (status == OTS_NOT_FOUND)
		status = ots_fail(err, OTS_DENIED, "the OIDC token file %s is not there",
				  recipe->text[RECIPE_OIDC_TOKEN_FILE]);
	if (status != OTS_OK)
		goto out;
	add_common(&parameters, recipe, "AssumeRoleWithOIDC", duration);
	add(&parameters, "OIDCProviderArn", recipe->text[RECIPE_OIDC_PROVIDER]);
	add(&parameters, "OIDCToken", token);
	status = ots_buffer_reserve(&form, FORM_ROOM_BYTES) && put_form(&parameters, &form)
			 ? post(context, url, &form, out, err)
			 : ots_fail(err, OTS_NO_MEMORY, "request of a role's key");
out:
	if (token != NULL)
		explicit_bzero(token, strlen(token));
	free(token);
	secret_file_release(&file);
	ots_buffer_release_wiped(&form);
	return status;
}

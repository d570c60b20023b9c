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

#include "../credentials/places.h"
#include "../profiles/secret_file.h"
#include "answer.h"

#define CALL_MS 10000
#define DURATION_S 3600
#define DURATION_MIN_S 900
#define DURATION_MAX_S 43200
#define SESSION_NAME "otsfs"
#define PARAMETERS_MAX 16
#define URL_BYTES 320
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

static bool is_host(const char *text, const char *more)
{
	for (; *text != '\0'; text++) {
		const bool plain = (*text >= 'a' && *text <= 'z') ||
				   (*text >= 'A' && *text <= 'Z') ||
				   (*text >= '0' && *text <= '9') || *text == '-';

		if (!plain && strchr(more, *text) == NULL)
			return false;
	}
	return true;
}

/* A host is asked over TLS. What is named with http:// must be on this machine: the answer holds a
 * secret. */
static enum ots_status url_of_endpoint(const char *endpoint, char url[URL_BYTES],
				       struct ots_error *err)
{
	static const char http[] = "http://", https[] = "https://";
	const bool plain = strncmp(endpoint, http, sizeof http - 1) == 0;
	const char *host = endpoint;
	size_t loop;

	if (plain)
		host += sizeof http - 1;
	else if (strncmp(endpoint, https, sizeof https - 1) == 0)
		host += sizeof https - 1;
	loop = strncmp(host, "127.0.0.1", 9) == 0 || strncmp(host, "localhost", 9) == 0 ? 9 : 0;
	if (plain && (loop == 0 || (host[loop] != ':' && host[loop] != '\0')))
		return ots_fail(err, OTS_DENIED,
				"endpoint of STS: http:// is for this machine only; name the host");
	if (host[0] == '\0' || !is_host(host, ".:") ||
	    snprintf(url, URL_BYTES, "%s%s/", plain ? http : https, host) >= URL_BYTES)
		return ots_fail(err, OTS_DENIED, "endpoint of STS: not the name of a host");
	return OTS_OK;
}

static const char *first_of(const char *own, const char *variable)
{
	return own != NULL ? own : environment_text(variable);
}

static enum ots_status url_of(const struct recipe *recipe, char url[URL_BYTES],
			      struct ots_error *err)
{
	const char *endpoint =
		first_of(recipe->text[RECIPE_STS_ENDPOINT], "ALIBABA_CLOUD_STS_ENDPOINT");
	const char *region = first_of(recipe->text[RECIPE_STS_REGION], "ALIBABA_CLOUD_STS_REGION");
	const char *vpc = recipe->text[RECIPE_STS_VPC];
	const bool inside = vpc != NULL ? strcmp(vpc, "true") == 0
					: environment_says("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");

	if (endpoint != NULL)
		return url_of_endpoint(endpoint, url, err);
	if (region == NULL) {
		(void)snprintf(url, URL_BYTES, "https://sts.aliyuncs.com/");
		return OTS_OK;
	}
	if (!is_host(region, "") || snprintf(url, URL_BYTES, "https://sts%s.%s.aliyuncs.com/",
					     inside ? "-vpc" : "", region) >= URL_BYTES)
		return ots_fail(err, OTS_DENIED, "region of STS: not the name of one");
	return OTS_OK;
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
	char url[URL_BYTES], duration[DURATION_TEXT_BYTES], date[OTS_TIME_TEXT_BYTES], nonce[33];
	uint8_t random[16];
	struct ots_buffer form;
	enum ots_status status = url_of(recipe, url, err);

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
	char url[URL_BYTES], duration[DURATION_TEXT_BYTES];
	struct ots_buffer form;
	char *token = NULL;
	enum ots_status status = url_of(recipe, url, err);

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

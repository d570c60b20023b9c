/* The instance's metadata service. Source: oss-protocol 5.6. */
#include "issuer.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../credentials/places.h"
#include "answer.h"

/* Where there is no instance, nobody answers: this is how long one without any key waits. */
#define PROBE_MS 1000
#define CALL_MS 5000
#define URL_BYTES 1024
#define ROLE_MAX_BYTES 64
#define TOKEN_BYTES 512
#define ROLES_PATH "/latest/meta-data/ram/security-credentials/"

/* A link address: never through a proxy, which would ask its own machine's service. */
static enum ots_status call(const struct issuer_context *context, const char *method,
			    const char *path, struct ots_http_header header, int64_t timeout_ms,
			    struct ots_http_response *response, struct ots_error *err)
{
	char url[URL_BYTES];
	struct ots_http_request request = {.method = method,
					   .url = url,
					   .direct = true,
					   .timeout_ms = timeout_ms,
					   .cancel = context->cancel,
					   .response_limit_bytes = KEY_ANSWER_MAX_BYTES};

	if (snprintf(url, sizeof url, "%s%s", context->metadata_url, path) >= (int)sizeof url)
		return ots_fail(err, OTS_USAGE, "address of the metadata service: too long");
	if (header.name.len > 0)
		request.headers[request.header_count++] = header;
	return ots_http_perform(context->http, &request, response, err);
}

/* @param token  empty: the service knows version 1 only */
static enum ots_status take_token(const struct issuer_context *context,
				  struct ots_http_response *response, char token[TOKEN_BYTES],
				  struct ots_error *err)
{
	const struct ots_http_header ttl = {ots_bytes_of("X-aliyun-ecs-metadata-token-ttl-seconds"),
					    ots_bytes_of("21600")};
	enum ots_status status =
		call(context, "PUT", "/latest/api/token", ttl, PROBE_MS, response, err);

	token[0] = '\0';
	if (status == OTS_NETWORK || status == OTS_TIMEOUT)
		/* Version 1 is behind the same door. */
		return ots_fail(err, OTS_NOT_FOUND, "no metadata service at %s within %d ms",
				context->metadata_url, PROBE_MS);
	if (status != OTS_OK)
		return status;
	if (response->status == 200 && response->body.len > 0 && response->body.len < TOKEN_BYTES) {
		memcpy(token, response->body.bytes, response->body.len);
		token[response->body.len] = '\0';
		return OTS_OK;
	}
	if (environment_says("ALIBABA_CLOUD_IMDSV1_DISABLED"))
		return ots_fail(err, OTS_DENIED,
				"the metadata service gives no token (HTTP status %d), and "
				"ALIBABA_CLOUD_IMDSV1_DISABLED forbids to ask without",
				response->status);
	return OTS_OK;
}

static bool is_role_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '@';
}

/* It becomes part of a path: only what the names of roles are made of. */
static enum ots_status check_role(struct ots_bytes name, char role[ROLE_MAX_BYTES + 1],
				  struct ots_error *err)
{
	while (name.len > 0 && (name.at[name.len - 1] == '\n' || name.at[name.len - 1] == '\r'))
		name.len--;
	if (name.len == 0 || name.len > ROLE_MAX_BYTES)
		return ots_fail(err, OTS_CORRUPT, "name of the instance's role: %zu bytes",
				name.len);
	for (size_t i = 0; i < name.len; i++) {
		if (!is_role_char(name.at[i]))
			return ots_fail(err, OTS_CORRUPT,
					"name of the instance's role: byte %zu "
					"is not one of a name",
					i);
	}
	memcpy(role, name.at, name.len);
	role[name.len] = '\0';
	return OTS_OK;
}

static struct ots_bytes body_of(const struct ots_http_response *response)
{
	return (struct ots_bytes){response->body.bytes, response->body.len};
}

static enum ots_status get(const struct issuer_context *context, const char *path,
			   struct ots_http_header token, struct ots_http_response *response,
			   struct ots_error *err)
{
	enum ots_status status = call(context, "GET", path, token, CALL_MS, response, err);

	if (status != OTS_OK)
		return status;
	if (response->status == 404)
		return ots_fail(err, OTS_NOT_FOUND, "the instance has no such role");
	if (response->status != 200)
		return key_answer_error(body_of(response), response->status, "the metadata service",
					err);
	return OTS_OK;
}

enum ots_status metadata_role_key(const struct recipe *recipe, const struct issuer_context *context,
				  struct ots_credentials **out, struct ots_error *err)
{
	const struct answer_wish wish = {.who = "the metadata service",
					 .must_expire = true,
					 .now_us = ots_clock_wall_us(context->clock)};
	const char *named = recipe->text[RECIPE_INSTANCE_ROLE];
	struct ots_http_header header = {{NULL, 0}, {NULL, 0}};
	char token[TOKEN_BYTES], role[ROLE_MAX_BYTES + 1];
	char path[sizeof ROLES_PATH + ROLE_MAX_BYTES];
	struct ots_http_response response;
	enum ots_status status = key_response_init(&response, err);

	if (status == OTS_OK)
		status = take_token(context, &response, token, err);
	if (status == OTS_OK && token[0] != '\0')
		header = (struct ots_http_header){ots_bytes_of("X-aliyun-ecs-metadata-token"),
						  ots_bytes_of(token)};
	if (status == OTS_OK && named == NULL)
		status = get(context, ROLES_PATH, header, &response, err);
	if (status == OTS_OK)
		status = check_role(named != NULL ? ots_bytes_of(named) : body_of(&response), role,
				    err);
	if (status == OTS_OK) {
		(void)snprintf(path, sizeof path, "%s%s", ROLES_PATH, role);
		status = get(context, path, header, &response, err);
	}
	if (status == OTS_OK)
		status = key_answer_decode(body_of(&response), &wish, out, err);
	key_response_release(&response);
	return status;
}

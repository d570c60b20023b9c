#include <otsfs/tablestore/client.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "answer.h"
#include "client_call.h"
#include "wire/batch_write.h"

#define TIMEOUT_MS 30000
#define IDLE_MAX 16
#define TEXT_MAX_BYTES ((size_t)8 * 1024 * 1024)
/* What a scratch keeps between calls; a page of a range may have made it much larger. */
#define KEEP_BYTES ((size_t)8 * 1024 * 1024)
#define API_VERSION "2015-12-31"

struct ots_client {
	struct ots_http *http;
	const struct ots_credentials *credentials;
	const struct ots_clock *clock;
	struct ots_endpoint endpoint;
	int64_t timeout_ms;
	/* How far the service's clock is from ours, taken over once when it refused a request for
	 * its date; 0 until then. */
	_Atomic int64_t clock_offset_us;
	pthread_mutex_t mutex;
	struct {
		struct client_scratch *idle[IDLE_MAX];
		size_t idle_count;
	} locked;
};

enum ots_status ots_client_new(struct ots_http *http, const struct ots_endpoint *endpoint,
			       const struct ots_credentials *credentials,
			       const struct ots_client_options *options, struct ots_client **out,
			       struct ots_error *err)
{
	struct ots_client *client = calloc(1, sizeof *client);

	if (client == NULL || pthread_mutex_init(&client->mutex, NULL) != 0) {
		free(client);
		return ots_fail(err, OTS_NO_MEMORY, "client of %s", endpoint->base_url);
	}
	client->http = http;
	client->credentials = credentials;
	client->endpoint = *endpoint;
	client->clock =
		options != NULL && options->clock != NULL ? options->clock : &ots_clock_system;
	client->timeout_ms =
		options != NULL && options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS;
	*out = client;
	return OTS_OK;
}

static void scratch_free(struct client_scratch *scratch)
{
	if (scratch == NULL)
		return;
	ots_buffer_release(&scratch->body);
	ots_buffer_release(&scratch->text);
	ots_http_response_release(&scratch->response);
	free(scratch);
}

void ots_client_free(struct ots_client *client)
{
	if (client == NULL)
		return;
	for (size_t i = 0; i < client->locked.idle_count; i++)
		scratch_free(client->locked.idle[i]);
	(void)pthread_mutex_destroy(&client->mutex);
	free(client);
}

struct client_scratch *ots_client_scratch_take(struct ots_client *client)
{
	struct client_scratch *scratch = NULL;

	(void)pthread_mutex_lock(&client->mutex);
	if (client->locked.idle_count > 0)
		scratch = client->locked.idle[--client->locked.idle_count];
	(void)pthread_mutex_unlock(&client->mutex);
	if (scratch == NULL) {
		scratch = calloc(1, sizeof *scratch);
		if (scratch == NULL)
			return NULL;
		ots_buffer_init(&scratch->body, OTS_BODY_MAX_BYTES);
		ots_buffer_init(&scratch->text, TEXT_MAX_BYTES);
		ots_http_response_init(&scratch->response);
	}
	scratch->body.len = 0;
	scratch->text.len = 0;
	scratch->response.header_count = 0;
	return scratch;
}

void ots_client_scratch_give(struct ots_client *client, struct client_scratch *scratch)
{
	if (scratch == NULL)
		return;
	if (scratch->response.body.cap > KEEP_BYTES)
		ots_buffer_release(&scratch->response.body);
	(void)pthread_mutex_lock(&client->mutex);
	if (client->locked.idle_count < IDLE_MAX) {
		client->locked.idle[client->locked.idle_count++] = scratch;
		scratch = NULL;
	}
	(void)pthread_mutex_unlock(&client->mutex);
	scratch_free(scratch);
}

enum ots_status ots_client_done(struct ots_client *client, struct client_scratch *scratch,
				const char *what, struct ots_bytes table, enum ots_status status,
				struct ots_error *err)
{
	struct ots_bytes id;

	if (status != OTS_OK && err != NULL) {
		(void)ots_context(
			err, "%s%s%.*s", what, table.len > 0 ? " " : "",
			(int)(table.len < OTS_NAME_MAX_BYTES ? table.len : OTS_NAME_MAX_BYTES),
			table.len > 0 ? (const char *)table.at : "");
		if (ots_http_response_header(&scratch->response, "x-ots-requestid", &id))
			ots_answer_note_id(id, err);
	}
	ots_client_scratch_give(client, scratch);
	return status;
}

enum ots_status ots_client_pack(const ProtobufCMessage *message, struct client_scratch *scratch,
				struct ots_error *err)
{
	const size_t size = protobuf_c_message_get_packed_size(message);

	if (!ots_buffer_reserve(&scratch->body, size))
		return ots_buffer_fail(&scratch->body, size, "request", err);
	if (size > 0)
		scratch->body.len +=
			protobuf_c_message_pack(message, scratch->body.bytes + scratch->body.len);
	return OTS_OK;
}

enum ots_status ots_client_name_set(struct client_name *name, struct ots_bytes from,
				    const char *what, struct ots_error *err)
{
	if (from.len == 0 || from.len > OTS_NAME_MAX_BYTES || memchr(from.at, 0, from.len) != NULL)
		return ots_fail(err, OTS_USAGE, "%s of %zu bytes is no name", what, from.len);
	memcpy(name->text, from.at, from.len);
	name->text[from.len] = '\0';
	return OTS_OK;
}

static void add_header(struct ots_http_request *request, const char *name, const char *value)
{
	request->headers[request->header_count++] = (struct ots_http_header){
		{(const uint8_t *)name, strlen(name)}, {(const uint8_t *)value, strlen(value)}};
}

/* Texts that headers point at while the request lives. */
struct signature_texts {
	char date[OTS_TIME_TEXT_BYTES];
	char md5[OTS_MD5_TEXT_BYTES];
	char signature[OTS_SIGNATURE_TEXT_BYTES];
};

/* The headers of 1.2, the signature last. */
static bool sign_request(const struct ots_client *client, const char *path, int64_t now_us,
			 struct ots_buffer *text, struct ots_http_request *request,
			 struct signature_texts *texts)
{
	const struct ots_credentials *credentials = client->credentials;
	struct ots_sign_header headers[OTS_HTTP_HEADERS_MAX];

	(void)ots_time_print(now_us, 3, texts->date);
	if (!ots_content_md5(request->body, texts->md5))
		return false;
	add_header(request, "x-ots-accesskeyid", credentials->id);
	add_header(request, "x-ots-apiversion", API_VERSION);
	add_header(request, "x-ots-contentmd5", texts->md5);
	add_header(request, "x-ots-date", texts->date);
	add_header(request, "x-ots-instancename", client->endpoint.instance);
	if (credentials->token != NULL)
		add_header(request, "x-ots-ststoken", credentials->token);
	for (size_t i = 0; i < request->header_count; i++)
		headers[i] = (struct ots_sign_header){request->headers[i].name,
						      request->headers[i].value};
	text->len = 0;
	if (!ots_sign_request_text(ots_bytes_of(path), headers, request->header_count, text) ||
	    !ots_sign(ots_bytes_of(credentials->secret), (struct ots_bytes){text->bytes, text->len},
		      texts->signature))
		return false;
	add_header(request, "x-ots-signature", texts->signature);
	return true;
}

/* One request, signed with the time of this very attempt as a clock @p offset_us ahead shows it. */
static enum ots_status attempt(struct ots_client *client, const char *path, int64_t offset_us,
			       size_t response_limit_bytes, struct ots_cancel *cancel,
			       struct client_scratch *scratch, struct ots_error *err)
{
	char url[sizeof client->endpoint.base_url + 64];
	struct signature_texts texts;
	struct ots_http_request request = {.method = "POST",
					   .url = url,
					   .body = {scratch->body.bytes, scratch->body.len},
					   .timeout_ms = client->timeout_ms,
					   .cancel = cancel,
					   .response_limit_bytes = response_limit_bytes};
	struct answer_context context = {.path = path, .credentials = client->credentials};
	enum ots_status status;

	(void)snprintf(url, sizeof url, "%s%s", client->endpoint.base_url, path);
	if (!sign_request(client, path, ots_clock_wall_us(client->clock) + offset_us,
			  &scratch->text, &request, &texts))
		return ots_fail(err, OTS_NO_MEMORY, "signature of the request");
	status = ots_http_perform(client->http, &request, &scratch->response, err);
	if (status == OTS_LIMIT) {
		/* No answer of the service is so long. The limit that callers know of is the
		 * request's, upon which nothing was sent; here it may have been acted upon. */
		status = OTS_CORRUPT;
		if (err != NULL)
			err->status = status;
	}
	if (status != OTS_OK)
		return status;
	context.now_us = ots_clock_wall_us(client->clock) + offset_us;
	return ots_answer_check(&context, &scratch->response, err);
}

/* After a refusal: whether another attempt may pass because of the clock. The service's time is
 * taken over once in a client's life; a caller that was refused with the time before tries with it
 * too. Source: design of the restore engine, B.4; tablestore-protocol 1.8. */
static bool clock_adopt(struct ots_client *client, int64_t *offset_us,
			const struct ots_http_response *response)
{
	const int64_t used_us = *offset_us;
	int64_t none = 0, skew_us;

	if (used_us == 0 &&
	    ots_answer_clock_is_off(response, ots_clock_wall_us(client->clock), &skew_us))
		(void)atomic_compare_exchange_strong(&client->clock_offset_us, &none, skew_us);
	*offset_us = atomic_load(&client->clock_offset_us);
	return *offset_us != used_us;
}

enum ots_status ots_client_call(struct ots_client *client, const char *path,
				size_t response_limit_bytes, struct ots_cancel *cancel,
				struct client_scratch *scratch, struct ots_error *err)
{
	int64_t offset_us = atomic_load(&client->clock_offset_us);
	enum ots_status status =
		attempt(client, path, offset_us, response_limit_bytes, cancel, scratch, err);

	/* What was refused for its date was not done: sending it again is no repeat. */
	if (status == OTS_DENIED && clock_adopt(client, &offset_us, &scratch->response))
		status = attempt(client, path, offset_us, response_limit_bytes, cancel, scratch,
				 err);
	if (status == OTS_DENIED && offset_us != 0 && err != NULL)
		(void)ots_context(err, "our clock is %lld seconds from the service's",
				  -(long long)(offset_us / 1000000));
	return status;
}

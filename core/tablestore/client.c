#define _DEFAULT_SOURCE /* explicit_bzero */
#include <otsfs/tablestore/client.h>

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "answer.h"
#include "client_call.h"
#include "client_state.h"
#include "wire/batch_write.h"

#define TIMEOUT_MS 30000
#define TEXT_MAX_BYTES ((size_t)8 * 1024 * 1024)
/* What a scratch keeps between calls; a page of a range may have made it much larger. */
#define KEEP_BYTES ((size_t)8 * 1024 * 1024)

enum ots_status ots_client_new(struct ots_http *http, const struct ots_endpoint *endpoint,
			       struct ots_credential_chain *chain,
			       const struct ots_client_options *options, struct ots_client **out,
			       struct ots_error *err)
{
	const struct ots_client_options none = {.clock = NULL};
	struct ots_client *client;

	if (options == NULL)
		options = &none;
	if (options->region != NULL && !ots_region_is_good(options->region))
		return ots_fail(err, OTS_USAGE, "region '%.64s': expected one such as cn-hangzhou",
				options->region);
	client = calloc(1, sizeof *client);
	if (client == NULL || pthread_mutex_init(&client->mutex, NULL) != 0) {
		free(client);
		return ots_fail(err, OTS_NO_MEMORY, "client of %s", endpoint->base_url);
	}
	client->http = http;
	client->chain = chain;
	client->endpoint = *endpoint;
	client->clock = options->clock != NULL ? options->clock : &ots_clock_system;
	client->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS;
	client->compress = options->compress;
	if (options->region != NULL)
		memcpy(client->region, options->region, strlen(options->region) + 1);
	*out = client;
	return OTS_OK;
}

static void scratch_free(struct client_scratch *scratch)
{
	if (scratch == NULL)
		return;
	ots_buffer_release(&scratch->body);
	ots_buffer_release(&scratch->text);
	ots_buffer_release(&scratch->packed);
	ots_buffer_release(&scratch->inflated);
	ots_http_response_release(&scratch->response);
	free(scratch);
}

void ots_client_free(struct ots_client *client)
{
	if (client == NULL)
		return;
	for (size_t i = 0; i < client->locked.idle_count; i++)
		scratch_free(client->locked.idle[i]);
	ots_credentials_release(client->locked.v4.credentials);
	explicit_bzero(client->locked.v4.key, sizeof client->locked.v4.key);
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
		ots_buffer_init(&scratch->packed, 2 * OTS_BODY_MAX_BYTES);
		ots_buffer_init(&scratch->inflated, CLIENT_ROWS_ANSWER_BYTES);
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
	if (scratch->inflated.cap > KEEP_BYTES)
		ots_buffer_release(&scratch->inflated);
	(void)pthread_mutex_lock(&client->mutex);
	if (client->locked.idle_count < CLIENT_IDLE_MAX) {
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

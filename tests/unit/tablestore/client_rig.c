#include "client_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../support/scripted_server.h"
#include "vectors.h"

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct client_rig *rig = arg;

	if (sscanf(request->head, "POST %63s HTTP", rig->path) != 1)
		rig->path[0] = '\0';
	rig->requests++;
	rig->request.len = 0;
	if (!ots_buffer_put(&rig->request, request->body, request->body_len))
		abort();
	answers_put(out, rig->path, &rig->plan);
	return SCRIPTED_KEEP;
}

void client_rig_open(struct client_rig *rig)
{
	const struct ots_http_options http_options = {.user_agent = "otsfs-test"};
	const struct ots_client_options options = {.clock = &answers_clock, .timeout_ms = 20000};
	struct ots_endpoint endpoint;
	char url[128];

	*rig = (struct client_rig){.plan = {.status = 200, .body = ""}};
	ots_buffer_init(&rig->request, (size_t)8 * 1024 * 1024);
	ots_buffer_init(&rig->answer, (size_t)8 * 1024 * 1024);
	cr_assert_eq(ots_http_global_init(NULL), OTS_OK);
	rig->server = scripted_server_start(play, rig);
	(void)snprintf(url, sizeof url, "%s/local", scripted_server_url(rig->server));
	cr_assert_eq(ots_endpoint_parse(url, &endpoint, NULL), OTS_OK);
	cr_assert_eq(ots_http_new(&http_options, &rig->http, NULL), OTS_OK);
	cr_assert_eq(
		ots_credential_chain_fixed(ANSWERS_KEY_ID, ANSWERS_SECRET, NULL, &rig->chain, NULL),
		OTS_OK);
	cr_assert_eq(ots_client_new(rig->http, &endpoint, rig->chain, &options, &rig->client, NULL),
		     OTS_OK);
}

void client_rig_close(struct client_rig *rig)
{
	ots_client_free(rig->client);
	ots_credential_chain_free(rig->chain);
	ots_http_free(rig->http);
	scripted_server_stop(rig->server);
	ots_buffer_release(&rig->request);
	ots_buffer_release(&rig->answer);
}

void client_rig_answer(struct client_rig *rig, const ProtobufCMessage *message)
{
	rig->answer.len = 0;
	answers_pack(&rig->answer, message);
	rig->plan.body = rig->answer.bytes;
	rig->plan.body_len = rig->answer.len;
}

void client_rig_expect(const struct client_rig *rig, const char *vector)
{
	cJSON *json = vectors_load("tests/data/ots-signing-vectors.json");
	const cJSON *item;
	struct ots_arena arena;
	bool found = false;

	ots_arena_init(&arena, 65536);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "vectors"))
	{
		struct ots_bytes body;

		if (strcmp(vectors_text(item, "name"), vector) != 0)
			continue;
		found = true;
		body = vectors_hex(&arena, vectors_text(item, "body_hex"));
		cr_expect_str_eq(rig->path, vectors_text(item, "path"));
		cr_expect(body.len == rig->request.len &&
				  memcmp(body.at, rig->request.bytes, body.len) == 0,
			  "%s: %zu bytes, expected %zu", vector, rig->request.len, body.len);
	}
	cr_assert(found, "there is no vector %s", vector);
	ots_arena_release(&arena);
	cJSON_Delete(json);
}

struct ots_bytes rig_bytes(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

struct ots_key_column rig_text_key(const char *name, const char *value)
{
	return (struct ots_key_column){rig_bytes(name), ots_value_string(value, strlen(value))};
}

struct ots_wire_cell rig_text_cell(const char *name, const char *value)
{
	return (struct ots_wire_cell){
		.name = rig_bytes(name),
		.has_value = true,
		.value = {.kind = OTS_VT_STRING, .as.bytes = rig_bytes(value)}};
}

struct ots_wire_cell rig_number_cell(const char *name, int64_t value)
{
	return (struct ots_wire_cell){.name = rig_bytes(name),
				      .has_value = true,
				      .value = {.kind = OTS_VT_INTEGER, .as.integer = value}};
}

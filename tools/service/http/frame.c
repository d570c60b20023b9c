#include "frame.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <microhttpd.h>
#include <openssl/crypto.h>

#include <otsfs/base/bytes.h>

#include "../limits.h"
#include "compress.h"
#include "cut.h"
#include "daemon.h"
#include "delays.h"
#include "on_cue.h"
#include "respond.h"

#define CONNECTIONS_MAX 256
#define IDLE_SECONDS 75
#define CONNECTION_MEMORY_BYTES ((size_t)128 * 1024)
#define BODIES_MAX_BYTES ((size_t)256 * 1024 * 1024)
/* A body above the cap is read to its end and forgotten, so that the client gets to read the answer
 * instead of a reset; above this the connection is cut. */
#define DISCARD_MAX_BYTES ((uint64_t)64 * 1024 * 1024)
#define FIRST_BODY_BYTES 4096

struct ots_http_frame {
	struct ots_access access;
	const struct ots_clock *clock;
	struct ots_engine *engine;
	struct ots_cue *cue;       /* NULL: no faults */
	struct ots_delays *delays; /* NULL without a cue */
	bool trust_md5;            /* of batches of writes */
	struct MHD_Daemon *daemon;
	uint16_t port;
	int64_t started_us;
	atomic_uint_least64_t requests;
	atomic_size_t body_bytes; /* held by all requests together */
};

/* One request while its body arrives. */
struct exchange {
	struct ots_http_frame *frame;
	struct ots_buffer body;
	size_t counted; /* of frame->body_bytes */
	uint64_t seen;  /* bytes of the body so far, forgotten ones too */
	enum ots_fault_kind refused;
	bool decided;                    /* on cue: once a request */
	struct ots_cue_verdict *verdict; /* NULL: nothing is done to it */
};

/* Count what the body's buffer holds. @return false above what all may hold */
static bool count_body(struct exchange *exchange)
{
	const size_t more = exchange->body.cap - exchange->counted;
	const size_t before = atomic_fetch_add(&exchange->frame->body_bytes, more);

	exchange->counted += more;
	return before + more <= BODIES_MAX_BYTES;
}

static void forget_body(struct exchange *exchange, enum ots_fault_kind refused)
{
	ots_buffer_release(&exchange->body);
	ots_buffer_init(&exchange->body, OTS_LIMIT_BODY_BYTES);
	(void)atomic_fetch_sub(&exchange->frame->body_bytes, exchange->counted);
	exchange->counted = 0;
	exchange->refused = refused;
}

static void finish(void *cls, struct MHD_Connection *connection, void **state,
		   enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (exchange == NULL)
		return;
	forget_body(exchange, OTS_FAULT_NONE);
	ots_buffer_release(&exchange->body);
	ots_on_cue_free(exchange->verdict);
	free(exchange);
	*state = NULL;
}

static enum MHD_Result begin(struct ots_http_frame *frame, struct MHD_Connection *connection,
			     void **state)
{
	struct exchange *exchange = calloc(1, sizeof *exchange);
	const char *length =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "content-length");
	unsigned long long announced = 0;

	if (exchange == NULL)
		return MHD_NO;
	exchange->frame = frame;
	ots_buffer_init(&exchange->body, OTS_LIMIT_BODY_BYTES);
	*state = exchange;
	if (length != NULL)
		announced = strtoull(length, NULL, 10); /* libmicrohttpd has checked its form */
	if (announced > OTS_LIMIT_BODY_BYTES)
		exchange->refused = OTS_FAULT_BODY_TOO_LARGE;
	else if (announced > FIRST_BODY_BYTES &&
		 (!ots_buffer_reserve(&exchange->body, (size_t)announced) || !count_body(exchange)))
		forget_body(exchange, OTS_FAULT_BUSY);
	return MHD_YES;
}

static enum MHD_Result take_piece(struct exchange *exchange, const char *data, size_t len)
{
	exchange->seen += len;
	if (exchange->refused != OTS_FAULT_NONE)
		return exchange->seen <= DISCARD_MAX_BYTES ? MHD_YES : MHD_NO;
	if (exchange->seen > OTS_LIMIT_BODY_BYTES)
		forget_body(exchange, OTS_FAULT_BODY_TOO_LARGE);
	else if (!ots_buffer_put(&exchange->body, data, len) || !count_body(exchange))
		forget_body(exchange, OTS_FAULT_BUSY);
	return MHD_YES;
}

/* A request that has come whole, and what becomes of it. */
struct asked {
	struct ots_request request;
	struct ots_sign_header headers[OTS_SIGN_HEADERS_MAX];
	bool overflowed; /* there were more */
	struct ots_signer signer;
	struct ots_fault fault;
};

/* Only what can be signed is looked at. */
static enum MHD_Result collect_header(void *cls, enum MHD_ValueKind kind, const char *name,
				      const char *value)
{
	struct asked *asked = cls;

	(void)kind;
	if (strncasecmp(name, "x-ots-", 6) != 0)
		return MHD_YES;
	if (asked->request.header_count == OTS_SIGN_HEADERS_MAX) {
		asked->overflowed = true;
		return MHD_NO;
	}
	if (value == NULL)
		value = "";
	asked->headers[asked->request.header_count++] = (struct ots_sign_header){
		.name = {(const uint8_t *)name, strlen(name)},
		.value = {(const uint8_t *)value, strlen(value)},
	};
	return MHD_YES;
}

/* What cannot be a call at all. */
static bool check_form(const struct exchange *exchange, struct asked *asked, const char *path,
		       const char *method)
{
	const struct ots_bytes action = ots_bytes_of(path[0] == '/' ? path + 1 : "");
	struct ots_fault *fault = &asked->fault;

	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return ots_refuse(fault, OTS_FAULT_METHOD,
				  "Only POST method for requests is supported.");
	if (exchange->refused == OTS_FAULT_BODY_TOO_LARGE)
		return ots_refuse(fault, exchange->refused, "The size of POST data is too large.");
	if (exchange->refused != OTS_FAULT_NONE)
		return ots_refuse(fault, exchange->refused, "Server is busy.");
	if (path[0] != '/' || !ots_engine_knows(action))
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Unsupported operation: %.256s.",
				  path[0] == '/' ? path + 1 : path);
	if (asked->overflowed)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The number of x-ots- headers exceeds the limit: %d.",
				  OTS_SIGN_HEADERS_MAX);
	return true;
}

static int64_t frame_time(const struct exchange *exchange)
{
	return ots_on_cue_time(exchange->verdict, ots_clock_wall_us(exchange->frame->clock));
}

/* What the call answers. @return false: the fault says why not */
static bool answer(struct exchange *exchange, struct asked *asked, struct ots_buffer *reply)
{
	struct ots_http_frame *frame = exchange->frame;
	const struct ots_bytes path = asked->request.path;
	struct ots_buffer inflated = {.len = 0};
	const bool check_md5 = !frame->trust_md5 || !ots_bytes_are(path, "/BatchWriteRow");
	struct ots_bytes body;
	bool good;

	if (!ots_authenticate(&frame->access, &asked->request, check_md5, frame_time(exchange),
			      &asked->signer, &asked->fault) ||
	    !ots_on_cue_admits(exchange->verdict, &asked->fault))
		return false;
	good = ots_request_inflate(&asked->request, &inflated, &body, &asked->fault) &&
	       ots_engine_call_refusing(
		       frame->engine, (struct ots_bytes){path.at + 1, path.len - 1}, body,
		       ots_on_cue_refusals(exchange->verdict), reply, &asked->fault);
	ots_buffer_release(&inflated);
	return good;
}

static bool add_headers(struct MHD_Response *response, const struct ots_reply_headers *headers)
{
	return MHD_add_response_header(response, "x-ots-contentmd5", headers->md5) == MHD_YES &&
	       MHD_add_response_header(response, "x-ots-contenttype", headers->content_type) ==
		       MHD_YES &&
	       MHD_add_response_header(response, "x-ots-date", headers->date) == MHD_YES &&
	       MHD_add_response_header(response, "x-ots-requestid", headers->request_id) ==
		       MHD_YES &&
	       (headers->compress_size[0] == '\0' ||
		(MHD_add_response_header(response, "x-ots-response-compress-type", "deflate") ==
			 MHD_YES &&
		 MHD_add_response_header(response, "x-ots-response-compress-size",
					 headers->compress_size) == MHD_YES)) &&
	       (headers->authorization[0] == '\0' ||
		MHD_add_response_header(response, "Authorization", headers->authorization) ==
			MHD_YES);
}

/* @param body  taken over or left. @return MHD_NO cuts the connection */
static enum MHD_Result send_body(struct exchange *exchange, struct MHD_Connection *connection,
				 unsigned status, const struct ots_reply_headers *headers,
				 struct ots_buffer *body)
{
	const struct ots_cue_verdict *verdict = exchange->verdict;
	struct MHD_Response *response;
	enum MHD_Result sent = MHD_NO;
	struct ots_cut *cut = NULL;

	if (verdict != NULL && OTS_CUE_SAYS(&verdict->act, OTS_CUE_LOSE_REPLY))
		return MHD_NO;
	if (verdict != NULL && ots_cut_asked(&verdict->act))
		response = ots_cut_response(body, &cut);
	else
		response = MHD_create_response_from_buffer(body->len, body->bytes,
							   MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		return MHD_NO;
	*body = (struct ots_buffer){.len = 0}; /* the response's now */
	if (add_headers(response, headers))
		sent = cut != NULL ? ots_cut_queue(connection, status, response, cut, &verdict->act)
				   : MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return sent;
}

/* Takes the body over. @return MHD_NO cuts the connection */
static enum MHD_Result send_reply(struct exchange *exchange, struct MHD_Connection *connection,
				  const struct asked *asked, struct ots_buffer *body)
{
	struct ots_http_frame *frame = exchange->frame;
	struct ots_buffer packed = {.len = 0};
	struct ots_reply reply = {
		.signer = &asked->signer,
		.path = asked->request.path,
		.body = {body->bytes, body->len},
		.started_us = frame->started_us,
		.number = atomic_fetch_add(&frame->requests, 1) + 1,
		.now_us = frame_time(exchange),
	};
	struct ots_reply_headers headers;
	enum MHD_Result sent = MHD_NO;

	reply.compressed = asked->fault.kind == OTS_FAULT_NONE &&
			   ots_reply_deflate(&asked->request, reply.body, &packed);
	ots_on_cue_spoil_digest(exchange->verdict, &reply.body);
	if (!ots_reply_fill(&reply, &headers))
		goto out;
	ots_on_cue_spoil_signature(exchange->verdict, &headers);
	if (!reply.compressed) {
		packed = *body;
		*body = (struct ots_buffer){.len = 0};
	}
	ots_on_cue_damage(exchange->verdict, &packed);
	sent = send_body(exchange, connection, ots_fault_http_status(&asked->fault), &headers,
			 &packed);
out:
	ots_buffer_release(&packed);
	ots_buffer_release(body);
	return sent;
}

/* Decide what is done to the request. @return whether it waits first */
static bool waits(struct exchange *exchange, struct MHD_Connection *connection,
		  const struct ots_request *request)
{
	struct ots_http_frame *frame = exchange->frame;

	exchange->verdict = ots_on_cue_decide(frame->cue, request);
	exchange->decided = true;
	return exchange->verdict != NULL &&
	       OTS_CUE_SAYS(&exchange->verdict->act, OTS_CUE_LATENCY_MS) &&
	       ots_delays_wait(frame->delays, connection, exchange->verdict->act.latency_ms);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload_data,
			      size_t *upload_size, void **state)
{
	struct exchange *exchange = *state;
	enum MHD_Result taken;
	struct ots_buffer reply;
	struct asked asked;
	bool good;

	(void)version;
	if (exchange == NULL)
		return begin(cls, connection, state);
	if (*upload_size > 0) {
		taken = take_piece(exchange, upload_data, *upload_size);
		*upload_size = 0;
		return taken;
	}
	if (strcmp(url, OTS_CUE_REPORT_PATH) == 0 && strcmp(method, MHD_HTTP_METHOD_GET) == 0)
		return ots_on_cue_report(exchange->frame->cue, connection);
	asked.request = (struct ots_request){
		.path = ots_bytes_of(url),
		.headers = asked.headers,
		.body = {exchange->body.bytes, exchange->body.len},
	};
	asked.overflowed = false;
	asked.signer.id = NULL;
	asked.fault.kind = OTS_FAULT_NONE;
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_header, &asked);
	good = check_form(exchange, &asked, url, method);
	if (good && exchange->frame->cue != NULL && !exchange->decided &&
	    waits(exchange, connection, &asked.request))
		return MHD_YES; /* and comes back here */
	ots_buffer_init(&reply, ots_engine_reply_max_bytes);
	if (!good || !answer(exchange, &asked, &reply)) {
		reply.len = 0;
		if (!ots_reply_fault(&asked.fault, &reply)) {
			ots_buffer_release(&reply);
			return MHD_NO;
		}
	}
	taken = send_reply(exchange, connection, &asked, &reply);
	OPENSSL_cleanse(asked.signer.derived, sizeof asked.signer.derived);
	return taken;
}

enum ots_status ots_http_frame_start(const struct ots_http_frame_options *options,
				     struct ots_http_frame **out, struct ots_error *err)
{
	struct ots_http_frame *frame = calloc(1, sizeof *frame);
	enum ots_status status;

	if (frame == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "service");
	frame->access = options->access;
	frame->clock = options->clock;
	frame->engine = options->engine;
	frame->trust_md5 = options->trust_md5;
	frame->started_us = ots_clock_wall_us(options->clock);
	frame->cue = options->cue;
	status = frame->cue != NULL ? ots_delays_start(CONNECTIONS_MAX, &frame->delays, err)
				    : OTS_OK;
	if (status == OTS_OK)
		status = ots_daemon_start(
			&(struct ots_daemon_options){
				.host = options->host,
				.port = options->port,
				.identity = options->identity,
				.suspends = frame->cue != NULL,
				.connections_max = CONNECTIONS_MAX,
				.connection_bytes = CONNECTION_MEMORY_BYTES,
				.idle_s = IDLE_SECONDS,
				.handle = handle,
				.finish = finish,
				.self = frame,
			},
			&frame->daemon, &frame->port, err);
	if (status == OTS_OK)
		*out = frame;
	else
		ots_http_frame_stop(frame);
	return status;
}

uint16_t ots_http_frame_port(const struct ots_http_frame *frame)
{
	return frame->port;
}

void ots_http_frame_stop(struct ots_http_frame *frame)
{
	if (frame == NULL)
		return;
	if (frame->delays != NULL)
		ots_delays_wake_all(frame->delays);
	if (frame->daemon != NULL)
		MHD_stop_daemon(frame->daemon);
	ots_delays_stop(frame->delays);
	free(frame);
}

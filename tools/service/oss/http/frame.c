#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>

#include "../../http/daemon.h"
#include "../../http/on_cue.h"
#include "../objects/stored.h"
#include "exchange.h"

#define CONNECTIONS_MAX 512
#define IDLE_SECONDS 75
#define CONNECTION_MEMORY_BYTES ((size_t)256 * 1024)
/* A body that is refused is read to its end and forgotten, so that the client gets to read the
 * answer instead of a reset; above this the connection is cut. */
#define DISCARD_MAX_BYTES ((uint64_t)64 * 1024 * 1024)

/* The request line, before anything of it was decoded. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct ots_oss_exchange *exchange = calloc(1, sizeof *exchange);

	(void)connection;
	if (exchange == NULL)
		return NULL;
	exchange->frame = cls;
	exchange->uri = strdup(uri);
	exchange->call.reply.found.content.fd = -1;
	ots_arena_init(&exchange->call.arena, OTS_OSS_ARENA_BYTES);
	ots_buffer_init(&exchange->call.document, OTS_OSS_DOCUMENT_BYTES);
	ots_buffer_init(&exchange->call.reply.body, OTS_OSS_ANSWER_BYTES);
	return exchange;
}

static void on_finish(void *cls, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode code)
{
	struct ots_oss_exchange *exchange = *state;

	(void)cls;
	if (exchange == NULL)
		return;
	ots_oss_spool_discard(exchange->call.spool);
	ots_oss_found_release(&exchange->call.reply.found);
	ots_buffer_release(&exchange->call.document);
	ots_buffer_release(&exchange->call.reply.body);
	ots_arena_release(&exchange->call.arena);
	if (exchange->acts && OTS_CUE_SAYS(&exchange->verdict.act, OTS_CUE_DROP_IDLE) &&
	    code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		ots_oss_drop_idle(exchange, connection);
	if (exchange->decided)
		ots_cue_verdict_release(&exchange->verdict);
	free(exchange->uri);
	free(exchange);
	*state = NULL;
}

/* Names are decoded by us, once, since a key may hold anything. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

struct collecting {
	struct ots_oss_exchange *exchange;
	bool overflowed;
};

static enum MHD_Result collect(void *cls, enum MHD_ValueKind kind, const char *name,
			       const char *value)
{
	struct collecting *collecting = cls;
	struct ots_oss_request *request = &collecting->exchange->call.request;

	(void)kind;
	if (request->header_count == OTS_OSS_PAIRS_MAX) {
		collecting->overflowed = true;
		return MHD_NO;
	}
	collecting->exchange->headers[request->header_count++] =
		(struct ots_oss_pair){ots_bytes_of(name), ots_bytes_of(value != NULL ? value : "")};
	return MHD_YES;
}

/* Take the meaning that the signature fits; without one, the likeliest. */
static bool authenticate(struct ots_oss_exchange *exchange)
{
	struct ots_oss_call *call = &exchange->call;
	struct ots_oss_name names[OTS_OSS_NAMES_MAX];
	const size_t count = ots_oss_target_names(&exchange->target,
						  ots_bytes_of(exchange->frame->bound), names);
	struct ots_oss_fault first = {.kind = OTS_OSS_NONE};

	for (size_t i = 0; i < count; i++) {
		struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};

		call->request.bucket = names[i].bucket;
		call->request.key = names[i].key;
		if (ots_oss_authenticate(&exchange->frame->access, &call->request, call->now_us,
					 &call->anonymous, &fault))
			return true;
		if (i == 0)
			first = fault;
		if (fault.kind != OTS_OSS_SIGNATURE_DOES_NOT_MATCH)
			break;
	}
	call->request.bucket = names[0].bucket;
	call->request.key = names[0].key;
	call->fault = first;
	return false;
}

/* What anybody may do in a bucket, or with an object, that is public. */
static bool admits_anonymous(struct ots_oss_call *call)
{
	static const char *const reads[] = {"GetObject",  "HeadObject",  "GetObjectMeta",
					    "GetSymlink", "ListObjects", "ListObjectsV2"};
	const struct ots_oss_query query = {.key = call->request.key};
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	struct ots_oss_bucket_facts facts;
	struct ots_oss_found found;
	struct ots_bytes acl = {NULL, 0};
	bool reading = false, open = false;

	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		reading = reading || strcmp(reads[i], call->operation->name) == 0;
	if (call->bucket != NULL) {
		ots_oss_bucket_facts(call->bucket, &facts);
		open = strcmp(facts.acl, "public-read-write") == 0 ||
		       (reading && strcmp(facts.acl, "public-read") == 0);
		if (call->request.key.len > 0 && reading &&
		    ots_oss_bucket_find(call->bucket, &query, &found, &fault)) {
			acl = ots_oss_object_header(found.object, "x-oss-object-acl");
			if (acl.len > 0 && !ots_bytes_are(acl, "default"))
				open = !ots_bytes_are(acl, "private");
			ots_oss_found_release(&found);
		}
	}
	return open || ots_oss_refuse(&call->fault, OTS_OSS_ACCESS_DENIED,
				      "You have no right to access this object because of bucket "
				      "acl.");
}

/* Decide what a fault file does to the request: by its likeliest name, before its signature is
 * looked at, since a shifted clock counts there. */
static void decide(struct ots_oss_exchange *exchange)
{
	struct ots_oss_call *call = &exchange->call;
	struct ots_oss_fault ignored = {.kind = OTS_OSS_NONE};
	struct ots_oss_name names[OTS_OSS_NAMES_MAX];
	const struct ots_oss_operation *operation;
	struct ots_cue_subject *subject;

	(void)ots_oss_target_names(&exchange->target, ots_bytes_of(exchange->frame->bound), names);
	call->request.bucket = names[0].bucket;
	call->request.key = names[0].key;
	operation = ots_oss_operation_of(&call->request, &ignored);
	subject = operation != NULL ? calloc(1, sizeof *subject) : NULL;
	if (subject == NULL)
		return;
	subject->oss = true;
	subject->op = ots_bytes_of(operation->name);
	subject->bucket = call->request.bucket;
	subject->key = call->request.key;
	exchange->acts = ots_cue_decide(exchange->frame->cue, subject, &exchange->verdict);
	exchange->decided = true;
	free(subject);
	if (!exchange->acts)
		return;
	call->act = &exchange->verdict.act;
	if (OTS_CUE_SAYS(call->act, OTS_CUE_CLOCK_SKEW_S))
		call->now_us += call->act->clock_skew_s * 1000000;
}

/* Everything that can be said before the body: who asks for what. */
static bool prepare(struct ots_oss_exchange *exchange, const char *method)
{
	struct ots_oss_frame *frame = exchange->frame;
	struct ots_oss_call *call = &exchange->call;
	struct ots_error err = {.status = OTS_OK};

	call->store = frame->store;
	call->access = &frame->access;
	call->endpoint = frame->endpoint;
	call->now_us = ots_clock_wall_us(frame->clock);
	call->request.method = ots_bytes_of(method);
	call->request.headers = exchange->headers;
	if (exchange->uri == NULL ||
	    !ots_oss_target_parse(ots_bytes_of(exchange->uri), ots_oss_header_of(call, "host"),
				  &call->arena, &exchange->target, &call->fault))
		return false;
	call->host = exchange->target.host;
	call->request.query = exchange->target.query;
	call->request.query_count = exchange->target.query_count;
	if (frame->cue != NULL)
		decide(exchange);
	if (!authenticate(exchange))
		return false;
	if (call->request.key.len > 0 && !ots_oss_check_key(call, call->request.key))
		return false;
	call->operation = ots_oss_operation_of(&call->request, &call->fault);
	if (call->operation == NULL)
		return false;
	if (call->request.bucket.len > 0)
		call->bucket = ots_oss_store_find(frame->store, call->request.bucket);
	if (call->request.bucket.len > 0 && call->bucket == NULL &&
	    strcmp(call->operation->name, "PutBucket") != 0) {
		(void)ots_oss_detail(&call->fault, "BucketName", call->request.bucket);
		return ots_oss_refuse(&call->fault, OTS_OSS_NO_SUCH_BUCKET,
				      "The specified bucket does not exist.");
	}
	if (call->anonymous && !admits_anonymous(call))
		return false;
	if (call->operation->body == OTS_OSS_BODY_CONTENT &&
	    ots_oss_spool_open(ots_oss_bucket_blobs(call->bucket), call->operation->with_md5,
			       &call->spool, &err) != OTS_OK)
		return ots_oss_refuse_error(&call->fault, &err);
	return true;
}

/* The error that a fault file wants. */
static bool admits(struct ots_oss_call *call)
{
	if (call->act == NULL || !OTS_CUE_SAYS(call->act, OTS_CUE_ERROR))
		return true;
	(void)snprintf(call->fault.code, sizeof call->fault.code, "%s",
		       (const char *)call->act->error.at);
	call->fault.status = (unsigned)call->act->status;
	return ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "%s",
			      (const char *)call->act->message.at);
}

static enum MHD_Result answer(struct ots_oss_exchange *exchange, struct MHD_Connection *connection)
{
	struct ots_oss_call *call = &exchange->call;

	if (call->fault.kind == OTS_OSS_NONE && admits(call))
		(void)call->operation->call(call);
	return ots_oss_respond(exchange, connection);
}

static enum MHD_Result begin(struct ots_oss_exchange *exchange, struct MHD_Connection *connection,
			     const char *method)
{
	struct collecting collecting = {exchange, false};
	struct ots_oss_call *call = &exchange->call;
	struct ots_bytes length;

	exchange->began = true;
	exchange->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	(void)snprintf(exchange->request_id, sizeof exchange->request_id, "%08X%08X%08X",
		       (unsigned)(exchange->frame->started_us / 1000000 & 0xffffffff),
		       (unsigned)(exchange->frame->started_us % 1000000),
		       (unsigned)(atomic_fetch_add(&exchange->frame->requests, 1) & 0xffffffff));
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, collect, &collecting);
	if (collecting.overflowed)
		(void)ots_oss_refuse(&call->fault, OTS_OSS_INVALID_ARGUMENT,
				     "A request may have no more than %d headers.",
				     OTS_OSS_PAIRS_MAX);
	else
		(void)prepare(exchange, method);
	/* A read that announces a body may never send one: it is not waited for. */
	length = ots_oss_header_of(call, "content-length");
	if ((exchange->head || strcmp(method, MHD_HTTP_METHOD_GET) == 0) && length.len > 0 &&
	    !ots_bytes_are(length, "0"))
		return answer(exchange, connection);
	return MHD_YES;
}

static enum MHD_Result take_piece(struct ots_oss_exchange *exchange, const char *data, size_t len)
{
	struct ots_oss_call *call = &exchange->call;
	struct ots_error err = {.status = OTS_OK};

	if (call->fault.kind == OTS_OSS_NONE && call->spool != NULL) {
		if (ots_oss_spool_write(call->spool, data, len, &err) == OTS_OK)
			return MHD_YES;
		(void)ots_oss_refuse_error(&call->fault, &err);
	} else if (call->fault.kind == OTS_OSS_NONE &&
		   call->operation->body == OTS_OSS_BODY_DOCUMENT) {
		if (ots_buffer_put(&call->document, data, len))
			return MHD_YES;
		(void)ots_oss_refuse(&call->fault, OTS_OSS_ENTITY_TOO_LARGE,
				     "The document is larger than %zu bytes.",
				     OTS_OSS_DOCUMENT_BYTES);
	}
	exchange->discarded += len;
	return exchange->discarded <= DISCARD_MAX_BYTES ? MHD_YES : MHD_NO;
}

/* Whether the request waits before anything is done. */
static bool waits(struct ots_oss_exchange *exchange, struct MHD_Connection *connection)
{
	const struct ots_cue_act *act = exchange->call.act;

	if (act == NULL || exchange->waited || !OTS_CUE_SAYS(act, OTS_CUE_LATENCY_MS))
		return false;
	exchange->waited = true;
	return ots_delays_wait(exchange->frame->delays, connection, act->latency_ms);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload_data,
				  size_t *upload_size, void **state)
{
	struct ots_oss_exchange *exchange = *state;
	enum MHD_Result taken;

	(void)cls;
	(void)version;
	if (exchange == NULL)
		return MHD_NO;
	if (!exchange->began) {
		if (strcmp(url, OTS_CUE_REPORT_PATH) == 0 &&
		    strcmp(method, MHD_HTTP_METHOD_GET) == 0)
			return ots_on_cue_report(exchange->frame->cue, connection);
		return begin(exchange, connection, method);
	}
	if (*upload_size > 0) {
		taken = take_piece(exchange, upload_data, *upload_size);
		*upload_size = 0;
		return taken;
	}
	if (waits(exchange, connection))
		return MHD_YES; /* and comes back here */
	return answer(exchange, connection);
}

enum ots_status ots_oss_frame_start(const struct ots_oss_frame_options *options,
				    struct ots_oss_frame **out, struct ots_error *err)
{
	struct ots_oss_frame *frame = calloc(1, sizeof *frame);
	const struct MHD_OptionItem more[] = {
		{MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_uri, frame},
		{MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escaped, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	enum ots_status status = OTS_OK;

	if (frame == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "service");
	frame->access = options->access;
	frame->bound = options->bound;
	frame->store = options->store;
	frame->clock = options->clock;
	frame->cue = options->cue;
	frame->started_us = ots_clock_wall_us(options->clock);
	if (frame->cue != NULL)
		status = ots_delays_start(CONNECTIONS_MAX, &frame->delays, err);
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
				.handle = on_request,
				.finish = on_finish,
				.self = frame,
				.more = more,
			},
			&frame->daemon, &frame->port, err);
	if (status == OTS_OK) {
		const bool v6 = strchr(options->host, ':') != NULL;

		(void)snprintf(frame->endpoint, sizeof frame->endpoint, "%s%s%s:%u", v6 ? "[" : "",
			       options->host, v6 ? "]" : "", (unsigned)frame->port);
		*out = frame;
	} else {
		ots_oss_frame_stop(frame);
	}
	return status;
}

uint16_t ots_oss_frame_port(const struct ots_oss_frame *frame)
{
	return frame->port;
}

void ots_oss_frame_stop(struct ots_oss_frame *frame)
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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/http_date.h>

#include "../../http/cut.h"
#include "exchange.h"

#define READ_BLOCK_BYTES ((size_t)128 * 1024)

static bool says(const struct ots_oss_exchange *exchange, enum ots_cue_act_member member)
{
	return exchange->acts && OTS_CUE_SAYS(&exchange->verdict.act, member);
}

/* A body that is spoiled on its way: read here instead of being sent as a file. */
struct spoiled {
	struct ots_oss_exchange *exchange;
	struct MHD_Connection *connection;
	uint64_t len;
	bool stalled;
};

static ssize_t read_part(const struct ots_oss_exchange *exchange, uint64_t at, char *to, size_t max)
{
	const struct ots_oss_reply *reply = &exchange->call.reply;
	const struct ots_oss_content *content = &reply->found.content;
	ssize_t n;

	if (!reply->has_content || content->fd < 0) {
		const uint8_t *from =
			reply->has_content ? content->bytes + reply->offset : reply->body.bytes;

		memcpy(to, from + at, max);
		return (ssize_t)max;
	}
	do
		n = pread(content->fd, to, max, (off_t)(content->offset + reply->offset + at));
	while (n < 0 && errno == EINTR);
	return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_spoiled(void *self, uint64_t at, char *to, size_t max)
{
	struct spoiled *spoiled = self;
	struct ots_oss_exchange *exchange = spoiled->exchange;
	const struct ots_cue_act *act = &exchange->verdict.act;
	const uint64_t half = spoiled->len / 2;
	uint64_t damage = UINT64_MAX;
	ssize_t n;

	if (says(exchange, OTS_CUE_STALL_MS) && !spoiled->stalled) {
		if (at >= half) {
			spoiled->stalled = true;
			if (ots_delays_wait(exchange->frame->delays, spoiled->connection,
					    act->stall_ms))
				return 0;
		} else if (half - at < max) {
			max = (size_t)(half - at);
		}
	}
	if (spoiled->len - at < max)
		max = (size_t)(spoiled->len - at);
	n = read_part(exchange, at, to, max);
	if (says(exchange, OTS_CUE_CORRUPT_BYTE))
		damage = (uint64_t)act->corrupt_byte < spoiled->len ? (uint64_t)act->corrupt_byte
								    : spoiled->len - 1;
	if (n > 0 && damage >= at && damage - at < (uint64_t)n)
		to[damage - at] ^= 0x20;
	return n;
}

static void free_spoiled(void *self)
{
	free(self);
}

/* Never read: of a HEAD only the length is told. */
static ssize_t read_nothing(void *cls, uint64_t at, char *to, size_t max)
{
	(void)cls;
	(void)at;
	(void)to;
	(void)max;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static uint64_t body_len(const struct ots_oss_exchange *exchange)
{
	const struct ots_oss_reply *reply = &exchange->call.reply;

	return reply->has_content ? reply->length : reply->body.len;
}

static struct MHD_Response *spoiled_response(struct ots_oss_exchange *exchange,
					     struct MHD_Connection *connection,
					     struct ots_cut **cut)
{
	struct spoiled *spoiled = calloc(1, sizeof *spoiled);
	struct MHD_Response *response;

	if (spoiled == NULL)
		return NULL;
	*spoiled = (struct spoiled){exchange, connection, body_len(exchange), false};
	response = ots_cut_response_of(
		&(struct ots_cut_source){spoiled, spoiled->len, read_spoiled, free_spoiled}, cut);
	if (response == NULL)
		free(spoiled);
	return response;
}

/* Content goes out as a file where it is one, so that the kernel sends it. */
static struct MHD_Response *content_response(struct ots_oss_exchange *exchange)
{
	struct ots_oss_reply *reply = &exchange->call.reply;
	struct ots_oss_content *content = &reply->found.content;
	struct MHD_Response *response;

	if (content->fd < 0 || reply->length == 0)
		return MHD_create_response_from_buffer(
			(size_t)reply->length,
			reply->length > 0 ? (void *)(uintptr_t)(content->bytes + reply->offset)
					  : NULL,
			MHD_RESPMEM_PERSISTENT); /* the object is held until the reply is over */
	response = MHD_create_response_from_fd_at_offset64(reply->length, content->fd,
							   content->offset + reply->offset);
	if (response != NULL)
		content->fd = -1; /* the response's now */
	return response;
}

static struct MHD_Response *make_response(struct ots_oss_exchange *exchange,
					  struct MHD_Connection *connection, struct ots_cut **cut)
{
	struct ots_oss_reply *reply = &exchange->call.reply;
	const bool spoils = exchange->acts && (ots_cut_asked(&exchange->verdict.act) ||
					       says(exchange, OTS_CUE_CORRUPT_BYTE) ||
					       says(exchange, OTS_CUE_STALL_MS));
	struct MHD_Response *response;

	if (exchange->head)
		return MHD_create_response_from_callback(body_len(exchange), READ_BLOCK_BYTES,
							 read_nothing, NULL, NULL);
	if (spoils && body_len(exchange) > 0)
		return spoiled_response(exchange, connection, cut);
	if (reply->has_content)
		return content_response(exchange);
	response = MHD_create_response_from_buffer(reply->body.len, reply->body.bytes,
						   MHD_RESPMEM_PERSISTENT);
	return response;
}

/* The error document in the place of an answer; of a HEAD in a header. */
static bool make_refusal(struct ots_oss_exchange *exchange)
{
	struct ots_oss_call *call = &exchange->call;
	const char *ec = ots_oss_fault_ec(&call->fault);
	struct ots_buffer *body = &call->reply.body;
	char *coded;

	call->reply.status = ots_oss_fault_status(&call->fault);
	call->reply.has_content = false;
	body->len = 0;
	if (ec != NULL)
		ots_oss_reply_header(call, "x-oss-ec", "%s", ec);
	if (call->reply.status == 304)
		return true;
	if (!ots_oss_fault_put(&call->fault, exchange->request_id, call->host, body))
		return false;
	call->reply.is_xml = !exchange->head;
	if (!exchange->head)
		return true;
	coded = ots_arena_alloc(&call->arena, ots_base64_length(body->len) + 1);
	if (coded != NULL) {
		ots_base64_encode(body->bytes, body->len, coded);
		coded[ots_base64_length(body->len)] = '\0';
		if (!says(exchange, OTS_CUE_NO_X_OSS_ERR))
			ots_oss_reply_bytes(call, "x-oss-err", ots_bytes_of(coded));
	}
	body->len = 0;
	return true;
}

/* Replace a value that is there. */
static void spoil_header(struct ots_oss_call *call, const char *name, const char *value)
{
	for (size_t i = 0; i < call->reply.header_count; i++)
		if (strcasecmp(call->reply.headers[i].name, name) == 0)
			call->reply.headers[i].value = value;
}

static void spoil_headers(struct ots_oss_exchange *exchange)
{
	struct ots_oss_call *call = &exchange->call;
	const struct ots_cue_act *act = &exchange->verdict.act;

	if (says(exchange, OTS_CUE_CHANGE_ETAG))
		spoil_header(call, "ETag", "\"00000000000000000000000000000000\"");
	if (says(exchange, OTS_CUE_WRONG_CRC))
		spoil_header(call, "x-oss-hash-crc64ecma", "1");
	if (says(exchange, OTS_CUE_BAD_MD5))
		spoil_header(call, "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==");
	if (says(exchange, OTS_CUE_BODY)) {
		if (says(exchange, OTS_CUE_STATUS) && !says(exchange, OTS_CUE_ERROR))
			call->reply.status = (unsigned)act->status;
		call->reply.has_content = false;
		call->reply.body.len = 0;
		(void)ots_buffer_put(&call->reply.body, act->body.at, act->body.len);
	}
	if (!says(exchange, OTS_CUE_HEADERS))
		return;
	for (size_t i = 0; i < act->header_count; i++) {
		const char *name = (const char *)act->headers[i].name.at;

		for (size_t k = 0;
		     k < call->reply.header_count;) /* ends: k grows, or the count falls */
			if (strcasecmp(call->reply.headers[k].name, name) == 0)
				call->reply.headers[k] =
					call->reply.headers[--call->reply.header_count];
			else
				k++;
		ots_oss_reply_bytes(call, name, act->headers[i].value);
	}
}

static void add_headers(struct ots_oss_exchange *exchange, struct MHD_Response *response)
{
	const struct ots_oss_call *call = &exchange->call;
	char date[OTS_HTTP_DATE_BYTES];

	ots_http_date_print(call->now_us, date);
	(void)MHD_add_response_header(response, "Server", "AliyunOSS");
	(void)MHD_add_response_header(response, "Date", date);
	(void)MHD_add_response_header(response, "x-oss-request-id", exchange->request_id);
	(void)MHD_add_response_header(response, "x-oss-server-time", "1");
	if (call->reply.is_xml)
		(void)MHD_add_response_header(response, "Content-Type", "application/xml");
	/* A value that cannot be a header's, as a fault file or a client's metadata may have it, is
	 * left out. */
	for (size_t i = 0; i < call->reply.header_count; i++)
		(void)MHD_add_response_header(response, call->reply.headers[i].name,
					      call->reply.headers[i].value);
}

/* Closed without a word: at once, or when nothing has come for so many seconds, which is as fine as
 * libmicrohttpd counts. */
void ots_oss_drop_idle(const struct ots_oss_exchange *exchange, struct MHD_Connection *connection)
{
	const unsigned seconds = (unsigned)((exchange->verdict.act.drop_idle_ms + 999) / 1000);
	const union MHD_ConnectionInfo *info;

	if (seconds > 0) {
		(void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
}

enum MHD_Result ots_oss_respond(struct ots_oss_exchange *exchange,
				struct MHD_Connection *connection)
{
	struct ots_oss_call *call = &exchange->call;
	enum MHD_Result sent = MHD_NO;
	struct MHD_Response *response;
	struct ots_cut *cut = NULL;

	if (call->fault.kind != OTS_OSS_NONE) {
		if (!make_refusal(exchange))
			return MHD_NO;
	} else if (call->reply.status == 0) {
		call->reply.status = 200;
	}
	if (says(exchange, OTS_CUE_LOSE_REPLY))
		return MHD_NO;
	if (exchange->acts)
		spoil_headers(exchange);
	response = make_response(exchange, connection, &cut);
	if (response == NULL)
		return MHD_NO;
	add_headers(exchange, response);
	sent = cut != NULL ? ots_cut_queue(connection, call->reply.status, response, cut,
					   &exchange->verdict.act)
			   : MHD_queue_response(connection, call->reply.status, response);
	MHD_destroy_response(response);
	return sent;
}

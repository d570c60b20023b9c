#include "cut.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HEAD_MAX_BYTES ((size_t)16 * 1024)
#define BLOCK_BYTES ((size_t)32 * 1024)

struct ots_cut {
	struct ots_cut_source source;
	uint64_t sent_max; /* bytes of the body that go out */
	bool resets;       /* behind them */
	int file;          /* the socket */
};

bool ots_cut_asked(const struct ots_cue_act *act)
{
	return OTS_CUE_SAYS(act, OTS_CUE_RESET_AFTER_BYTES) ||
	       OTS_CUE_SAYS(act, OTS_CUE_TRUNCATE_BODY);
}

/* Reset the connection now. libmicrohttpd would end its side in good order first, whatever is set
 * for the close, so that the peer saw an end and no reset; Linux does it at once when a connected
 * socket is told to have no peer (connect(2), AF_UNSPEC). */
static void reset(int file)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	if (file >= 0)
		(void)connect(file, &nobody, sizeof nobody);
}

static ssize_t read_body(void *cls, uint64_t position, char *to, size_t max)
{
	const struct ots_cut *cut = cls;

	if (position >= cut->sent_max) {
		if (cut->resets)
			reset(cut->file);
		return MHD_CONTENT_READER_END_WITH_ERROR; /* the connection is closed */
	}
	if (cut->sent_max - position < max)
		max = (size_t)(cut->sent_max - position);
	return cut->source.read(cut->source.self, position, to, max);
}

static void free_body(void *cls)
{
	struct ots_cut *cut = cls;

	cut->source.free(cut->source.self);
	free(cut);
}

struct MHD_Response *ots_cut_response_of(const struct ots_cut_source *source, struct ots_cut **out)
{
	struct ots_cut *cut = calloc(1, sizeof *cut);
	struct MHD_Response *response;

	if (cut == NULL)
		return NULL;
	response = MHD_create_response_from_callback(source->len, BLOCK_BYTES, read_body, cut,
						     free_body);
	if (response == NULL) {
		free(cut);
		return NULL;
	}
	cut->source = *source;
	cut->sent_max = source->len;
	*out = cut;
	return response;
}

static ssize_t read_buffer(void *self, uint64_t at, char *to, size_t max)
{
	const struct ots_buffer *body = self;
	const size_t left = body->len - (size_t)at;
	const size_t len = left < max ? left : max;

	memcpy(to, body->bytes + at, len);
	return (ssize_t)len;
}

static void free_buffer(void *self)
{
	struct ots_buffer *body = self;

	ots_buffer_release(body);
	free(body);
}

struct MHD_Response *ots_cut_response(struct ots_buffer *body, struct ots_cut **out)
{
	struct ots_buffer *own = malloc(sizeof *own);
	struct MHD_Response *response;

	if (own == NULL)
		return NULL;
	*own = *body;
	response = ots_cut_response_of(
		&(struct ots_cut_source){own, body->len, read_buffer, free_buffer}, out);
	if (response == NULL)
		free(own);
	else
		*body = (struct ots_buffer){.len = 0};
	return response;
}

static enum MHD_Result put_header(void *cls, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	(void)kind;
	return ots_buffer_printf(cls, "%s: %s\r\n", name, value) ? MHD_YES : MHD_NO;
}

/* The head as libmicrohttpd is about to write it. */
static bool make_head(unsigned status, struct MHD_Response *response, uint64_t body_len,
		      struct ots_buffer *head)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const time_t now = time(NULL);
	struct tm utc;

	return gmtime_r(&now, &utc) != NULL &&
	       ots_buffer_printf(head,
				 "HTTP/1.1 %u %s\r\n"
				 "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
				 status, MHD_get_reason_phrase_for(status), days[utc.tm_wday],
				 utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour,
				 utc.tm_min, utc.tm_sec) &&
	       MHD_get_response_headers(response, put_header, head) >= 0 &&
	       ots_buffer_printf(head, "Content-Length: %" PRIu64 "\r\n\r\n", body_len);
}

/* @return -1: it cannot be had */
static int socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

static bool is_tls(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info != NULL && info->tls_session != NULL;
}

static enum MHD_Result queue_reset(struct MHD_Connection *connection, unsigned status,
				   struct MHD_Response *response, struct ots_cut *cut,
				   uint64_t after)
{
	enum MHD_Result queued = MHD_NO;
	struct ots_buffer head;

	ots_buffer_init(&head, HEAD_MAX_BYTES);
	cut->file = socket_of(connection);
	cut->resets = true;
	if (!make_head(status, response, cut->source.len, &head))
		goto out;
	if (after < head.len) {
		/* Less than a socket holds, and nothing else is in it: the request before this one
		 * was answered. What does not go out is lost with the connection anyway. */
		if (after > 0 && cut->file >= 0 && !is_tls(connection))
			(void)send(cut->file, head.bytes, (size_t)after, MSG_NOSIGNAL);
		reset(cut->file);
		goto out;
	}
	if (after - head.len < cut->source.len)
		cut->sent_max = after - head.len;
	queued = MHD_queue_response(connection, status, response);
out:
	ots_buffer_release(&head);
	return queued;
}

enum MHD_Result ots_cut_queue(struct MHD_Connection *connection, unsigned status,
			      struct MHD_Response *response, struct ots_cut *cut,
			      const struct ots_cue_act *act)
{
	if (OTS_CUE_SAYS(act, OTS_CUE_TRUNCATE_BODY) &&
	    (uint64_t)act->truncate_body < cut->source.len)
		cut->sent_max = (uint64_t)act->truncate_body;
	if (OTS_CUE_SAYS(act, OTS_CUE_RESET_AFTER_BYTES))
		return queue_reset(connection, status, response, cut,
				   (uint64_t)act->reset_after_bytes);
	return MHD_queue_response(connection, status, response);
}

#include "on_cue.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "compress.h"

#define REPORT_MAX_BYTES (OTS_CUE_LINES_MAX * 64 + 64)

static bool is_loopback(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (info == NULL || info->client_addr == NULL)
		return false;
	if (info->client_addr->sa_family == AF_INET) {
		memcpy(&v4, info->client_addr, sizeof v4);
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	if (info->client_addr->sa_family != AF_INET6)
		return false;
	memcpy(&v6, info->client_addr, sizeof v6);
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

enum MHD_Result ots_on_cue_report(struct ots_cue *cue, struct MHD_Connection *connection)
{
	const bool here = is_loopback(connection);
	struct MHD_Response *response = NULL;
	enum MHD_Result sent = MHD_NO;
	struct ots_buffer text;

	ots_buffer_init(&text, REPORT_MAX_BYTES);
	if (here && (!ots_cue_report(cue, &text) || !ots_buffer_put_byte(&text, '\n')))
		goto out;
	response = MHD_create_response_from_buffer(text.len, text.bytes, MHD_RESPMEM_MUST_COPY);
	if (response != NULL && MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
							"application/json") == MHD_YES)
		sent = MHD_queue_response(connection, here ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND,
					  response);
	if (response != NULL)
		MHD_destroy_response(response);
out:
	ots_buffer_release(&text);
	return sent;
}

struct ots_cue_verdict *ots_on_cue_decide(struct ots_cue *cue, const struct ots_request *request)
{
	struct ots_cue_verdict *verdict = calloc(1, sizeof *verdict);
	struct ots_cue_subject *subject = malloc(sizeof *subject);
	const struct ots_bytes op = {request->path.at + 1, request->path.len - 1};
	struct ots_buffer inflated = {.len = 0};
	struct ots_fault fault;
	struct ots_bytes body;
	bool done = false;

	if (verdict != NULL && subject != NULL) {
		/* One that cannot be inflated is refused in its turn, and has no rows here. */
		if (!ots_request_inflate(request, &inflated, &body, &fault))
			body.len = 0;
		ots_cue_subject_read(op, body, subject);
		done = ots_cue_decide(cue, subject, verdict);
	}
	if (!done) {
		ots_on_cue_free(verdict);
		verdict = NULL;
	}
	ots_buffer_release(&inflated);
	free(subject);
	return verdict;
}

void ots_on_cue_free(struct ots_cue_verdict *verdict)
{
	if (verdict == NULL)
		return;
	ots_cue_verdict_release(verdict);
	free(verdict);
}

static bool says(const struct ots_cue_verdict *verdict, enum ots_cue_act_member member)
{
	return verdict != NULL && OTS_CUE_SAYS(&verdict->act, member);
}

int64_t ots_on_cue_time(const struct ots_cue_verdict *verdict, int64_t now_us)
{
	if (says(verdict, OTS_CUE_CLOCK_SKEW_S)) /* ten years at most */
		now_us += verdict->act.clock_skew_s * 1000000;
	return now_us;
}

bool ots_on_cue_admits(const struct ots_cue_verdict *verdict, struct ots_fault *fault)
{
	if (!says(verdict, OTS_CUE_ERROR))
		return true;
	return ots_refuse_on_cue(fault, (const char *)verdict->act.error.at,
				 (unsigned)verdict->act.status,
				 (const char *)verdict->act.message.at);
}

const struct ots_row_refusal *ots_on_cue_refusals(const struct ots_cue_verdict *verdict)
{
	return verdict != NULL && verdict->refuses_rows ? verdict->rows : NULL;
}

void ots_on_cue_spoil_digest(const struct ots_cue_verdict *verdict, struct ots_bytes *body)
{
	static const uint8_t other[] = "?";

	if (!says(verdict, OTS_CUE_BAD_MD5))
		return;
	if (body->len > 0)
		body->len--;
	else
		*body = (struct ots_bytes){other, 1};
}

void ots_on_cue_spoil_signature(const struct ots_cue_verdict *verdict,
				struct ots_reply_headers *headers)
{
	char *signature = strrchr(headers->authorization, ':');

	if (says(verdict, OTS_CUE_BAD_SIGNATURE) && signature != NULL)
		signature[1] = signature[1] == 'A' ? 'B' : 'A';
}

void ots_on_cue_damage(const struct ots_cue_verdict *verdict, struct ots_buffer *body)
{
	size_t at;

	if (!says(verdict, OTS_CUE_CORRUPT_BYTE) || body->len == 0)
		return;
	at = (uint64_t)verdict->act.corrupt_byte < body->len ? (size_t)verdict->act.corrupt_byte
							     : body->len - 1;
	body->bytes[at] ^= 0x20;
}

#include <otsfs/net/http.h>

#include <limits.h>
#include <string.h>

#include <curl/curl.h>

#include "http_answer.h"
#include "http_pool.h"
#include "http_request.h"

#define TIMEOUT_MS 30000
/* How long a wish to stop may go unseen. */
#define POLL_MS 100
#define RECEIVE_BUFFER_BYTES 131072L
#define SEND_BUFFER_BYTES 262144L

/* One call as the callbacks see it. */
struct transfer {
	const struct ots_http_request *request;
	struct ots_http_response *response;
	size_t sent_bytes;
	bool headers_over_limit;
	bool over_limit;
	bool no_memory;
};

static size_t on_header(char *text, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;

	if (ots_http_answer_line(transfer->response, text, size * count))
		return size * count;
	transfer->headers_over_limit = true;
	return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	struct ots_buffer *body = &transfer->response->body;

	/* The buffer is the caller's and may have grown beyond this call's limit before. */
	transfer->over_limit = size * count > body->limit - body->len;
	if (transfer->over_limit)
		return 0;
	transfer->no_memory = !ots_buffer_put(body, bytes, size * count);
	return transfer->no_memory ? 0 : size * count;
}

static size_t on_send(char *to, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	const struct ots_bytes body = transfer->request->body;
	size_t n = body.len - transfer->sent_bytes;

	if (n > size * count)
		n = size * count;
	if (n > 0)
		memcpy(to, body.at + transfer->sent_bytes, n);
	transfer->sent_bytes += n;
	return n;
}

static long to_ms(int64_t ms, long otherwise)
{
	if (ms <= 0)
		return otherwise;
	return ms > LONG_MAX ? LONG_MAX : (long)ms;
}

static bool set_options(struct ots_http *http, struct line *line, struct transfer *transfer,
			struct curl_slist *headers, bool loopback)
{
	CURL *easy = line->easy;
	const struct ots_http_request *request = transfer->request;
	bool ok;

	curl_easy_reset(easy); /* options only: the connection stays */
	line->why[0] = '\0';
	ok = curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_BYTES) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_ms(request->timeout_ms, TIMEOUT_MS)) ==
		     CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			      to_ms(http->connect_timeout_ms, HTTP_CONNECT_TIMEOUT_MS)) ==
		     CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, line->why) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
	     http_request_method(easy, request, on_send, transfer);
	return ok && http_request_trust(easy, http->ca_file, loopback || request->direct);
}

/* Drive the transfer until it ends: by itself, by its deadline (libcurl holds it), or by a wish. */
static enum ots_status drive(struct line *line, struct ots_cancel *cancel, CURLcode *result,
			     struct ots_error *err)
{
	int running = 1, waiting = 0;
	const CURLMsg *message;

	while (running > 0) {
		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "stopped");
		if (curl_multi_perform(line->multi, &running) != CURLM_OK)
			return ots_fail(err, OTS_NO_MEMORY, "libcurl failed");
		if (running > 0 && curl_multi_poll(line->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
			return ots_fail(err, OTS_NO_MEMORY, "libcurl failed");
	}
	*result = CURLE_RECV_ERROR;
	while ((message = curl_multi_info_read(line->multi, &waiting)) != NULL) {
		/* ends: one message for the one transfer */
		if (message->msg == CURLMSG_DONE)
			*result = message->data.result;
	}
	return OTS_OK;
}

static enum ots_status judge(const struct line *line, const struct transfer *transfer,
			     CURLcode result, struct ots_error *err)
{
	const char *url = http_request_name(transfer->request);
	long code = 0;

	if (result == CURLE_OK) {
		(void)curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &code);
		transfer->response->status = (int)code;
		return OTS_OK;
	}
	if (transfer->headers_over_limit)
		return ots_fail(err, OTS_LIMIT, "%s: headers above 64 KiB", url);
	if (transfer->over_limit)
		return ots_fail(err, OTS_LIMIT, "%s: answer above the limit of %zu bytes", url,
				transfer->request->response_limit_bytes);
	if (transfer->no_memory)
		return ots_fail(err, OTS_NO_MEMORY, "%s", url);
	return http_request_failure(url, result, line->why, err);
}

enum ots_status ots_http_perform(struct ots_http *http, const struct ots_http_request *request,
				 struct ots_http_response *response, struct ots_error *err)
{
	struct transfer transfer = {.request = request, .response = response};
	struct curl_slist *headers = NULL;
	struct line *line = NULL;
	CURLcode result = CURLE_OK;
	bool loopback = false;
	enum ots_status status = http_request_url(request, &loopback, err);

	if (status == OTS_OK)
		status = http_request_headers(request, &headers, err);
	if (status != OTS_OK)
		goto out;
	line = ots_http_line_take(http);
	if (line == NULL || !ots_http_answer_begin(response, request->response_limit_bytes) ||
	    !set_options(http, line, &transfer, headers, loopback) ||
	    curl_multi_add_handle(line->multi, line->easy) != CURLM_OK) {
		status = ots_fail(err, OTS_NO_MEMORY, "%s", http_request_name(request));
		goto out;
	}
	status = drive(line, request->cancel, &result, err);
	if (status == OTS_OK)
		status = judge(line, &transfer, result, err);
	else
		(void)ots_context(err, "%s", http_request_name(request));
	(void)curl_multi_remove_handle(line->multi, line->easy);
out:
	if (line != NULL)
		ots_http_line_give(http, line);
	curl_slist_free_all(headers);
	return status;
}

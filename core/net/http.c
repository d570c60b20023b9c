#include <otsfs/net/http.h>

#include <limits.h>
#include <string.h>

#include <curl/curl.h>

#include "http_answer.h"
#include "http_pool.h"

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

static bool has_line_break(struct ots_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\r' || text.at[i] == '\n' || text.at[i] == '\0')
			return true;
	}
	return false;
}

static bool add_header(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);

	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

/* The request's headers, and those libcurl would add of its own, switched off: no body waits for a
 * 100, and no type is claimed for it. */
static enum ots_status make_headers(const struct ots_http_request *request,
				    struct curl_slist **list, struct ots_error *err)
{
	struct ots_buffer text;
	bool ok = add_header(list, "Expect:") && add_header(list, "Accept:") &&
		  add_header(list, "Content-Type:");

	ots_buffer_init(&text, (size_t)64 * 1024);
	for (size_t i = 0; ok && i < request->header_count; i++) {
		const struct ots_http_header *header = &request->headers[i];

		if (header->name.len == 0 || has_line_break(header->name) ||
		    has_line_break(header->value)) {
			ots_buffer_release(&text);
			return ots_fail(err, OTS_USAGE, "header %zu has a line break or no name",
					i);
		}
		text.len = 0;
		/* "name;" is how libcurl is told to send a header without a value. */
		ok = ots_buffer_put(&text, header->name.at, header->name.len) &&
		     ots_buffer_puts(&text, header->value.len > 0 ? ": " : ";") &&
		     ots_buffer_put(&text, header->value.at, header->value.len) &&
		     ots_buffer_put_byte(&text, '\0') && add_header(list, (char *)text.bytes);
	}
	ots_buffer_release(&text);
	return ok ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "headers of a request");
}

/* @param loopback  a proxy from the environment cannot reach this machine's own services */
static enum ots_status look_at_url(const char *text, const char *shown, bool *loopback,
				   struct ots_error *err)
{
	CURLU *url = curl_url();
	char *host = NULL, *scheme = NULL;
	enum ots_status status = OTS_OK;

	if (url == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", shown);
	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		status = ots_fail(err, OTS_USAGE, "%s: not a URL of http or https", shown);
	else
		*loopback = strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
			    (strncmp(host, "127.", 4) == 0 &&
			     host[strspn(host, "0123456789.")] == '\0');
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(url);
	return status;
}

/* A body goes through a callback that cannot be rewound: libcurl would send a request again by
 * itself when a kept connection turns out dead, and whether a repeat is right is not its to say. */
static bool set_method(CURL *easy, struct transfer *transfer)
{
	const struct ots_http_request *request = transfer->request;
	bool ok = true;

	if (strcmp(request->method, "HEAD") == 0)
		return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
	if (request->body.len == 0 && strcmp(request->method, "POST") != 0 &&
	    strcmp(request->method, "PUT") != 0)
		ok = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	else if (request->body.len == 0)
		ok = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "") == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L) == CURLE_OK;
	else
		ok = curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)request->body.len) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_READDATA, transfer) == CURLE_OK;
	return ok && curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
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
	     set_method(easy, transfer);
	if (ok && http->ca_file != NULL)
		/* In the place of the system's, not beside them: who names one means it. */
		ok = curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
	if (ok && (loopback || request->direct))
		ok = curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
	return ok;
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

static const char *shown_url(const struct ots_http_request *request)
{
	return request->name != NULL ? request->name : request->url;
}

static enum ots_status judge(const struct line *line, const struct transfer *transfer,
			     CURLcode result, struct ots_error *err)
{
	const char *url = shown_url(transfer->request);
	const char *why = line->why[0] != '\0' ? line->why : curl_easy_strerror(result);
	long code = 0;

	/* libcurl would send again by itself, and tells why it cannot: what happened says more. */
	if (result == CURLE_SEND_FAIL_REWIND)
		why = "the connection was closed before an answer came";
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
	if (transfer->no_memory || result == CURLE_OUT_OF_MEMORY)
		return ots_fail(err, OTS_NO_MEMORY, "%s", url);
	if (result == CURLE_OPERATION_TIMEDOUT)
		return ots_fail(err, OTS_TIMEOUT, "%s: %s", url, why);
	if (result == CURLE_PEER_FAILED_VERIFICATION)
		return ots_fail(
			err, OTS_DENIED,
			"%s: the server's certificate is not trusted (%s); where it is signed "
			"by an authority of your own, name that one's file with --ca-file",
			url, why);
	if (result == CURLE_SSL_CACERT_BADFILE)
		return ots_fail(err, OTS_USAGE, "%s: the file of --ca-file is none of certificates",
				url);
	if (result == CURLE_URL_MALFORMAT)
		return ots_fail(err, OTS_USAGE, "%s: %s", url, why);
	return ots_fail(err, OTS_NETWORK, "%s: %s", url, why);
}

enum ots_status ots_http_perform(struct ots_http *http, const struct ots_http_request *request,
				 struct ots_http_response *response, struct ots_error *err)
{
	struct transfer transfer = {.request = request, .response = response};
	struct curl_slist *headers = NULL;
	struct line *line = NULL;
	CURLcode result = CURLE_OK;
	bool loopback = false;
	enum ots_status status = look_at_url(request->url, shown_url(request), &loopback, err);

	if (status == OTS_OK)
		status = make_headers(request, &headers, err);
	if (status != OTS_OK)
		goto out;
	line = ots_http_line_take(http);
	if (line == NULL || !ots_http_answer_begin(response, request->response_limit_bytes) ||
	    !set_options(http, line, &transfer, headers, loopback) ||
	    curl_multi_add_handle(line->multi, line->easy) != CURLM_OK) {
		status = ots_fail(err, OTS_NO_MEMORY, "%s", shown_url(request));
		goto out;
	}
	status = drive(line, request->cancel, &result, err);
	if (status == OTS_OK)
		status = judge(line, &transfer, result, err);
	else
		(void)ots_context(err, "%s", shown_url(request));
	(void)curl_multi_remove_handle(line->multi, line->easy);
out:
	if (line != NULL)
		ots_http_line_give(http, line);
	curl_slist_free_all(headers);
	return status;
}

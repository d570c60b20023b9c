#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "../http_answer.h"
#include "../http_request.h"

#define CONNECT_TIMEOUT_MS 15000
#define RECEIVE_BUFFER_BYTES 524288L
#define SEND_BUFFER_BYTES 1048576L

struct slot *slot_new(void)
{
	struct slot *slot = calloc(1, sizeof *slot);

	if (slot == NULL)
		return NULL;
	ots_http_response_init(&slot->response);
	slot->easy = curl_easy_init();
	if (slot->easy == NULL) {
		slot_free(slot);
		return NULL;
	}
	return slot;
}

void slot_free(struct slot *slot)
{
	if (slot == NULL)
		return;
	curl_easy_cleanup(slot->easy);
	curl_slist_free_all(slot->headers);
	ots_http_response_release(&slot->response);
	free(slot);
}

static size_t stop(struct slot *slot, enum ots_status status)
{
	slot->status = status;
	return 0; /* libcurl ends the attempt and closes the connection */
}

static bool is_good(int status)
{
	return status >= 200 && status <= 299;
}

static size_t on_header(char *text, size_t size, size_t count, void *arg)
{
	struct slot *slot = arg;
	const size_t len = size * count;
	long code = 0;

	slot->moved_ms = transfer_now_ms();
	slot->answered = true;
	if (!ots_http_answer_line(&slot->response, text, len))
		return stop(slot, ots_fail(&slot->err, OTS_LIMIT, "%s: headers above 64 KiB",
					   http_request_name(&slot->request)));
	if (len > 2 || text[0] != '\r')
		return len;
	/* The empty line: the headers are there, before a byte of the body. */
	(void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &code);
	slot->response.status = (int)code;
	if (is_good((int)code) && slot->transfer->task.sink != NULL) {
		const struct ots_transfer_task *task = &slot->transfer->task;
		enum ots_status status = OTS_OK;

		if (task->ops->accept != NULL)
			status = task->ops->accept(task->arg, &slot->response, &slot->err);
		if (status != OTS_OK)
			return stop(slot, status);
		slot->accepted = true;
	}
	return len;
}

static size_t on_sink(struct slot *slot, const char *bytes, size_t len)
{
	struct ots_transfer *transfer = slot->transfer;

	if (len > transfer->task.sink_bytes - transfer->received)
		return stop(slot,
			    ots_fail(&slot->err, OTS_SERVER,
				     "%s: a body longer than the %zu bytes promised",
				     http_request_name(&slot->request), transfer->task.sink_bytes));
	memcpy(transfer->task.sink + transfer->received, bytes, len);
	transfer->received += len;
	slot->fresh = true;
	return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct slot *slot = arg;
	struct ots_buffer *body = &slot->response.body;
	const size_t len = size * count;

	slot->moved_ms = transfer_now_ms();
	atomic_fetch_add_explicit(&slot->transfer->engine->bytes, len, memory_order_relaxed);
	if (slot->accepted)
		return on_sink(slot, bytes, len);
	if (len > body->limit - body->len)
		return stop(slot, ots_fail(&slot->err, OTS_LIMIT,
					   "%s: answer above the limit of %zu bytes",
					   http_request_name(&slot->request),
					   slot->request.response_limit_bytes));
	if (!ots_buffer_put(body, bytes, len))
		return stop(slot, ots_fail(&slot->err, OTS_NO_MEMORY, "%s",
					   http_request_name(&slot->request)));
	return len;
}

static size_t on_send(char *to, size_t size, size_t count, void *arg)
{
	struct slot *slot = arg;
	const struct ots_bytes body = slot->request.body;
	size_t n = body.len - slot->sent_bytes;

	if (n > size * count)
		n = size * count;
	if (n > 0)
		memcpy(to, body.at + slot->sent_bytes, n);
	slot->sent_bytes += n;
	slot->moved_ms = transfer_now_ms();
	return n;
}

/* QUICK_EXIT: a look-up of a name that hangs is left behind in its own thread, so that taking a
 * transfer away never waits for it. PATH_AS_IS: "a/../b" is a key of its own. */
static bool set_options(const struct ots_transfers *engine, struct slot *slot, bool loopback)
{
	CURL *easy = slot->easy;
	const struct ots_http_options *http = &engine->options.http;
	const long connect_ms =
		http->connect_timeout_ms > 0 ? (long)http->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	bool ok;

	curl_easy_reset(easy);
	slot->why[0] = '\0';
	ok = curl_easy_setopt(easy, CURLOPT_URL, slot->request.url) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_PRIVATE, slot) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_BYTES) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_USERAGENT, engine->user_agent) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->why) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->headers) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot) == CURLE_OK &&
	     http_request_method(easy, &slot->request, on_send, slot);
	return ok && http_request_trust(easy, engine->ca_file, loopback || slot->request.direct);
}

static void slot_clear(struct slot *slot)
{
	curl_slist_free_all(slot->headers);
	slot->headers = NULL;
	slot->transfer->slot = NULL;
	slot->transfer = NULL;
}

enum ots_status attempt_start(struct ots_transfers *engine, struct slot *slot,
			      struct ots_transfer *transfer, struct ots_error *err)
{
	const struct ots_transfer_task *task = &transfer->task;
	bool loopback = false;
	enum ots_status status;

	slot->transfer = transfer;
	transfer->slot = slot;
	slot->request = (struct ots_http_request){0};
	slot->sent_bytes = 0;
	slot->began_at = transfer->received;
	slot->answered = slot->accepted = slot->fresh = false;
	slot->status = OTS_OK;
	slot->moved_ms = transfer_now_ms();
	status = task->ops->prepare(task->arg, transfer->attempt, transfer->received,
				    &slot->request, err);
	if (status == OTS_OK)
		status = http_request_url(&slot->request, &loopback, err);
	if (status == OTS_OK)
		status = http_request_headers(&slot->request, &slot->headers, err);
	if (status == OTS_OK &&
	    (!ots_http_answer_begin(&slot->response, slot->request.response_limit_bytes) ||
	     !set_options(engine, slot, loopback) ||
	     curl_multi_add_handle(engine->multi, slot->easy) != CURLM_OK))
		status = ots_fail(err, OTS_NO_MEMORY, "%s", http_request_name(&slot->request));
	if (status != OTS_OK) {
		slot_clear(slot);
		return status;
	}
	atomic_fetch_add_explicit(&engine->requests, 1, memory_order_relaxed);
	if (transfer->attempt > 0)
		atomic_fetch_add_explicit(&engine->retries, 1, memory_order_relaxed);
	transfer->attempt++;
	return OTS_OK;
}

static enum ots_status judge(struct slot *slot, CURLcode result, int64_t *wait_ms,
			     struct ots_error *err)
{
	const struct ots_transfer *transfer = slot->transfer;
	const struct ots_transfer_task *task = &transfer->task;

	if (slot->status != OTS_OK) {
		*err = slot->err;
		return slot->status;
	}
	if (result != CURLE_OK)
		return http_request_failure(http_request_name(&slot->request), result, slot->why,
					    err);
	if (!slot->accepted)
		return task->ops->judge(task->arg, &slot->response, wait_ms, err);
	if (transfer->received != task->sink_bytes)
		return ots_fail(err, OTS_NETWORK, "%s: the body ends after %zu of %zu bytes",
				http_request_name(&slot->request), transfer->received,
				task->sink_bytes);
	return OTS_OK;
}

enum ots_status attempt_end(struct ots_transfers *engine, struct slot *slot, CURLcode result,
			    int64_t *wait_ms, struct ots_error *err)
{
	struct ots_transfer *transfer = slot->transfer;
	enum ots_status status;

	*wait_ms = -1;
	(void)curl_multi_remove_handle(engine->multi, slot->easy);
	status = judge(slot, result, wait_ms, err);
	if (transfer->received > slot->began_at) {
		transfer->failures = 0;
		transfer->deadline_ms =
			slot->moved_ms + (transfer->task.deadline_ms); /* bytes moved */
	} else if (status != OTS_OK) {
		transfer->failures++;
	}
	slot_clear(slot);
	return status;
}

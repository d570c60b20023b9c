/* One request: spelled out, signed for each attempt, its answer read. */
#include "client.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/http_date.h>
#include <otsfs/text/percent.h>

#define ANSWER_MAX_BYTES ((size_t)64 * 1024)
/* Keys and tokens of 1 KB and more, three bytes for one. */
#define URL_MAX_BYTES ((size_t)64 * 1024)

void oss_call_init(struct oss_call *call, struct oss *oss, const char *method, struct ots_bytes key)
{
	*call = (struct oss_call){.oss = oss, .method = method, .key = key};
	ots_buffer_init(&call->url, URL_MAX_BYTES);
	ots_buffer_init(&call->authorization, URL_MAX_BYTES);
}

void oss_call_release(struct oss_call *call)
{
	ots_buffer_release(&call->url);
	ots_buffer_release(&call->authorization);
	ots_credentials_release(call->credentials);
}

static void add(struct ots_oss_pair *pairs, size_t *count, const char *name, struct ots_bytes value)
{
	/* Callers add a fixed number of pairs, far fewer than there is room for. */
	if (*count < OSS_PAIRS_MAX)
		pairs[(*count)++] = (struct ots_oss_pair){ots_bytes_of(name), value};
}

void oss_call_query(struct oss_call *call, const char *name, struct ots_bytes value)
{
	add(call->query, &call->query_count, name, value);
}

void oss_call_header(struct oss_call *call, const char *name, struct ots_bytes value)
{
	add(call->headers, &call->header_count, name, value);
}

static bool make_url(struct oss_call *call)
{
	struct ots_buffer *url = &call->url;
	bool ok;

	url->len = 0;
	ok = ots_buffer_puts(url, call->oss->base) && ots_buffer_put_byte(url, '/') &&
	     ots_percent_put(url, call->key, true);
	for (size_t i = 0; ok && i < call->query_count; i++) {
		const struct ots_oss_pair *pair = &call->query[i];

		ok = ots_buffer_put_byte(url, i == 0 ? '?' : '&') &&
		     ots_percent_put(url, pair->name, false);
		if (ok && pair->value.len > 0)
			ok = ots_buffer_put_byte(url, '=') &&
			     ots_percent_put(url, pair->value, false);
	}
	return ok && ots_buffer_put_byte(url, '\0');
}

/* What signs, besides the headers the caller gave: both versions say the time in x-oss-date, V1 as
 * HTTP writes dates. */
static bool sign(struct oss_call *call, struct ots_oss_pair *headers, size_t *count)
{
	const struct ots_credentials *credentials = call->credentials;
	const struct oss *oss = call->oss;
	const int64_t now_us = ots_clock_wall_us(oss->options.clock) + atomic_load(&oss->skew_us);
	const bool is_v4 = oss->options.version == OTS_OSS_V4;
	struct ots_oss_request request = {.method = ots_bytes_of(call->method),
					  .bucket = ots_bytes_of(oss->bucket),
					  .key = call->key,
					  .headers = headers,
					  .query = call->query,
					  .query_count = call->query_count};
	bool ok;

	call->authorization.len = 0;
	if (is_v4)
		ots_oss_v4_time_print(now_us, call->time);
	else
		ots_http_date_print(now_us, call->date);
	headers[(*count)++] = (struct ots_oss_pair){ots_bytes_of("x-oss-date"),
						    ots_bytes_of(is_v4 ? call->time : call->date)};
	if (credentials->token != NULL)
		headers[(*count)++] = (struct ots_oss_pair){ots_bytes_of("x-oss-security-token"),
							    ots_bytes_of(credentials->token)};
	if (is_v4) {
		struct ots_oss_v4_signer signer = {
			.id = ots_bytes_of(credentials->id),
			.scope = {.date = {(const uint8_t *)call->time, OTS_OSS_V4_DATE_LEN},
				  .region = ots_bytes_of(oss->region),
				  .product = ots_bytes_of("oss")}};

		headers[(*count)++] = (struct ots_oss_pair){ots_bytes_of("x-oss-content-sha256"),
							    ots_bytes_of("UNSIGNED-PAYLOAD")};
		memcpy(signer.time, call->time, sizeof signer.time);
		request.header_count = *count;
		ok = ots_oss_v4_key(ots_bytes_of(credentials->secret), &signer.scope, signer.key) &&
		     ots_oss_v4_authorization(&signer, &request, &call->authorization);
	} else {
		const struct ots_oss_v1_signer signer = {.id = ots_bytes_of(credentials->id),
							 .secret =
								 ots_bytes_of(credentials->secret)};

		request.header_count = *count;
		ok = ots_oss_v1_authorization(&signer, ots_bytes_of(call->date), &request,
					      &call->authorization);
	}
	return ok;
}

enum ots_status oss_call_prepare(struct oss_call *call, struct ots_http_request *request,
				 struct ots_error *err)
{
	const bool is_signed = !call->oss->options.anonymous;
	struct ots_oss_pair headers[OSS_PAIRS_MAX + 3];
	size_t count = call->header_count;
	enum ots_status status = is_signed ? oss_key_get(call, err) : OTS_OK;

	if (status != OTS_OK)
		return status;
	memcpy(headers, call->headers, count * sizeof *headers);
	if (!make_url(call) || (is_signed && !sign(call, headers, &count)))
		return ots_fail(err, OTS_NO_MEMORY, "%s/%.*s: signing a request", call->oss->name,
				(int)call->key.len, (const char *)call->key.at);
	request->method = call->method;
	request->url = (const char *)call->url.bytes;
	request->body = call->body;
	request->response_limit_bytes =
		call->limit_bytes > 0 ? call->limit_bytes : ANSWER_MAX_BYTES;
	for (size_t i = 0; i < count; i++)
		request->headers[request->header_count++] =
			(struct ots_http_header){headers[i].name, headers[i].value};
	if (call->authorization.len > 0)
		request->headers[request->header_count++] = (struct ots_http_header){
			ots_bytes_of("Authorization"),
			{call->authorization.bytes, call->authorization.len}};
	return OTS_OK;
}

/* The service's clock, where it says that ours is too far off. */
static bool mend_clock(struct oss_call *call, const struct ots_http_response *response)
{
	struct ots_bytes date;
	int64_t theirs_us;

	if (!ots_http_response_header(response, "Date", &date) ||
	    !ots_http_date_parse(date, &theirs_us))
		return false;
	atomic_store(&call->oss->skew_us, theirs_us - ots_clock_wall_us(call->oss->options.clock));
	return true;
}

enum ots_status oss_call_judge(struct oss_call *call, const struct ots_http_response *response,
			       int64_t *wait_ms, struct ots_error *err)
{
	struct oss_error error;
	enum ots_status status = oss_refusal(call, response, &error, wait_ms, err);

	if (oss_key_refused(call, error.code, response->status, wait_ms)) {
		err->status = OTS_SERVER; /* tried again, with another key if there is one */
		return OTS_SERVER;
	}
	if (call->is_mended || strcmp(error.code, "RequestTimeTooSkewed") != 0 ||
	    !mend_clock(call, response))
		return status;
	call->is_mended = true;
	*wait_ms = 0;
	err->status = OTS_SERVER; /* tried again, with the service's time */
	return OTS_SERVER;
}

/* A call whose caller waits. */
struct run {
	struct oss_call *call;
	oss_answer_fn *fn;
	void *arg;
};

static enum ots_status run_prepare(void *arg, unsigned attempt, size_t received,
				   struct ots_http_request *request, struct ots_error *err)
{
	struct run *run = arg;

	(void)attempt;
	(void)received;
	return oss_call_prepare(run->call, request, err);
}

static enum ots_status run_judge(void *arg, const struct ots_http_response *response,
				 int64_t *wait_ms, struct ots_error *err)
{
	struct run *run = arg;

	if (response->status < 200 || response->status > 299)
		return oss_call_judge(run->call, response, wait_ms, err);
	return run->fn == NULL ? OTS_OK : run->fn(run->arg, response, err);
}

static void run_done(void *arg, enum ots_status status, const struct ots_http_response *response,
		     const struct ots_error *err)
{
	(void)arg;
	(void)status;
	(void)response;
	(void)err;
}

static const struct ots_transfer_ops run_ops = {
	.prepare = run_prepare,
	.judge = run_judge,
	.done = run_done,
};

enum ots_status oss_call_run(struct oss_call *call, oss_answer_fn *fn, void *arg, unsigned attempts,
			     struct ots_cancel *cancel, struct ots_error *err)
{
	struct run run = {.call = call, .fn = fn, .arg = arg};
	const struct ots_transfer_task task = {.ops = &run_ops,
					       .arg = &run,
					       .host = call->oss->host,
					       .deadline_ms = call->oss->options.timeout_ms,
					       .attempts = attempts};

	return ots_transfer_run(call->oss->options.transfers, &task, cancel, err);
}

#include <otsfs/net/transfer.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "../../support/scripted_server.h"

static void start_curl(void)
{
	cr_assert_eq(ots_http_global_init(NULL), OTS_OK);
}

TestSuite(transfer, .timeout = 60, .init = start_curl);

#define CONTENT "0123456789abcdefghijklmnopqrstuvwxyz"
#define SIZE (sizeof CONTENT - 1)

/* A small server of one object, and what goes wrong with its first answers. */
struct script {
	enum {
		PLAIN,
		CUT,        /* 10 bytes of the body, then the end of the connection */
		CUT_ALWAYS, /* the same with one byte */
		LONGER,
		WHOLE, /* 200 for a range */
		ERROR,
		STALL,
		RESET
	} kind;
	int status;
	unsigned times; /* so many requests go wrong */
	const char *headers;
	char last_range[64];
};

static size_t asked_from(const char *head)
{
	const char *at = strstr(head, "Range: bytes=");

	return at == NULL ? 0 : (size_t)strtoul(at + 13, NULL, 10);
}

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct script *script = arg;
	const size_t from = asked_from(request->head);
	const char *extra = "";
	char head[256];
	size_t n = SIZE - from;

	if (request->number < script->times) {
		switch (script->kind) {
		case PLAIN: break;
		case CUT: n = 10 < n ? 10 : n; break;
		case CUT_ALWAYS: n = 1; break;
		case LONGER: extra = "more"; break;
		case WHOLE: scripted_answer(out, 200, "", CONTENT, SIZE); return SCRIPTED_KEEP;
		case ERROR:
			scripted_answer(out, script->status, script->headers, "no", 2);
			return SCRIPTED_KEEP;
		case STALL: return SCRIPTED_STALL;
		case RESET: return SCRIPTED_RESET;
		}
	}
	(void)snprintf(head, sizeof head,
		       "HTTP/1.1 206 Partial\r\nContent-Length: %zu\r\nContent-Range: bytes "
		       "%zu-%zu/%zu\r\n\r\n",
		       SIZE - from + strlen(extra), from, SIZE - 1, SIZE);
	cr_assert(ots_buffer_puts(out, head) && ots_buffer_put(out, &CONTENT[from], n) &&
		  ots_buffer_puts(out, extra));
	return n < SIZE - from ? SCRIPTED_CLOSE : SCRIPTED_KEEP;
}

/* One range request of the object from the byte it has already. */
struct ask {
	char url[128];
	char range[64];
	uint8_t sink[SIZE];
	size_t told; /* by progress */
	unsigned accepts, judges, dones;
	enum ots_status end;
};

static enum ots_status ask_prepare(void *arg, unsigned attempt, size_t received,
				   struct ots_http_request *request, struct ots_error *err)
{
	struct ask *ask = arg;
	const int len =
		snprintf(ask->range, sizeof ask->range, "bytes=%zu-%zu", received, SIZE - 1);

	(void)attempt;
	(void)err;
	request->method = "GET";
	request->url = ask->url;
	request->response_limit_bytes = 1024;
	request->headers[request->header_count++] = (struct ots_http_header){
		.name = {(const uint8_t *)"Range", 5},
		.value = {(const uint8_t *)ask->range, (size_t)len},
	};
	return OTS_OK;
}

static enum ots_status ask_accept(void *arg, const struct ots_http_response *response,
				  struct ots_error *err)
{
	struct ask *ask = arg;

	ask->accepts++;
	return response->status == 206 ? OTS_OK
				       : ots_fail(err, OTS_UNSUPPORTED,
						  "a range was answered by %d", response->status);
}

static enum ots_status ask_judge(void *arg, const struct ots_http_response *response,
				 int64_t *wait_ms, struct ots_error *err)
{
	struct ask *ask = arg;

	ask->judges++;
	if (response->status == 429)
		*wait_ms = 30;
	return ots_fail(err,
			response->status == 404   ? OTS_NOT_FOUND
			: response->status == 429 ? OTS_THROTTLED
						  : OTS_SERVER,
			"answered %d", response->status);
}

static void ask_progress(void *arg, size_t received)
{
	struct ask *ask = arg;

	cr_expect_gt(received, ask->told);
	ask->told = received;
}

static void ask_done(void *arg, enum ots_status status, const struct ots_http_response *response,
		     const struct ots_error *err)
{
	struct ask *ask = arg;

	(void)response;
	cr_expect_eq(status == OTS_OK, err->text[0] == '\0');
	ask->dones++;
	ask->end = status;
}

static const struct ots_transfer_ops ask_ops = {
	.prepare = ask_prepare,
	.accept = ask_accept,
	.judge = ask_judge,
	.progress = ask_progress,
	.done = ask_done,
};

static struct ots_transfers *new_engine(size_t limit)
{
	const struct ots_transfers_options options = {
		.backoff_ms = 1, .stall_ms = 300, .total_limit = limit, .queue_limit = limit};
	struct ots_transfers *engine = NULL;

	cr_assert_eq(ots_transfers_new(&options, &engine, NULL), OTS_OK);
	return engine;
}

static struct ots_transfer_task task_of(struct ask *ask, const char *url)
{
	(void)snprintf(ask->url, sizeof ask->url, "%s/object", url);
	return (struct ots_transfer_task){.ops = &ask_ops,
					  .arg = ask,
					  .host = "server",
					  .sink = ask->sink,
					  .sink_bytes = SIZE,
					  .deadline_ms = 20000};
}

static enum ots_status once(struct script *script, struct ask *ask, unsigned attempts,
			    int64_t deadline_ms, unsigned *requests, struct ots_error *err)
{
	struct scripted_server *server = scripted_server_start(play, script);
	struct ots_transfers *engine = new_engine(4);
	struct ots_transfer_task task = task_of(ask, scripted_server_url(server));
	enum ots_status status;

	task.attempts = attempts;
	task.deadline_ms = deadline_ms;
	status = ots_transfer_run(engine, &task, NULL, err);
	cr_expect_eq(ask->dones, 1);
	cr_expect_eq(ask->end, status);
	*requests = scripted_server_requests(server);
	ots_transfers_free(engine);
	scripted_server_stop(server);
	return status;
}

static const struct {
	const char *what;
	struct script script;
	unsigned attempts;
	enum ots_status status;
	unsigned requests;
	const char *text;
} cases[] = {
	{"a sound answer", {.kind = PLAIN}, 0, OTS_OK, 1, ""},
	{"a range that is cut twice goes on", {.kind = CUT, .times = 2}, 1, OTS_OK, 3, ""},
	{"one byte an attempt is progress", {.kind = CUT_ALWAYS, .times = 99}, 2, OTS_OK, SIZE, ""},
	{"500 twice", {.kind = ERROR, .status = 500, .times = 2, .headers = ""}, 0, OTS_OK, 3, ""},
	{"throttled", {.kind = ERROR, .status = 429, .times = 2, .headers = ""}, 0, OTS_OK, 3, ""},
	{"404 is final",
	 {.kind = ERROR, .status = 404, .times = 9, .headers = ""},
	 0,
	 OTS_NOT_FOUND,
	 1,
	 "answered 404"},
	{"attempts are counted",
	 {.kind = ERROR, .status = 500, .times = 9, .headers = ""},
	 3,
	 OTS_SERVER,
	 3,
	 "answered 500"},
	{"200 for a range is refused at once",
	 {.kind = WHOLE, .times = 9},
	 0,
	 OTS_UNSUPPORTED,
	 1,
	 "answered by 200"},
	{"resets", {.kind = RESET, .times = 3}, 0, OTS_OK, 4, ""},
	{"a stall is tried again", {.kind = STALL, .times = 1}, 0, OTS_OK, 2, ""},
	{"a stall is an error", {.kind = STALL, .times = 9}, 2, OTS_TIMEOUT, 2, "no byte for 300"},
};

Test(transfer, what_may_pass_is_tried_again_and_what_may_not_is_told)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct script script = cases[i].script;
		struct ask ask = {.told = 0};
		struct ots_error err = {0};
		unsigned requests = 0;

		cr_expect_eq(once(&script, &ask, cases[i].attempts, 20000, &requests, &err),
			     cases[i].status, "%s: %s", cases[i].what, err.text);
		cr_expect_eq(requests, cases[i].requests, "%s: %u requests", cases[i].what,
			     requests);
		cr_expect(strstr(err.text, cases[i].text) != NULL, "%s: %s", cases[i].what,
			  err.text);
		if (cases[i].status == OTS_OK) {
			cr_expect_eq(memcmp(ask.sink, CONTENT, SIZE), 0, "%s", cases[i].what);
			cr_expect_eq(ask.told, SIZE, "%s", cases[i].what);
		}
	}
}

Test(transfer, a_body_longer_than_promised_is_never_taken)
{
	struct script script = {.kind = LONGER, .times = 99};
	struct ask ask = {.told = 0};
	struct ots_error err = {0};
	unsigned requests = 0;
	const enum ots_status status = once(&script, &ask, 3, 20000, &requests, &err);

	cr_expect_eq(status, OTS_SERVER, "%d: %s", (int)status, err.text);
	cr_expect(strstr(err.text, "longer than the 36 bytes promised") != NULL, "%s", err.text);
}

Test(transfer, nobody_there_is_a_timeout_that_says_why)
{
	struct ots_transfers *engine = new_engine(4);
	struct ask ask = {.told = 0};
	/* Port 1 of this machine: nobody listens. */
	struct ots_transfer_task task = task_of(&ask, "http://127.0.0.1:1");
	struct ots_error err = {0};

	task.deadline_ms = 300;
	cr_expect_eq(ots_transfer_run(engine, &task, NULL, &err), OTS_TIMEOUT, "%s", err.text);
	cr_expect_eq(err.status, OTS_TIMEOUT);
	cr_expect(strstr(err.text, "given up after 1 s") != NULL, "%s", err.text);
	cr_expect(strstr(err.text, "connect") != NULL, "%s", err.text);
	ots_transfers_free(engine);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Test(transfer, a_wish_to_stop_ends_a_wait_at_once)
{
	struct script script = {.kind = STALL, .times = 99};
	struct scripted_server *server = scripted_server_start(play, &script);
	const struct ots_transfers_options options = {.stall_ms = 50000};
	struct ots_transfers *engine = NULL;
	struct ask ask = {.told = 0};
	struct ots_transfer_task task = task_of(&ask, scripted_server_url(server));
	struct ots_error err = {0};
	struct ots_cancel cancel;
	int64_t began;

	cr_assert_eq(ots_transfers_new(&options, &engine, NULL), OTS_OK);
	ots_cancel_init(&cancel);
	ots_cancel_ask(&cancel);
	began = now_ms();
	cr_expect_eq(ots_transfer_run(engine, &task, &cancel, &err), OTS_CANCELLED, "%s", err.text);
	cr_expect_lt(now_ms() - began, 10000);
	ots_cancel_release(&cancel);
	ots_transfers_free(engine);
	scripted_server_stop(server);
}

Test(transfer, the_end_of_the_engine_ends_all_and_the_queue_is_bounded)
{
	struct script script = {.kind = STALL, .times = 99};
	struct scripted_server *server = scripted_server_start(play, &script);
	const struct ots_transfers_options options = {
		.stall_ms = 50000, .total_limit = 2, .queue_limit = 3};
	struct ots_transfers *engine = NULL;
	struct ask asks[6] = {{.told = 0}};
	struct ots_error err = {0};

	cr_assert_eq(ots_transfers_new(&options, &engine, NULL), OTS_OK);
	for (size_t i = 0; i < 5; i++) {
		const struct ots_transfer_task task =
			task_of(&asks[i], scripted_server_url(server));

		cr_assert_eq(ots_transfer_start(engine, &task, NULL, &err), OTS_OK, "%s", err.text);
	}
	{
		const struct ots_transfer_task task =
			task_of(&asks[5], scripted_server_url(server));

		cr_expect_eq(ots_transfer_start(engine, &task, NULL, &err), OTS_LIMIT);
		cr_expect(strstr(err.text, "3 requests wait") != NULL, "%s", err.text);
	}
	ots_transfers_free(engine);
	for (size_t i = 0; i < 5; i++) {
		cr_expect_eq(asks[i].dones, 1, "%zu", i);
		cr_expect_eq(asks[i].end, OTS_CANCELLED, "%zu", i);
	}
	cr_expect_eq(asks[5].dones, 0);
	scripted_server_stop(server);
}

Test(transfer, connections_are_used_again)
{
	struct script script = {.kind = PLAIN};
	struct scripted_server *server = scripted_server_start(play, &script);
	struct ots_transfers *engine = new_engine(4);
	struct ots_transfers_counts counts;

	for (unsigned i = 0; i < 5; i++) {
		struct ask ask = {.told = 0};
		const struct ots_transfer_task task = task_of(&ask, scripted_server_url(server));
		struct ots_error err = {0};

		cr_assert_eq(ots_transfer_run(engine, &task, NULL, &err), OTS_OK, "%s", err.text);
	}
	cr_expect_eq(scripted_server_connections(server), 1);
	ots_transfers_counts(engine, &counts);
	cr_expect_eq(counts.requests, 5);
	cr_expect_eq(counts.retries, 0);
	cr_expect_eq(counts.bytes, 5 * SIZE);
	ots_transfers_free(engine);
	scripted_server_stop(server);
}

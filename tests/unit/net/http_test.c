#include <otsfs/net/http.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../support/scripted_server.h"

#define LIMIT ((size_t)1024)

static void start_curl(void)
{
	cr_assert_eq(ots_http_global_init(NULL), OTS_OK);
}

TestSuite(http, .timeout = 60, .init = start_curl);

static struct ots_http *new_http(void)
{
	const struct ots_http_options options = {.user_agent = "otsfs-test"};
	struct ots_http *http = NULL;

	cr_assert_eq(ots_http_new(&options, &http, NULL), OTS_OK);
	return http;
}

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static struct ots_http_request post(const char *url, const char *body)
{
	return (struct ots_http_request){.method = "POST",
					 .url = url,
					 .body = bytes_of(body),
					 .timeout_ms = 10000,
					 .response_limit_bytes = LIMIT};
}

/* What one server does for all its requests, and what it saw last. */
struct script {
	int status;
	const char *body;
	const char *headers;
	enum scripted_after after;
	const char *raw; /* instead of status, headers and body */
	char head[4096];
	size_t body_len;
};

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct script *script = arg;

	(void)snprintf(script->head, sizeof script->head, "%s", request->head);
	script->body_len = request->body_len;
	if (script->raw != NULL)
		cr_assert(ots_buffer_puts(out, script->raw));
	else
		scripted_answer(out, script->status, script->headers != NULL ? script->headers : "",
				script->body, strlen(script->body));
	return script->after;
}

/* One request to a server that plays @p script. */
static enum ots_status once(struct script *script, struct ots_http_request request,
			    struct ots_http_response *response, struct ots_error *err)
{
	struct scripted_server *server = scripted_server_start(play, script);
	struct ots_http *http = new_http();
	enum ots_status status;

	request.url = scripted_server_url(server);
	status = ots_http_perform(http, &request, response, err);
	ots_http_free(http);
	scripted_server_stop(server);
	return status;
}

Test(http, an_answer_of_any_status_comes_whole)
{
	static const int statuses[] = {200, 204, 301, 403, 404, 500, 503};

	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct script script = {.status = statuses[i],
					.body = statuses[i] == 204 ? "" : "hello",
					.headers = "X-Some:  spaced value \r\nEmpty:\r\n"
						   "Location: http://127.0.0.1:1/\r\n"};
		struct ots_http_response response;
		struct ots_error err = {0};
		struct ots_bytes value;

		ots_http_response_init(&response);
		cr_assert_eq(once(&script, post("", "body"), &response, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(response.status, statuses[i]);
		cr_expect_eq(response.body.len, strlen(script.body));
		cr_expect(ots_http_response_header(&response, "x-some", &value));
		cr_expect(value.len == 12 && memcmp(value.at, "spaced value", 12) == 0);
		cr_expect(ots_http_response_header(&response, "EMPTY", &value) && value.len == 0);
		cr_expect_not(ots_http_response_header(&response, "other", &value));
		ots_http_response_release(&response);
	}
}

Test(http, a_request_carries_its_headers_and_nothing_libcurl_makes_up)
{
	struct script script = {.status = 200, .body = ""};
	struct ots_http_request request = post("", "12345");
	struct ots_http_response response;

	request.headers[0] = (struct ots_http_header){bytes_of("x-one"), bytes_of("1: 2")};
	request.headers[1] = (struct ots_http_header){bytes_of("x-none"), bytes_of("")};
	request.header_count = 2;
	ots_http_response_init(&response);
	cr_assert_eq(once(&script, request, &response, NULL), OTS_OK);
	cr_expect_eq(strncmp(script.head, "POST / HTTP/1.1\r\n", 17), 0, "%s", script.head);
	cr_expect_not_null(strstr(script.head, "\r\nx-one: 1: 2\r\n"), "%s", script.head);
	cr_expect_not_null(strstr(script.head, "\r\nx-none:\r\n"), "%s", script.head);
	cr_expect_not_null(strstr(script.head, "\r\nContent-Length: 5\r\n"), "%s", script.head);
	cr_expect_not_null(strstr(script.head, "\r\nUser-Agent: otsfs-test\r\n"));
	cr_expect_null(strstr(script.head, "Expect"));
	cr_expect_null(strstr(script.head, "Accept"));
	cr_expect_null(strstr(script.head, "Content-Type"));
	ots_http_response_release(&response);
}

Test(http, large_and_empty_bodies_and_other_methods_go_out)
{
	const size_t len = 3000000;
	char *large = calloc(1, len + 1);
	struct script script = {.status = 200, .body = ""};
	struct ots_http_response response;
	struct ots_http_request request;

	cr_assert_not_null(large);
	memset(large, 'x', len);
	ots_http_response_init(&response);
	cr_assert_eq(once(&script, post("", large), &response, NULL), OTS_OK);
	cr_expect_eq(script.body_len, len);
	cr_assert_eq(once(&script, post("", ""), &response, NULL), OTS_OK);
	cr_expect_not_null(strstr(script.head, "\r\nContent-Length: 0\r\n"), "%s", script.head);
	request = post("", "");
	request.method = "GET";
	cr_assert_eq(once(&script, request, &response, NULL), OTS_OK);
	cr_expect_eq(strncmp(script.head, "GET / ", 6), 0, "%s", script.head);
	request.method = "HEAD";
	cr_assert_eq(once(&script, request, &response, NULL), OTS_OK);
	cr_expect_eq(strncmp(script.head, "HEAD / ", 7), 0, "%s", script.head);
	request = post("", "abc");
	request.method = "PUT";
	cr_assert_eq(once(&script, request, &response, NULL), OTS_OK);
	cr_expect_eq(strncmp(script.head, "PUT / ", 6), 0, "%s", script.head);
	cr_expect_eq(script.body_len, 3);
	ots_http_response_release(&response);
	free(large);
}

Test(http, one_connection_serves_calls_one_after_the_other)
{
	struct script script = {.status = 200, .body = "ok"};
	struct scripted_server *server = scripted_server_start(play, &script);
	struct ots_http *http = new_http();
	struct ots_http_response response;
	const struct ots_http_request request = post(scripted_server_url(server), "body");

	ots_http_response_init(&response);
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(ots_http_perform(http, &request, &response, NULL), OTS_OK);
	cr_expect_eq(scripted_server_requests(server), 20);
	cr_expect_eq(scripted_server_connections(server), 1);
	ots_http_response_release(&response);
	ots_http_free(http);
	scripted_server_stop(server);
}

static void *hundred_calls(void *arg)
{
	struct ots_http *http = ((void **)arg)[0];
	const struct ots_http_request request = post(((void **)arg)[1], "body");
	struct ots_http_response response;
	size_t good = 0;

	ots_http_response_init(&response);
	for (unsigned i = 0; i < 100; i++)
		good += ots_http_perform(http, &request, &response, NULL) == OTS_OK;
	ots_http_response_release(&response);
	return good == 100 ? http : NULL;
}

Test(http, many_threads_share_a_few_connections)
{
	struct script script = {.status = 200, .body = "ok"};
	struct scripted_server *server = scripted_server_start(play, &script);
	struct ots_http *http = new_http();
	char *url = strdup(scripted_server_url(server));
	void *arg[] = {http, url};
	pthread_t threads[4];

	for (unsigned i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, hundred_calls, arg), 0);
	for (unsigned i = 0; i < 4; i++) {
		void *result = NULL;

		cr_assert_eq(pthread_join(threads[i], &result), 0);
		cr_expect_not_null(result, "a call of thread %u failed", i);
	}
	cr_expect_leq(scripted_server_connections(server), 4);
	ots_http_free(http);
	scripted_server_stop(server);
	free(url);
}

/* Scripts that fail, with the status and a word of the text. */
static void expect_failure(struct script script, struct ots_http_request request,
			   enum ots_status expected, const char *word)
{
	struct ots_http_response response;
	struct ots_error err = {0};

	ots_http_response_init(&response);
	cr_expect_eq(once(&script, request, &response, &err), expected, "%s: found %s", word,
		     err.text);
	cr_expect_not_null(strstr(err.text, word), "wanted '%s' in '%s'", word, err.text);
	ots_http_response_release(&response);
}

Test(http, what_the_peer_does_to_a_connection_is_told_apart)
{
	struct ots_http_request quick = post("", "body");

	quick.timeout_ms = 200;
	expect_failure((struct script){.raw = "", .after = SCRIPTED_RESET}, post("", "body"),
		       OTS_NETWORK, "http://127.0.0.1:");
	expect_failure((struct script){.raw = "", .after = SCRIPTED_CLOSE}, post("", "body"),
		       OTS_NETWORK, "Empty reply");
	expect_failure((struct script){.raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
				       .after = SCRIPTED_CLOSE},
		       post("", "body"), OTS_NETWORK, "5");
	expect_failure((struct script){.raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
				       .after = SCRIPTED_RESET},
		       post("", "body"), OTS_NETWORK, "127.0.0.1");
	expect_failure((struct script){.raw = "", .after = SCRIPTED_STALL}, quick, OTS_TIMEOUT,
		       "timed out");
	expect_failure((struct script){.raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
				       .after = SCRIPTED_STALL},
		       quick, OTS_TIMEOUT, "timed out");
	expect_failure((struct script){.raw = "no HTTP at all\r\n\r\n", .after = SCRIPTED_CLOSE},
		       post("", "body"), OTS_NETWORK, "HTTP/0.9");
}

Test(http, the_limit_of_the_body_is_exact)
{
	for (size_t len = LIMIT - 1; len <= LIMIT + 1; len++) {
		char *body = calloc(1, len + 1);
		struct script script = {.status = 200, .body = body};
		struct ots_http_response response;
		struct ots_error err = {0};
		enum ots_status status;

		cr_assert_not_null(body);
		memset(body, 'x', len);
		ots_http_response_init(&response);
		status = once(&script, post("", "body"), &response, &err);
		cr_expect_eq(status, len <= LIMIT ? OTS_OK : OTS_LIMIT, "%zu bytes", len);
		if (len > LIMIT)
			cr_expect_not_null(strstr(err.text, "above the limit of 1024 bytes"), "%s",
					   err.text);
		ots_http_response_release(&response);
		free(body);
	}
}

Test(http, a_buffer_that_grew_before_does_not_widen_the_limit)
{
	char body[LIMIT + 1];
	struct script script = {.status = 200, .body = body};
	struct ots_http_request request = post("", "body");
	struct ots_http_response response;

	memset(body, 'x', LIMIT);
	body[LIMIT] = '\0';
	ots_http_response_init(&response);
	cr_assert_eq(once(&script, request, &response, NULL), OTS_OK);
	request.response_limit_bytes = LIMIT - 1;
	cr_expect_eq(once(&script, request, &response, NULL), OTS_LIMIT);
	ots_http_response_release(&response);
}

Test(http, too_many_header_bytes_are_a_limit_and_too_many_headers_are_dropped)
{
	char *lines = calloc(1, 100000);
	struct script script = {.status = 200, .body = "", .headers = lines};
	struct ots_http_response response;
	struct ots_error err = {0};
	size_t used = 0;

	cr_assert_not_null(lines);
	for (unsigned i = 0; i < 40; i++)
		used += (size_t)snprintf(lines + used, 100, "h%u: v\r\n", i);
	ots_http_response_init(&response);
	cr_assert_eq(once(&script, post("", "b"), &response, NULL), OTS_OK);
	cr_expect_eq(response.header_count, OTS_HTTP_HEADERS_MAX);
	memset(lines, 'x', 80000);
	(void)snprintf(lines + 80000, 20, ": v\r\n");
	cr_expect_eq(once(&script, post("", "b"), &response, &err), OTS_LIMIT);
	cr_expect_not_null(strstr(err.text, "headers above 64 KiB"), "%s", err.text);
	ots_http_response_release(&response);
	free(lines);
}

struct cancelling {
	struct ots_cancel cancel;
	struct script script;
};

/* The request has arrived when the wish to stop is uttered: nothing sleeps. */
static enum scripted_after cancel_and_stall(void *arg, const struct scripted_request *request,
					    struct ots_buffer *out)
{
	(void)request;
	(void)out;
	ots_cancel_ask(&((struct cancelling *)arg)->cancel);
	return SCRIPTED_STALL;
}

Test(http, a_wish_to_stop_ends_a_call_that_waits)
{
	struct cancelling state = {.script = {.status = 200}};
	struct scripted_server *server = scripted_server_start(cancel_and_stall, &state);
	struct ots_http *http = new_http();
	struct ots_http_request request = post(scripted_server_url(server), "body");
	struct ots_http_response response;
	struct ots_error err = {0};

	ots_cancel_init(&state.cancel);
	ots_http_response_init(&response);
	request.cancel = &state.cancel;
	cr_expect_eq(ots_http_perform(http, &request, &response, &err), OTS_CANCELLED);
	cr_expect_not_null(strstr(err.text, "stopped"), "%s", err.text);
	cr_expect_eq(scripted_server_requests(server), 1);
	cr_expect_eq(ots_http_perform(http, &request, &response, &err), OTS_CANCELLED);
	cr_expect_eq(scripted_server_requests(server), 1, "asked before: nothing is sent");
	ots_http_response_release(&response);
	ots_http_free(http);
	scripted_server_stop(server);
	ots_cancel_release(&state.cancel);
}

/* Answers the first request well and keeps the connection, then takes the second and is gone. */
static enum scripted_after good_then_gone(void *arg, const struct scripted_request *request,
					  struct ots_buffer *out)
{
	(void)arg;
	if (request->number > 0)
		return SCRIPTED_CLOSE;
	scripted_answer(out, 200, "", "ok", 2);
	return SCRIPTED_KEEP;
}

Test(http, a_request_that_a_kept_connection_swallowed_is_not_sent_again)
{
	struct scripted_server *server = scripted_server_start(good_then_gone, NULL);
	struct ots_http *http = new_http();
	const struct ots_http_request request = post(scripted_server_url(server), "body");
	struct ots_http_response response;
	struct ots_error err = {0};

	ots_http_response_init(&response);
	cr_assert_eq(ots_http_perform(http, &request, &response, NULL), OTS_OK);
	cr_expect_eq(ots_http_perform(http, &request, &response, &err), OTS_NETWORK, "%s",
		     err.text);
	cr_expect_eq(scripted_server_requests(server), 2);
	ots_http_response_release(&response);
	ots_http_free(http);
	scripted_server_stop(server);
}

Test(http, what_is_no_request_is_refused_before_anything_is_sent)
{
	static const char *const urls[] = {
		"",        "127.0.0.1",  "ftp://127.0.0.1/", "file:///etc/passwd",
		"http://", "http://a b/"};
	struct ots_http *http = new_http();
	struct ots_http_response response;
	struct ots_http_request request;
	struct ots_error err = {0};

	ots_http_response_init(&response);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		request = post(urls[i], "body");
		cr_expect_eq(ots_http_perform(http, &request, &response, &err), OTS_USAGE, "%s",
			     urls[i]);
		cr_expect_not_null(strstr(err.text, "not a URL of http or https"), "%s", err.text);
	}
	request = post("http://127.0.0.1:1/", "body");
	request.headers[0] = (struct ots_http_header){bytes_of("a"), bytes_of("b\r\nc: d")};
	request.header_count = 1;
	cr_expect_eq(ots_http_perform(http, &request, &response, &err), OTS_USAGE);
	cr_expect_not_null(strstr(err.text, "line break"), "%s", err.text);
	request.header_count = 0;
	cr_expect_eq(ots_http_perform(http, &request, &response, &err), OTS_NETWORK, "%s",
		     err.text);
	ots_http_response_release(&response);
	ots_http_free(http);
}

Test(http, loopback_goes_past_a_proxy_of_the_environment)
{
	struct script script = {.status = 200, .body = "ok"};
	struct ots_http_response response;

	cr_assert_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	cr_assert_eq(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
	ots_http_response_init(&response);
	cr_expect_eq(once(&script, post("", "body"), &response, NULL), OTS_OK);
	ots_http_response_release(&response);
}

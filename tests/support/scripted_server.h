/* An HTTP server on 127.0.0.1, port 0, in a thread of its own: a test's function says what each
 * request gets, down to the bytes, and what becomes of the connection. */
#ifndef OTSFS_TESTS_SCRIPTED_SERVER_H
#define OTSFS_TESTS_SCRIPTED_SERVER_H

#include <stddef.h>

#include <otsfs/base/buffer.h>

struct scripted_request {
	unsigned number;     /* from 0, of all requests */
	unsigned connection; /* from 0, in the order of accept */
	const char *head;    /* request line and headers, NUL-terminated */
	const uint8_t *body;
	size_t body_len;
};

enum scripted_after {
	SCRIPTED_KEEP,  /* wait for the next request */
	SCRIPTED_CLOSE, /* close as after a complete answer */
	SCRIPTED_RESET, /* close with a reset */
	SCRIPTED_STALL  /* neither send nor close */
};

/* Fill @p out with the raw answer; what happens after it was sent is returned. Runs in the server's
 * thread. */
typedef enum scripted_after scripted_fn(void *arg, const struct scripted_request *request,
					struct ots_buffer *out);

struct scripted_server;

/* Ends the test when no server can be had. @param arg  borrowed, for fn */
struct scripted_server *scripted_server_start(scripted_fn *fn, void *arg);
void scripted_server_stop(struct scripted_server *server);

/* `http://127.0.0.1:PORT`, valid until stop. */
const char *scripted_server_url(const struct scripted_server *server);

/* After the answer came: how much there was so far. */
unsigned scripted_server_requests(const struct scripted_server *server);
unsigned scripted_server_connections(const struct scripted_server *server);

/* A whole plain answer: status line, Content-Length, body. @param headers  whole lines, or "" */
void scripted_answer(struct ots_buffer *out, int status, const char *headers, const void *body,
		     size_t body_len);

#endif

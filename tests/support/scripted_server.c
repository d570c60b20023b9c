#include "scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 32
#define REQUEST_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct connection {
	int fd;
	unsigned number;
	bool stalled;
	struct ots_buffer in;
};

struct scripted_server {
	scripted_fn *fn;
	void *arg;
	char url[64];
	int listener;
	int wake[2]; /* a byte ends the thread */
	pthread_t thread;
	atomic_uint requests;
	atomic_uint accepted;
	struct connection connections[CONNECTIONS_MAX];
	size_t count;
};

static void fail(const char *what)
{
	perror(what);
	abort();
}

void scripted_answer(struct ots_buffer *out, int status, const char *headers, const void *body,
		     size_t body_len)
{
	if (!ots_buffer_printf(out, "HTTP/1.1 %d Told\r\nContent-Length: %zu\r\n", status,
			       body_len) ||
	    !ots_buffer_puts(out, headers) || !ots_buffer_puts(out, "\r\n") ||
	    !ots_buffer_put(out, body, body_len))
		fail("answer");
}

static void drop(struct scripted_server *server, size_t index, bool reset)
{
	struct connection *connection = &server->connections[index];
	const struct linger hard = {.l_onoff = 1, .l_linger = 0};

	if (reset)
		(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	(void)close(connection->fd);
	ots_buffer_release(&connection->in);
	server->connections[index] = server->connections[--server->count];
}

/* @return bytes of head and body, 0 while they are not all there */
static size_t whole_request(struct ots_buffer *in, size_t *head_len)
{
	static const char name[] = "content-length:";
	const char *text, *end;
	size_t body_len = 0;

	if (!ots_buffer_reserve(in, 1))
		fail("request");
	in->bytes[in->len] = '\0';
	text = (const char *)in->bytes;
	end = strstr(text, "\r\n\r\n");
	if (end == NULL)
		return 0;
	for (const char *line = text; line != NULL && line < end; line = strchr(line + 1, '\n')) {
		const char *at = line[0] == '\n' ? line + 1 : line;

		if (strncasecmp(at, name, sizeof name - 1) == 0)
			body_len = strtoul(at + sizeof name - 1, NULL, 10);
	}
	*head_len = (size_t)(end - text) + 4;
	return in->len - *head_len >= body_len ? *head_len + body_len : 0;
}

static void send_all(int fd, const struct ots_buffer *out)
{
	size_t sent = 0;

	while (sent < out->len) { /* ends: sent grows, or the peer has gone */
		const ssize_t n = send(fd, out->bytes + sent, out->len - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		sent += (size_t)n;
	}
}

/* @return false: the connection has gone */
static bool answer(struct scripted_server *server, size_t index, size_t head_len, size_t len)
{
	struct connection *connection = &server->connections[index];
	struct scripted_request request = {.number = atomic_fetch_add(&server->requests, 1),
					   .connection = connection->number,
					   .body_len = len - head_len};
	struct ots_buffer out;
	char *head = strndup((const char *)connection->in.bytes, head_len);
	enum scripted_after after;

	if (head == NULL)
		fail("head");
	request.head = head;
	request.body = connection->in.bytes + head_len;
	ots_buffer_init(&out, (size_t)64 * 1024 * 1024);
	after = server->fn(server->arg, &request, &out);
	send_all(connection->fd, &out);
	ots_buffer_release(&out);
	free(head);
	connection->in.len = 0;
	connection->stalled = after == SCRIPTED_STALL;
	if (after == SCRIPTED_CLOSE || after == SCRIPTED_RESET) {
		drop(server, index, after == SCRIPTED_RESET);
		return false;
	}
	return true;
}

static void receive(struct scripted_server *server, size_t index)
{
	struct connection *connection = &server->connections[index];
	char bytes[65536];
	const ssize_t n = recv(connection->fd, bytes, sizeof bytes, 0);
	size_t head_len = 0, len;

	if (n <= 0 || !ots_buffer_put(&connection->in, bytes, (size_t)n)) {
		drop(server, index, false);
		return;
	}
	len = connection->stalled ? 0 : whole_request(&connection->in, &head_len);
	if (len > 0)
		(void)answer(server, index, head_len, len);
}

static void accept_one(struct scripted_server *server)
{
	const int fd = accept(server->listener, NULL, NULL);

	if (fd < 0)
		return;
	if (server->count == CONNECTIONS_MAX) {
		(void)close(fd);
		return;
	}
	server->connections[server->count] =
		(struct connection){.fd = fd, .number = atomic_fetch_add(&server->accepted, 1)};
	ots_buffer_init(&server->connections[server->count].in, REQUEST_MAX_BYTES);
	server->count++;
}

static void *serve(void *arg)
{
	struct scripted_server *server = arg;

	for (;;) { /* ends: by a byte in the wake pipe */
		struct pollfd wait[CONNECTIONS_MAX + 2] = {
			{.fd = server->wake[0], .events = POLLIN},
			{.fd = server->listener, .events = POLLIN}};
		const size_t count = server->count;

		for (size_t i = 0; i < count; i++)
			wait[i + 2] =
				(struct pollfd){.fd = server->connections[i].fd, .events = POLLIN};
		if (poll(wait, (nfds_t)(count + 2), -1) < 0)
			continue;
		if (wait[0].revents != 0)
			return NULL;
		/* From the last, because drop() moves the last one into the hole. */
		for (size_t i = count; i > 0; i--) {
			if (wait[i + 1].revents != 0)
				receive(server, i - 1);
		}
		if (wait[1].revents != 0)
			accept_one(server);
	}
}

struct scripted_server *scripted_server_start(scripted_fn *fn, void *arg)
{
	struct scripted_server *server = calloc(1, sizeof *server);
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;

	if (server == NULL)
		fail("server");
	server->fn = fn;
	server->arg = arg;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (server->listener < 0 || pipe(server->wake) != 0 ||
	    bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(server->listener, 16) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
		fail("listen");
	(void)snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u",
		       (unsigned)ntohs(address.sin_port));
	if (pthread_create(&server->thread, NULL, serve, server) != 0)
		fail("thread");
	return server;
}

void scripted_server_stop(struct scripted_server *server)
{
	if (write(server->wake[1], "", 1) != 1)
		fail("wake");
	(void)pthread_join(server->thread, NULL);
	while (server->count > 0) /* ends: drop() takes one away */
		drop(server, server->count - 1, false);
	(void)close(server->listener);
	(void)close(server->wake[0]);
	(void)close(server->wake[1]);
	free(server);
}

const char *scripted_server_url(const struct scripted_server *server)
{
	return server->url;
}

unsigned scripted_server_requests(const struct scripted_server *server)
{
	return atomic_load(&server->requests);
}

unsigned scripted_server_connections(const struct scripted_server *server)
{
	return atomic_load(&server->accepted);
}

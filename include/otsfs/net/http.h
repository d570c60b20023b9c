/** @file http.h
 *  HTTP on libcurl: connections kept alive, deadlines, bounded answers. One attempt a call: who
 *  knows what the request means decides about retries.
 *  A call runs on its caller's thread with a connection from a shared pool, so that the send path
 *  hands nothing between threads (docs/decisions/0002-http-on-the-callers-thread.md).
 *  The room `net`: this, and credentials.h.
 *  Threads: one ots_http serves many at once; ots_http_free() comes last. */
#ifndef OTSFS_NET_HTTP_H
#define OTSFS_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cancel.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

struct ots_http;

/** TLS is always verified. Proxies are those of the environment as libcurl reads it (`http_proxy`,
 *  `https_proxy`, `all_proxy`, `no_proxy`); this machine is never asked through one. */
struct ots_http_options {
	const char *user_agent;
	int64_t connect_timeout_ms; /**< 0: 15 s */
	size_t connection_limit;    /**< idle connections kept; 0: 64 */
	/** Certificates to trust in the system's place, PEM; NULL: the system's. Copied. */
	const char *ca_file;
};

/** Must be called once before the first ots_http_new() of a process, from main, before threads. */
enum ots_status ots_http_global_init(struct ots_error *err) OTS_MUST_USE;

/** @return OTS_OK, OTS_NO_MEMORY, OTS_USAGE (ca_file cannot be read) */
enum ots_status ots_http_new(const struct ots_http_options *options, struct ots_http **out,
			     struct ots_error *err) OTS_MUST_USE;
void ots_http_free(struct ots_http *http);

#define OTS_HTTP_HEADERS_MAX 32

struct ots_http_header {
	struct ots_bytes name; /**< as it came or shall go; compare without case */
	struct ots_bytes value;
};

struct ots_http_request {
	const char *method; /**< "POST", "GET" … */
	const char *url;
	const char *name; /**< what messages say in the URL's place, where that holds a secret */
	bool direct;      /**< through no proxy, whatever the environment says */
	struct ots_http_header headers[OTS_HTTP_HEADERS_MAX];
	size_t header_count;
	struct ots_bytes body;       /**< borrowed */
	int64_t timeout_ms;          /**< whole call; 0: 30 s */
	struct ots_cancel *cancel;   /**< may be NULL; honoured within 100 ms */
	size_t response_limit_bytes; /**< a longer body is OTS_LIMIT */
};

/** Filled by ots_http_perform(); init once, reuse freely, release at last. */
struct ots_http_response {
	int status; /**< 200 … */
	struct ots_buffer body;
	struct ots_buffer header_text; /**< holds names and values */
	struct ots_http_header headers[OTS_HTTP_HEADERS_MAX];
	size_t header_count; /**< further headers are dropped */
};

void ots_http_response_init(struct ots_http_response *response);
void ots_http_response_release(struct ots_http_response *response);

/** The value of a header, without case. @return false: not there */
bool ots_http_response_header(const struct ots_http_response *response, const char *name,
			      struct ots_bytes *value);

/** Send one request and read the whole answer, whatever its status. A body shorter than its
 *  Content-Length is OTS_NETWORK.
 *  @return OTS_OK (an answer came), OTS_NETWORK, OTS_TIMEOUT, OTS_CANCELLED, OTS_LIMIT,
 *          OTS_NO_MEMORY, OTS_USAGE (bad URL), OTS_DENIED (a certificate that is not trusted) */
enum ots_status ots_http_perform(struct ots_http *http, const struct ots_http_request *request,
				 struct ots_http_response *response,
				 struct ots_error *err) OTS_MUST_USE;

#endif

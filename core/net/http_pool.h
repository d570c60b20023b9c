/* The connections of an ots_http: taken for one call, given back after it. */
#ifndef OTSFS_NET_HTTP_POOL_H
#define OTSFS_NET_HTTP_POOL_H

#include <pthread.h>

#include <curl/curl.h>

#include <otsfs/net/http.h>

#define HTTP_CONNECT_TIMEOUT_MS 15000
#define HTTP_IDLE_MAX ((size_t)64)

/* One connection: a multi handle keeps it alive between calls, the easy handle is one call. */
struct line {
	CURLM *multi;
	CURL *easy;
	char why[CURL_ERROR_SIZE];
};

struct ots_http {
	char *user_agent;
	char *ca_file; /* NULL: the system's */
	int64_t connect_timeout_ms;
	size_t idle_limit;
	pthread_mutex_t mutex;
	struct {
		struct line *idle[HTTP_IDLE_MAX]; /* the last one used is the first one taken */
		size_t idle_count;
	} locked;
};

/* The connection used last, or a new one. @return NULL without memory */
struct line *ots_http_line_take(struct ots_http *http);

/* Keep it for the next call, or end it when enough are kept. */
void ots_http_line_give(struct ots_http *http, struct line *line);

#endif

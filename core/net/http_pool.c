#include "http_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ots_status ots_http_global_init(struct ots_error *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return ots_fail(err, OTS_NO_MEMORY, "libcurl does not start");
	return OTS_OK;
}

static void line_free(struct line *line)
{
	if (line == NULL)
		return;
	curl_easy_cleanup(line->easy);
	(void)curl_multi_cleanup(line->multi);
	free(line);
}

static struct line *line_new(void)
{
	struct line *line = calloc(1, sizeof *line);

	if (line == NULL)
		return NULL;
	line->multi = curl_multi_init();
	line->easy = curl_easy_init();
	if (line->multi == NULL || line->easy == NULL ||
	    curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK) {
		line_free(line);
		return NULL;
	}
	return line;
}

enum ots_status ots_http_new(const struct ots_http_options *options, struct ots_http **out,
			     struct ots_error *err)
{
	struct ots_http *http;

	if (options->ca_file != NULL && access(options->ca_file, R_OK) != 0)
		return ots_fail(err, OTS_USAGE, "--ca-file %s: %s", options->ca_file,
				strerror(errno));
	http = calloc(1, sizeof *http);
	if (http == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "HTTP");
	http->user_agent = strdup(options->user_agent != NULL ? options->user_agent : "otsfs");
	if (options->ca_file != NULL)
		http->ca_file = strdup(options->ca_file);
	if (http->user_agent == NULL || (options->ca_file != NULL && http->ca_file == NULL) ||
	    pthread_mutex_init(&http->mutex, NULL) != 0) {
		free(http->user_agent);
		free(http->ca_file);
		free(http);
		return ots_fail(err, OTS_NO_MEMORY, "HTTP");
	}
	http->connect_timeout_ms = options->connect_timeout_ms > 0 ? options->connect_timeout_ms
								   : HTTP_CONNECT_TIMEOUT_MS;
	http->idle_limit = options->connection_limit;
	if (http->idle_limit == 0 || http->idle_limit > HTTP_IDLE_MAX)
		http->idle_limit = HTTP_IDLE_MAX;
	*out = http;
	return OTS_OK;
}

void ots_http_free(struct ots_http *http)
{
	if (http == NULL)
		return;
	for (size_t i = 0; i < http->locked.idle_count; i++)
		line_free(http->locked.idle[i]);
	(void)pthread_mutex_destroy(&http->mutex);
	free(http->user_agent);
	free(http->ca_file);
	free(http);
}

struct line *ots_http_line_take(struct ots_http *http)
{
	struct line *line = NULL;

	(void)pthread_mutex_lock(&http->mutex);
	if (http->locked.idle_count > 0)
		line = http->locked.idle[--http->locked.idle_count];
	(void)pthread_mutex_unlock(&http->mutex);
	return line != NULL ? line : line_new();
}

void ots_http_line_give(struct ots_http *http, struct line *line)
{
	bool kept = false;

	(void)pthread_mutex_lock(&http->mutex);
	if (http->locked.idle_count < http->idle_limit) {
		http->locked.idle[http->locked.idle_count++] = line;
		kept = true;
	}
	(void)pthread_mutex_unlock(&http->mutex);
	if (!kept)
		line_free(line);
}

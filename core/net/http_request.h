/* What a request becomes for libcurl, the same for calls on the caller's thread and for
 * transfers. */
#ifndef OTSFS_NET_HTTP_REQUEST_H
#define OTSFS_NET_HTTP_REQUEST_H

#include <curl/curl.h>

#include <otsfs/net/http.h>

/* The request's headers, and those libcurl would add of its own, switched off: no body waits for a
 * 100, and no type is claimed for it.
 * @param list  for curl_slist_free_all() in every case
 * @return OTS_OK, OTS_USAGE (a line break in a header), OTS_NO_MEMORY */
enum ots_status http_request_headers(const struct ots_http_request *request,
				     struct curl_slist **list, struct ots_error *err) OTS_MUST_USE;

/* What messages call it. */
static inline const char *http_request_name(const struct ots_http_request *request)
{
	return request->name != NULL ? request->name : request->url;
}

/* @param loopback  a proxy from the environment cannot reach this machine's own services */
enum ots_status http_request_url(const struct ots_http_request *request, bool *loopback,
				 struct ots_error *err) OTS_MUST_USE;

/* Whose certificates are trusted, and whether a proxy may be in between.
 * @param ca_file  NULL: the system's */
bool http_request_trust(CURL *easy, const char *ca_file, bool direct);

/* Method, and where the body is read from. A body goes through a callback that cannot be rewound:
 * libcurl would send a request again by itself when a kept connection turns out dead, and whether a
 * repeat is right is not its to say. */
bool http_request_method(CURL *easy, const struct ots_http_request *request,
			 curl_read_callback on_send, void *arg);

/* What libcurl's failure means. @param why  libcurl's own text, or empty */
enum ots_status http_request_failure(const char *url, CURLcode result, const char *why,
				     struct ots_error *err);

#endif

#include "http_request.h"

#include <string.h>

static bool has_line_break(struct ots_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\r' || text.at[i] == '\n' || text.at[i] == '\0')
			return true;
	}
	return false;
}

static bool add_header(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);

	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

enum ots_status http_request_headers(const struct ots_http_request *request,
				     struct curl_slist **list, struct ots_error *err)
{
	struct ots_buffer text;
	bool ok = add_header(list, "Expect:") && add_header(list, "Accept:") &&
		  add_header(list, "Content-Type:");

	ots_buffer_init(&text, (size_t)64 * 1024);
	for (size_t i = 0; ok && i < request->header_count; i++) {
		const struct ots_http_header *header = &request->headers[i];

		if (header->name.len == 0 || has_line_break(header->name) ||
		    has_line_break(header->value)) {
			ots_buffer_release(&text);
			return ots_fail(err, OTS_USAGE, "header %zu has a line break or no name",
					i);
		}
		text.len = 0;
		/* "name;" is how libcurl is told to send a header without a value. */
		ok = ots_buffer_put(&text, header->name.at, header->name.len) &&
		     ots_buffer_puts(&text, header->value.len > 0 ? ": " : ";") &&
		     ots_buffer_put(&text, header->value.at, header->value.len) &&
		     ots_buffer_put_byte(&text, '\0') && add_header(list, (char *)text.bytes);
	}
	ots_buffer_release(&text);
	return ok ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "headers of a request");
}

enum ots_status http_request_url(const struct ots_http_request *request, bool *loopback,
				 struct ots_error *err)
{
	CURLU *url = curl_url();
	char *host = NULL, *scheme = NULL;
	enum ots_status status = OTS_OK;

	if (url == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", http_request_name(request));
	if (curl_url_set(url, CURLUPART_URL, request->url, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		status = ots_fail(err, OTS_USAGE, "%s: not a URL of http or https",
				  http_request_name(request));
	else
		*loopback = strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
			    (strncmp(host, "127.", 4) == 0 &&
			     host[strspn(host, "0123456789.")] == '\0');
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(url);
	return status;
}

bool http_request_trust(CURL *easy, const char *ca_file, bool direct)
{
	bool ok = true;

	/* In the place of the system's, not beside them: who names one means it. */
	if (ca_file != NULL)
		ok = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
	if (ok && direct)
		ok = curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
	return ok;
}

bool http_request_method(CURL *easy, const struct ots_http_request *request,
			 curl_read_callback on_send, void *arg)
{
	bool ok = true;

	if (strcmp(request->method, "HEAD") == 0)
		return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
	if (request->body.len == 0 && strcmp(request->method, "POST") != 0 &&
	    strcmp(request->method, "PUT") != 0)
		ok = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	else if (request->body.len == 0)
		ok = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "") == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L) == CURLE_OK;
	else
		ok = curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)request->body.len) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send) == CURLE_OK &&
		     curl_easy_setopt(easy, CURLOPT_READDATA, arg) == CURLE_OK;
	return ok && curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
}

enum ots_status http_request_failure(const char *url, CURLcode result, const char *why,
				     struct ots_error *err)
{
	if (why[0] == '\0')
		why = curl_easy_strerror(result);
	/* libcurl would send again by itself, and tells why it cannot: what happened says more. */
	if (result == CURLE_SEND_FAIL_REWIND)
		why = "the connection was closed before an answer came";
	if (result == CURLE_OUT_OF_MEMORY)
		return ots_fail(err, OTS_NO_MEMORY, "%s", url);
	if (result == CURLE_OPERATION_TIMEDOUT)
		return ots_fail(err, OTS_TIMEOUT, "%s: %s", url, why);
	if (result == CURLE_PEER_FAILED_VERIFICATION)
		return ots_fail(
			err, OTS_DENIED,
			"%s: the server's certificate is not trusted (%s); where it is signed "
			"by an authority of your own, name that one's file with --ca-file",
			url, why);
	if (result == CURLE_SSL_CACERT_BADFILE)
		return ots_fail(err, OTS_USAGE, "%s: the file of --ca-file is none of certificates",
				url);
	if (result == CURLE_URL_MALFORMAT)
		return ots_fail(err, OTS_USAGE, "%s: %s", url, why);
	return ots_fail(err, OTS_NETWORK, "%s: %s", url, why);
}

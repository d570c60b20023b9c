/* How a bucket is addressed, and the region of an endpoint. Source: oss-protocol section 1. */
#define _GNU_SOURCE /* asprintf */
#include "client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define LOCAL_REGION "cn-hangzhou"

struct place {
	char *scheme, *host, *port, *path; /* libcurl's; port and path may be NULL */
};

static void place_release(struct place *place)
{
	curl_free(place->scheme);
	curl_free(place->host);
	curl_free(place->port);
	curl_free(place->path);
}

/* @return false: not `[http[s]://]host[:port]` */
static bool place_parse(const char *endpoint, struct place *out)
{
	CURLU *url = curl_url();
	char *query = NULL;
	bool ok;

	*out = (struct place){.scheme = NULL};
	ok = url != NULL &&
	     curl_url_set(url, CURLUPART_URL, endpoint,
			  CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	     curl_url_get(url, CURLUPART_SCHEME, &out->scheme, 0) == CURLUE_OK &&
	     curl_url_get(url, CURLUPART_HOST, &out->host, 0) == CURLUE_OK && out->host != NULL;
	if (ok) {
		(void)curl_url_get(url, CURLUPART_PORT, &out->port, 0);
		(void)curl_url_get(url, CURLUPART_PATH, &out->path, 0);
		ok = curl_url_get(url, CURLUPART_QUERY, &query, 0) != CURLUE_OK &&
		     (strcmp(out->scheme, "http") == 0 || strcmp(out->scheme, "https") == 0) &&
		     (out->path == NULL || strcmp(out->path, "/") == 0) && out->host[0] != '\0';
	}
	curl_free(query);
	curl_url_cleanup(url);
	return ok;
}

static bool is_ip(const char *host)
{
	return host[0] == '[' || host[strspn(host, "0123456789.")] == '\0';
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 && is_ip(host));
}

bool ots_oss_is_loopback(const char *endpoint)
{
	struct place place;
	bool yes = endpoint != NULL && place_parse(endpoint, &place);

	if (endpoint == NULL)
		return false;
	yes = yes && place.host != NULL && is_loopback(place.host);
	place_release(&place);
	return yes;
}

static bool is_bucket(struct ots_bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return name.len >= 3 && name.len <= 63 && name.at[0] != '-' && name.at[name.len - 1] != '-';
}

static bool is_region(const char *text)
{
	return text[0] != '\0' &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* The region in a host's name. @return false: it does not say
 * The label after an optional bucket label, `oss-` before and `-internal` behind it cut off; or the
 * one before `.oss.aliyuncs.com` (1.3). */
static bool region_of_host(struct ots_bytes bucket, const char *host, char *out, size_t size)
{
	const char *dot;
	size_t len;

	if (is_ip(host) || strcmp(host, "localhost") == 0)
		return snprintf(out, size, "%s", LOCAL_REGION) > 0;
	if (bucket.len > 0 && strncmp(host, (const char *)bucket.at, bucket.len) == 0 &&
	    host[bucket.len] == '.')
		host += bucket.len + 1;
	dot = strchr(host, '.');
	len = dot != NULL ? (size_t)(dot - host) : strlen(host);
	if (dot != NULL && strcmp(dot, ".oss.aliyuncs.com") == 0) {
		if (len >= size)
			return false;
	} else if (strncmp(host, "oss-", 4) == 0 && len > 4) {
		host += 4;
		len -= 4;
		if (len > 9 && strncmp(host + len - 9, "-internal", 9) == 0)
			len -= 9;
		if ((len == 10 && strncmp(host, "accelerate", 10) == 0) ||
		    (len == 19 && strncmp(host, "accelerate-overseas", 19) == 0) || len >= size)
			return false;
	} else {
		return false;
	}
	memcpy(out, host, len);
	out[len] = '\0';
	return is_region(out);
}

enum ots_status ots_oss_check_endpoint(const char *endpoint, struct ots_error *err)
{
	struct place place;
	const bool ok = place_parse(endpoint, &place);

	place_release(&place);
	return ok ? OTS_OK
		  : ots_fail(err, OTS_USAGE, "endpoint '%s': expected [http[s]://]host[:port]",
			     endpoint);
}

bool ots_oss_names_region(const char *endpoint, struct ots_bytes bucket)
{
	struct place place;
	char region[64];
	const bool yes = place_parse(endpoint, &place) &&
			 region_of_host(bucket, place.host, region, sizeof region);

	place_release(&place);
	return yes;
}

static enum ots_status set_region(struct oss *oss, const char *host, struct ots_error *err)
{
	const char *asked = oss->options.region;
	char region[64] = "";

	assert(host != NULL);

	if (asked != NULL && strncmp(asked, "oss-", 4) == 0)
		asked += 4; /* as location answers spell it */
	if (asked != NULL && !is_region(asked))
		return ots_fail(err, OTS_USAGE, "region '%s': expected one such as cn-hangzhou",
				asked);
	if (asked == NULL && region_of_host(oss->options.bucket, host, region, sizeof region))
		asked = region;
	if (asked == NULL && oss->options.version == OTS_OSS_V4 && !oss->options.anonymous)
		return ots_fail(err, OTS_USAGE,
				"endpoint %s does not name a region, which signing needs: give "
				"--region (or OSS_REGION), or --sign v1",
				host);
	oss->region = strdup(asked != NULL ? asked : "");
	return oss->region != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
}

/* @param place  parsed, so that it has a scheme and a host */
static enum ots_status set_base(struct oss *oss, const struct place *place, struct ots_error *err)
{
	enum ots_oss_addressing form = oss->options.addressing;
	const char *colon = place->port != NULL ? ":" : "";
	const char *port = place->port != NULL ? place->port : "";
	const size_t len = strlen(oss->bucket);
	int n;

	assert(place->host != NULL && place->scheme != NULL);
	if (form == OTS_OSS_AUTO)
		form = is_ip(place->host) || strcmp(place->host, "localhost") == 0
			       ? OTS_OSS_PATH
			       : OTS_OSS_VIRTUAL;
	/* A host that begins with the bucket already is the virtual one. */
	if (form == OTS_OSS_VIRTUAL && strncmp(place->host, oss->bucket, len) == 0 &&
	    place->host[len] == '.')
		form = OTS_OSS_CNAME;
	oss->is_path_style = form == OTS_OSS_PATH;
	if (form == OTS_OSS_PATH)
		n = asprintf(&oss->base, "%s://%s%s%s/%s", place->scheme, place->host, colon, port,
			     oss->bucket);
	else if (form == OTS_OSS_VIRTUAL)
		n = asprintf(&oss->base, "%s://%s.%s%s%s", place->scheme, oss->bucket, place->host,
			     colon, port);
	else
		n = asprintf(&oss->base, "%s://%s%s%s", place->scheme, place->host, colon, port);
	if (n < 0) {
		oss->base = NULL;
		return ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
	}
	oss->host = strdup(place->host);
	return oss->host != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
}

enum ots_status oss_address(struct oss *oss, struct ots_error *err)
{
	const char *endpoint = oss->options.endpoint;
	char *made = NULL;
	struct place place = {.scheme = NULL};
	enum ots_status status = OTS_OK;

	if (!is_bucket(oss->options.bucket))
		return ots_fail(err, OTS_USAGE,
				"bucket '%.*s': expected 3 to 63 of a-z, 0-9 and -, no - at "
				"either end",
				(int)oss->options.bucket.len, (const char *)oss->options.bucket.at);
	if (endpoint == NULL && oss->options.region == NULL)
		return ots_fail(err, OTS_USAGE,
				"%s: no endpoint; give --endpoint or --region (or OSS_ENDPOINT, "
				"OSS_REGION)",
				oss->name);
	if (endpoint == NULL) {
		const char *region = oss->options.region;

		if (asprintf(&made, "https://oss-%s.aliyuncs.com",
			     strncmp(region, "oss-", 4) == 0 ? region + 4 : region) < 0)
			return ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
		endpoint = made;
	} else if (strstr(endpoint, "://") == NULL) {
		if (asprintf(&made, "https://%s", endpoint) < 0)
			return ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
		endpoint = made;
	}
	status = ots_oss_check_endpoint(endpoint, err);
	if (status == OTS_OK && !place_parse(endpoint, &place))
		status = ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
	if (status == OTS_OK)
		status = set_region(oss, place.host, err);
	if (status == OTS_OK)
		status = set_base(oss, &place, err);
	place_release(&place);
	free(made);
	return status;
}

#include "sts_endpoint.h"

#include <stdio.h>
#include <string.h>

#include "../credentials/places.h"

static bool is_host(const char *text, const char *more)
{
	for (; *text != '\0'; text++) {
		const bool plain = (*text >= 'a' && *text <= 'z') ||
				   (*text >= 'A' && *text <= 'Z') ||
				   (*text >= '0' && *text <= '9') || *text == '-';

		if (!plain && strchr(more, *text) == NULL)
			return false;
	}
	return true;
}

/* A host is asked over TLS. What is named with http:// must be on this machine: the answer holds a
 * secret. */
static enum ots_status url_of_endpoint(const char *endpoint, char url[STS_URL_BYTES],
				       struct ots_error *err)
{
	static const char http[] = "http://", https[] = "https://";
	const bool plain = strncmp(endpoint, http, sizeof http - 1) == 0;
	const char *host = endpoint;
	size_t loop;

	if (plain)
		host += sizeof http - 1;
	else if (strncmp(endpoint, https, sizeof https - 1) == 0)
		host += sizeof https - 1;
	loop = strncmp(host, "127.0.0.1", 9) == 0 || strncmp(host, "localhost", 9) == 0 ? 9 : 0;
	if (plain && (loop == 0 || (host[loop] != ':' && host[loop] != '\0')))
		return ots_fail(err, OTS_DENIED,
				"endpoint of STS: http:// is for this machine only; name the host");
	if (host[0] == '\0' || !is_host(host, ".:") ||
	    snprintf(url, STS_URL_BYTES, "%s%s/", plain ? http : https, host) >= STS_URL_BYTES)
		return ots_fail(err, OTS_DENIED, "endpoint of STS: not the name of a host");
	return OTS_OK;
}

static const char *first_of(const char *own, const char *variable)
{
	return own != NULL ? own : environment_text(variable);
}

enum ots_status sts_url(const struct recipe *recipe, char url[STS_URL_BYTES], struct ots_error *err)
{
	const char *endpoint =
		first_of(recipe->text[RECIPE_STS_ENDPOINT], "ALIBABA_CLOUD_STS_ENDPOINT");
	const char *region = first_of(recipe->text[RECIPE_STS_REGION], "ALIBABA_CLOUD_STS_REGION");
	const char *vpc = recipe->text[RECIPE_STS_VPC];
	const bool inside = vpc != NULL ? strcmp(vpc, "true") == 0
					: environment_says("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");

	if (endpoint != NULL)
		return url_of_endpoint(endpoint, url, err);
	if (region == NULL) {
		(void)snprintf(url, STS_URL_BYTES, "https://sts.aliyuncs.com/");
		return OTS_OK;
	}
	if (!is_host(region, "") || snprintf(url, STS_URL_BYTES, "https://sts%s.%s.aliyuncs.com/",
					     inside ? "-vpc" : "", region) >= STS_URL_BYTES)
		return ots_fail(err, OTS_DENIED, "region of STS: not the name of one");
	return OTS_OK;
}

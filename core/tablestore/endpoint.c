#include <otsfs/tablestore/client.h>

#include <stdio.h>
#include <string.h>

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

static bool is_host_char(char c)
{
	return is_name_char(c) || c == '.' || c == ':' || c == '[' || c == ']';
}

static bool all(const char *text, size_t len, bool (*is)(char))
{
	for (size_t i = 0; i < len; i++) {
		if (!is(text[i]))
			return false;
	}
	return len > 0;
}

static bool begins(const char *text, size_t len, const char *with)
{
	const size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

/* 127.0.0.0/8, ::1 and localhost, whatever the port. */
static bool is_loopback(const char *host, size_t len)
{
	if (begins(host, len, "[::1]"))
		return len == 5 || host[5] == ':';
	if (begins(host, len, "localhost"))
		return len == 9 || host[9] == ':';
	/* 127.0.0.1, and not 127.example.com */
	return begins(host, len, "127.") && strspn(host, "0123456789.") == strcspn(host, ":/?#");
}

/* A label in front of a dot, when the host is a name and no address. */
static size_t first_label(const char *host, size_t len)
{
	size_t label = 0;
	bool letters = false;

	for (size_t i = 0; i < len && host[i] != ':'; i++) {
		if (host[i] == '[')
			return 0;
		if ((host[i] >= 'a' && host[i] <= 'z') || (host[i] >= 'A' && host[i] <= 'Z'))
			letters = true;
	}
	while (label < len && is_name_char(host[label])) /* ends: at the first dot */
		label++;
	return letters && label < len && host[label] == '.' ? label : 0;
}

bool ots_region_is_good(const char *text)
{
	const size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return len > 0 && len < OTS_REGION_BYTES;
}

/* What stands behind instance and region in the service's own names; a longer one before one that
 * it ends with. */
static const char *const own_suffixes[] = {".vpc.tablestore.aliyuncs.com", ".vpc.ots.aliyuncs.com",
					   ".ots-internal.aliyuncs.com", ".tablestore.aliyuncs.com",
					   ".ots.aliyuncs.com"};

/* @return length of what stands in front of the suffix; 0: no name of the service's */
static size_t own_prefix(const char *host, size_t len, const char **suffix)
{
	for (size_t i = 0; i < sizeof own_suffixes / sizeof *own_suffixes; i++) {
		const size_t n = strlen(own_suffixes[i]);

		if (len > n && memcmp(host + len - n, own_suffixes[i], n) == 0) {
			*suffix = own_suffixes[i];
			return len - n;
		}
	}
	return 0;
}

/* In a name of the service's, the region; and whether all of it is there. */
static enum ots_status take_region(const char *url, const char *host, size_t host_len,
				   struct ots_endpoint *endpoint, struct ots_error *err)
{
	const char *colon = memchr(host, ':', host_len);
	const size_t name_len = colon != NULL ? (size_t)(colon - host) : host_len;
	const size_t instance_len = strlen(endpoint->instance);
	const char *suffix = NULL;
	const size_t front = own_prefix(host, name_len, &suffix);
	const char *dot = front > 0 ? memchr(host, '.', front) : NULL;
	size_t region_len;

	if (front == 0)
		return OTS_OK;
	if (dot == NULL)
		return ots_fail(err, OTS_USAGE,
				"%s: instance or region is missing; expected "
				"<instance>.<region>%s",
				url, suffix);
	if ((size_t)(dot - host) != instance_len ||
	    memcmp(host, endpoint->instance, instance_len) != 0)
		return ots_fail(err, OTS_USAGE,
				"%s: names instance %.*s in the host and %s behind it", url,
				(int)(dot - host), host, endpoint->instance);
	region_len = front - instance_len - 1;
	if (region_len < sizeof endpoint->region) {
		memcpy(endpoint->region, dot + 1, region_len);
		endpoint->region[region_len] = '\0';
	}
	if (!ots_region_is_good(endpoint->region))
		return ots_fail(err, OTS_USAGE,
				"%s: '%.*s' is no region; expected <instance>.<region>%s", url,
				(int)(region_len < 100 ? region_len : 100), dot + 1, suffix);
	return OTS_OK;
}

enum ots_status ots_endpoint_parse(const char *url, struct ots_endpoint *out, struct ots_error *err)
{
	struct ots_endpoint endpoint = {.loopback = false};
	const char *host, *path, *instance;
	size_t host_len, instance_len;
	enum ots_status status;

	if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	else
		return ots_fail(err, OTS_USAGE,
				"%s: expected https://<instance>.<domain> or "
				"http[s]://host:port/<instance>",
				url);
	host_len = strcspn(host, "/?#");
	path = host + host_len;
	/* The URL is not shown: what stands in front of the @ may be a password. */
	if (memchr(host, '@', host_len) != NULL)
		return ots_fail(err, OTS_USAGE,
				"the target's URL has a user in front of its host; keys are taken "
				"from the environment and from files only");
	if (!all(host, host_len, is_host_char))
		return ots_fail(err, OTS_USAGE, "%s: no host name in it", url);
	if (path[0] == '/' && path[1] != '\0') {
		instance = path + 1;
		instance_len = strlen(instance);
		if (instance[instance_len - 1] == '/')
			instance_len--;
	} else {
		instance = host;
		instance_len = path[0] == '\0' || path[0] == '/' ? first_label(host, host_len) : 0;
	}
	if (instance_len == 0)
		return ots_fail(err, OTS_USAGE,
				"%s: the instance is missing; write it behind the host, as in "
				"http://host:port/<instance>",
				url);
	if (!all(instance, instance_len, is_name_char) || instance_len >= sizeof endpoint.instance)
		return ots_fail(err, OTS_USAGE, "%s: '%.*s' is no name of an instance", url,
				(int)(instance_len < 100 ? instance_len : 100), instance);
	if ((size_t)(path - url) >= sizeof endpoint.base_url)
		return ots_fail(err, OTS_USAGE, "endpoint of more than %zu bytes",
				sizeof endpoint.base_url - 1);
	memcpy(endpoint.base_url, url, (size_t)(path - url));
	memcpy(endpoint.instance, instance, instance_len);
	endpoint.loopback = is_loopback(host, host_len);
	status = take_region(url, host, host_len, &endpoint, err);
	if (status == OTS_OK)
		*out = endpoint;
	return status;
}

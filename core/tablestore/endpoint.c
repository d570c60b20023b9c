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

enum ots_status ots_endpoint_parse(const char *url, struct ots_endpoint *out, struct ots_error *err)
{
	struct ots_endpoint endpoint = {.loopback = false};
	const char *host, *path, *instance;
	size_t host_len, instance_len;

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
	*out = endpoint;
	return OTS_OK;
}

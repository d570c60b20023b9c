#include "target.h"

#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/percent.h>

static bool bad_uri(struct ots_oss_fault *fault, const char *why)
{
	return ots_oss_refuse(fault, OTS_OSS_INVALID_ARGUMENT, "The request URI is not valid: %s.",
			      why);
}

/* Decoded bytes in the arena. @return false without room */
static bool decode(struct ots_arena *arena, struct ots_bytes text, bool plus_is_blank,
		   struct ots_bytes *out)
{
	struct ots_buffer buffer = {.len = 0}; /* over the arena's bytes: it never grows */

	buffer.bytes = ots_arena_alloc(arena, text.len);
	buffer.cap = buffer.limit = text.len;
	if (buffer.bytes == NULL || !ots_percent_decode(&buffer, text, plus_is_blank))
		return false;
	*out = (struct ots_bytes){buffer.bytes, buffer.len};
	return true;
}

/* Take what stands before @p mark, or all. @return whether the mark was there */
static bool take_until(struct ots_bytes *text, char mark, struct ots_bytes *out)
{
	const uint8_t *at = text->len > 0 ? memchr(text->at, mark, text->len) : NULL;
	const size_t len = at != NULL ? (size_t)(at - text->at) : text->len;

	*out = (struct ots_bytes){text->at, len};
	text->at += at != NULL ? len + 1 : len;
	text->len -= at != NULL ? len + 1 : len;
	return at != NULL;
}

static bool parse_query(struct ots_bytes text, struct ots_arena *arena, struct ots_oss_target *out,
			struct ots_oss_fault *fault)
{
	while (text.len > 0) { /* ends: each turn takes a part */
		struct ots_oss_pair *pair = &out->query[out->query_count];
		struct ots_bytes part, name;

		(void)take_until(&text, '&', &part);
		if (part.len == 0)
			continue;
		if (out->query_count == OTS_OSS_PAIRS_MAX)
			return bad_uri(fault, "too many parameters");
		(void)take_until(&part, '=', &name);
		if (!decode(arena, name, true, &pair->name) ||
		    !decode(arena, part, true, &pair->value))
			return bad_uri(fault, "it is too long");
		out->query_count++;
	}
	return true;
}

/* The host without its port: `[::1]:80`, `a.b:80`. */
static struct ots_bytes host_of(struct ots_bytes host)
{
	struct ots_bytes out;

	if (host.len > 0 && host.at[0] == '[') {
		host.at++;
		host.len--;
		(void)take_until(&host, ']', &out);
	} else {
		(void)take_until(&host, ':', &out);
	}
	return out;
}

bool ots_oss_target_parse(struct ots_bytes raw, struct ots_bytes host, struct ots_arena *arena,
			  struct ots_oss_target *out, struct ots_oss_fault *fault)
{
	static const char schemes[][9] = {"http://", "https://"};
	struct ots_bytes path;

	out->query_count = 0;
	for (size_t i = 0; i < 2; i++) {
		const size_t len = strlen(schemes[i]);

		if (raw.len < len || strncasecmp((const char *)raw.at, schemes[i], len) != 0)
			continue;
		raw.at += len;
		raw.len -= len;
		for (host = raw, path = raw; path.len > 0 && path.at[0] != '/' && path.at[0] != '?';
		     path.at++)
			path.len--;
		host.len = raw.len - path.len;
		raw = path;
		break;
	}
	out->host = host_of(host);
	(void)take_until(&raw, '?', &path);
	if (path.len == 0)
		path = ots_bytes_of("/");
	if (path.at[0] != '/')
		return bad_uri(fault, "the path does not begin with a slash");
	if (!decode(arena, path, false, &out->path))
		return bad_uri(fault, "it is too long");
	if (memchr(out->path.at, '\0', out->path.len) != NULL)
		return ots_oss_refuse(fault, OTS_OSS_INVALID_OBJECT_NAME,
				      "The specified object is not valid.");
	return parse_query(raw, arena, out, fault);
}

static bool is_service_host(struct ots_bytes host)
{
	bool number = host.len > 0;

	if (host.len == 0 || memchr(host.at, ':', host.len) != NULL)
		return true; /* none, or IPv6 */
	for (size_t i = 0; i < host.len; i++)
		number = number && (host.at[i] == '.' || (host.at[i] >= '0' && host.at[i] <= '9'));
	return number || (host.len == 9 && strncasecmp((const char *)host.at, "localhost", 9) == 0);
}

size_t ots_oss_target_names(const struct ots_oss_target *target, struct ots_bytes bound,
			    struct ots_oss_name out[OTS_OSS_NAMES_MAX])
{
	struct ots_bytes rest = {target->path.at + 1, target->path.len - 1};
	const struct ots_bytes whole = rest;
	struct ots_bytes host = target->host;
	struct ots_oss_name by_path = {.bucket = {NULL, 0}}, by_host = {.key = whole};
	size_t count = 0;

	(void)take_until(&rest, '/', &by_path.bucket);
	by_path.key = rest;
	(void)take_until(&host, '.', &by_host.bucket);
	if (!is_service_host(target->host)) {
		out[count++] = by_host;
		out[count++] = (struct ots_oss_name){bound, whole};
	}
	out[count++] = by_path;
	if (is_service_host(target->host))
		out[count++] = (struct ots_oss_name){bound, whole};
	return count;
}

const struct ots_bytes *ots_oss_query_value(const struct ots_oss_request *request, const char *name)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (ots_bytes_are(request->query[i].name, name))
			return &request->query[i].value;
	return NULL;
}

struct ots_bytes ots_oss_header_value(const struct ots_oss_request *request, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < request->header_count; i++) {
		struct ots_bytes value = request->headers[i].value;

		if (request->headers[i].name.len != len ||
		    strncasecmp((const char *)request->headers[i].name.at, name, len) != 0)
			continue;
		while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) {
			value.at++;
			value.len--;
		}
		while (value.len > 0 &&
		       (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
			value.len--;
		return value;
	}
	return (struct ots_bytes){NULL, 0};
}

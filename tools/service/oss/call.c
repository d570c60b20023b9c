#include "call.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#include "xml/xml_write.h"

#define VALUE_MAX_BYTES 4096

struct ots_bytes ots_oss_query(const struct ots_oss_call *call, const char *name)
{
	const struct ots_bytes *value = ots_oss_query_value(&call->request, name);

	return value != NULL ? *value : (struct ots_bytes){NULL, 0};
}

bool ots_oss_has(const struct ots_oss_call *call, const char *name)
{
	return ots_oss_query_value(&call->request, name) != NULL;
}

struct ots_bytes ots_oss_header_of(const struct ots_oss_call *call, const char *name)
{
	return ots_oss_header_value(&call->request, name);
}

bool ots_oss_bad_argument(struct ots_oss_call *call, const char *name, struct ots_bytes value,
			  const char *message)
{
	(void)ots_oss_detail(&call->fault, "ArgumentName", ots_bytes_of(name));
	(void)ots_oss_detail(&call->fault, "ArgumentValue", value);
	return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_ARGUMENT, "%s", message);
}

bool ots_oss_query_number(struct ots_oss_call *call, const char *name, uint64_t least,
			  uint64_t most, uint64_t otherwise, uint64_t *out)
{
	const struct ots_bytes value = ots_oss_query(call, name);

	*out = otherwise;
	if (value.len == 0)
		return true;
	return (ots_parse_u64(value, out) && *out >= least && *out <= most) ||
	       ots_oss_bad_argument(call, name, value,
				    "A parameter is no number, or out of its limits.");
}

const char *ots_oss_text(struct ots_oss_call *call, struct ots_bytes bytes)
{
	char *text = ots_arena_alloc(&call->arena, bytes.len + 1);

	if (text == NULL)
		return NULL;
	if (bytes.len > 0)
		memcpy(text, bytes.at, bytes.len);
	text[bytes.len] = '\0';
	return text;
}

void ots_oss_reply_bytes(struct ots_oss_call *call, const char *name, struct ots_bytes value)
{
	struct ots_oss_reply *reply = &call->reply;
	const char *text = value.len > 0 ? ots_oss_text(call, value) : NULL;

	if (text == NULL || reply->header_count == OTS_OSS_REPLY_HEADERS_MAX)
		return;
	reply->headers[reply->header_count].name = name;
	reply->headers[reply->header_count].value = text;
	reply->header_count++;
}

void ots_oss_reply_header(struct ots_oss_call *call, const char *name, const char *format, ...)
{
	char text[VALUE_MAX_BYTES];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (len > 0 && (size_t)len < sizeof text)
		ots_oss_reply_bytes(call, name, ots_bytes_of(text));
}

void ots_oss_reply_etag(struct ots_oss_call *call, const char *etag)
{
	ots_oss_reply_header(call, "ETag", "\"%s\"", etag);
}

void ots_oss_reply_crc(struct ots_oss_call *call, uint64_t crc)
{
	ots_oss_reply_header(call, "x-oss-hash-crc64ecma", "%" PRIu64, crc);
}

void ots_oss_reply_version(struct ots_oss_call *call, const char *version)
{
	struct ots_oss_bucket_facts facts;

	if (strcmp(version, "null") == 0) {
		ots_oss_bucket_facts(call->bucket, &facts);
		if (facts.versioning == OTS_OSS_UNVERSIONED)
			return;
	}
	ots_oss_reply_header(call, "x-oss-version-id", "%s", version);
}

void ots_oss_begin_xml(struct ots_oss_call *call, struct ots_oss_xml *xml, const char *root)
{
	ots_oss_xml_begin(xml, &call->reply.body, root);
}

bool ots_oss_reply_xml(struct ots_oss_call *call, struct ots_oss_xml *xml, const char *root)
{
	call->reply.is_xml = true;
	return ots_oss_xml_end(xml, root) ||
	       ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "The answer has no room.");
}

bool ots_oss_encoding(struct ots_oss_call *call, bool *encoded)
{
	const struct ots_bytes value = ots_oss_query(call, "encoding-type");

	*encoded = ots_bytes_are(value, "url");
	return *encoded || value.len == 0 ||
	       ots_oss_bad_argument(call, "encoding-type", value,
				    "The encoding-type is not valid.");
}

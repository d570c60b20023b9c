#include <string.h>

#include <otsfs/base/bytes.h>

#include "../xml/xml_write.h"
#include "../calls/calls.h"
#include "stored.h"

/* The content once more: as a file of its own, with its CRC and MD5 taken anew. */
static bool copy_content(struct ots_oss_call *call, const struct ots_oss_source *source)
{
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status =
		ots_oss_spool_open(ots_oss_bucket_blobs(call->bucket), true, &call->spool, &err);

	if (status == OTS_OK)
		status = ots_oss_spool_copy(call->spool, &source->found.content, 0,
					    source->found.object->facts.size, &err);
	return status == OTS_OK || ots_oss_refuse_error(&call->fault, &err);
}

/* The headers of the copy: those of the source, with the class and encryption that were asked for;
 * or the request's own. */
static bool choose_headers(struct ots_oss_call *call, const struct ots_oss_object *from,
			   struct ots_bytes *out)
{
	const struct ots_bytes directive = ots_oss_header_of(call, "x-oss-metadata-directive");
	const char *name, *value;
	struct ots_buffer packed;
	struct ots_bytes own;
	size_t at = 0;
	bool good;

	if (directive.len > 0 && !ots_bytes_are(directive, "COPY") &&
	    !ots_bytes_are(directive, "REPLACE"))
		return ots_oss_bad_argument(call, "x-oss-metadata-directive", directive,
					    "The metadata directive is not valid.");
	if (!ots_oss_pack_headers(call, &own))
		return false;
	*out = own;
	if (ots_bytes_are(directive, "REPLACE"))
		return true;
	ots_buffer_init(&packed, (size_t)128 * 1024);
	good = true;
	while (good && ots_oss_headers_next(own, &at, &name, &value))
		if (strncmp(name, "x-oss-", 6) == 0 && strncmp(name, "x-oss-meta-", 11) != 0)
			good = ots_buffer_put(&packed, name, strlen(name) + 1) &&
			       ots_buffer_put(&packed, value, strlen(value) + 1);
	at = 0;
	while (good && ots_oss_headers_next(from->facts.headers, &at, &name, &value))
		if (strncmp(name, "x-oss-", 6) != 0 || strncmp(name, "x-oss-meta-", 11) == 0)
			good = ots_buffer_put(&packed, name, strlen(name) + 1) &&
			       ots_buffer_put(&packed, value, strlen(value) + 1);
	out->at = ots_arena_copy(&call->arena, packed.bytes, packed.len);
	out->len = packed.len;
	ots_buffer_release(&packed);
	return (good && out->at != NULL) ||
	       ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
}

static bool store_copy(struct ots_oss_call *call, const struct ots_oss_source *source)
{
	struct ots_oss_object *stored = NULL;
	struct ots_oss_blob *blob = NULL;
	struct ots_oss_facts facts;
	struct ots_bytes headers;
	struct ots_oss_xml xml;

	if (!choose_headers(call, source->found.object, &headers) || !copy_content(call, source) ||
	    !ots_oss_facts_of_spool(call, OTS_OSS_NORMAL, &facts) ||
	    !ots_oss_take_content(call, &blob))
		return false;
	facts.headers = headers;
	if (!ots_oss_bucket_put(call->bucket, &facts, blob, ots_oss_forbids(call), &stored,
				&call->fault))
		return false;
	ots_oss_reply_etag(call, facts.etag);
	ots_oss_reply_crc(call, facts.crc);
	ots_oss_reply_version(call, stored->facts.version);
	if (strcmp(source->found.object->facts.version, "null") != 0)
		ots_oss_reply_header(call, "x-oss-copy-source-version-id", "%s",
				     source->found.object->facts.version);
	ots_oss_object_drop(stored);
	ots_oss_begin_xml(call, &xml, "CopyObjectResult");
	ots_oss_xml_time(&xml, "LastModified", facts.mtime_us);
	ots_oss_xml_open(&xml, "ETag");
	xml.failed = xml.failed || !ots_buffer_printf(xml.out, "\"%s\"", facts.etag);
	ots_oss_xml_close(&xml, "ETag");
	return ots_oss_reply_xml(call, &xml, "CopyObjectResult");
}

bool ots_oss_copy_object(struct ots_oss_call *call)
{
	struct ots_oss_source source;
	const bool good = ots_oss_open_source(call, &source) && store_copy(call, &source);

	ots_oss_found_release(&source.found);
	return good;
}

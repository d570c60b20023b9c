#include <inttypes.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#include "../range.h"
#include "../xml/xml_write.h"
#include "calls.h"
#include "../objects/stored.h"

bool ots_oss_initiate_upload(struct ots_oss_call *call)
{
	char id[OTS_OSS_UPLOAD_ID_BYTES];
	struct ots_bytes headers;
	struct ots_oss_found found;
	struct ots_oss_xml xml;
	bool encoded, there = false;

	if (!ots_oss_encoding(call, &encoded) || !ots_oss_pack_headers(call, &headers))
		return false;
	if (ots_oss_forbids(call)) {
		struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
		const struct ots_oss_query query = {.key = call->request.key};

		there = ots_oss_bucket_find(call->bucket, &query, &found, &fault);
		ots_oss_found_release(&found);
	}
	if (there)
		return ots_oss_refuse(&call->fault, OTS_OSS_FILE_ALREADY_EXISTS,
				      "The object you specified already exists and can not be "
				      "overwritten.");
	if (!ots_oss_upload_begin(call->bucket, call->request.key, headers, call->now_us, id,
				  &call->fault))
		return false;
	ots_oss_echo_encryption(call, headers);
	ots_oss_begin_xml(call, &xml, "InitiateMultipartUploadResult");
	if (encoded)
		ots_oss_xml_text(&xml, "EncodingType", "url");
	ots_oss_xml_bytes(&xml, "Bucket", call->request.bucket);
	ots_oss_xml_name(&xml, "Key", call->request.key, encoded);
	ots_oss_xml_text(&xml, "UploadId", id);
	return ots_oss_reply_xml(call, &xml, "InitiateMultipartUploadResult");
}

/* Keep the content as a part. @param part  filled */
static bool keep_part(struct ots_oss_call *call, struct ots_oss_part *part)
{
	const struct ots_oss_upload_name name = {call->request.key,
						 ots_oss_query(call, "uploadId")};
	struct ots_oss_facts facts;
	uint64_t number;

	if (!ots_oss_query_number(call, "partNumber", 1, OTS_OSS_PART_NUMBER_MAX, 0, &number))
		return false;
	if (number == 0)
		return ots_oss_bad_argument(call, "partNumber", (struct ots_bytes){NULL, 0},
					    "Part number must be an integer between 1 and 10000, "
					    "inclusive.");
	if (!ots_oss_facts_of_spool(call, OTS_OSS_NORMAL, &facts))
		return false;
	*part = (struct ots_oss_part){.number = (uint32_t)number,
				      .size = facts.size,
				      .mtime_us = call->now_us,
				      .crc = facts.crc};
	memcpy(part->etag, facts.etag, sizeof part->etag);
	return ots_oss_take_content(call, &part->blob) &&
	       ots_oss_upload_put(call->bucket, &name, part, &call->fault);
}

bool ots_oss_upload_part(struct ots_oss_call *call)
{
	struct ots_oss_part part = {.number = 0};

	if (!keep_part(call, &part))
		return false;
	ots_oss_reply_etag(call, part.etag);
	ots_oss_reply_crc(call, part.crc);
	ots_oss_reply_bytes(call, "Content-MD5", ots_oss_header_of(call, "content-md5"));
	return true;
}

/* `bytes=a-b`, both there and inside the source. */
static bool read_range(struct ots_oss_call *call, uint64_t size, uint64_t *first, uint64_t *count)
{
	const struct ots_bytes range = ots_oss_header_of(call, "x-oss-copy-source-range");

	*first = 0;
	*count = size;
	if (range.len == 0)
		return true;
	return ots_oss_range(range, false, size, first, count) == OTS_OSS_RANGE_PART ||
	       ots_oss_bad_argument(call, "x-oss-copy-source-range", range,
				    "The x-oss-copy-source-range is not valid.");
}

static bool copy_part(struct ots_oss_call *call, const struct ots_oss_source *source)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_oss_part part = {.number = 0};
	struct ots_oss_xml xml;
	uint64_t first, count;
	enum ots_status status;

	if (!read_range(call, source->found.object->facts.size, &first, &count))
		return false;
	status = ots_oss_spool_open(ots_oss_bucket_blobs(call->bucket), true, &call->spool, &err);
	if (status == OTS_OK)
		status =
			ots_oss_spool_copy(call->spool, &source->found.content, first, count, &err);
	if (status != OTS_OK)
		return ots_oss_refuse_error(&call->fault, &err);
	if (!keep_part(call, &part))
		return false;
	ots_oss_reply_etag(call, part.etag);
	ots_oss_reply_crc(call, part.crc);
	ots_oss_begin_xml(call, &xml, "CopyPartResult");
	ots_oss_xml_time(&xml, "LastModified", part.mtime_us);
	ots_oss_xml_open(&xml, "ETag");
	xml.failed = xml.failed || !ots_buffer_printf(xml.out, "\"%s\"", part.etag);
	ots_oss_xml_close(&xml, "ETag");
	return ots_oss_reply_xml(call, &xml, "CopyPartResult");
}

bool ots_oss_upload_part_copy(struct ots_oss_call *call)
{
	struct ots_oss_source source;
	bool good = ots_oss_open_source(call, &source) && copy_part(call, &source);

	ots_oss_found_release(&source.found);
	return good;
}

bool ots_oss_abort_upload(struct ots_oss_call *call)
{
	const struct ots_oss_upload_name name = {call->request.key,
						 ots_oss_query(call, "uploadId")};

	call->reply.status = 204;
	return ots_oss_upload_abort(call->bucket, &name, &call->fault);
}

#include <inttypes.h>

#include "calls.h"
#include "listed.h"

static void put_part(struct ots_oss_xml *xml, const struct ots_oss_part *part)
{
	ots_oss_xml_open(xml, "Part");
	ots_oss_xml_number(xml, "PartNumber", part->number);
	ots_oss_xml_time(xml, "LastModified", part->mtime_us);
	ots_oss_xml_open(xml, "ETag");
	xml->failed = xml->failed || !ots_buffer_printf(xml->out, "\"%s\"", part->etag);
	ots_oss_xml_close(xml, "ETag");
	ots_oss_xml_number(xml, "HashCrc64ecma", part->crc);
	ots_oss_xml_number(xml, "Size", part->size);
	ots_oss_xml_close(xml, "Part");
}

bool ots_oss_list_parts(struct ots_oss_call *call)
{
	const struct ots_oss_upload_name name = {call->request.key,
						 ots_oss_query(call, "uploadId")};
	struct ots_oss_upload_parts parts;
	struct ots_oss_xml xml;
	uint64_t most, marker;
	size_t from = 0, count;
	bool encoded, good;

	if (!ots_oss_query_number(call, "max-parts", 1, 1000, 1000, &most) ||
	    !ots_oss_query_number(call, "part-number-marker", 0, UINT32_MAX, 0, &marker) ||
	    !ots_oss_encoding(call, &encoded) ||
	    !ots_oss_upload_parts(call->bucket, &name, &call->arena, &parts, &call->fault))
		return false;
	while (from < parts.count && parts.parts[from].number <= marker)
		from++; /* ends: from grows */
	count = parts.count - from < most ? parts.count - from : (size_t)most;
	ots_oss_begin_xml(call, &xml, "ListPartsResult");
	if (encoded)
		ots_oss_xml_text(&xml, "EncodingType", "url");
	ots_oss_xml_bytes(&xml, "Bucket", call->request.bucket);
	ots_oss_xml_name(&xml, "Key", call->request.key, encoded);
	ots_oss_xml_bytes(&xml, "UploadId", name.id);
	ots_oss_xml_text(&xml, "StorageClass", "Standard");
	ots_oss_xml_number(&xml, "PartNumberMarker", marker);
	ots_oss_xml_number(&xml, "NextPartNumberMarker",
			   count > 0 ? parts.parts[from + count - 1].number : marker);
	ots_oss_xml_number(&xml, "MaxParts", most);
	ots_oss_xml_bool(&xml, "IsTruncated", from + count < parts.count);
	for (size_t i = 0; i < count; i++)
		put_part(&xml, &parts.parts[from + i]);
	good = ots_oss_reply_xml(call, &xml, "ListPartsResult");
	ots_oss_upload_parts_release(call->bucket, &parts);
	return good;
}

static void put_uploads(struct ots_oss_xml *xml, const struct ots_oss_upload_listing *listing,
			bool encoded)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct ots_oss_upload_line *line = &listing->lines[i];

		if (line->id.len == 0)
			continue;
		ots_oss_xml_open(xml, "Upload");
		ots_oss_xml_name(xml, "Key", line->key, encoded);
		ots_oss_xml_bytes(xml, "UploadId", line->id);
		ots_oss_xml_text(xml, "StorageClass", "Standard");
		ots_oss_xml_time(xml, "Initiated", line->begun_us);
		ots_oss_xml_close(xml, "Upload");
	}
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->lines[i].id.len > 0)
			continue;
		ots_oss_xml_open(xml, "CommonPrefixes");
		ots_oss_xml_name(xml, "Prefix", listing->lines[i].key, encoded);
		ots_oss_xml_close(xml, "CommonPrefixes");
	}
}

bool ots_oss_list_uploads(struct ots_oss_call *call)
{
	const struct ots_bytes id_marker = ots_oss_query(call, "upload-id-marker");
	const struct ots_oss_walk_query query = {.prefix = ots_oss_query(call, "prefix"),
						 .delimiter = ots_oss_query(call, "delimiter"),
						 .after = ots_oss_query(call, "key-marker")};
	const struct ots_bytes after_id =
		query.after.len > 0 ? id_marker : (struct ots_bytes){NULL, 0};
	struct ots_bytes next_key = {NULL, 0}, next_id = {NULL, 0};
	struct ots_oss_upload_listing listing;
	struct ots_oss_xml xml;
	uint64_t most;
	bool encoded;

	if (!ots_oss_query_number(call, "max-uploads", 1, 1000, 1000, &most) ||
	    !ots_oss_encoding(call, &encoded) || !ots_oss_check_names(call) ||
	    !ots_oss_uploads_list(call->bucket, &query, after_id, (size_t)most, &call->arena,
				  &listing, &call->fault))
		return false;
	if (listing.truncated && listing.count > 0) {
		next_key = listing.lines[listing.count - 1].key;
		next_id = listing.lines[listing.count - 1].id;
	}
	ots_oss_begin_xml(call, &xml, "ListMultipartUploadsResult");
	if (encoded)
		ots_oss_xml_text(&xml, "EncodingType", "url");
	ots_oss_xml_bytes(&xml, "Bucket", call->request.bucket);
	ots_oss_xml_name(&xml, "KeyMarker", query.after, encoded);
	ots_oss_xml_bytes(&xml, "UploadIdMarker", id_marker);
	ots_oss_xml_name(&xml, "NextKeyMarker", next_key, encoded);
	ots_oss_xml_bytes(&xml, "NextUploadIdMarker", next_id);
	ots_oss_xml_name(&xml, "Delimiter", query.delimiter, encoded);
	ots_oss_xml_name(&xml, "Prefix", query.prefix, encoded);
	ots_oss_xml_number(&xml, "MaxUploads", most);
	ots_oss_xml_bool(&xml, "IsTruncated", listing.truncated);
	put_uploads(&xml, &listing, encoded);
	return ots_oss_reply_xml(call, &xml, "ListMultipartUploadsResult");
}

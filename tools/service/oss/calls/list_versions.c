#include <otsfs/base/bytes.h>

#include "calls.h"
#include "listed.h"

static void put_lines(struct ots_oss_call *call, struct ots_oss_xml *xml,
		      const struct ots_oss_listing *listing, bool encoded)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct ots_oss_line *line = &listing->lines[i];
		const struct ots_oss_object *object = line->object;
		const char *name;

		if (object == NULL)
			continue;
		name = object->facts.delete_marker ? "DeleteMarker" : "Version";
		ots_oss_xml_open(xml, name);
		if (object->facts.delete_marker) {
			ots_oss_xml_name(xml, "Key", object->facts.key, encoded);
			ots_oss_xml_time(xml, "LastModified", object->facts.mtime_us);
			ots_oss_put_owner(xml);
		} else {
			ots_oss_put_entry(call, xml, object, encoded, true);
		}
		ots_oss_xml_text(xml, "VersionId", object->facts.version);
		ots_oss_xml_bool(xml, "IsLatest", line->latest);
		ots_oss_xml_close(xml, name);
	}
	ots_oss_put_prefixes(xml, listing, encoded);
}

static void put_next(struct ots_oss_xml *xml, const struct ots_oss_listing *listing, bool encoded)
{
	const struct ots_oss_line *last = &listing->lines[listing->count - 1];

	if (!listing->truncated || listing->count == 0)
		return;
	ots_oss_xml_name(xml, "NextKeyMarker",
			 last->object != NULL ? last->object->facts.key : last->prefix, encoded);
	if (last->object != NULL)
		ots_oss_xml_text(xml, "NextVersionIdMarker", last->object->facts.version);
}

bool ots_oss_list_object_versions(struct ots_oss_call *call)
{
	const struct ots_bytes marker = ots_oss_query(call, "version-id-marker");
	struct ots_oss_list list = {.versions = true, .after_version = marker};
	struct ots_oss_listing listing = {.count = 0};
	struct ots_oss_xml xml;
	uint64_t most;
	bool encoded, good;

	if (!ots_oss_query_number(call, "max-keys", 1, 1000, 100, &most) ||
	    !ots_oss_encoding(call, &encoded) || !ots_oss_check_names(call))
		return false;
	list.query.prefix = ots_oss_query(call, "prefix");
	list.query.delimiter = ots_oss_query(call, "delimiter");
	list.query.after = ots_oss_query(call, "key-marker");
	list.query.with_after = marker.len > 0;
	list.most = (size_t)most;
	if (marker.len > 0 && (list.query.after.len == 0 || !ots_oss_is_version(marker)))
		return ots_oss_bad_argument(call, "version-id-marker", marker,
					    "The version-id-marker is not valid.");
	if (!ots_oss_bucket_list(call->bucket, &list, &call->arena, &listing, &call->fault))
		return false;
	ots_oss_begin_xml(call, &xml, "ListVersionsResult");
	ots_oss_xml_bytes(&xml, "Name", call->request.bucket);
	ots_oss_xml_name(&xml, "Prefix", list.query.prefix, encoded);
	ots_oss_xml_name(&xml, "KeyMarker", list.query.after, encoded);
	ots_oss_xml_bytes(&xml, "VersionIdMarker", marker);
	ots_oss_xml_number(&xml, "MaxKeys", most);
	ots_oss_xml_name(&xml, "Delimiter", list.query.delimiter, encoded);
	ots_oss_xml_bool(&xml, "IsTruncated", listing.truncated);
	if (encoded)
		ots_oss_xml_text(&xml, "EncodingType", "url");
	put_next(&xml, &listing, encoded);
	put_lines(call, &xml, &listing, encoded);
	good = ots_oss_reply_xml(call, &xml, "ListVersionsResult");
	ots_oss_listing_release(&listing);
	return good;
}

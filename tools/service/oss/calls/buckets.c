#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../xml/xml_write.h"
#include "calls.h"

#define OWNER "otsfs-local"

static void put_owner(struct ots_oss_xml *xml)
{
	ots_oss_xml_open(xml, "Owner");
	ots_oss_xml_text(xml, "ID", OWNER);
	ots_oss_xml_text(xml, "DisplayName", OWNER);
	ots_oss_xml_close(xml, "Owner");
}

/* `oss-cn-hangzhou`, as answers name a region. */
static void put_location(struct ots_oss_call *call, struct ots_oss_xml *xml, const char *name)
{
	char text[80];

	(void)snprintf(text, sizeof text, "oss-%s", call->access->region);
	ots_oss_xml_text(xml, name, text);
}

static void put_place(struct ots_oss_call *call, struct ots_oss_xml *xml,
		      const struct ots_oss_bucket_facts *facts)
{
	ots_oss_xml_text(xml, "Name", facts->name);
	put_location(call, xml, "Location");
	ots_oss_xml_time(xml, "CreationDate", facts->created_us);
	ots_oss_xml_text(xml, "ExtranetEndpoint", call->endpoint);
	ots_oss_xml_text(xml, "IntranetEndpoint", call->endpoint);
	ots_oss_xml_text(xml, "StorageClass", "Standard");
}

static bool begins(const char *name, struct ots_bytes prefix)
{
	return strlen(name) >= prefix.len &&
	       (prefix.len == 0 || memcmp(name, prefix.at, prefix.len) == 0);
}

bool ots_oss_list_buckets(struct ots_oss_call *call)
{
	const struct ots_bytes prefix = ots_oss_query(call, "prefix");
	const struct ots_bytes marker = ots_oss_query(call, "marker");
	struct ots_oss_bucket **buckets = ots_arena_alloc(
		&call->arena, OTS_OSS_BUCKETS_MAX * sizeof(struct ots_oss_bucket *));
	struct ots_oss_bucket_facts facts = {.name = ""};
	struct ots_oss_xml xml;
	size_t count, shown = 0;
	const char *last = "";
	uint64_t most;
	bool more = false;

	if (buckets == NULL)
		return ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	if (!ots_oss_query_number(call, "max-keys", 1, 1000, 100, &most))
		return false;
	count = ots_oss_store_each(call->store, buckets);
	ots_oss_begin_xml(call, &xml, "ListAllMyBucketsResult");
	put_owner(&xml);
	ots_oss_xml_open(&xml, "Buckets");
	for (size_t i = 0; i < count && !more; i++) {
		ots_oss_bucket_facts(buckets[i], &facts);
		if (!begins(facts.name, prefix) ||
		    (marker.len > 0 && ots_oss_compare_keys(ots_bytes_of(facts.name), marker) <= 0))
			continue;
		more = shown == most;
		if (more)
			break;
		ots_oss_xml_open(&xml, "Bucket");
		put_place(call, &xml, &facts);
		ots_oss_xml_text(&xml, "Region", call->access->region);
		ots_oss_xml_close(&xml, "Bucket");
		last = facts.name;
		shown++;
	}
	ots_oss_xml_close(&xml, "Buckets");
	ots_oss_xml_bytes(&xml, "Prefix", prefix);
	ots_oss_xml_bytes(&xml, "Marker", marker);
	ots_oss_xml_number(&xml, "MaxKeys", most);
	ots_oss_xml_bool(&xml, "IsTruncated", more);
	if (more)
		ots_oss_xml_text(&xml, "NextMarker", last);
	return ots_oss_reply_xml(call, &xml, "ListAllMyBucketsResult");
}

bool ots_oss_describe_regions(struct ots_oss_call *call)
{
	struct ots_oss_xml xml;

	ots_oss_begin_xml(call, &xml, "RegionInfoList");
	ots_oss_xml_open(&xml, "RegionInfo");
	put_location(call, &xml, "Region");
	ots_oss_xml_text(&xml, "InternetEndpoint", call->endpoint);
	ots_oss_xml_text(&xml, "InternalEndpoint", call->endpoint);
	ots_oss_xml_text(&xml, "AccelerateEndpoint", call->endpoint);
	ots_oss_xml_close(&xml, "RegionInfo");
	return ots_oss_reply_xml(call, &xml, "RegionInfoList");
}

bool ots_oss_put_bucket(struct ots_oss_call *call)
{
	const struct ots_bytes acl = ots_oss_header_of(call, "x-oss-acl");
	struct ots_oss_bucket *bucket = NULL;
	struct ots_oss_bucket_facts facts;

	if (acl.len > 0 && !ots_bytes_are(acl, "private") && !ots_bytes_are(acl, "public-read") &&
	    !ots_bytes_are(acl, "public-read-write"))
		return ots_oss_bad_argument(call, "x-oss-acl", acl,
					    "No such bucket access control exists.");
	if (!ots_oss_store_add(call->store, call->request.bucket, call->now_us, &bucket,
			       &call->fault))
		return false;
	ots_oss_reply_header(call, "Location", "/%.*s", (int)call->request.bucket.len,
			     (const char *)call->request.bucket.at);
	if (acl.len == 0)
		return true;
	ots_oss_bucket_facts(bucket, &facts);
	return ots_oss_bucket_set(bucket, facts.versioning, ots_oss_text(call, acl), &call->fault);
}

bool ots_oss_delete_bucket(struct ots_oss_call *call)
{
	call->reply.status = 204;
	return ots_oss_store_remove(call->store, call->request.bucket, &call->fault);
}

bool ots_oss_get_bucket_info(struct ots_oss_call *call)
{
	static const char *const versioning[] = {NULL, "Enabled", "Suspended"};
	struct ots_oss_bucket_facts facts;
	struct ots_oss_xml xml;

	ots_oss_bucket_facts(call->bucket, &facts);
	ots_oss_begin_xml(call, &xml, "BucketInfo");
	ots_oss_xml_open(&xml, "Bucket");
	put_place(call, &xml, &facts);
	put_owner(&xml);
	ots_oss_xml_text(&xml, "DataRedundancyType", "LRS");
	ots_oss_xml_open(&xml, "AccessControlList");
	ots_oss_xml_text(&xml, "Grant", facts.acl);
	ots_oss_xml_close(&xml, "AccessControlList");
	if (versioning[facts.versioning] != NULL)
		ots_oss_xml_text(&xml, "Versioning", versioning[facts.versioning]);
	ots_oss_xml_text(&xml, "TransferAcceleration", "Disabled");
	ots_oss_xml_text(&xml, "CrossRegionReplication", "Disabled");
	ots_oss_xml_open(&xml, "ServerSideEncryptionRule");
	ots_oss_xml_text(&xml, "SSEAlgorithm", "None");
	ots_oss_xml_close(&xml, "ServerSideEncryptionRule");
	ots_oss_xml_text(&xml, "ResourceGroupId", "rg-local");
	ots_oss_xml_text(&xml, "AccessMonitor", "Disabled");
	ots_oss_xml_text(&xml, "Comment", "");
	ots_oss_xml_open(&xml, "BucketPolicy");
	ots_oss_xml_text(&xml, "LogBucket", "");
	ots_oss_xml_text(&xml, "LogPrefix", "");
	ots_oss_xml_close(&xml, "BucketPolicy");
	ots_oss_xml_close(&xml, "Bucket");
	return ots_oss_reply_xml(call, &xml, "BucketInfo");
}

bool ots_oss_get_bucket_location(struct ots_oss_call *call)
{
	call->reply.is_xml = true;
	return ots_buffer_printf(&call->reply.body,
				 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				 "<LocationConstraint>oss-%s</LocationConstraint>",
				 call->access->region) ||
	       ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "The answer has no room.");
}

bool ots_oss_get_bucket_stat(struct ots_oss_call *call)
{
	struct ots_oss_bucket_facts facts;
	struct ots_oss_xml xml;

	ots_oss_bucket_facts(call->bucket, &facts);
	ots_oss_begin_xml(call, &xml, "BucketStat");
	ots_oss_xml_number(&xml, "Storage", facts.bytes);
	ots_oss_xml_number(&xml, "ObjectCount", facts.object_count);
	ots_oss_xml_number(&xml, "MultipartUploadCount", facts.upload_count);
	ots_oss_xml_number(&xml, "LiveChannelCount", 0);
	ots_oss_xml_number(&xml, "LastModifiedTime", (uint64_t)(call->now_us / 1000000));
	ots_oss_xml_number(&xml, "StandardStorage", facts.bytes);
	ots_oss_xml_number(&xml, "StandardObjectCount", facts.object_count);
	return ots_oss_reply_xml(call, &xml, "BucketStat");
}

#include <string.h>

#include <otsfs/base/bytes.h>

#include "calls/calls.h"

enum level { SERVICE, BUCKET, OBJECT };

/* The first line that fits is the operation. A line with a parameter wants it in the query, one
 * with a header wants that. */
static const struct route {
	enum level level;
	const char *method;
	const char *parameter;
	const char *value; /* of the parameter; NULL: any */
	const char *header;
	struct ots_oss_operation operation;
} routes[] = {
	{SERVICE,
	 "GET",
	 "regions",
	 NULL,
	 NULL,
	 {"DescribeRegions", ots_oss_describe_regions, OTS_OSS_BODY_NONE, false}},
	{SERVICE,
	 "GET",
	 NULL,
	 NULL,
	 NULL,
	 {"ListBuckets", ots_oss_list_buckets, OTS_OSS_BODY_NONE, false}},

	{BUCKET,
	 "GET",
	 "bucketInfo",
	 NULL,
	 NULL,
	 {"GetBucketInfo", ots_oss_get_bucket_info, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "location",
	 NULL,
	 NULL,
	 {"GetBucketLocation", ots_oss_get_bucket_location, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "stat",
	 NULL,
	 NULL,
	 {"GetBucketStat", ots_oss_get_bucket_stat, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "acl",
	 NULL,
	 NULL,
	 {"GetBucketAcl", ots_oss_get_bucket_acl, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "versioning",
	 NULL,
	 NULL,
	 {"GetBucketVersioning", ots_oss_get_bucket_versioning, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "versions",
	 NULL,
	 NULL,
	 {"ListObjectVersions", ots_oss_list_object_versions, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "uploads",
	 NULL,
	 NULL,
	 {"ListMultipartUploads", ots_oss_list_uploads, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 "list-type",
	 "2",
	 NULL,
	 {"ListObjectsV2", ots_oss_list_objects_v2, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "GET",
	 NULL,
	 NULL,
	 NULL,
	 {"ListObjects", ots_oss_list_objects, OTS_OSS_BODY_NONE, false}},
	{BUCKET,
	 "PUT",
	 "acl",
	 NULL,
	 NULL,
	 {"PutBucketAcl", ots_oss_put_bucket_acl, OTS_OSS_BODY_DOCUMENT, false}},
	{BUCKET,
	 "PUT",
	 "versioning",
	 NULL,
	 NULL,
	 {"PutBucketVersioning", ots_oss_put_bucket_versioning, OTS_OSS_BODY_DOCUMENT, false}},
	{BUCKET,
	 "PUT",
	 NULL,
	 NULL,
	 NULL,
	 {"PutBucket", ots_oss_put_bucket, OTS_OSS_BODY_DOCUMENT, false}},
	{BUCKET,
	 "POST",
	 "delete",
	 NULL,
	 NULL,
	 {"DeleteMultipleObjects", ots_oss_delete_objects, OTS_OSS_BODY_DOCUMENT, false}},
	{BUCKET,
	 "DELETE",
	 NULL,
	 NULL,
	 NULL,
	 {"DeleteBucket", ots_oss_delete_bucket, OTS_OSS_BODY_NONE, false}},

	{OBJECT,
	 "GET",
	 "uploadId",
	 NULL,
	 NULL,
	 {"ListParts", ots_oss_list_parts, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "GET",
	 "symlink",
	 NULL,
	 NULL,
	 {"GetSymlink", ots_oss_get_symlink, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "GET",
	 "acl",
	 NULL,
	 NULL,
	 {"GetObjectAcl", ots_oss_get_object_acl, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "GET",
	 NULL,
	 NULL,
	 NULL,
	 {"GetObject", ots_oss_get_object, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "HEAD",
	 "objectMeta",
	 NULL,
	 NULL,
	 {"GetObjectMeta", ots_oss_get_object_meta, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "HEAD",
	 NULL,
	 NULL,
	 NULL,
	 {"HeadObject", ots_oss_head_object, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "PUT",
	 "partNumber",
	 NULL,
	 "x-oss-copy-source",
	 {"UploadPartCopy", ots_oss_upload_part_copy, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "PUT",
	 "partNumber",
	 NULL,
	 NULL,
	 {"UploadPart", ots_oss_upload_part, OTS_OSS_BODY_CONTENT, true}},
	{OBJECT,
	 "PUT",
	 "symlink",
	 NULL,
	 NULL,
	 {"PutSymlink", ots_oss_put_symlink, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "PUT",
	 "acl",
	 NULL,
	 NULL,
	 {"PutObjectAcl", ots_oss_put_object_acl, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "PUT",
	 NULL,
	 NULL,
	 "x-oss-copy-source",
	 {"CopyObject", ots_oss_copy_object, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "PUT",
	 NULL,
	 NULL,
	 NULL,
	 {"PutObject", ots_oss_put_object, OTS_OSS_BODY_CONTENT, true}},
	{OBJECT,
	 "POST",
	 "append",
	 NULL,
	 NULL,
	 {"AppendObject", ots_oss_append_object, OTS_OSS_BODY_CONTENT, true}},
	{OBJECT,
	 "POST",
	 "uploads",
	 NULL,
	 NULL,
	 {"InitiateMultipartUpload", ots_oss_initiate_upload, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "POST",
	 "uploadId",
	 NULL,
	 NULL,
	 {"CompleteMultipartUpload", ots_oss_complete_upload, OTS_OSS_BODY_DOCUMENT, false}},
	{OBJECT,
	 "POST",
	 "restore",
	 NULL,
	 NULL,
	 {"RestoreObject", ots_oss_restore_object, OTS_OSS_BODY_DOCUMENT, false}},
	{OBJECT,
	 "POST",
	 "cleanRestoredObject",
	 NULL,
	 NULL,
	 {"CleanRestoredObject", ots_oss_clean_restored_object, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "DELETE",
	 "uploadId",
	 NULL,
	 NULL,
	 {"AbortMultipartUpload", ots_oss_abort_upload, OTS_OSS_BODY_NONE, false}},
	{OBJECT,
	 "DELETE",
	 NULL,
	 NULL,
	 NULL,
	 {"DeleteObject", ots_oss_delete_object, OTS_OSS_BODY_NONE, false}},
};

/* Settings that a bucket or an object could have and here does not: a request for one must not be
 * taken for a plain listing or read. */
static const char *const absent[] = {
	"lifecycle", "cors",          "website",       "logging",        "referer",
	"policy",    "tagging",       "encryption",    "replication",    "inventory",
	"worm",      "qos",           "cname",         "requestPayment", "live",
	"vod",       "img",           "style",         "metaQuery",      "transferAcceleration",
	"seal",      "accessmonitor", "resourceGroup", "asyncFetch",     "x-oss-process",
};

static bool fits(const struct route *route, enum level level, const struct ots_oss_request *request)
{
	const struct ots_bytes *value;

	if (route->level != level || !ots_bytes_are(request->method, route->method))
		return false;
	if (route->header != NULL && ots_oss_header_value(request, route->header).len == 0)
		return false;
	if (route->parameter == NULL)
		return true;
	value = ots_oss_query_value(request, route->parameter);
	return value != NULL && (route->value == NULL || ots_bytes_are(*value, route->value));
}

const struct ots_oss_operation *ots_oss_operation_of(const struct ots_oss_request *request,
						     struct ots_oss_fault *fault)
{
	const enum level level = request->bucket.len == 0 ? SERVICE
				 : request->key.len == 0  ? BUCKET
							  : OBJECT;

	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		if (ots_oss_query_value(request, absent[i]) != NULL) {
			(void)ots_oss_refuse(fault, OTS_OSS_NOT_IMPLEMENTED,
					     "The local service has no %s.", absent[i]);
			return NULL;
		}
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
		if (fits(&routes[i], level, request))
			return &routes[i].operation;
	(void)ots_oss_detail(fault, "Method", request->method);
	(void)ots_oss_refuse(fault, OTS_OSS_METHOD_NOT_ALLOWED,
			     "The specified method is not allowed against this resource.");
	return NULL;
}

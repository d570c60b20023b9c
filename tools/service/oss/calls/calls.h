/** @file calls.h
 *  The operations of OSS, a file a family. Each is an ots_oss_call_fn: it reads the call, and fills
 *  the reply or the fault. Source: oss-protocol section 3, each under its own name.
 *  Threads: as call.h. */
#ifndef OTSFS_SERVICE_OSS_CALLS_CALLS_H
#define OTSFS_SERVICE_OSS_CALLS_CALLS_H

#include "../call.h"

/* buckets.c */
ots_oss_call_fn ots_oss_list_buckets, ots_oss_describe_regions, ots_oss_put_bucket,
	ots_oss_delete_bucket, ots_oss_get_bucket_info, ots_oss_get_bucket_location,
	ots_oss_get_bucket_stat;
/* settings.c */
ots_oss_call_fn ots_oss_get_bucket_acl, ots_oss_put_bucket_acl, ots_oss_get_bucket_versioning,
	ots_oss_put_bucket_versioning, ots_oss_get_object_acl, ots_oss_put_object_acl;
/* list.c, list_versions.c */
ots_oss_call_fn ots_oss_list_objects, ots_oss_list_objects_v2, ots_oss_list_object_versions;
/* ../objects/get.c */
ots_oss_call_fn ots_oss_get_object, ots_oss_head_object, ots_oss_get_object_meta;
/* ../objects/: put.c, append.c, copy.c */
ots_oss_call_fn ots_oss_put_object, ots_oss_append_object, ots_oss_copy_object;
/* upload.c, upload_finish.c, upload_list.c */
ots_oss_call_fn ots_oss_initiate_upload, ots_oss_upload_part, ots_oss_upload_part_copy,
	ots_oss_abort_upload, ots_oss_complete_upload, ots_oss_list_parts, ots_oss_list_uploads;
/* ../objects/delete.c */
ots_oss_call_fn ots_oss_delete_object, ots_oss_delete_objects;
/* ../objects/restore.c */
ots_oss_call_fn ots_oss_restore_object, ots_oss_clean_restored_object;
/* ../objects/symlink.c */
ots_oss_call_fn ots_oss_put_symlink, ots_oss_get_symlink;

#endif

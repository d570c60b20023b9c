/* The files as text, each read for what it says of a bucket. Pure; fuzzed. */
#ifndef OTSFS_NET_BUCKET_SETTINGS_DECODE_H
#define OTSFS_NET_BUCKET_SETTINGS_DECODE_H

#include <otsfs/net/bucket_settings.h>

/* @param path     of the text, for people
 * @param profile  of version 2; NULL: default, and version 1 counts too
 * @param out      zeroed; to be released in every case */
enum ots_status ossutil_settings_decode(struct ots_bytes text, const char *path,
					const char *profile, struct ots_bytes bucket,
					struct ots_bucket_settings *out,
					struct ots_error *err) OTS_MUST_USE;

/* The region of the cli's profile. @param profile  NULL: the file's own choice */
enum ots_status aliyun_settings_decode(struct ots_bytes text, const char *path, const char *profile,
				       struct ots_bucket_settings *out,
				       struct ots_error *err) OTS_MUST_USE;

/* Keep a value of @p name; an empty one says nothing, a second one is passed over.
 * @return OTS_OK, OTS_DENIED (bytes that no such value has, too long), OTS_NO_MEMORY */
enum ots_status settings_keep(char **field, const char *path, const char *name,
			      struct ots_bytes value, struct ots_error *err) OTS_MUST_USE;

#endif

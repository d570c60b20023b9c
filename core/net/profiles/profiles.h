/* The files of Alibaba's tools, each a decoder of text and a place of the chain that reads the file
 * and hands its text to the decoder. The decoders touch nothing outside and are fuzzed. */
#ifndef OTSFS_NET_PROFILES_PROFILES_H
#define OTSFS_NET_PROFILES_PROFILES_H

#include <otsfs/base/buffer.h>

#include "../credentials/places.h"

/* @param path     of the text, for people
 * @param profile  which one; NULL: the file's own choice
 * @param out      stays NULL when the text has no key: no such profile, or one that sets other
 *                 things only
 * @return OTS_OK, OTS_DENIED (malformed: names profile and field), OTS_UNSUPPORTED (a mode that is
 *         not read), OTS_CORRUPT (not the format), OTS_LIMIT, OTS_NO_MEMORY */
typedef enum ots_status profile_decode_fn(struct ots_bytes text, const char *path,
					  const char *profile, struct recipe **out,
					  struct ots_error *err);

profile_decode_fn aliyun_config_decode;    /* ~/.aliyun/config.json */
profile_decode_fn ossutil_config_decode;   /* ~/.ossutilconfig, both versions */
profile_decode_fn credentials_file_decode; /* ~/.alibabacloud/credentials */

place_fn place_aliyun_config, place_ossutil_config, place_credentials_file;

/* The files themselves, for what they say besides keys.
 * @param path  for free(); NULL: there is no such file, or it is switched off
 * @param file  to be released in every case
 * @return OTS_OK, and as secret_file_read() */
struct secret_file;
enum ots_status place_aliyun_read(char **path, struct secret_file *file,
				  struct ots_error *err) OTS_MUST_USE;
enum ots_status place_ossutil_read(char **path, struct secret_file *file,
				   struct ots_error *err) OTS_MUST_USE;

/* The region_id of a profile of the cli's file. @param keep  told of it, when there is one */
enum ots_status aliyun_config_region(struct ots_bytes text, const char *path, const char *profile,
				     enum ots_status (*keep)(void *arg, struct ots_bytes region,
							     struct ots_error *err),
				     void *arg, struct ots_error *err) OTS_MUST_USE;

/* The profile that ALIBABA_CLOUD_PROFILE and its other spellings name; NULL: none.
 * @param variable  which one did; may be NULL */
const char *profile_named(const char **variable);

/* Where the three files are, for people: joined by commas, at the end of @p out. */
bool profiles_put_paths(struct ots_buffer *out);

/* Where the two files are that say where buckets are. @return for free(); NULL without memory */
char *profiles_settings_paths(void);

#endif

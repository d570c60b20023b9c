#include <otsfs/net/bucket_settings.h>

#include <stdlib.h>
#include <string.h>

#include "../profiles/profiles.h"
#include "../profiles/secret_file.h"
#include "decode.h"

/* A host has at most 253 bytes, a scheme and a port a few more. */
#define VALUE_MAX_BYTES 300

enum ots_status settings_keep(char **field, const char *path, const char *name,
			      struct ots_bytes value, struct ots_error *err)
{
	if (value.len == 0 || *field != NULL)
		return OTS_OK;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] <= ' ' || value.at[i] > '~')
			return ots_fail(err, OTS_DENIED,
					"%s: %s has a byte that none has: %02x at place %zu", path,
					name, value.at[i], i);
	}
	if (value.len > VALUE_MAX_BYTES)
		return ots_fail(err, OTS_DENIED, "%s: %s of %zu bytes, expected at most %d", path,
				name, value.len, VALUE_MAX_BYTES);
	*field = strndup((const char *)value.at, value.len);
	return *field != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "%s: %s", path, name);
}

static enum ots_status read_ossutil(struct ots_bytes bucket, struct ots_bucket_settings *out,
				    struct ots_error *err)
{
	struct secret_file file = {NULL, 0, 0};
	char *path = NULL;
	enum ots_status status = place_ossutil_read(&path, &file, err);

	if (status == OTS_OK && path != NULL)
		status = ossutil_settings_decode((struct ots_bytes){file.bytes, file.len}, path,
						 environment_text("OSSUTIL_PROFILE"), bucket, out,
						 err);
	secret_file_release(&file);
	free(path);
	return status;
}

static enum ots_status read_aliyun(struct ots_bucket_settings *out, struct ots_error *err)
{
	struct secret_file file = {NULL, 0, 0};
	char *path = NULL;
	enum ots_status status = place_aliyun_read(&path, &file, err);

	if (status == OTS_OK && path != NULL)
		status = aliyun_settings_decode((struct ots_bytes){file.bytes, file.len}, path,
						profile_named(NULL), out, err);
	secret_file_release(&file);
	free(path);
	return status;
}

enum ots_status ots_bucket_settings_find(struct ots_bytes bucket, struct ots_bucket_settings *out,
					 struct ots_error *err)
{
	enum ots_status status = read_ossutil(bucket, out, err);

	if (status == OTS_OK && out->endpoint == NULL && out->region == NULL)
		status = read_aliyun(out, err);
	return status;
}

char *ots_bucket_settings_places(void)
{
	return profiles_settings_paths();
}

void ots_bucket_settings_release(struct ots_bucket_settings *settings)
{
	free(settings->endpoint);
	free(settings->region);
	free(settings->addressing);
	free(settings->sign);
	*settings = (struct ots_bucket_settings){NULL, NULL, NULL, NULL};
}

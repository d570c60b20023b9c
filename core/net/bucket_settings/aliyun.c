/* ~/.aliyun/config.json, what it says of regions. Its `endpoint` is not taken: the sheet does not
 * say that it is one of OSS. Source: oss-protocol 5.4. */
#include "decode.h"

#include "../profiles/profiles.h"

struct reading {
	const char *path;
	struct ots_bucket_settings *out;
};

static enum ots_status keep(void *arg, struct ots_bytes region, struct ots_error *err)
{
	const struct reading *r = arg;

	return settings_keep(&r->out->region, r->path, "region_id", region, err);
}

enum ots_status aliyun_settings_decode(struct ots_bytes text, const char *path, const char *profile,
				       struct ots_bucket_settings *out, struct ots_error *err)
{
	struct reading r = {.path = path, .out = out};

	return aliyun_config_region(text, path, profile, keep, &r, err);
}

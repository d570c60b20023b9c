/* ~/.alibabacloud/credentials. Source: oss-protocol 5.4, last paragraph. */
#include "profiles.h"

#include <otsfs/base/bytes.h>

#include "ini_profile.h"
#include "spelling.h"

static const struct recipe_name names[] = {
	{"access_key_id", RECIPE_ID},
	{"access_key_secret", RECIPE_SECRET},
	{"security_token", RECIPE_TOKEN},
	{"role_arn", RECIPE_ROLE_ARN},
	{"role_session_name", RECIPE_SESSION_NAME},
	{"policy", RECIPE_POLICY},
	{"role_name", RECIPE_INSTANCE_ROLE},
	{"oidc_provider_arn", RECIPE_OIDC_PROVIDER},
	{"oidc_token_file_path", RECIPE_OIDC_TOKEN_FILE},
	{NULL, RECIPE_FIELDS},
};

static const struct recipe_word words[] = {
	{"access_key", RECIPE_KEY},     {"sts", RECIPE_STS_KEY},
	{"ram_role_arn", RECIPE_ROLE},  {"ecs_ram_role", RECIPE_INSTANCE},
	{"oidc_role_arn", RECIPE_OIDC}, {NULL, RECIPE_KEY},
};

static bool is_section(struct ots_bytes section, struct ots_bytes profile)
{
	return ots_bytes_equal(section, profile);
}

static const struct ini_format format = {names, words, "type", NULL, is_section};

enum ots_status credentials_file_decode(struct ots_bytes text, const char *path,
					const char *profile, struct recipe **out,
					struct ots_error *err)
{
	const struct ots_bytes wanted = ots_bytes_of(profile != NULL ? profile : "default");
	struct ots_bytes enabled;
	enum ots_status status =
		ini_profile_value(&format, text, path, wanted, "enable", &enabled, err);

	if (status != OTS_OK || (enabled.len > 0 && spelling_same(enabled, "false")))
		return status;
	return ini_profile_decode(&format, text, path, wanted, out, err);
}

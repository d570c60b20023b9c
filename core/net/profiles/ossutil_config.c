/* ~/.ossutilconfig. Both versions have the same name, and a file may hold sections of both: those
 * of version 2 count first, as its tool is the newer. Source: oss-protocol 5.2, 5.3. */
#include "profiles.h"

#include <string.h>

#include <otsfs/base/bytes.h>

#include "ini_profile.h"
#include "ossutil_sections.h"
#include "spelling.h"

static const struct recipe_name names_v1[] = {
	{"accessKeyID", RECIPE_ID},
	{"accessId", RECIPE_ID},
	{"accessKeySecret", RECIPE_SECRET},
	{"accessKey", RECIPE_SECRET},
	{"stsToken", RECIPE_TOKEN},
	{"ramRoleArn", RECIPE_ROLE_ARN},
	{"roleSessionName", RECIPE_SESSION_NAME},
	{"tokenTimeOut", RECIPE_DURATION},
	{"stsRegion", RECIPE_STS_REGION},
	{"ecsRoleName", RECIPE_INSTANCE_ROLE},
	{NULL, RECIPE_FIELDS},
};

static const struct recipe_word words_v1[] = {
	{"AK", RECIPE_KEY},          {"StsToken", RECIPE_STS_KEY},
	{"RamRoleArn", RECIPE_ROLE}, {"EcsRamRole", RECIPE_INSTANCE},
	{NULL, RECIPE_KEY},
};

static const struct recipe_name names_v2[] = {
	{"access-key-id", RECIPE_ID},
	{"access-key-secret", RECIPE_SECRET},
	{"sts-token", RECIPE_TOKEN},
	{"role-arn", RECIPE_ROLE_ARN},
	{"role-session-name", RECIPE_SESSION_NAME},
	{"oidc-provider-arn", RECIPE_OIDC_PROVIDER},
	{"oidc-token-file-path", RECIPE_OIDC_TOKEN_FILE},
	{"ecs-role-name", RECIPE_INSTANCE_ROLE},
	{"credential-process", RECIPE_COMMAND},
	{"credential-process-timeout", RECIPE_COMMAND_TIMEOUT},
	{"credential-uri", RECIPE_ADDRESS},
	{NULL, RECIPE_FIELDS},
};

static const struct recipe_word words_v2[] = {
	{"AK", RECIPE_KEY},
	{"StsToken", RECIPE_STS_KEY},
	{"RamRoleArn", RECIPE_ROLE},
	{"EcsRamRole", RECIPE_INSTANCE},
	{"oidcRoleArn", RECIPE_OIDC},
	{"Process", RECIPE_PROCESS},
	{"CredentialUri", RECIPE_URI},
	{NULL, RECIPE_KEY},
};

bool ossutil_section_named(struct ots_bytes section, const char *kind, struct ots_bytes *name)
{
	const size_t len = strlen(kind);
	size_t from = len;

	if (section.len <= len || !spelling_same((struct ots_bytes){section.at, len}, kind) ||
	    (section.at[len] != ' ' && section.at[len] != '\t'))
		return false;
	while (section.at[from] == ' ' || section.at[from] == '\t') /* ends: trimmed */
		from++;
	*name = (struct ots_bytes){section.at + from, section.len - from};
	return true;
}

bool ossutil_section_is_profile(struct ots_bytes section, struct ots_bytes profile)
{
	struct ots_bytes name;

	if (ossutil_section_named(section, "profile", &name))
		return ots_bytes_equal(name, profile);
	return spelling_same(section, "default") && ots_bytes_are(profile, "default");
}

static bool is_section_v1(struct ots_bytes section, struct ots_bytes profile)
{
	(void)profile;
	return spelling_same(section, "Credentials");
}

static bool is_section_service(struct ots_bytes section, struct ots_bytes profile)
{
	(void)profile;
	return spelling_same(section, "AkService");
}

static const struct ini_format version_1 = {names_v1, words_v1, "mode", NULL, is_section_v1};
static const struct ini_format version_2 = {names_v2, words_v2, "mode", "source-profile",
					    ossutil_section_is_profile};

/* `[AkService] ecsAk = URL`: an address that answers as the metadata service does. */
static const struct recipe_name names_service[] = {{"ecsAk", RECIPE_ADDRESS},
						   {NULL, RECIPE_FIELDS}};
static const struct recipe_word words_service[] = {{"ecsAk", RECIPE_URI}, {NULL, RECIPE_KEY}};
static const struct ini_format service = {names_service, words_service, "mode", NULL,
					  is_section_service};

enum ots_status ossutil_config_decode(struct ots_bytes text, const char *path, const char *profile,
				      struct recipe **out, struct ots_error *err)
{
	const struct ots_bytes wanted = ots_bytes_of(profile != NULL ? profile : "default");
	enum ots_status status = ini_profile_decode(&version_2, text, path, wanted, out, err);

	/* The older version has no profiles. */
	if (status == OTS_OK && *out == NULL && profile == NULL)
		status = ini_profile_decode(&version_1, text, path, ots_bytes_of("Credentials"),
					    out, err);
	if (status == OTS_OK && *out == NULL && profile == NULL)
		status = ini_profile_decode(&service, text, path, ots_bytes_of("AkService"), out,
					    err);
	return status;
}

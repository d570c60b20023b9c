/* {"current":"default","profiles":[{"name":"default","mode":"AK", …}]}. Source: oss-protocol 5.4.
 */
#include "profiles.h"

#include <string.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/bytes.h>
#include <otsfs/text/json.h>

#include "spelling.h"

/* Names of profiles, once for each link of a chain, and the values of those taken. */
#define ARENA_BYTES ((size_t)8 * 1024 * 1024)

static const struct recipe_name names[] = {
	{"access_key_id", RECIPE_ID},
	{"access_key_secret", RECIPE_SECRET},
	{"sts_token", RECIPE_TOKEN},
	{"ram_role_arn", RECIPE_ROLE_ARN},
	{"ram_session_name", RECIPE_SESSION_NAME},
	{"expired_seconds", RECIPE_DURATION},
	{"policy", RECIPE_POLICY},
	{"external_id", RECIPE_EXTERNAL_ID},
	{"sts_region", RECIPE_STS_REGION},
	{"sts_endpoint", RECIPE_STS_ENDPOINT},
	{"enable_vpc", RECIPE_STS_VPC},
	{"oidc_provider_arn", RECIPE_OIDC_PROVIDER},
	{"oidc_token_file", RECIPE_OIDC_TOKEN_FILE},
	{"ram_role_name", RECIPE_INSTANCE_ROLE},
	{"process_command", RECIPE_COMMAND},
	{"credentials_uri", RECIPE_ADDRESS},
	{NULL, RECIPE_FIELDS},
};

static const struct recipe_word words[] = {
	{"AK", RECIPE_KEY},
	{"StsToken", RECIPE_STS_KEY},
	{"RamRoleArn", RECIPE_ROLE},
	{"ChainableRamRoleArn", RECIPE_ROLE},
	{"EcsRamRole", RECIPE_INSTANCE},
	{"OIDC", RECIPE_OIDC},
	{"External", RECIPE_PROCESS},
	{"CredentialsURI", RECIPE_URI},
	{NULL, RECIPE_KEY},
};

/* One text while it is read. */
struct config {
	struct ots_bytes text;
	const char *path;
	struct ots_arena arena; /* of unescaped strings */
};

static enum ots_status not_json(const struct config *config, const struct ots_json *json,
				struct ots_error *err)
{
	return ots_fail_at(err, OTS_CORRUPT, 0, (uint64_t)(json->at - config->text.at),
			   "%s is no configuration of the cli", config->path);
}

/* Text of a scalar; nothing for null and for what has parts. Numbers and booleans as written. */
static enum ots_status scalar(struct config *config, const struct ots_json *json,
			      enum ots_json_token token, const struct ots_json_text *text,
			      struct ots_bytes *out, struct ots_error *err)
{
	bool no_memory = false;

	*out = (struct ots_bytes){NULL, 0};
	if (token == OTS_JSON_NUMBER)
		*out = (struct ots_bytes){text->at, text->len};
	else if (token == OTS_JSON_TRUE)
		*out = ots_bytes_of("true");
	else if (token == OTS_JSON_STRING &&
		 !ots_json_unescape(text, false, &config->arena, out, &no_memory))
		return no_memory ? ots_fail(err, OTS_LIMIT, "%s: strings above %zu bytes",
					    config->path, ARENA_BYTES)
				 : not_json(config, json, err);
	return OTS_OK;
}

/* Members of an object, one a call. @return false: its end, or an error */
static bool next_member(struct config *config, struct ots_json *json, struct ots_json_text *name,
			enum ots_status *status, struct ots_error *err)
{
	const enum ots_json_token token = ots_json_next(json, name);

	if (token == OTS_JSON_NAME)
		return true;
	*status = token == OTS_JSON_OBJECT_END ? OTS_OK : not_json(config, json, err);
	return false;
}

static struct ots_json scanner(const uint8_t *from, const struct config *config)
{
	struct ots_json json;

	ots_json_init(&json, from, (size_t)(config->text.at + config->text.len - from),
		      (struct ots_json_options){.depth_limit = 16});
	return json;
}

/* One member of the object that @p from begins.
 * @param out  empty when it is not there or no scalar */
static enum ots_status member(struct config *config, const uint8_t *from, const char *wanted,
			      struct ots_bytes *out, struct ots_error *err)
{
	struct ots_json json = scanner(from, config);
	enum ots_status status = OTS_OK;
	struct ots_json_text name, text;

	*out = (struct ots_bytes){NULL, 0};
	if (ots_json_next(&json, NULL) != OTS_JSON_OBJECT)
		return not_json(config, &json, err);
	while (next_member(config, &json, &name, &status, err)) { /* ends: with the object */
		const enum ots_json_token token = ots_json_next(&json, &text);

		if (ots_json_name_is(&name, wanted))
			status = scalar(config, &json, token, &text, out, err);
		if (status != OTS_OK)
			return status;
		if (ots_json_skip_from(&json, token) != OTS_JSON_NULL)
			return not_json(config, &json, err);
	}
	return status;
}

/* Where the profile begins. @param out  NULL: there is none of the name */
static enum ots_status find_profile(struct config *config, struct ots_bytes wanted,
				    const uint8_t **out, struct ots_error *err)
{
	struct ots_json json = scanner(config->text.at, config);
	enum ots_status status = OTS_OK;
	struct ots_json_text name;

	*out = NULL;
	if (ots_json_next(&json, NULL) != OTS_JSON_OBJECT)
		return not_json(config, &json, err);
	while (next_member(config, &json, &name, &status, err)) { /* ends: with the object */
		enum ots_json_token token = ots_json_next(&json, NULL);

		if (token != OTS_JSON_ARRAY || !ots_json_name_is(&name, "profiles")) {
			if (ots_json_skip_from(&json, token) != OTS_JSON_NULL)
				return not_json(config, &json, err);
			continue;
		}
		while (token != OTS_JSON_ARRAY_END) { /* ends: with the array */
			const uint8_t *at;
			struct ots_bytes found;

			token = ots_json_next(&json, NULL);
			at = json.at - 1; /* the brace just read */
			if (token == OTS_JSON_ARRAY_END)
				break;
			if (token != OTS_JSON_OBJECT ||
			    ots_json_skip_from(&json, token) != OTS_JSON_NULL)
				return not_json(config, &json, err);
			status = member(config, at, "name", &found, err);
			if (status != OTS_OK)
				return status;
			if (*out == NULL && ots_bytes_equal(found, wanted))
				*out = at;
		}
	}
	return status;
}

static enum ots_status fill(struct config *config, const uint8_t *from, struct recipe *recipe,
			    struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	for (const struct recipe_name *field = names; status == OTS_OK && field->name != NULL;
	     field++) {
		struct ots_bytes value;

		status = member(config, from, field->name, &value, err);
		if (status != OTS_OK)
			return status;
		status = recipe_set(recipe, field->field, value, err);
		if (status != OTS_OK)
			(void)ots_context(err, "%s: %s", recipe->name, field->name);
	}
	return status;
}

/* One profile without its sources.
 * @param source  the profile whose key assumes the role, of the arena; empty: none */
static enum ots_status take_profile(void *arg, struct ots_bytes profile, struct recipe **out,
				    struct ots_bytes *source, struct ots_error *err)
{
	struct config *config = arg;
	const uint8_t *from = NULL;
	struct recipe *recipe = NULL;
	struct ots_bytes mode = {NULL, 0};
	const char *word = "";
	enum ots_status status = find_profile(config, profile, &from, err);

	*source = (struct ots_bytes){NULL, 0};
	if (status != OTS_OK || from == NULL)
		return status;
	recipe = profile_recipe(config->path, profile, err);
	if (recipe == NULL)
		return OTS_NO_MEMORY;
	status = member(config, from, "mode", &mode, err);
	if (status == OTS_OK)
		status = profile_mode(words, mode, recipe, &word, err);
	if (status == OTS_OK)
		status = fill(config, from, recipe, err);
	if (status == OTS_OK && strcmp(word, "ChainableRamRoleArn") == 0) {
		status = member(config, from, "source_profile", source, err);
		if (status == OTS_OK && source->len == 0)
			status = ots_fail(err, OTS_DENIED, "%s: mode %s without source_profile",
					  recipe->name, word);
	}
	if (status == OTS_OK)
		status = recipe_check(recipe, source->len > 0, names, word, err);
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

/* Whether the text is JSON to its end, and which profile is meant.
 * @param wanted  borrows the arena of @p config, or @p profile */
static enum ots_status begin(struct config *config, const char *profile, struct ots_bytes *wanted,
			     struct ots_error *err)
{
	struct ots_json json = scanner(config->text.at, config);
	enum ots_status status = OTS_OK;

	*wanted = (struct ots_bytes){NULL, 0};
	if (ots_json_skip(&json) != OTS_JSON_NULL || ots_json_next(&json, NULL) != OTS_JSON_END ||
	    !ots_json_rest_is_blank(&json))
		status = not_json(config, &json, err);
	if (status == OTS_OK && profile != NULL)
		*wanted = ots_bytes_of(profile);
	else if (status == OTS_OK)
		status = member(config, config->text.at, "current", wanted, err);
	if (status == OTS_OK && wanted->len == 0)
		*wanted = ots_bytes_of("default");
	return status;
}

enum ots_status aliyun_config_decode(struct ots_bytes text, const char *path, const char *profile,
				     struct recipe **out, struct ots_error *err)
{
	struct config config = {.text = text, .path = path};
	struct recipe *recipe = NULL;
	struct ots_bytes wanted;
	enum ots_status status;

	ots_arena_init(&config.arena, ARENA_BYTES);
	status = begin(&config, profile, &wanted, err);
	if (status == OTS_OK)
		status = recipe_chain(take_profile, &config, path, wanted, &recipe, err);
	if (status == OTS_OK) {
		*out = recipe;
		recipe = NULL;
	}
	recipe_free(recipe);
	ots_arena_release_wiped(&config.arena);
	return status;
}

enum ots_status aliyun_config_region(struct ots_bytes text, const char *path, const char *profile,
				     enum ots_status (*keep)(void *arg, struct ots_bytes region,
							     struct ots_error *err),
				     void *arg, struct ots_error *err)
{
	struct config config = {.text = text, .path = path};
	struct ots_bytes wanted, region = {NULL, 0};
	const uint8_t *from = NULL;
	enum ots_status status;

	ots_arena_init(&config.arena, ARENA_BYTES);
	status = begin(&config, profile, &wanted, err);
	if (status == OTS_OK)
		status = find_profile(&config, wanted, &from, err);
	if (status == OTS_OK && from != NULL)
		status = member(&config, from, "region_id", &region, err);
	if (status == OTS_OK && region.len > 0)
		status = keep(arg, region, err);
	ots_arena_release_wiped(&config.arena);
	return status;
}

#include "places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>
#include <otsfs/net/credentials.h>

#include "snapshot.h"

const char *environment_text(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

bool environment_says(const char *name)
{
	const char *value = environment_text(name);

	return value != NULL && (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* The variables of one key. Source: oss-protocol 5.1. */
struct triple {
	const char *id, *secret, *token;
};

static const struct triple alibaba = {"ALIBABA_CLOUD_ACCESS_KEY_ID",
				      "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
				      "ALIBABA_CLOUD_SECURITY_TOKEN"};
static const struct triple cli[] = {
	{"ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET",
	 "ALIBABACLOUD_SECURITY_TOKEN"},
	{"ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECURITY_TOKEN"},
	{"ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"},
};
static const struct triple oss = {"OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET",
				  "OSS_SESSION_TOKEN"};

/* @return OTS_DENIED: half a key. *found false: none, a token alone is none */
static enum ots_status look(const struct triple *names, bool *found, struct ots_error *err)
{
	const bool id = environment_text(names->id) != NULL;
	const bool secret = environment_text(names->secret) != NULL;

	*found = id && secret;
	if (id == secret)
		return OTS_OK;
	return ots_fail(err, OTS_DENIED, "half an access key: %s is set, %s is not",
			id ? names->id : names->secret, id ? names->secret : names->id);
}

enum ots_status ots_credentials_from_environment(bool loopback, struct ots_credentials **out,
						 struct ots_error *err)
{
	struct key_text text = {.id = ots_bytes_of(OTS_LOCAL_KEY_ID),
				.secret = ots_bytes_of(OTS_LOCAL_KEY_SECRET)};
	bool found;
	enum ots_status status = look(&alibaba, &found, err);

	if (status != OTS_OK)
		return status;
	if (!found && !loopback)
		return ots_fail(err, OTS_DENIED,
				"no access key found; looked at %s and %s in the environment",
				alibaba.id, alibaba.secret);
	if (found) {
		const char *token = environment_text(alibaba.token);

		text.id = ots_bytes_of(environment_text(alibaba.id));
		text.secret = ots_bytes_of(environment_text(alibaba.secret));
		if (token != NULL)
			text.token = ots_bytes_of(token);
	}
	status = credentials_make(&text, out, err);
	if (status != OTS_OK && status != OTS_NO_MEMORY)
		(void)ots_context(err, "%s", alibaba.id);
	return status;
}

static enum ots_status set(struct recipe *recipe, enum recipe_field field, const char *variable,
			   struct ots_error *err)
{
	const char *value = environment_text(variable);
	enum ots_status status =
		value != NULL ? recipe_set(recipe, field, ots_bytes_of(value), err) : OTS_OK;

	if (status != OTS_OK)
		(void)ots_context(err, "environment %s", variable);
	return status;
}

/* @return NULL without memory, @p err says so */
static struct recipe *new_recipe(const char *variable, struct ots_error *err)
{
	struct recipe *recipe = recipe_new("environment");

	if (recipe == NULL)
		(void)ots_fail(err, OTS_NO_MEMORY, "environment %s", variable);
	else if (recipe_rename(recipe, err, "environment %s", variable) == OTS_OK)
		return recipe;
	recipe_free(recipe);
	return NULL;
}

static enum ots_status take_triple(const struct triple *names, struct recipe **out,
				   struct ots_error *err)
{
	struct recipe *recipe = NULL;
	bool found;
	enum ots_status status = look(names, &found, err);

	if (status != OTS_OK || !found)
		return status;
	recipe = new_recipe(names->id, err);
	if (recipe == NULL)
		return OTS_NO_MEMORY;
	status = set(recipe, RECIPE_ID, names->id, err);
	if (status == OTS_OK)
		status = set(recipe, RECIPE_SECRET, names->secret, err);
	if (status == OTS_OK)
		status = set(recipe, RECIPE_TOKEN, names->token, err);
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

enum ots_status place_environment_alibaba(struct recipe **out, struct ots_error *err)
{
	return take_triple(&alibaba, out, err);
}

enum ots_status place_environment_cli(struct recipe **out, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	for (size_t i = 0; status == OTS_OK && *out == NULL && i < sizeof cli / sizeof *cli; i++)
		status = take_triple(&cli[i], out, err);
	return status;
}

/* ossutil assumes OSS_ROLE_ARN with the key beside it (5.1). */
enum ots_status place_environment_oss(struct recipe **out, struct ots_error *err)
{
	struct recipe *recipe = NULL;
	enum ots_status status = take_triple(&oss, &recipe, err);

	if (status != OTS_OK || recipe == NULL)
		return status;
	if (environment_text("OSS_ROLE_ARN") != NULL) {
		recipe->mode = RECIPE_ROLE;
		status = set(recipe, RECIPE_ROLE_ARN, "OSS_ROLE_ARN", err);
		if (status == OTS_OK)
			status = set(recipe, RECIPE_SESSION_NAME, "OSS_ROLE_SESSION_NAME", err);
	}
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

/* What the cluster injects (5.7). A role alone says nothing: it also stands beside other modes. */
enum ots_status place_environment_oidc(struct recipe **out, struct ots_error *err)
{
	static const struct recipe_name names[] = {
		{"ALIBABA_CLOUD_OIDC_TOKEN_FILE", RECIPE_OIDC_TOKEN_FILE},
		{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", RECIPE_OIDC_PROVIDER},
		{"ALIBABA_CLOUD_ROLE_ARN", RECIPE_ROLE_ARN},
		{"ALIBABA_CLOUD_ROLE_SESSION_NAME", RECIPE_SESSION_NAME},
		{NULL, RECIPE_FIELDS},
	};
	struct recipe *recipe;
	enum ots_status status = OTS_OK;

	if (environment_text(names[0].name) == NULL && environment_text(names[1].name) == NULL)
		return OTS_OK;
	recipe = new_recipe(names[0].name, err);
	if (recipe == NULL)
		return OTS_NO_MEMORY;
	recipe->mode = RECIPE_OIDC;
	for (size_t i = 0; status == OTS_OK && names[i].name != NULL; i++)
		status = set(recipe, names[i].field, names[i].name, err);
	if (status == OTS_OK)
		status = recipe_check(recipe, false, names, "OIDC", err);
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

enum ots_status place_environment_uri(struct recipe **out, struct ots_error *err)
{
	static const char variable[] = "ALIBABA_CLOUD_CREDENTIALS_URI";
	struct recipe *recipe;
	enum ots_status status;

	if (environment_text(variable) == NULL)
		return OTS_OK;
	recipe = new_recipe(variable, err);
	if (recipe == NULL)
		return OTS_NO_MEMORY;
	recipe->mode = RECIPE_URI;
	status = set(recipe, RECIPE_ADDRESS, variable, err);
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

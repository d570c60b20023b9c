#include "chain.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/bytes.h>
#include <otsfs/base/wait.h>

#include "../profiles/profiles.h"
#include "snapshot.h"

#define METADATA_URL "http://100.100.100.200"

/* The instance's role, unless it is switched off. Source: oss-protocol 5.1, 5.5. */
static enum ots_status place_instance(struct recipe **out, struct ots_error *err)
{
	const char *role = environment_text("ALIBABA_CLOUD_ECS_METADATA");
	struct recipe *recipe;

	if (environment_says("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))
		return OTS_OK;
	recipe = recipe_new("role of this instance");
	if (recipe == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "role of this instance");
	recipe->mode = RECIPE_INSTANCE;
	if (role != NULL &&
	    recipe_set(recipe, RECIPE_INSTANCE_ROLE, ots_bytes_of(role), err) != OTS_OK) {
		recipe_free(recipe);
		return ots_context(err, "environment ALIBABA_CLOUD_ECS_METADATA");
	}
	*out = recipe;
	return OTS_OK;
}

/* The pair of the local service: for an endpoint on this machine when nothing else is there. */
static enum ots_status place_local(struct recipe **out, struct ots_error *err)
{
	struct recipe *recipe = recipe_new("the local service's own key");
	enum ots_status status =
		recipe != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "the local service's key");

	if (status == OTS_OK)
		status = recipe_set(recipe, RECIPE_ID, ots_bytes_of(OTS_LOCAL_KEY_ID), err);
	if (status == OTS_OK)
		status = recipe_set(recipe, RECIPE_SECRET, ots_bytes_of(OTS_LOCAL_KEY_SECRET), err);
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

/* The order that credentials.h promises: a service's own names first. */
static place_fn *const tablestore_order[] = {
	place_environment_alibaba, place_environment_cli, place_environment_oss,
	place_environment_oidc,    place_aliyun_config,   place_ossutil_config,
	place_credentials_file,    place_environment_uri, NULL};
static place_fn *const oss_order[] = {
	place_environment_oss,  place_environment_alibaba, place_environment_cli,
	place_environment_oidc, place_aliyun_config,       place_ossutil_config,
	place_credentials_file, place_environment_uri,     NULL};

/* A profile that is named and nowhere is no reason to take another key. */
static enum ots_status check_named(struct ots_error *err)
{
	const char *variable = NULL;
	const char *profile = profile_named(&variable);

	if (profile == NULL)
		return OTS_OK;
	return ots_fail(err, OTS_DENIED, "%s names profile %s, which no file of profiles has",
			variable, profile);
}

/* The first place that holds a recipe. */
static enum ots_status find(struct ots_credential_chain *chain,
			    const struct ots_credential_options *options, struct recipe **out,
			    struct ots_error *err)
{
	place_fn *const *order = options->use == OTS_FOR_OSS ? oss_order : tablestore_order;
	enum ots_status status = OTS_OK;

	for (; status == OTS_OK && *out == NULL && *order != NULL; order++) {
		chain->place = *order;
		status = chain->place(out, err);
		/* What comes behind the files does not look at profiles. */
		if (status == OTS_OK && *out == NULL && chain->place == place_credentials_file)
			status = check_named(err);
	}
	if (status != OTS_OK || *out != NULL)
		return status;
	chain->place = place_instance;
	/* On this machine the metadata service is asked only when it is named. */
	if (options->loopback && environment_text("ALIBABA_CLOUD_ECS_METADATA") == NULL)
		chain->place = place_local;
	return chain->place(out, err);
}

static enum ots_status none_found(const struct ots_error *why, struct ots_error *err)
{
	struct ots_buffer paths;
	enum ots_status status;

	ots_buffer_init(&paths, 4096);
	if (!profiles_put_paths(&paths) || !ots_buffer_put_byte(&paths, '\0'))
		paths.len = 0;
	status = ots_fail(
		err, OTS_DENIED,
		"no access key found; looked at ALIBABA_CLOUD_ACCESS_KEY_ID and "
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET, OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, "
		"ALIBABA_CLOUD_OIDC_TOKEN_FILE and ALIBABA_CLOUD_CREDENTIALS_URI in the "
		"environment, at %s, and at the instance's role (%s)",
		paths.len > 0 ? (const char *)paths.bytes : "the files of Alibaba's tools",
		why != NULL ? why->text : "switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED");
	ots_buffer_release(&paths);
	return status;
}

enum ots_status chain_fetch(const struct ots_credential_chain *chain, struct ots_credentials **out,
			    struct ots_error *err)
{
	struct recipe *recipe = NULL;
	enum ots_status status = chain->place(&recipe, err);

	if (status == OTS_OK && recipe == NULL)
		status = ots_fail(err, OTS_DENIED, "%s: there is no key any more", chain->name);
	if (status == OTS_OK)
		status = issuer_fetch(recipe, &chain->issuer, out, err);
	recipe_free(recipe);
	return status;
}

/* Whether asking the place again can give another key. Variables stay as they are while a process
 * runs; a file may be written anew. */
static bool may_change(const struct ots_credential_chain *chain, const struct recipe *recipe)
{
	return recipe->mode != RECIPE_KEY ||
	       (chain->place != place_environment_alibaba &&
		chain->place != place_environment_cli && chain->place != place_environment_oss &&
		chain->place != place_local);
}

static enum ots_status first_key(struct ots_credential_chain *chain,
				 const struct ots_credential_options *options,
				 struct ots_error *err)
{
	struct issuer_context context = chain->issuer;
	struct ots_credentials *key = NULL;
	struct recipe *recipe = NULL;
	struct ots_error why = {.status = OTS_OK};
	enum ots_status status = find(chain, options, &recipe, err);

	if (status != OTS_OK || recipe == NULL) {
		status = status != OTS_OK ? status : none_found(NULL, err);
		goto out;
	}
	context.cancel = options->cancel;
	status = issuer_fetch(recipe, &context, &key, &why);
	if (status == OTS_NOT_FOUND && chain->place == place_instance)
		status = none_found(&why, err);
	else if (status != OTS_OK && err != NULL)
		*err = why;
	if (status != OTS_OK)
		goto out;
	chain->name = strdup(recipe->name);
	renewal_set(chain, key);
	if (chain->name == NULL)
		status = ots_fail(err, OTS_NO_MEMORY, "access key");
	if (!may_change(chain, recipe))
		chain->place = NULL;
out:
	recipe_free(recipe);
	return status;
}

/* @return NULL without memory, @p err says so */
static struct ots_credential_chain *chain_new(const struct ots_clock *clock, struct ots_error *err)
{
	struct ots_credential_chain *chain = calloc(1, sizeof *chain);

	if (chain == NULL || pthread_mutex_init(&chain->mutex, NULL) != 0) {
		free(chain);
		(void)ots_fail(err, OTS_NO_MEMORY, "access key");
		return NULL;
	}
	ots_wait_init(&chain->changed);
	ots_cancel_init(&chain->stop);
	chain->issuer.clock = clock != NULL ? clock : &ots_clock_system;
	chain->issuer.cancel = &chain->stop;
	return chain;
}

enum ots_status ots_credential_chain_open(const struct ots_credential_options *options,
					  struct ots_credential_chain **out, struct ots_error *err)
{
	const char *url = options->metadata_url;
	struct ots_credential_chain *chain = chain_new(options->clock, err);
	enum ots_status status;

	if (chain == NULL)
		return OTS_NO_MEMORY;
	if (url == NULL)
		url = environment_text("OTSFS_METADATA_URL");
	chain->metadata_url = strdup(url != NULL ? url : METADATA_URL);
	chain->issuer.http = options->http;
	chain->issuer.metadata_url = chain->metadata_url;
	status = chain->metadata_url != NULL ? first_key(chain, options, err)
					     : ots_fail(err, OTS_NO_MEMORY, "access key");
	if (status == OTS_OK && chain->place != NULL)
		status = renewal_start(chain, err);
	if (status != OTS_OK) {
		ots_credential_chain_free(chain);
		return status;
	}
	*out = chain;
	return OTS_OK;
}

enum ots_status ots_credential_chain_fixed(const char *id, const char *secret, const char *token,
					   struct ots_credential_chain **out, struct ots_error *err)
{
	struct key_text text = {.id = ots_bytes_of(id), .secret = ots_bytes_of(secret)};
	struct ots_credential_chain *chain = chain_new(NULL, err);
	struct ots_credentials *key = NULL;
	enum ots_status status;

	if (chain == NULL)
		return OTS_NO_MEMORY;
	if (token != NULL)
		text.token = ots_bytes_of(token);
	status = credentials_make(&text, &key, err);
	if (status == OTS_OK) {
		renewal_set(chain, key);
		chain->name = strdup("a key that was given");
		if (chain->name == NULL)
			status = ots_fail(err, OTS_NO_MEMORY, "access key");
	}
	if (status != OTS_OK) {
		ots_credential_chain_free(chain);
		return status;
	}
	*out = chain;
	return OTS_OK;
}

void ots_credential_chain_free(struct ots_credential_chain *chain)
{
	if (chain == NULL)
		return;
	renewal_stop(chain);
	ots_credentials_release(chain->locked.key);
	ots_cancel_release(&chain->stop);
	(void)pthread_cond_destroy(&chain->changed);
	(void)pthread_mutex_destroy(&chain->mutex);
	free(chain->metadata_url);
	free(chain->name);
	free(chain);
}

const char *ots_credential_chain_name(const struct ots_credential_chain *chain)
{
	return chain->name;
}

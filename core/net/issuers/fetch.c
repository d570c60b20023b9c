#include "issuer.h"

#include <otsfs/base/bytes.h>

#include "../credentials/snapshot.h"

/* The key that stands in the recipe itself. */
static enum ots_status own_key(const struct recipe *recipe, struct ots_credentials **out,
			       struct ots_error *err)
{
	struct key_text text = {.expires_us = 0};

	if (recipe->text[RECIPE_ID] != NULL)
		text.id = ots_bytes_of(recipe->text[RECIPE_ID]);
	if (recipe->text[RECIPE_SECRET] != NULL)
		text.secret = ots_bytes_of(recipe->text[RECIPE_SECRET]);
	if (recipe->text[RECIPE_TOKEN] != NULL)
		text.token = ots_bytes_of(recipe->text[RECIPE_TOKEN]);
	return credentials_make(&text, out, err);
}

static enum ots_status assume(const struct recipe *recipe, const struct issuer_context *context,
			      const struct ots_credentials *base, struct ots_credentials **out,
			      struct ots_error *err)
{
	struct ots_credentials *own = NULL;
	enum ots_status status = base == NULL ? own_key(recipe, &own, err) : OTS_OK;

	if (status == OTS_OK)
		status = sts_assume_role(recipe, context, base != NULL ? base : own, out, err);
	ots_credentials_release(own);
	return status;
}

/* @param base  the key of the recipe that this one stands on, or NULL */
static enum ots_status fetch_one(const struct recipe *recipe, const struct issuer_context *context,
				 const struct ots_credentials *base, struct ots_credentials **out,
				 struct ots_error *err)
{
	switch (recipe->mode) {
	case RECIPE_KEY:
	case RECIPE_STS_KEY: return own_key(recipe, out, err);
	case RECIPE_ROLE: return assume(recipe, context, base, out, err);
	case RECIPE_OIDC: return sts_assume_role_oidc(recipe, context, out, err);
	case RECIPE_INSTANCE: return metadata_role_key(recipe, context, out, err);
	case RECIPE_PROCESS: return process_key(recipe, context, out, err);
	case RECIPE_URI: return uri_key(recipe, context, out, err);
	}
	return ots_fail(err, OTS_UNSUPPORTED, "no such mode");
}

enum ots_status issuer_fetch(const struct recipe *recipe, const struct issuer_context *context,
			     struct ots_credentials **out, struct ots_error *err)
{
	const struct recipe *links[RECIPE_CHAIN_MAX];
	struct ots_credentials *key = NULL;
	enum ots_status status = OTS_OK;
	size_t count = 0;

	for (; recipe != NULL && count < RECIPE_CHAIN_MAX; recipe = recipe->base)
		links[count++] = recipe;
	/* From the one that stands on no other. */
	while (status == OTS_OK && count > 0) { /* ends: count shrinks */
		struct ots_credentials *next = NULL;

		recipe = links[--count];
		status = fetch_one(recipe, context, key, &next, err);
		if (status != OTS_OK)
			(void)ots_context(err, "%s", recipe->name);
		ots_credentials_release(key);
		key = next;
	}
	if (status == OTS_OK)
		*out = key;
	return status;
}

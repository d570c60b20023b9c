#define _GNU_SOURCE /* explicit_bzero, vasprintf */
#include "recipe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recipe *recipe_new(const char *name)
{
	struct recipe *recipe = calloc(1, sizeof *recipe);

	if (recipe == NULL)
		return NULL;
	recipe->name = strdup(name);
	if (recipe->name == NULL) {
		free(recipe);
		return NULL;
	}
	return recipe;
}

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

void recipe_free(struct recipe *recipe)
{
	while (recipe !=
	       NULL) { /* ends: the chain of bases is a list of at most RECIPE_CHAIN_MAX */
		struct recipe *base = recipe->base;

		for (size_t i = 0; i < RECIPE_FIELDS; i++)
			wipe(recipe->text[i]);
		free(recipe->name);
		free(recipe);
		recipe = base;
	}
}

enum ots_status recipe_set(struct recipe *recipe, enum recipe_field field, struct ots_bytes value,
			   struct ots_error *err)
{
	char *copy = NULL;

	if (value.len > RECIPE_TEXT_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT, "a value of %zu bytes, above %zu", value.len,
				RECIPE_TEXT_MAX_BYTES);
	if (value.len > 0 && memchr(value.at, 0, value.len) != NULL)
		return ots_fail(err, OTS_CORRUPT, "a value with a zero byte");
	if (value.len > 0) {
		copy = strndup((const char *)value.at, value.len);
		if (copy == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "%s", recipe->name);
	}
	wipe(recipe->text[field]);
	recipe->text[field] = copy;
	return OTS_OK;
}

static const char *spelling(const struct recipe_name *names, enum recipe_field field)
{
	for (; names->name != NULL; names++) {
		if (names->field == field)
			return names->name;
	}
	return "a field that this format does not have";
}

/* What each mode cannot do without. Source: oss-protocol 5.2 to 5.4. */
static const struct {
	enum recipe_mode mode;
	enum recipe_field field;
} needs[] = {
	{RECIPE_KEY, RECIPE_ID},
	{RECIPE_KEY, RECIPE_SECRET},
	{RECIPE_STS_KEY, RECIPE_ID},
	{RECIPE_STS_KEY, RECIPE_SECRET},
	{RECIPE_STS_KEY, RECIPE_TOKEN},
	{RECIPE_ROLE, RECIPE_ROLE_ARN},
	{RECIPE_ROLE, RECIPE_ID},
	{RECIPE_ROLE, RECIPE_SECRET},
	{RECIPE_OIDC, RECIPE_ROLE_ARN},
	{RECIPE_OIDC, RECIPE_OIDC_PROVIDER},
	{RECIPE_OIDC, RECIPE_OIDC_TOKEN_FILE},
	{RECIPE_PROCESS, RECIPE_COMMAND},
	{RECIPE_URI, RECIPE_ADDRESS},
};

enum ots_status recipe_check(const struct recipe *recipe, bool on_another,
			     const struct recipe_name *names, const char *word,
			     struct ots_error *err)
{
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		const enum recipe_field field = needs[i].field;

		if (needs[i].mode != recipe->mode || recipe->text[field] != NULL)
			continue;
		if (on_another && (field == RECIPE_ID || field == RECIPE_SECRET))
			continue;
		return ots_fail(err, OTS_DENIED, "%s: mode %s without %s", recipe->name, word,
				spelling(names, field));
	}
	return OTS_OK;
}

enum ots_status recipe_rename(struct recipe *recipe, struct ots_error *err, const char *format, ...)
{
	char *name = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&name, format, args);
	va_end(args);
	if (n < 0)
		return ots_fail(err, OTS_NO_MEMORY, "%s", recipe->name);
	free(recipe->name);
	recipe->name = name;
	return OTS_OK;
}

enum ots_status recipe_chain(recipe_link_fn *fn, void *arg, const char *path,
			     struct ots_bytes profile, struct recipe **out, struct ots_error *err)
{
	struct recipe *first = NULL;
	struct recipe **link = &first;
	enum ots_status status = OTS_OK;

	for (unsigned count = 0; status == OTS_OK && profile.len > 0; count++) {
		struct ots_bytes next = {NULL, 0};

		/* A circle passes the number of them, too. */
		if (count == RECIPE_CHAIN_MAX) {
			status = ots_fail(err, OTS_DENIED,
					  "%s: the source profile leads on for more than %d "
					  "profiles, or in a circle",
					  first->name, RECIPE_CHAIN_MAX);
			break;
		}
		status = fn(arg, profile, link, &next, err);
		if (status == OTS_OK && *link == NULL) {
			if (count > 0)
				status = ots_fail(err, OTS_DENIED,
						  "%s: its source profile is not in %s",
						  first->name, path);
			break;
		}
		if (*link != NULL)
			link = &(*link)->base;
		profile = next;
	}
	if (status != OTS_OK) {
		recipe_free(first);
		return status;
	}
	*out = first;
	return OTS_OK;
}

#include "ini_profile.h"

#include "ini.h"
#include "spelling.h"

enum ots_status ini_profile_value(const struct ini_format *format, struct ots_bytes text,
				  const char *path, struct ots_bytes profile, const char *name,
				  struct ots_bytes *out, struct ots_error *err)
{
	struct ini_line line;
	enum ini_kind kind;
	struct ini ini;
	bool inside = false;

	*out = (struct ots_bytes){NULL, 0};
	ini_init(&ini, text);
	while ((kind = ini_next(&ini, &line)) != INI_END) { /* ends: with the text */
		if (kind == INI_BAD)
			return ini_fail(&ini, path, err);
		if (kind == INI_SECTION)
			inside = format->is_section(line.name, profile);
		else if (inside && spelling_same(line.name, name))
			*out = line.value;
	}
	return OTS_OK;
}

/* Several spellings of one field may stand in the table; the first one set counts. */
static enum ots_status fill(const struct ini_format *format, struct ots_bytes text,
			    const char *path, struct ots_bytes profile, struct recipe *recipe,
			    bool *any, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	for (const struct recipe_name *field = format->names;
	     status == OTS_OK && field->name != NULL; field++) {
		struct ots_bytes value;

		status = ini_profile_value(format, text, path, profile, field->name, &value, err);
		if (status != OTS_OK || value.len == 0 || recipe->text[field->field] != NULL)
			continue;
		*any = true;
		status = recipe_set(recipe, field->field, value, err);
		if (status != OTS_OK)
			(void)ots_context(err, "%s: %s", recipe->name, field->name);
	}
	return status;
}

/* One profile without those it stands on. */
static enum ots_status take(const struct ini_format *format, struct ots_bytes text,
			    const char *path, struct ots_bytes profile, struct recipe **out,
			    struct ots_bytes *source, struct ots_error *err)
{
	struct recipe *recipe = profile_recipe(path, profile, err);
	struct ots_bytes mode = {NULL, 0};
	const char *word = "";
	bool any = false;
	enum ots_status status;

	*source = (struct ots_bytes){NULL, 0};
	if (recipe == NULL)
		return OTS_NO_MEMORY;
	status = ini_profile_value(format, text, path, profile, format->mode, &mode, err);
	if (status == OTS_OK)
		status = fill(format, text, path, profile, recipe, &any, err);
	if (status == OTS_OK && !any && mode.len == 0) {
		recipe_free(recipe);
		return OTS_OK;
	}
	if (status == OTS_OK)
		status = profile_mode(format->words, mode, recipe, &word, err);
	if (status == OTS_OK && format->source != NULL && recipe->mode == RECIPE_ROLE)
		status =
			ini_profile_value(format, text, path, profile, format->source, source, err);
	if (status == OTS_OK)
		status = recipe_check(recipe, source->len > 0, format->names, word, err);
	if (status != OTS_OK) {
		recipe_free(recipe);
		return status;
	}
	*out = recipe;
	return OTS_OK;
}

/* What a profile is taken from, for recipe_chain(). */
struct source {
	const struct ini_format *format;
	struct ots_bytes text;
	const char *path;
};

static enum ots_status take_link(void *arg, struct ots_bytes profile, struct recipe **out,
				 struct ots_bytes *next, struct ots_error *err)
{
	const struct source *source = arg;

	return take(source->format, source->text, source->path, profile, out, next, err);
}

enum ots_status ini_profile_decode(const struct ini_format *format, struct ots_bytes text,
				   const char *path, struct ots_bytes profile, struct recipe **out,
				   struct ots_error *err)
{
	struct source source = {format, text, path};

	return recipe_chain(take_link, &source, path, profile, out, err);
}

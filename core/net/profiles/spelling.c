#include "spelling.h"

#include <string.h>

#include <otsfs/base/buffer.h>

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_joint(uint8_t c)
{
	return c == '-' || c == '_';
}

bool spelling_same(struct ots_bytes text, const char *word)
{
	size_t i = 0;

	for (;;) { /* ends: each turn passes a byte of the text or of the word, or returns */
		while (i < text.len && is_joint(text.at[i]))
			i++;
		while (is_joint((uint8_t)*word))
			word++;
		if (i == text.len || *word == '\0')
			return i == text.len && *word == '\0';
		if (lower(text.at[i++]) != lower((uint8_t)*word++))
			return false;
	}
}

void profile_show(struct ots_bytes text, char out[SHOWN_BYTES])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < SHOWN_BYTES - 1; i++)
		out[len++] = text.at[i] >= ' ' && text.at[i] <= '~' ? (char)text.at[i] : '?';
	out[len] = '\0';
}

struct recipe *profile_recipe(const char *path, struct ots_bytes profile, struct ots_error *err)
{
	struct recipe *recipe = recipe_new(path);
	char shown[SHOWN_BYTES];

	profile_show(profile, shown);
	if (recipe == NULL)
		(void)ots_fail(err, OTS_NO_MEMORY, "%s", path);
	else if (recipe_rename(recipe, err, "%s, profile %s", path, shown) == OTS_OK)
		return recipe;
	recipe_free(recipe);
	return NULL;
}

enum ots_status profile_mode(const struct recipe_word *words, struct ots_bytes mode,
			     struct recipe *recipe, const char **word, struct ots_error *err)
{
	char shown[SHOWN_BYTES], known[512] = "";
	size_t len = 0;

	if (mode.len == 0) {
		recipe->mode = words[0].mode;
		*word = words[0].word;
		return OTS_OK;
	}
	for (size_t i = 0; words[i].word != NULL; i++) {
		const size_t n = strlen(words[i].word);

		if (spelling_same(mode, words[i].word)) {
			recipe->mode = words[i].mode;
			*word = words[i].word;
			return OTS_OK;
		}
		if (len + n + 2 < sizeof known) {
			memcpy(known + len, " ", 1);
			memcpy(known + len + 1, words[i].word, n + 1);
			len += n + 1;
		}
	}
	profile_show(mode, shown);
	return ots_fail(err, OTS_UNSUPPORTED, "%s: mode %s is not read here; use one of%s",
			recipe->name, shown, known);
}

/* What the formats of profiles share: words in any case, joined by nothing, - or _, and how a
 * profile is called in messages. */
#ifndef OTSFS_NET_PROFILES_SPELLING_H
#define OTSFS_NET_PROFILES_SPELLING_H

#include "../credentials/recipe.h"

/* Whether @p text is @p word but for case, - and _. */
bool spelling_same(struct ots_bytes text, const char *word);

/* Foreign text for a message: printable, cut. */
#define SHOWN_BYTES 65
void profile_show(struct ots_bytes text, char out[SHOWN_BYTES]);

/* An empty recipe called `<path>, profile <profile>`. @return NULL without memory, @p err says so
 */
struct recipe *profile_recipe(const char *path, struct ots_bytes profile, struct ots_error *err);

/* Set the mode by its word; the first of @p words when @p mode is empty.
 * @param word  the word as the format spells it
 * @return OTS_OK, OTS_UNSUPPORTED (names the mode and those that are read) */
enum ots_status profile_mode(const struct recipe_word *words, struct ots_bytes mode,
			     struct recipe *recipe, const char **word,
			     struct ots_error *err) OTS_MUST_USE;

#endif

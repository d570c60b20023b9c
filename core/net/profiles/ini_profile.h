/* One profile of an INI file as a recipe: what ossutil's files and ~/.alibabacloud/credentials
 * have in common. */
#ifndef OTSFS_NET_PROFILES_INI_PROFILE_H
#define OTSFS_NET_PROFILES_INI_PROFILE_H

#include "../credentials/recipe.h"

struct ini_format {
	const struct recipe_name *names;
	const struct recipe_word *words;
	const char *mode; /* the name of the mode */
	const char
		*source; /* of the profile whose key assumes the role; NULL: the format has none */
	/* Whether a section is that of @p profile. */
	bool (*is_section)(struct ots_bytes section, struct ots_bytes profile);
};

/* @param out  NULL when there is no such section, or it sets nothing about keys
 * @return as profile_decode_fn */
enum ots_status ini_profile_decode(const struct ini_format *format, struct ots_bytes text,
				   const char *path, struct ots_bytes profile, struct recipe **out,
				   struct ots_error *err) OTS_MUST_USE;

/* The value of @p name in the profile's section, the last one said; empty: none. */
enum ots_status ini_profile_value(const struct ini_format *format, struct ots_bytes text,
				  const char *path, struct ots_bytes profile, const char *name,
				  struct ots_bytes *out, struct ots_error *err) OTS_MUST_USE;

#endif

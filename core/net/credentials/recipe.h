/* How a key is come by, as an environment or a file says it: a key itself, or whom to ask for one.
 * Every place is read into this, and fetch.h carries it out. */
#ifndef OTSFS_NET_CREDENTIALS_RECIPE_H
#define OTSFS_NET_CREDENTIALS_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

enum recipe_mode {
	RECIPE_KEY,      /* id and secret stand there */
	RECIPE_STS_KEY,  /* and a token, of which nobody says when it ends */
	RECIPE_ROLE,     /* AssumeRole */
	RECIPE_OIDC,     /* AssumeRoleWithOIDC */
	RECIPE_INSTANCE, /* the metadata service of the instance */
	RECIPE_PROCESS,  /* a program prints it */
	RECIPE_URI       /* an address answers it */
};

enum recipe_field {
	RECIPE_ID,
	RECIPE_SECRET,
	RECIPE_TOKEN,
	RECIPE_ROLE_ARN,
	RECIPE_SESSION_NAME,
	RECIPE_DURATION, /* seconds */
	RECIPE_POLICY,
	RECIPE_EXTERNAL_ID,
	RECIPE_STS_REGION,
	RECIPE_STS_ENDPOINT,
	RECIPE_STS_VPC, /* true: inside a VPC */
	RECIPE_OIDC_PROVIDER,
	RECIPE_OIDC_TOKEN_FILE,
	RECIPE_INSTANCE_ROLE, /* absent: the service tells */
	RECIPE_COMMAND,
	RECIPE_COMMAND_TIMEOUT, /* seconds */
	RECIPE_ADDRESS,
	RECIPE_FIELDS
};

/* Fields are text, owned, wiped at the end; absent is NULL, and empty text counts as absent. */
struct recipe {
	enum recipe_mode mode;
	char *name; /* where it stands, for people */
	char *text[RECIPE_FIELDS];
	struct recipe *base; /* whose key assumes the role; NULL: the recipe's own id and secret */
};

/* A profile has at most this many sources behind one another. */
#define RECIPE_CHAIN_MAX 8
/* Of one field. A command or a policy may be long. */
#define RECIPE_TEXT_MAX_BYTES ((size_t)16 * 1024)

/* @return NULL without memory */
struct recipe *recipe_new(const char *name);
void recipe_free(struct recipe *recipe); /* and its bases */

/* Set a field, or leave it absent when @p value is empty; the last one said counts.
 * @return OTS_OK, OTS_LIMIT, OTS_CORRUPT (a NUL in it), OTS_NO_MEMORY; no value is in the text */
enum ots_status recipe_set(struct recipe *recipe, enum recipe_field field, struct ots_bytes value,
			   struct ots_error *err) OTS_MUST_USE;

/* How a format spells fields and modes; ends with a NULL. */
struct recipe_name {
	const char *name;
	enum recipe_field field;
};
struct recipe_word {
	const char *word;
	enum recipe_mode mode;
};

/* Whether every field that the mode needs is there.
 * @param on_another  the key that assumes the role is another profile's
 * @param names       to name the missing one as its format does
 * @param word        the mode as the format spells it
 * @return OTS_OK, OTS_DENIED */
enum ots_status recipe_check(const struct recipe *recipe, bool on_another,
			     const struct recipe_name *names, const char *word,
			     struct ots_error *err) OTS_MUST_USE;

/* Read one profile.
 * @param out   stays NULL when there is none of the name
 * @param next  the profile whose key assumes the role; empty: none. Borrowed from the text */
typedef enum ots_status recipe_link_fn(void *arg, struct ots_bytes profile, struct recipe **out,
				       struct ots_bytes *next, struct ots_error *err);

/* A profile and those it stands on, at most RECIPE_CHAIN_MAX.
 * @param out  stays NULL when the first one is not there
 * @return OTS_OK, OTS_DENIED (a circle, too many, one that is not there), or what @p fn says */
enum ots_status recipe_chain(recipe_link_fn *fn, void *arg, const char *path,
			     struct ots_bytes profile, struct recipe **out,
			     struct ots_error *err) OTS_MUST_USE;

/* Replace *name by printf text. @return OTS_OK, OTS_NO_MEMORY */
enum ots_status recipe_rename(struct recipe *recipe, struct ots_error *err, const char *format, ...)
	OTS_PRINTF(3, 4) OTS_MUST_USE;

#endif

/* The places of the chain, each read into a recipe. */
#ifndef OTSFS_NET_CREDENTIALS_PLACES_H
#define OTSFS_NET_CREDENTIALS_PLACES_H

#include "recipe.h"

/* A variable of the environment; an empty one counts as absent. */
const char *environment_text(const char *name);

/* Whether a variable says `true`, in any case, or 1. */
bool environment_says(const char *name);

/* Each: @p out stays NULL when nothing is there.
 * @return OTS_OK, or an error that ends the search */
typedef enum ots_status place_fn(struct recipe **out, struct ots_error *err);

place_fn place_environment_alibaba, place_environment_cli, place_environment_oss;
place_fn place_environment_oidc, place_environment_uri;

#endif

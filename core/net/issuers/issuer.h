/* Who hands out keys, asked as a recipe says. Each waits for the network or a process, some seconds
 * at most, and ends early when the token is asked to stop. */
#ifndef OTSFS_NET_ISSUERS_ISSUER_H
#define OTSFS_NET_ISSUERS_ISSUER_H

#include <otsfs/net/credentials.h>
#include <otsfs/net/http.h>

#include "../credentials/recipe.h"

struct issuer_context {
	struct ots_http *http;
	const struct ots_clock *clock;
	const char *metadata_url; /* without a slash at the end */
	struct ots_cancel *cancel;
};

/* The key that a recipe, with those it stands on, comes to.
 * @return as ots_credential_chain_open(); the text names the place */
enum ots_status issuer_fetch(const struct recipe *recipe, const struct issuer_context *context,
			     struct ots_credentials **out, struct ots_error *err) OTS_MUST_USE;

/* AssumeRole, signed with @p base, and AssumeRoleWithOIDC. Source: oss-protocol 5.7. */
enum ots_status sts_assume_role(const struct recipe *recipe, const struct issuer_context *context,
				const struct ots_credentials *base, struct ots_credentials **out,
				struct ots_error *err) OTS_MUST_USE;
enum ots_status sts_assume_role_oidc(const struct recipe *recipe,
				     const struct issuer_context *context,
				     struct ots_credentials **out,
				     struct ots_error *err) OTS_MUST_USE;

/* The key of the instance's role (5.6). @return OTS_NOT_FOUND: there is no metadata service */
enum ots_status metadata_role_key(const struct recipe *recipe, const struct issuer_context *context,
				  struct ots_credentials **out, struct ots_error *err) OTS_MUST_USE;

/* What an address answers, and what a program prints (5.8). */
enum ots_status uri_key(const struct recipe *recipe, const struct issuer_context *context,
			struct ots_credentials **out, struct ots_error *err) OTS_MUST_USE;
enum ots_status process_key(const struct recipe *recipe, const struct issuer_context *context,
			    struct ots_credentials **out, struct ots_error *err) OTS_MUST_USE;

#endif

/* Which STS a recipe is taken to: the endpoint or region that it or the environment names.
 * Source: oss-protocol 5.1, 5.4, 5.7. */
#ifndef OTSFS_NET_ISSUERS_STS_ENDPOINT_H
#define OTSFS_NET_ISSUERS_STS_ENDPOINT_H

#include "../credentials/recipe.h"

#define STS_URL_BYTES 320

/* `https://host/`; `http://` for this machine only.
 * @return OTS_OK, OTS_DENIED (what is named is no host, no region, or another machine without TLS)
 */
enum ots_status sts_url(const struct recipe *recipe, char url[STS_URL_BYTES],
			struct ots_error *err) OTS_MUST_USE;

#endif

/** @file credentials.h
 *  The key that signs requests, from the environment. Never printed, wiped when freed.
 *  Source: oss-protocol 5.1 (`ALIBABA_CLOUD_ACCESS_KEY_ID`, `…_SECRET`,
 * `ALIBABA_CLOUD_SECURITY_TOKEN`); product.md 4.1 for the pair that loopback endpoints use when the
 * environment has none. Threads: immutable after creation. */
#ifndef OTSFS_NET_CREDENTIALS_H
#define OTSFS_NET_CREDENTIALS_H

#include <stdbool.h>

#include <otsfs/base/error.h>

#define OTS_LOCAL_KEY_ID "otsfs-local"
#define OTS_LOCAL_KEY_SECRET "otsfs-local-secret"

struct ots_credentials {
	char *id;
	char *secret;
	char *token; /**< NULL: not temporary */
};

/** @param loopback  the endpoint is on this machine: without a key in the environment the local
 * pair is used
 *  @return OTS_OK, OTS_DENIED (no key; names the places looked at), OTS_NO_MEMORY */
enum ots_status ots_credentials_from_environment(bool loopback, struct ots_credentials **out,
						 struct ots_error *err) OTS_MUST_USE;
void ots_credentials_free(struct ots_credentials *credentials);

#endif

/** @file credentials.h
 *  The keys that sign requests, found where Alibaba's own tools keep them, and renewed while they
 *  are temporary. Never printed, wiped when freed, kept out of core dumps.
 *
 *  A chain looks, in this order, and takes the first place that holds a key:
 *  1. keys in the environment: ALIBABA_CLOUD_ACCESS_KEY_ID, …_ACCESS_KEY_SECRET and
 *     …_SECURITY_TOKEN; the cli's spellings of them (ALIBABACLOUD_, ALICLOUD_, no prefix);
 *     OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN (for OSS these come first)
 *  2. a role through OIDC: ALIBABA_CLOUD_ROLE_ARN, …_OIDC_PROVIDER_ARN, …_OIDC_TOKEN_FILE
 *  3. the profile of ~/.aliyun/config.json, then of ~/.ossutilconfig (version 2, then 1), then of
 *     ~/.alibabacloud/credentials
 *  4. ALIBABA_CLOUD_CREDENTIALS_URI
 *  5. an endpoint on this machine: the pair of the local service; any other: the instance's role,
 *     after a probe of at most a second
 *  What is there and makes no sense (half a key, a profile with a field missing, a file that
 *  others may read) is an error, never a reason to look on.
 *
 *  Sources: oss-protocol section 5; product.md section 4 and 4.1 (the local pair). */
#ifndef OTSFS_NET_CREDENTIALS_H
#define OTSFS_NET_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/error.h>

#define OTS_LOCAL_KEY_ID "otsfs-local"
#define OTS_LOCAL_KEY_SECRET "otsfs-local-secret"

/** Longest parts of a key that are taken (a guess above what the services give: ids and secrets
 *  have some 30 bytes, tokens up to 2 KB). */
#define OTS_KEY_PART_MAX_BYTES 1024
#define OTS_TOKEN_MAX_BYTES 8192

/** One key, whole. It stays as it is and readable while it is held, whatever becomes of the chain
 *  that gave it. Printable ASCII without blanks. */
struct ots_credentials {
	const char *id;
	const char *secret;
	const char *token;  /**< NULL: not temporary */
	int64_t expires_us; /**< microseconds since 1970; 0: never, or not known */
};

/** Hold a key once more. @return the same */
struct ots_credentials *ots_credentials_hold(struct ots_credentials *credentials);

/** Let go of a key; who holds it last wipes it. NULL does nothing. Any thread. */
void ots_credentials_release(struct ots_credentials *credentials);

/** The key of ALIBABA_CLOUD_ACCESS_KEY_ID, …_ACCESS_KEY_SECRET and …_SECURITY_TOKEN, no other
 *  place: what the local service accepts.
 *  @param loopback  without one in the environment the local pair is taken
 *  @param out       for ots_credentials_release()
 *  @return OTS_OK, OTS_DENIED (none, or half a key: names the variable), OTS_NO_MEMORY */
enum ots_status ots_credentials_from_environment(bool loopback, struct ots_credentials **out,
						 struct ots_error *err) OTS_MUST_USE;

/** Which service the key is for: it decides whose variables come first. */
enum ots_credential_use { OTS_FOR_TABLESTORE, OTS_FOR_OSS };

struct ots_http;

struct ots_credential_options {
	enum ots_credential_use use;
	bool loopback;                 /**< the endpoint is on this machine */
	struct ots_http *http;         /**< for STS and its like; borrowed, outlives the chain */
	const struct ots_clock *clock; /**< borrowed; NULL: the system's */
	/** Where the metadata service is; NULL: OTSFS_METADATA_URL of the environment, else
	 *  http://100.100.100.200 (oss-protocol 5.6). Borrowed. */
	const char *metadata_url;
	struct ots_cancel *cancel; /**< ends the look-up; may be NULL */
};

/** Threads: one chain serves many at once; ots_credential_chain_free() comes last. A temporary key
 *  is renewed by the chain's own thread when less than five minutes or a fifth of its life is left,
 *  whichever is more (oss-protocol 5.10); the old one serves while it is valid. */
struct ots_credential_chain;

/** Find the place and its first key. Reads local files; waits for the network only where the place
 *  gives temporary keys (STS, metadata service, URI, a process), some seconds at most each.
 *  @param out  for ots_credential_chain_free()
 *  @return OTS_OK; OTS_DENIED (no key anywhere: names the places; half a key; a malformed profile;
 *          a file that is open to others; STS refuses); OTS_UNSUPPORTED (a mode that is known and
 *          not read); OTS_CORRUPT (a file or an answer that cannot be read); OTS_IO; OTS_LIMIT;
 *          OTS_NETWORK, OTS_TIMEOUT, OTS_SERVER, OTS_THROTTLED (of the place);
 *          OTS_CANCELLED; OTS_NO_MEMORY */
enum ots_status ots_credential_chain_open(const struct ots_credential_options *options,
					  struct ots_credential_chain **out,
					  struct ots_error *err) OTS_MUST_USE;

/** A chain that holds this one key.
 *  @param token  may be NULL
 *  @return OTS_OK, OTS_DENIED (a part is empty, too long or has bytes that no key has),
 *          OTS_NO_MEMORY */
enum ots_status ots_credential_chain_fixed(const char *id, const char *secret, const char *token,
					   struct ots_credential_chain **out,
					   struct ots_error *err) OTS_MUST_USE;

/** Ends the chain's thread and what it waits for. NULL does nothing. */
void ots_credential_chain_free(struct ots_credential_chain *chain);

/** Where the key comes from, for people: `environment ALIBABA_CLOUD_ACCESS_KEY_ID`,
 *  `/home/u/.aliyun/config.json, profile default`. No secret. Lives as long as the chain. */
const char *ots_credential_chain_name(const struct ots_credential_chain *chain);

/** The key to sign with. Costs a lock while there is a valid one; waits for a new one only when the
 *  last has expired.
 *  @param out  for ots_credentials_release()
 *  @return OTS_OK, OTS_CANCELLED, or what ots_credential_chain_open() says of a place that failed
 */
enum ots_status ots_credential_chain_get(struct ots_credential_chain *chain,
					 struct ots_cancel *cancel, struct ots_credentials **out,
					 struct ots_error *err) OTS_MUST_USE;

/** A service has refused @p used, of this chain. Asks its place again, once for all callers and not
 *  more often than every ten seconds, and waits for the answer.
 *  @return whether ots_credential_chain_get() now gives another key: sign again with it, once */
bool ots_credential_chain_refused(struct ots_credential_chain *chain,
				  const struct ots_credentials *used, struct ots_cancel *cancel);

#endif

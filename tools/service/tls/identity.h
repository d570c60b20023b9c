/** @file identity.h
 *  A certificate for a service on this machine, made anew each time it starts: an authority that
 *  exists to sign one certificate and whose key is thrown away at once, and that certificate, for
 *  localhost, both loopback addresses and the address listened on. P-256, good for a year.
 *  The private key is in memory only, and wiped when freed.
 *  Threads: immutable after creation. */
#ifndef OTSFS_SERVICE_TLS_IDENTITY_H
#define OTSFS_SERVICE_TLS_IDENTITY_H

#include <otsfs/base/clock.h>
#include <otsfs/base/error.h>

/** All PEM, ended by NUL. */
struct ots_tls_identity {
	char *authority;   /**< what clients trust */
	char *certificate; /**< what the service shows */
	char *key;         /**< what it signs with */
};

/** @param host  a numeric address; the certificate holds for it too
 *  @return OTS_OK, OTS_NO_MEMORY (OpenSSL has no other reason to fail here, and its own words are
 *          in the text) */
enum ots_status ots_tls_identity_new(const char *host, const struct ots_clock *clock,
				     struct ots_tls_identity **out,
				     struct ots_error *err) OTS_MUST_USE;
void ots_tls_identity_free(struct ots_tls_identity *identity);

#endif

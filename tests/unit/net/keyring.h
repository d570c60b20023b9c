/* A user of a test's own: an empty home, no variable about keys, and a chain to open there. */
#ifndef OTSFS_TESTS_NET_KEYRING_H
#define OTSFS_TESTS_NET_KEYRING_H

#include <otsfs/net/credentials.h>
#include <otsfs/net/http.h>

#include "../../support/scratch_folder.h"

struct keyring {
	struct scratch home;
	struct ots_http *http;
	const char *metadata_url; /* NULL: the chain's own choice */
	struct ots_clock clock;   /* stands at now_us; monotonic: monotonic_ms */
	_Atomic int64_t now_us, monotonic_ms;
};

/* 2026-11-21T02:30:00Z */
#define KEYRING_NOW_US INT64_C(1795228200000000)

void keyring_open(struct keyring *keyring);
void keyring_close(struct keyring *keyring);

/* Set a variable; NULL: unset. */
void keyring_set(const char *name, const char *value);

/* Write a file below the home with this mode. */
void keyring_file(const struct keyring *keyring, const char *name, unsigned mode, const char *text);

/* Open a chain; ends the test when that fails. */
struct ots_credential_chain *keyring_chain(struct keyring *keyring, bool loopback);

/* The chain's key must be this one, and come from a place whose name has @p place in it. */
void keyring_expect(struct keyring *keyring, bool loopback, const char *id, const char *secret,
		    const char *token, const char *place);

/* Opening must fail so, with @p text in the message and no `hidden`, which the secrets of the tests
 * are made of. */
void keyring_expect_failure(struct keyring *keyring, bool loopback, enum ots_status status,
			    const char *text);

#endif

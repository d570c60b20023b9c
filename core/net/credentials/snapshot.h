/* Making a key: one block of memory that counts who holds it, stays out of core dumps and is wiped
 * by who lets go last. */
#ifndef OTSFS_NET_CREDENTIALS_SNAPSHOT_H
#define OTSFS_NET_CREDENTIALS_SNAPSHOT_H

#include <otsfs/base/cursor.h>
#include <otsfs/net/credentials.h>

/* What a place hands out, borrowed from its bytes. */
struct key_text {
	struct ots_bytes id, secret, token; /* token may be empty: none */
	int64_t expires_us;                 /* 0: never, or not known */
};

/* @param out  held once, for ots_credentials_release()
 * @return OTS_OK, OTS_DENIED (a part is empty, too long, or no text of a key), OTS_NO_MEMORY */
enum ots_status credentials_make(const struct key_text *text, struct ots_credentials **out,
				 struct ots_error *err) OTS_MUST_USE;

/* Whether both sign alike. */
bool credentials_same(const struct ots_credentials *a, const struct ots_credentials *b);

#endif

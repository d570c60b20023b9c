/** @file authenticate.h
 *  Whether a request may be answered: its headers, date, key, instance, MD5 and signature, in the
 *  order that gives the most useful refusal. Source: tablestore-protocol 1.2 to 1.4, 1.8, 13.2.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_HTTP_AUTHENTICATE_H
#define OTSFS_SERVICE_HTTP_AUTHENTICATE_H

#include <otsfs/tablestore/wire.h>

#include "../fault.h"

/** Who may ask, and for what. */
struct ots_access {
	const char *id;
	const char *secret;
	const char *token; /**< NULL: none is asked for */
	const char *instance;
};

struct ots_request {
	struct ots_bytes path;
	const struct ots_sign_header *headers;
	size_t header_count;
	struct ots_bytes body;
};

/** @param known  whether the caller's key is ours, so that the reply can be signed with it; also
 *                set when the request is refused */
bool ots_authenticate(const struct ots_access *access, const struct ots_request *request,
		      int64_t now_us, bool *known, struct ots_fault *fault);

#endif

/** @file authenticate.h
 *  Whether a request may be answered: its headers, date, key, instance, MD5 and signature, in the
 *  order that gives the most useful refusal. Source: tablestore-protocol 1.2 to 1.5, 1.8, 13.2.
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

/** Whose key signs the reply, and with what. */
struct ots_signer {
	const char *id;                       /**< NULL: the caller's key is not known */
	const char *secret;                   /**< of a caller of version 2 */
	char derived[OTS_SIGN_V4_TEXT_BYTES]; /**< of one of version 4 (1.7); else empty */
};

/** The value of a request header, without case, blanks around it taken off.
 *  @return false: not there */
bool ots_request_header(const struct ots_request *request, const char *name,
			struct ots_bytes *value);

/** @param check_md5  false: the body is taken for what the signed x-ots-contentmd5 says
 *  @param signer     filled as far as the caller is known, also when the request is refused */
bool ots_authenticate(const struct ots_access *access, const struct ots_request *request,
		      bool check_md5, int64_t now_us, struct ots_signer *signer,
		      struct ots_fault *fault);

#endif

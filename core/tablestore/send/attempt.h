/* One attempt of a call: what it is made with, and its signature.
 * Source: tablestore-protocol 1.2 to 1.7. */
#ifndef OTSFS_TABLESTORE_SEND_ATTEMPT_H
#define OTSFS_TABLESTORE_SEND_ATTEMPT_H

#include <otsfs/tablestore/wire.h>

#include "../client_state.h"

struct attempt {
	const char *path;
	struct ots_credentials *key; /* held */
	int64_t offset_us;           /* how far the service's clock is ahead of ours */
	size_t response_limit_bytes;
	struct ots_cancel *cancel;
	struct ots_bytes body; /* as sent */
	size_t plain_bytes;    /* of the body before it was compressed; 0: it is not */
	bool wants_compressed; /* answers with many rows, where the client's options say so */
};

#define SIZE_TEXT_BYTES 21

/* Texts that headers point at while the request lives. They hold a key: attempt_wipe(). */
struct attempt_texts {
	char date[OTS_TIME_TEXT_BYTES];
	char day[9]; /* yyyyMMdd */
	char md5[OTS_MD5_TEXT_BYTES];
	char plain_bytes[SIZE_TEXT_BYTES];
	char key[OTS_SIGN_V4_TEXT_BYTES]; /* of version 4, in the secret's place; empty: version 2
					   */
	char signature[OTS_SIGN_V4_TEXT_BYTES];
};

/* Fill in the headers, the signature last. @return false: no memory, or the library fails */
bool attempt_sign(struct ots_client *client, const struct attempt *attempt, int64_t now_us,
		  struct ots_buffer *text, struct ots_http_request *request,
		  struct attempt_texts *texts);
void attempt_wipe(struct attempt_texts *texts);

#endif

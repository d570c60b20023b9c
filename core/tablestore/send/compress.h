/* Compressed bodies of a call. Source: tablestore-protocol 1.6. */
#ifndef OTSFS_TABLESTORE_SEND_COMPRESS_H
#define OTSFS_TABLESTORE_SEND_COMPRESS_H

#include "attempt.h"

/* Compress the request's body where the client is told to and it comes out shorter. */
void compress_request(const struct ots_client *client, struct client_scratch *scratch,
		      struct attempt *attempt);

/* What a compressed answer holds takes the place of its body; any other is left as it is.
 * @param md5_held  the MD5 that the answer tells is that of the bytes on the line. The sources do
 *                  not say whether it is that or the plain bytes', so both are taken (section 14)
 * @return OTS_OK, OTS_CORRUPT, OTS_NO_MEMORY */
enum ots_status compress_take_answer(struct client_scratch *scratch, size_t limit_bytes,
				     bool *md5_held, struct ots_error *err) OTS_MUST_USE;

#endif

/** @file sign.h
 *  Signatures of requests, version 2 (HMAC-SHA1) and 4 (HMAC-SHA256), and of responses.
 *  Source: tablestore-protocol 1.4, 1.5 and 1.7.
 *  Threads: pure functions. */
#ifndef OTSFS_TABLESTORE_WIRE_SIGN_H
#define OTSFS_TABLESTORE_WIRE_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/digest.h>

struct ots_sign_header {
	struct ots_bytes name; /**< compared in lower case */
	struct ots_bytes value;
};

/** base64 of an HMAC-SHA1, and of an MD5, with their NUL. */
#define OTS_SIGNATURE_TEXT_BYTES 29
#define OTS_MD5_TEXT_BYTES 25

/** The text that is signed: path, POST, empty query, then every `x-ots-` header but the two
 *  signature headers, ascending by lower-case name, values trimmed.
 *  @return false without room (at most OTS_SIGN_HEADERS_MAX headers) */
#define OTS_SIGN_HEADERS_MAX 64
bool ots_sign_request_text(struct ots_bytes path, const struct ots_sign_header *headers,
			   size_t header_count, struct ots_buffer *out);

/** The text of a response: every `x-ots-` header, then the path without a line feed. */
bool ots_sign_response_text(struct ots_bytes path, const struct ots_sign_header *headers,
			    size_t header_count, struct ots_buffer *out);

/** base64(HMAC-SHA1(secret, text)). @return false when the library fails */
bool ots_sign(struct ots_bytes secret, struct ots_bytes text, char out[OTS_SIGNATURE_TEXT_BYTES]);

/** base64 of an HMAC-SHA256, with its NUL: a key of version 4 and a signature by it. */
#define OTS_SIGN_V4_TEXT_BYTES 45

/** The signing key of a day and region. Its text is the key, not the bytes it stands for; answers
 *  to a caller of version 4 are signed with it in the secret's place (ots_sign()).
 *  @param date  `yyyyMMdd`, as the header x-ots-signdate has it
 *  @param out   wiped by the caller
 *  @return false when the library fails or the secret is above 1024 bytes */
bool ots_sign_v4_key(struct ots_bytes secret, struct ots_bytes date, struct ots_bytes region,
		     char out[OTS_SIGN_V4_TEXT_BYTES]);

/** The text of ots_sign_request_text(), ended by the product's name. */
bool ots_sign_v4_request_text(struct ots_bytes path, const struct ots_sign_header *headers,
			      size_t header_count, struct ots_buffer *out);

/** base64(HMAC-SHA256(key_text, text)), the value of x-ots-signaturev4. */
bool ots_sign_v4(const char *key_text, struct ots_bytes text, char out[OTS_SIGN_V4_TEXT_BYTES]);

/** base64(MD5(body)). */
bool ots_content_md5(struct ots_bytes body, char out[OTS_MD5_TEXT_BYTES]);

#endif

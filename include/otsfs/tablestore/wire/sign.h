/** @file sign.h
 *  Signatures of requests and responses, version 2 (HMAC-SHA1).
 *  Source: tablestore-protocol 1.4 and 1.7.
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

/** base64(MD5(body)). */
bool ots_content_md5(struct ots_bytes body, char out[OTS_MD5_TEXT_BYTES]);

#endif

/** @file oss_sign.h
 *  Signatures of OSS requests, version 1 (HMAC-SHA1) and 4 (HMAC-SHA256), in a header and in a
 *  query (a signed URL): what a client signs and what a service checks, without any I/O. The steps
 *  are a function each, so that a service can say which text it has signed; the last functions put
 *  them together as a client needs them.
 *  Source: oss-protocol section 2; oss-signing-vectors.json (all of them pass).
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_OBJECT_OSS_SIGN_H
#define OTSFS_OBJECT_OSS_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>

/** A header, or a parameter of a query. */
struct ots_oss_pair {
	struct ots_bytes name;
	struct ots_bytes value; /**< empty: `?acl` and `?acl=` are one and the same */
};

/** Headers, and parameters of a query, that one request may have. */
#define OTS_OSS_PAIRS_MAX 128
/** Room that a text to sign needs at most with keys, headers and queries of legal sizes. */
#define OTS_OSS_SIGN_TEXT_BYTES ((size_t)256 * 1024)

/** A request as it is named, not as it is written: the way a bucket is addressed plays no part, and
 *  nothing is percent-encoded. Everything is borrowed. */
struct ots_oss_request {
	struct ots_bytes method;            /**< `GET` */
	struct ots_bytes bucket;            /**< empty: a request to the service */
	struct ots_bytes key;               /**< empty: a request to the bucket */
	const struct ots_oss_pair *headers; /**< all there are: what is signed is picked here */
	size_t header_count;
	const struct ots_oss_pair *query; /**< without the signature itself */
	size_t query_count;
	const struct ots_bytes *additional; /**< names of further headers to sign; V4 only */
	size_t additional_count;
};

/* Every function below that returns bool returns false when the buffer has no room, there are more
 * than OTS_OSS_PAIRS_MAX of something, or the library of digests fails; what was appended until
 * then stays. */

/** base64 of an HMAC-SHA1, with its NUL. */
#define OTS_OSS_V1_SIGNATURE_BYTES 29

/** The text of version 1 (2.2). Names of a query that count are the union of what the official
 *  clients sign.
 *  @param date  value of x-oss-date, else of Date; in a signed URL the number of Expires */
bool ots_oss_v1_text(const struct ots_oss_request *request, struct ots_bytes date,
		     struct ots_buffer *out);
bool ots_oss_v1_sign(struct ots_bytes secret, struct ots_bytes text,
		     char out[OTS_OSS_V1_SIGNATURE_BYTES]);

/** Lower-case hex of an HMAC-SHA256, with its NUL. */
#define OTS_OSS_V4_SIGNATURE_BYTES 65
#define OTS_OSS_V4_KEY_BYTES 32
/** `20231216T162057Z`, with its NUL; the first eight are the date of a scope. */
#define OTS_OSS_V4_TIME_BYTES 17
#define OTS_OSS_V4_DATE_LEN 8

/** Where and when a key of version 4 holds. */
struct ots_oss_scope {
	struct ots_bytes date;    /**< `20231216` */
	struct ots_bytes region;  /**< `cn-hangzhou`; for CloudBox its id */
	struct ots_bytes product; /**< `oss`; for CloudBox `oss-cloudbox` */
};

/** The text of a moment. Years outside 0 to 9999 are written as the nearest of these. */
void ots_oss_v4_time_print(int64_t us, char out[OTS_OSS_V4_TIME_BYTES]);
/** @return false when it is not such a text */
bool ots_oss_v4_time_parse(struct ots_bytes text, int64_t *us);

/** The key that signs, four digests away from the secret: good for a day, so callers keep it. */
bool ots_oss_v4_key(struct ots_bytes secret, const struct ots_oss_scope *scope,
		    uint8_t out[OTS_OSS_V4_KEY_BYTES]);

/** The canonical request (2.4). */
bool ots_oss_v4_canonical(const struct ots_oss_request *request, struct ots_buffer *out);
/** The text of version 4. @param time  as x-oss-date says it */
bool ots_oss_v4_text(struct ots_bytes time, const struct ots_oss_scope *scope,
		     struct ots_bytes canonical, struct ots_buffer *out);
bool ots_oss_v4_sign(const uint8_t key[OTS_OSS_V4_KEY_BYTES], struct ots_bytes text,
		     char out[OTS_OSS_V4_SIGNATURE_BYTES]);

/** Who signs with version 1. */
struct ots_oss_v1_signer {
	struct ots_bytes id;
	struct ots_bytes secret;
	struct ots_bytes token; /**< of STS; empty: none. Used by ots_oss_v1_presign() only */
};

/** Append the value of the Authorization header. The request's headers have `x-oss-date` or `Date`,
 *  and `x-oss-security-token` where there is one.
 *  @param date  the value of that date header */
bool ots_oss_v1_authorization(const struct ots_oss_v1_signer *signer, struct ots_bytes date,
			      const struct ots_oss_request *request, struct ots_buffer *out);

/** Append the query of a signed URL, encoded, without the `?`: the request's own parameters and
 *  what the signature adds.
 *  @param expires_s  seconds since 1970 */
bool ots_oss_v1_presign(const struct ots_oss_v1_signer *signer, int64_t expires_s,
			const struct ots_oss_request *request, struct ots_buffer *out);

/** Who signs with version 4, with what of one day and one moment. */
struct ots_oss_v4_signer {
	struct ots_bytes id;
	struct ots_bytes token;            /**< of STS; empty: none. For ots_oss_v4_presign() */
	struct ots_oss_scope scope;        /**< its date is the first eight of time */
	uint8_t key[OTS_OSS_V4_KEY_BYTES]; /**< of ots_oss_v4_key() for that scope */
	char time[OTS_OSS_V4_TIME_BYTES];  /**< of ots_oss_v4_time_print() */
};

/** Append the value of the Authorization header. The request's headers have `x-oss-date` (the
 *  signer's time), `x-oss-content-sha256: UNSIGNED-PAYLOAD`, and `x-oss-security-token` where there
 *  is one. */
bool ots_oss_v4_authorization(const struct ots_oss_v4_signer *signer,
			      const struct ots_oss_request *request, struct ots_buffer *out);

/** Append the query of a signed URL, encoded, without the `?`: the request's own parameters and
 *  what the signature adds. @param life_s  1 to 604800 seconds */
bool ots_oss_v4_presign(const struct ots_oss_v4_signer *signer, uint32_t life_s,
			const struct ots_oss_request *request, struct ots_buffer *out);

#endif

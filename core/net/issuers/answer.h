/* The JSON in which keys come: one object, or one below `Credentials`, in the services' names
 * (AccessKeyId …) or the cli's (access_key_id …). Source: oss-protocol 5.6 to 5.8. No I/O. */
#ifndef OTSFS_NET_ISSUERS_ANSWER_H
#define OTSFS_NET_ISSUERS_ANSWER_H

#include <stdbool.h>

#include <otsfs/net/credentials.h>
#include <otsfs/net/http.h>

/* An answer has some 2 KB. */
#define KEY_ANSWER_MAX_BYTES ((size_t)64 * 1024)

struct answer_wish {
	const char *who;  /* for messages */
	bool must_expire; /* an answer without a moment of its end is no answer */
	int64_t now_us;
};

/* @return OTS_OK; OTS_DENIED (its Code is an error's; no text of a key; it has expired already);
 *         OTS_CORRUPT (not JSON; a member missing); OTS_LIMIT; OTS_NO_MEMORY */
enum ots_status key_answer_decode(struct ots_bytes body, const struct answer_wish *wish,
				  struct ots_credentials **out, struct ots_error *err) OTS_MUST_USE;

/* The error in an answer that is none of 2xx: its Code and Message when it has them.
 * @return OTS_DENIED for 4xx, OTS_THROTTLED for 429 and Throttling codes, else OTS_SERVER */
enum ots_status key_answer_error(struct ots_bytes body, int http_status, const char *who,
				 struct ots_error *err) OTS_MUST_USE;

/* A response whose body has all its room from the start, so that growing leaves no copies of a
 * secret, and its end. @return OTS_OK, OTS_NO_MEMORY */
enum ots_status key_response_init(struct ots_http_response *response,
				  struct ots_error *err) OTS_MUST_USE;
void key_response_release(struct ots_http_response *response);

#endif

/* What an answer must be before its body is believed, and what an error body says. No I/O: the
 * client feeds it from HTTP, tests and the fuzzer from memory.
 * Source: tablestore-protocol 1.7 to 1.9, 13.1. */
#ifndef OTSFS_TABLESTORE_ANSWER_H
#define OTSFS_TABLESTORE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/net/http.h>

/* What the client knows when the answer comes. */
struct answer_context {
	const char *path; /* "/PutRow" */
	const char *key_id;
	const char *secret; /* the key of the answer's signature */
	bool md5_held;      /* the MD5 has been found to hold already */
	int64_t now_us;
};

/* @return OTS_OK: status 2xx, MD5, date and signature hold; OTS_CORRUPT: one does not; else the
 *         status of the error that the service reports, with its code, message and request id,
 * which ends the text too */
enum ots_status ots_answer_check(const struct answer_context *context,
				 const struct ots_http_response *response,
				 struct ots_error *err) OTS_MUST_USE;

/* Whether the answer's date is more than 15 minutes from ours (1.8).
 * @param skew_us  how far ahead of ours the service's clock is */
bool ots_answer_clock_is_off(const struct ots_http_response *response, int64_t now_us,
			     int64_t *skew_us);

/* The error of an answer that is none of 2xx.
 * @param body  an Error message, or anything: then the HTTP status decides
 * @return never OTS_OK */
enum ots_status ots_answer_error(struct ots_bytes body, int http_status,
				 struct ots_error *err) OTS_MUST_USE;

/* Write a failure that the service reports, for a whole call or one row.
 * @param message  may be NULL
 * @return the status of the code */
enum ots_status ots_answer_fail(const char *code, const char *message, int http_status,
				struct ots_error *err);

/* Keep the service's id of a request in the error, cut to fit. */
void ots_answer_note_id(struct ots_bytes id, struct ots_error *err);

#endif

/** @file error.h
 *  What failed and why: a status to branch on, a text to show. The room `base` holds what every
 *  other room stands on: errors (here), memory (arena.h, buffer.h), foreign bytes (cursor.h),
 *  checked sums (checked.h), time (clock.h), cancelling (cancel.h), the log (log.h), workers
 *  (pool.h) and digests (digest.h). Read error.h and cursor.h first.
 *  Threads: plain values; an ots_error belongs to the call it was passed to. */
#ifndef OTSFS_BASE_ERROR_H
#define OTSFS_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#define OTS_MUST_USE __attribute__((warn_unused_result))
#define OTS_PRINTF(format_index, first_index)                                                      \
	__attribute__((format(printf, format_index, first_index)))

/** Each status is a decision somebody takes. */
enum ots_status {
	OTS_OK = 0,
	OTS_USAGE,       /**< the request itself makes no sense: fix the words */
	OTS_NOT_FOUND,   /**< the named thing is not there */
	OTS_EXISTS,      /**< the named thing is there already */
	OTS_DENIED,      /**< wrong key, no permission: credentials must change */
	OTS_CORRUPT,     /**< bytes are not what their format says: the object is damaged */
	OTS_UNSUPPORTED, /**< known, and not read or done */
	OTS_LIMIT,       /**< above a stated limit */
	OTS_NO_MEMORY,   /**< the allocator or a memory budget said no */
	OTS_NO_SPACE,    /**< a local disk is full */
	OTS_IO,          /**< a local file failed */
	OTS_NETWORK,     /**< connection refused, reset or cut: worth a retry */
	OTS_TIMEOUT,     /**< a deadline passed; a write may have been applied */
	OTS_THROTTLED,   /**< the service asks for less: nothing was done, retry later */
	OTS_SERVER,      /**< the service failed on its own: worth a retry */
	OTS_REFUSED,     /**< well understood and not allowed: schema, policy, precondition */
	OTS_CHANGED,     /**< the object is not the one that was opened */
	OTS_CANCELLED    /**< somebody asked to stop */
};

#define OTS_ERROR_TEXT_BYTES 1024
#define OTS_UNKNOWN_OFFSET UINT64_MAX

/** Start with `struct ots_error err = {0};`. Every text ends in NUL and is cut, never overrun. */
struct ots_error {
	enum ots_status status;
	int http_status;     /**< 0: no HTTP answer took part */
	bool placed;         /**< offset and line below are known */
	uint64_t offset;     /**< byte in the object named in text, from 0 */
	uint64_t line;       /**< line (or record) in it, from 1 */
	char code[48];       /**< the server's own code, such as OTSServerBusy */
	char request_id[64]; /**< the server's id for the request */
	char text[OTS_ERROR_TEXT_BYTES];
};

/** Write the fact. @p err may be NULL. Replaces what @p err held.
 *  @return @p status, so that `return ots_fail(…)` reads well */
enum ots_status ots_fail(struct ots_error *err, enum ots_status status, const char *format, ...)
	OTS_PRINTF(3, 4);

/** As ots_fail(), with the place in the object: it is appended to the text as
 *  ` at line L, byte B` and kept in `line` and `offset`. A line of 0 is left out. */
enum ots_status ots_fail_at(struct ots_error *err, enum ots_status status, uint64_t line,
			    uint64_t offset, const char *format, ...) OTS_PRINTF(5, 6);

/** Put what the caller was doing, and `: `, in front of the text.
 *  @return the status @p err already has; OTS_OK when @p err is NULL */
enum ots_status ots_context(struct ots_error *err, const char *format, ...) OTS_PRINTF(2, 3);

/** Give an error that has no place yet its byte in the object, as ots_fail_at() without a line: for
 *  callers that know where, of callees that only know what. One that has a place keeps it. */
void ots_place(struct ots_error *err, uint64_t offset);

/** Lower-case word for a status, such as `not-found`: stable, used in JSON. */
const char *ots_status_word(enum ots_status status);

/** Whether the same request may succeed when sent again later. The one table that says so. */
bool ots_status_is_transient(enum ots_status status);

#endif

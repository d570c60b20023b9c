/** @file call.h
 *  One request of OSS between its frame (http/) and the function that answers it (calls/).
 *  Threads: a call belongs to its request. */
#ifndef OTSFS_SERVICE_OSS_CALL_H
#define OTSFS_SERVICE_OSS_CALL_H

#include <otsfs/base/arena.h>
#include <otsfs/base/clock.h>

#include "../cue/cue.h"
#include "http/authenticate.h"
#include "http/target.h"
#include "store/store.h"

/** What a request may hold beside its content: names, answers' lines, texts. */
#define OTS_OSS_ARENA_BYTES ((size_t)32 * 1024 * 1024)
/** A document that a client sends: 1000 keys of 1023 bytes, every byte escaped, and more. */
#define OTS_OSS_DOCUMENT_BYTES ((size_t)8 * 1024 * 1024)
/** An answer: 1000 names, percent-encoded. */
#define OTS_OSS_ANSWER_BYTES ((size_t)16 * 1024 * 1024)
#define OTS_OSS_REPLY_HEADERS_MAX 128

struct ots_oss_reply {
	unsigned status;
	struct {
		const char *name;
		const char *value;
	} headers[OTS_OSS_REPLY_HEADERS_MAX]; /**< texts static or in the arena */
	size_t header_count;
	struct ots_buffer body;     /**< a document; or else: */
	struct ots_oss_found found; /**< what is read; the reply's own */
	uint64_t offset, length;    /**< the part of its content that goes out */
	bool has_content;
	bool is_xml;
};

struct ots_oss_call;
/** @return false: the call's fault says why */
typedef bool ots_oss_call_fn(struct ots_oss_call *call);

/** What becomes of a body. */
enum ots_oss_body { OTS_OSS_BODY_NONE, OTS_OSS_BODY_DOCUMENT, OTS_OSS_BODY_CONTENT };

struct ots_oss_operation {
	const char *name; /**< the API's: `GetObject` */
	ots_oss_call_fn *call;
	enum ots_oss_body body;
	bool with_md5; /**< of content */
};

struct ots_oss_call {
	struct ots_oss_store *store;
	const struct ots_oss_access *access;
	const char *endpoint; /**< `127.0.0.1:40001`, for answers that name it */
	const struct ots_oss_operation *operation;
	struct ots_oss_request request;
	struct ots_bytes host;
	bool anonymous;
	int64_t now_us;
	struct ots_oss_bucket *bucket; /**< NULL for the service, and when there is none */
	struct ots_buffer document;
	struct ots_oss_spool *spool;   /**< content; a call that takes it sets it to NULL */
	const struct ots_cue_act *act; /**< what a fault file asks for; NULL: nothing */
	struct ots_arena arena;
	struct ots_oss_fault fault;
	struct ots_oss_reply reply;
};

/** Which operation a request asks for. @return NULL: the fault says why not */
const struct ots_oss_operation *ots_oss_operation_of(const struct ots_oss_request *request,
						     struct ots_oss_fault *fault);

/** A parameter or header that is not there is empty; `has` tells `?x` from nothing. */
struct ots_bytes ots_oss_query(const struct ots_oss_call *call, const char *name);
bool ots_oss_has(const struct ots_oss_call *call, const char *name);
struct ots_bytes ots_oss_header_of(const struct ots_oss_call *call, const char *name);

/** A number in a parameter. @param most  above it, or when it is no number: InvalidArgument
 *  @param otherwise  the value when the parameter is not there or empty */
bool ots_oss_query_number(struct ots_oss_call *call, const char *name, uint64_t least,
			  uint64_t most, uint64_t otherwise, uint64_t *out);
/** InvalidArgument about a parameter. @return false */
bool ots_oss_bad_argument(struct ots_oss_call *call, const char *name, struct ots_bytes value,
			  const char *message);

/** Add a header to the reply: one without a value, or above the most there may be, is left out.
 *  @param name  static or in the arena */
void ots_oss_reply_header(struct ots_oss_call *call, const char *name, const char *format, ...)
	OTS_PRINTF(3, 4);
void ots_oss_reply_bytes(struct ots_oss_call *call, const char *name, struct ots_bytes value);
void ots_oss_reply_etag(struct ots_oss_call *call, const char *etag);
void ots_oss_reply_crc(struct ots_oss_call *call, uint64_t crc);
/** x-oss-version-id, in a bucket with versions only. */
void ots_oss_reply_version(struct ots_oss_call *call, const char *version);

/** A document as the answer. @return the writer, begun; its end is ots_oss_reply_xml() */
struct ots_oss_xml;
void ots_oss_begin_xml(struct ots_oss_call *call, struct ots_oss_xml *xml, const char *root);
bool ots_oss_reply_xml(struct ots_oss_call *call, struct ots_oss_xml *xml, const char *root);

/** A copy in the arena with a NUL behind it; NULL without room. */
const char *ots_oss_text(struct ots_oss_call *call, struct ots_bytes bytes);

/** `encoding-type=url`. @return false: it is something else */
bool ots_oss_encoding(struct ots_oss_call *call, bool *encoded);

#endif

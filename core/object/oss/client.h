/** @file client.h
 *  What the files of this folder share: a bucket as it is addressed, and one request to it.
 *  Threads: struct oss is immutable but for its atomics; a call belongs to whoever waits for it
 * and, between start and done, to the engine's thread. */
#ifndef OTSFS_CORE_OBJECT_OSS_CLIENT_H
#define OTSFS_CORE_OBJECT_OSS_CLIENT_H

#include <stdatomic.h>

#include <otsfs/base/pool.h>
#include <otsfs/object/oss.h>
#include <otsfs/object/oss_sign.h>

#include "../oss_xml/answers.h"

/* A page of 1000 keys: each at most 3 KB coded, and some 400 bytes of elements around it. */
#define OSS_XML_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct oss {
	struct ots_oss_options options; /* strings in it are this struct's own, below */
	char *name;                     /* oss://bucket/prefix */
	char *base; /* URL up to the path of the bucket, without '/' at its end */
	char *host;
	char *bucket, *region, *encryption, *encryption_key_id;
	char *prefix; /* of all keys: empty, or with a '/' at its end */
	size_t prefix_len;
	char *single; /* the store is this one key, relative to prefix; NULL: a folder */
	bool is_path_style;
	struct ots_pool *renewer; /* key.c; NULL: anonymous */
	atomic_bool is_renewing;
	atomic_uint renewals;        /* that have ended */
	_Atomic int64_t skew_us;     /* the service's clock less ours (oss-protocol 2.7) */
	_Atomic uint64_t lost_links; /* symlink objects that lead nowhere, of the last listing */
};

/* endpoint.c: fill in how the bucket is addressed, from oss->options. */
enum ots_status oss_address(struct oss *oss, struct ots_error *err) OTS_MUST_USE;

#define OSS_PAIRS_MAX 16

/* One request. Filled by the caller, sent by oss_call_run() or as a transfer of its own through
 * oss_call_prepare() and oss_call_judge(). Everything in the pairs is borrowed. */
struct oss_call {
	struct oss *oss;
	const char *method;
	struct ots_bytes key; /* the whole one; empty: the bucket */
	struct ots_oss_pair query[OSS_PAIRS_MAX];
	size_t query_count;
	struct ots_oss_pair headers[OSS_PAIRS_MAX]; /* besides those that sign */
	size_t header_count;
	struct ots_bytes body;
	size_t limit_bytes; /* of the answer's body; 0: 64 KiB */
	bool is_mended;     /* the clock: once */
	bool is_refused;    /* its key was, when so many renewals had ended: */
	unsigned renewals;
	struct ots_credentials *credentials; /* of the attempt */
	/* What the attempt's request points at. */
	struct ots_buffer url, authorization;
	char time[OTS_OSS_V4_TIME_BYTES], date[32];
};

void oss_call_init(struct oss_call *call, struct oss *oss, const char *method,
		   struct ots_bytes key);
void oss_call_release(struct oss_call *call);

/* @param name  a literal */
void oss_call_query(struct oss_call *call, const char *name, struct ots_bytes value);
void oss_call_header(struct oss_call *call, const char *name, struct ots_bytes value);

/* As of struct ots_transfer_ops: sign and spell out. */
enum ots_status oss_call_prepare(struct oss_call *call, struct ots_http_request *request,
				 struct ots_error *err) OTS_MUST_USE;

/* What an answer of 300 and above means; mends clock or key and asks for another attempt. */
enum ots_status oss_call_judge(struct oss_call *call, const struct ots_http_response *response,
			       int64_t *wait_ms, struct ots_error *err) OTS_MUST_USE;

/* Called with an answer of 200 to 299, on the engine's thread; its error is final unless it is
 * transient. */
typedef enum ots_status oss_answer_fn(void *arg, const struct ots_http_response *response,
				      struct ots_error *err);

/* Send it and wait. @param fn  may be NULL. @param attempts  as of struct ots_transfer_task */
enum ots_status oss_call_run(struct oss_call *call, oss_answer_fn *fn, void *arg, unsigned attempts,
			     struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

/* key.c: the key of the next attempt, which call->credentials holds. */
enum ots_status oss_key_get(struct oss_call *call, struct ots_error *err) OTS_MUST_USE;
/* The service does not take it. @return whether another attempt, later, may have another key */
bool oss_key_refused(struct oss_call *call, const char *code, int http, int64_t *wait_ms);

/* error.c: the one reading of an answer that is a refusal (oss-protocol 3.13).
 * @param error  what it said
 * @return the status; the text names object, status, code, request id, and what to do */
enum ots_status oss_refusal(const struct oss_call *call, const struct ots_http_response *response,
			    struct oss_error *error, int64_t *wait_ms, struct ots_error *err);

/* head.c: size, ETag, time and CRC in the headers of an object. */
struct oss_object_head {
	struct ots_entry entry; /* without its key */
	uint64_t crc;
	bool has_crc;
};
/* @param size  of the whole object, as the caller knows it (Content-Range, Content-Length) */
enum ots_status oss_head_read(const struct oss_call *call, const struct ots_http_response *response,
			      uint64_t size, struct oss_object_head *out,
			      struct ots_error *err) OTS_MUST_USE;
/* HeadObject of a whole key. */
enum ots_status oss_head(struct oss *oss, struct ots_bytes key, unsigned attempts,
			 struct ots_cancel *cancel, struct oss_object_head *out,
			 struct ots_error *err) OTS_MUST_USE;

/* A key of the store as the bucket knows it. @param out  OTS_KEY_MAX_BYTES
 * @return OTS_OK, OTS_NOT_FOUND (too long with the prefix: no object has it, or another than the
 *         single one) */
enum ots_status oss_whole_key(const struct oss *oss, struct ots_bytes key, uint8_t *out,
			      struct ots_bytes *whole, struct ots_error *err) OTS_MUST_USE;

/* list.c, read.c: operations of the store. */
enum ots_status oss_list(void *self, const struct ots_list_request *request, ots_list_fn *fn,
			 void *arg, struct ots_error *err);
/* Whether any key begins with @p prefix (whole), asked with one key and few attempts. */
enum ots_status oss_probe(struct oss *oss, struct ots_bytes prefix, bool *any,
			  struct ots_error *err) OTS_MUST_USE;
enum ots_status oss_stat_until(void *self, struct ots_bytes key, struct ots_cancel *cancel,
			       struct ots_entry *entry, struct ots_error *err) OTS_MUST_USE;
enum ots_status oss_stat(void *self, struct ots_bytes key, struct ots_entry *entry,
			 struct ots_error *err);
enum ots_status oss_open(void *self, const struct ots_open_request *request,
			 struct ots_entry *entry, void **handle, struct ots_error *err);
enum ots_status oss_fetch(void *self, void *handle, uint64_t offset, void *buf, size_t len,
			  bool ahead, const struct ots_fetch_notify *notify, void *arg,
			  struct ots_transfer **out, struct ots_error *err);
bool oss_front(void *self, void *handle, struct ots_bytes *front, uint64_t *crc);
void oss_shut(void *self, void *handle);

#endif

/* Objects opened and read by ranges. Source: oss-protocol 3.4, 3.5. */
#include "client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

/* What opening brings along unless told: the whole of many a small object, and the first READ of
 * larger ones. */
#define FRONT_BYTES ((size_t)64 * 1024)
#define RANGE_BYTES 64
#define WHOLE_ATTEMPTS 4

struct object {
	atomic_uint holders; /* the handle, and ranges on their way */
	struct oss *oss;
	struct oss_object_head head;
	char if_match[OTS_ETAG_BYTES + 2];
	uint8_t *front;
	size_t front_len;
	size_t key_len;
	uint8_t key[]; /* whole */
};

static void object_release(struct object *object)
{
	if (object == NULL ||
	    atomic_fetch_sub_explicit(&object->holders, 1, memory_order_acq_rel) != 1)
		return;
	free(object->front);
	free(object);
}

enum ots_status oss_whole_key(const struct oss *oss, struct ots_bytes key, uint8_t *out,
			      struct ots_bytes *whole, struct ots_error *err)
{
	if (oss->prefix_len + key.len > OTS_KEY_MAX_BYTES)
		return ots_fail(err, OTS_NOT_FOUND,
				"%s: no key is as long as this one with the prefix: %zu bytes",
				oss->name, oss->prefix_len + key.len);
	if (oss->single != NULL && !ots_bytes_are(key, oss->single))
		return ots_fail(err, OTS_NOT_FOUND, "%s: it is the one object", oss->name);
	memcpy(out, oss->prefix, oss->prefix_len);
	if (key.len > 0)
		memcpy(out + oss->prefix_len, key.at, key.len);
	*whole = (struct ots_bytes){out, oss->prefix_len + key.len};
	return OTS_OK;
}

enum ots_status oss_stat(void *self, struct ots_bytes key, struct ots_entry *entry,
			 struct ots_error *err)
{
	return oss_stat_until(self, key, NULL, entry, err);
}

enum ots_status oss_stat_until(void *self, struct ots_bytes key, struct ots_cancel *cancel,
			       struct ots_entry *entry, struct ots_error *err)
{
	struct oss *oss = self;
	uint8_t bytes[OTS_KEY_MAX_BYTES];
	struct ots_bytes whole = {NULL, 0};
	struct oss_object_head head = {.has_crc = false};
	enum ots_status status = oss_whole_key(oss, key, bytes, &whole, err);

	if (status == OTS_OK)
		status = oss_head(oss, whole, 0, cancel, &head, err);
	if (status == OTS_OK) {
		*entry = head.entry;
		entry->key = key;
	}
	return status;
}

struct range {
	uint64_t first, last, size;
};

/* `bytes first-last/size` */
static bool range_parse(const struct ots_http_response *response, struct range *out)
{
	struct ots_bytes value;
	const uint8_t *dash, *slash;

	if (!ots_http_response_header(response, "Content-Range", &value) || value.len < 6 ||
	    memcmp(value.at, "bytes ", 6) != 0)
		return false;
	value = (struct ots_bytes){value.at + 6, value.len - 6};
	dash = memchr(value.at, '-', value.len);
	slash = memchr(value.at, '/', value.len);
	if (dash == NULL || slash == NULL || slash < dash)
		return false;
	return ots_parse_u64((struct ots_bytes){value.at, (size_t)(dash - value.at)},
			     &out->first) &&
	       ots_parse_u64((struct ots_bytes){dash + 1, (size_t)(slash - dash - 1)},
			     &out->last) &&
	       ots_parse_u64(
		       (struct ots_bytes){slash + 1, value.len - (size_t)(slash + 1 - value.at)},
		       &out->size) &&
	       out->first <= out->last && out->last < out->size;
}

static void add_range(struct oss_call *call, char text[RANGE_BYTES], uint64_t first, uint64_t last)
{
	(void)snprintf(text, RANGE_BYTES, "bytes=%" PRIu64 "-%" PRIu64, first, last);
	oss_call_header(call, "Range", ots_bytes_of(text));
	oss_call_header(call, "x-oss-range-behavior", ots_bytes_of("standard"));
}

/* Opening: the first bytes, whose answer tells all the rest. */
struct opening {
	struct oss_call call;
	struct object *object;
	size_t front_bytes;
	char range[RANGE_BYTES];
	bool is_empty; /* 416: no byte to begin with */
};

static enum ots_status fail_front(const struct opening *o, const char *what, struct ots_error *err)
{
	return ots_fail(err, OTS_SERVER, "oss://%s/%.*s: the answer to %s %s", o->call.oss->bucket,
			(int)o->call.key.len, (const char *)o->call.key.at, o->range, what);
}

static enum ots_status on_front(void *arg, const struct ots_http_response *response,
				struct ots_error *err)
{
	struct opening *o = arg;
	struct object *object = o->object;
	const struct ots_buffer *body = &response->body;
	uint64_t size = body->len;
	struct range range = {0};
	enum ots_status status;

	if (response->status == 206) {
		if (!range_parse(response, &range) || range.first != 0 ||
		    range.last + 1 != body->len ||
		    (range.size > o->front_bytes && body->len != o->front_bytes))
			return fail_front(o, "has another Content-Range", err);
		size = range.size;
	} else if (response->status != 200 || body->len > o->front_bytes) {
		return fail_front(o, "is the whole object", err);
	}
	status = oss_head_read(&o->call, response, size, &object->head, err);
	if (status != OTS_OK || body->len == 0)
		return status;
	free(object->front); /* of an attempt before */
	object->front = malloc(body->len);
	if (object->front == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "oss://%s/%.*s: opening it",
				o->call.oss->bucket, (int)o->call.key.len,
				(const char *)o->call.key.at);
	memcpy(object->front, body->bytes, body->len);
	object->front_len = body->len;
	return OTS_OK;
}

static enum ots_status ask_front(struct object *object, const struct ots_open_request *request,
				 struct ots_error *err)
{
	const struct ots_bytes key = {object->key, object->key_len};
	struct opening o = {.object = object};
	char if_match[OTS_ETAG_BYTES + 2];
	struct ots_error why = {0};
	enum ots_status status = OTS_LIMIT;

	o.front_bytes = request->front_bytes > 0 && request->front_bytes < FRONT_BYTES
				? request->front_bytes
				: FRONT_BYTES;
	oss_call_init(&o.call, object->oss, "GET", key);
	add_range(&o.call, o.range, 0, o.front_bytes - 1);
	/* An error document may be longer than the bytes. */
	o.call.limit_bytes = o.front_bytes + FRONT_BYTES;
	if (request->etag != NULL) {
		(void)snprintf(if_match, sizeof if_match, "\"%s\"", request->etag);
		oss_call_header(&o.call, "If-Match", ots_bytes_of(if_match));
	}
	/* Something between that ignores ranges sends all of it, which the limit ends; it may be
	 * one of several, so that another attempt fares better. */
	for (unsigned i = 0; i < WHOLE_ATTEMPTS && status == OTS_LIMIT; i++)
		status = oss_call_run(&o.call, on_front, &o, 0, request->cancel, &why);
	oss_call_release(&o.call);
	if (status == OTS_CHANGED && why.http_status == 416) /* an empty object has no range */
		return oss_head(object->oss, key, 0, request->cancel, &object->head, err);
	if (status == OTS_CHANGED && request->etag != NULL)
		status = ots_fail(&why, OTS_CHANGED,
				  "oss://%s/%.*s: changed: it has another ETag, expected %s",
				  object->oss->bucket, (int)key.len, (const char *)key.at,
				  request->etag);
	if (status == OTS_LIMIT)
		status = ots_fail(&why, OTS_SERVER,
				  "oss://%s/%.*s: the answer to %s is the whole object",
				  object->oss->bucket, (int)key.len, (const char *)key.at, o.range);
	if (status != OTS_OK && err != NULL)
		*err = why;
	return status;
}

enum ots_status oss_open(void *self, const struct ots_open_request *request,
			 struct ots_entry *entry, void **handle, struct ots_error *err)
{
	struct oss *oss = self;
	uint8_t bytes[OTS_KEY_MAX_BYTES];
	struct object *object = NULL;
	struct ots_bytes whole = {NULL, 0};
	enum ots_status status = oss_whole_key(oss, request->key, bytes, &whole, err);

	if (status != OTS_OK)
		return status;
	object = calloc(1, sizeof *object + whole.len);
	if (object == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "oss://%s/%.*s: opening it", oss->bucket,
				(int)whole.len, (const char *)whole.at);
	atomic_init(&object->holders, 1);
	object->oss = oss;
	object->key_len = whole.len;
	if (whole.len > 0 && whole.at != NULL)
		memcpy(object->key, whole.at, whole.len);
	status = ask_front(object, request, err);
	if (status != OTS_OK)
		goto out;
	(void)snprintf(object->if_match, sizeof object->if_match, "\"%s\"",
		       object->head.entry.etag);
	*entry = object->head.entry;
	entry->key = request->key;
	*handle = object;
	object = NULL;
out:
	object_release(object);
	return status;
}

void oss_shut(void *self, void *handle)
{
	(void)self;
	object_release(handle);
}

bool oss_front(void *self, void *handle, struct ots_bytes *front, uint64_t *crc)
{
	const struct object *object = handle;

	(void)self;
	*front = (struct ots_bytes){object->front, object->front_len};
	*crc = object->head.crc;
	return object->head.has_crc;
}

/* A range on its way into somebody's buffer. */
struct fetch {
	struct oss_call call;
	struct object *object;
	uint64_t offset;
	size_t len;
	size_t received; /* when this attempt was sent */
	char range[RANGE_BYTES];
	const struct ots_fetch_notify *notify;
	void *arg;
};

static enum ots_status fetch_prepare(void *arg, unsigned attempt, size_t received,
				     struct ots_http_request *request, struct ots_error *err)
{
	struct fetch *fetch = arg;

	(void)attempt;
	fetch->received = received;
	fetch->call.header_count = 0;
	add_range(&fetch->call, fetch->range, fetch->offset + received,
		  fetch->offset + fetch->len - 1);
	oss_call_header(&fetch->call, "If-Match", ots_bytes_of(fetch->object->if_match));
	return oss_call_prepare(&fetch->call, request, err);
}

static enum ots_status fail_range(const struct fetch *fetch, const char *what,
				  struct ots_error *err)
{
	return ots_fail(err, OTS_SERVER, "oss://%s/%.*s: the answer to %s %s",
			fetch->call.oss->bucket, (int)fetch->call.key.len,
			(const char *)fetch->call.key.at, fetch->range, what);
}

/* Before a byte of it is taken: is it what was asked for? */
static enum ots_status fetch_accept(void *arg, const struct ots_http_response *response,
				    struct ots_error *err)
{
	const struct fetch *fetch = arg;
	const struct ots_entry *pinned = &fetch->object->head.entry;
	const uint64_t first = fetch->offset + fetch->received;
	const uint64_t last = fetch->offset + fetch->len - 1;
	struct oss_object_head head = {.has_crc = false};
	struct range range = {0};
	enum ots_status status;

	/* The whole object where its bytes from the first on were asked for is as good. */
	if (response->status == 200 && first == 0 && last + 1 == pinned->size)
		range = (struct range){0, last, pinned->size};
	else if (response->status != 206)
		return fail_range(fetch, "is the whole object", err);
	else if (!range_parse(response, &range))
		return fail_range(fetch, "has no Content-Range that makes sense", err);
	status = oss_head_read(&fetch->call, response, range.size, &head, err);
	if (status != OTS_OK)
		return status;
	if (strcmp(head.entry.etag, pinned->etag) != 0 || range.size != pinned->size)
		return ots_fail(err, OTS_CHANGED,
				"oss://%s/%.*s: changed while open: ETag %s of %" PRIu64
				" bytes, expected %s of %" PRIu64,
				fetch->call.oss->bucket, (int)fetch->call.key.len,
				(const char *)fetch->call.key.at, head.entry.etag, range.size,
				pinned->etag, pinned->size);
	if (range.first != first || range.last != last)
		return fail_range(fetch, "has another Content-Range", err);
	return OTS_OK;
}

static enum ots_status fetch_judge(void *arg, const struct ots_http_response *response,
				   int64_t *wait_ms, struct ots_error *err)
{
	struct fetch *fetch = arg;

	if (response->status >= 200 && response->status <= 299)
		return fail_range(fetch, "cannot be understood", err);
	return oss_call_judge(&fetch->call, response, wait_ms, err);
}

static void fetch_progress(void *arg, size_t received)
{
	const struct fetch *fetch = arg;

	fetch->notify->progress(fetch->arg, received);
}

static void fetch_free(struct fetch *fetch)
{
	oss_call_release(&fetch->call);
	object_release(fetch->object);
	free(fetch);
}

static void fetch_done(void *arg, enum ots_status status, const struct ots_http_response *response,
		       const struct ots_error *err)
{
	struct fetch *fetch = arg;
	const struct ots_fetch_notify *notify = fetch->notify;
	void *told = fetch->arg;

	(void)response;
	fetch_free(fetch); /* first: once told, the store may be freed */
	notify->done(told, status, err);
}

static const struct ots_transfer_ops fetch_ops = {
	.prepare = fetch_prepare,
	.accept = fetch_accept,
	.judge = fetch_judge,
	.progress = fetch_progress,
	.done = fetch_done,
};

enum ots_status oss_fetch(void *self, void *handle, uint64_t offset, void *buf, size_t len,
			  bool ahead, const struct ots_fetch_notify *notify, void *arg,
			  struct ots_transfer **out, struct ots_error *err)
{
	struct oss *oss = self;
	struct object *object = handle;
	struct fetch *fetch = calloc(1, sizeof *fetch);
	struct ots_transfer_task task = {.ops = &fetch_ops,
					 .arg = fetch,
					 .host = oss->host,
					 .sink = buf,
					 .sink_bytes = len,
					 .deadline_ms = oss->options.timeout_ms,
					 .ahead = ahead};
	enum ots_status status;

	if (fetch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "oss://%s/%.*s: reading %zu bytes", oss->bucket,
				(int)object->key_len, (const char *)object->key, len);
	atomic_fetch_add_explicit(&object->holders, 1, memory_order_relaxed);
	fetch->object = object;
	fetch->offset = offset;
	fetch->len = len;
	fetch->notify = notify;
	fetch->arg = arg;
	oss_call_init(&fetch->call, oss, "GET", (struct ots_bytes){object->key, object->key_len});
	status = ots_transfer_start(oss->options.transfers, &task, out, err);
	if (status != OTS_OK)
		fetch_free(fetch);
	return status;
}

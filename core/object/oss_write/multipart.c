/* Parts of an upload: begun or resumed, sent several at once, completed. Source: oss-protocol 3.8.
 */
#include "write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>
#include <otsfs/base/digest.h>
#include <otsfs/base/wait.h>

/* A wish to stop is looked for so often. */
#define LOOK_MS 20
#define ANSWER_MAX_BYTES ((size_t)4 * 1024 * 1024)

static struct ots_bytes key_of(const struct writer *writer)
{
	return (struct ots_bytes){writer->key, writer->key_len};
}

static struct ots_bytes upload_id(const struct writer *writer)
{
	return (struct ots_bytes){writer->upload.bytes, writer->upload.len - 1};
}

static enum ots_status on_begun(void *arg, const struct ots_http_response *response,
				struct ots_error *err)
{
	struct writer *writer = arg;

	writer->upload.len = 0;
	return oss_upload_id_read((struct ots_bytes){response->body.bytes, response->body.len},
				  &writer->upload, err);
}

/* Of an earlier upload of the same key, the one that was begun last. */
static enum ots_status on_uploads(void *arg, const struct ots_http_response *response,
				  struct ots_error *err)
{
	struct writer *writer = arg;

	writer->upload.len = 0;
	return oss_uploads_read((struct ots_bytes){response->body.bytes, response->body.len},
				key_of(writer), &writer->upload, err);
}

static enum ots_status note_part(void *arg, uint32_t number, uint64_t size, struct ots_bytes etag,
				 uint64_t crc, bool has_crc, struct ots_error *err)
{
	struct writer *writer = arg;
	struct sent_part *sent;

	if (!writer_note(writer, number))
		return ots_fail(err, OTS_NO_MEMORY, "parts of an upload");
	sent = &writer->sent[number];
	sent->size = size;
	sent->crc = crc;
	sent->has_crc = has_crc;
	(void)snprintf(sent->etag, sizeof sent->etag, "%.*s", (int)etag.len, (const char *)etag.at);
	return OTS_OK;
}

struct parts_page {
	struct writer *writer;
	uint32_t next;
};

static enum ots_status on_parts(void *arg, const struct ots_http_response *response,
				struct ots_error *err)
{
	struct parts_page *page = arg;

	return oss_parts_read((struct ots_bytes){response->body.bytes, response->body.len},
			      note_part, page->writer, &page->next, err);
}

/* Which parts the upload has. */
static enum ots_status list_parts(struct writer *writer, struct ots_error *err)
{
	struct parts_page page = {.writer = writer};
	enum ots_status status;
	uint32_t marker;

	do { /* ends: markers ascend up to PARTS_MAX */
		struct oss_call call;
		char text[12];

		marker = page.next;
		(void)snprintf(text, sizeof text, "%" PRIu32, marker);
		oss_call_init(&call, writer->oss, "GET", key_of(writer));
		call.limit_bytes = ANSWER_MAX_BYTES;
		oss_call_query(&call, "uploadId", upload_id(writer));
		oss_call_query(&call, "max-parts", ots_bytes_of("1000"));
		oss_call_query(&call, "part-number-marker", ots_bytes_of(text));
		status = oss_call_run(&call, on_parts, &page, 0, writer->cancel, err);
		oss_call_release(&call);
	} while (status == OTS_OK && page.next > marker);
	return status;
}

static enum ots_status find_upload(struct writer *writer, struct ots_error *err)
{
	struct oss_call call;
	enum ots_status status;

	oss_call_init(&call, writer->oss, "GET", (struct ots_bytes){NULL, 0});
	call.limit_bytes = ANSWER_MAX_BYTES;
	oss_call_query(&call, "uploads", (struct ots_bytes){NULL, 0});
	oss_call_query(&call, "prefix", key_of(writer));
	oss_call_query(&call, "max-uploads", ots_bytes_of("1000"));
	oss_call_query(&call, "encoding-type", ots_bytes_of("url"));
	status = oss_call_run(&call, on_uploads, writer, 0, writer->cancel, err);
	oss_call_release(&call);
	if (status == OTS_OK && writer->upload.len > 0)
		status = list_parts(writer, err);
	return status;
}

enum ots_status upload_begin(struct writer *writer, struct ots_error *err)
{
	struct oss_call call;
	enum ots_status status = OTS_OK;

	if (writer->resume)
		status = find_upload(writer, err);
	/* Whoever may write need not be allowed to look at uploads: then it begins anew. */
	if (status == OTS_DENIED || status == OTS_NOT_FOUND) {
		writer->upload.len = 0;
		status = OTS_OK;
	}
	if (status != OTS_OK || writer->upload.len > 0)
		return status;
	oss_call_init(&call, writer->oss, "POST", key_of(writer));
	oss_call_query(&call, "uploads", (struct ots_bytes){NULL, 0});
	write_headers(&call, writer);
	status = oss_call_run(&call, on_begun, writer, 0, writer->cancel, err);
	oss_call_release(&call);
	return status;
}

static enum ots_status part_prepare(void *arg, unsigned attempt, size_t received,
				    struct ots_http_request *request, struct ots_error *err)
{
	struct part *part = arg;

	(void)attempt;
	(void)received;
	return oss_call_prepare(&part->call, request, err);
}

static enum ots_status part_judge(void *arg, const struct ots_http_response *response,
				  int64_t *wait_ms, struct ots_error *err)
{
	struct part *part = arg;
	struct sent_part *sent = &part->writer->sent[part->number];
	struct ots_bytes etag;
	enum ots_status status;

	if (response->status < 200 || response->status > 299)
		return oss_call_judge(&part->call, response, wait_ms, err);
	status = write_check_crc(&part->call, response, part->crc, err);
	if (status != OTS_OK)
		return status;
	if (!ots_http_response_header(response, "ETag", &etag) || etag.len == 0 ||
	    etag.len >= sizeof sent->etag)
		return ots_fail(err, OTS_SERVER, "%s: part %" PRIu32 " was answered without ETag",
				part->writer->oss->name, part->number);
	(void)snprintf(sent->etag, sizeof sent->etag, "%.*s", (int)etag.len, (const char *)etag.at);
	return OTS_OK;
}

static void part_done(void *arg, enum ots_status status, const struct ots_http_response *response,
		      const struct ots_error *err)
{
	struct part *part = arg;
	struct writer *writer = part->writer;

	(void)response;
	oss_call_release(&part->call);
	(void)pthread_mutex_lock(&writer->locked.mutex);
	part->is_sending = false;
	if (status != OTS_OK && writer->locked.status == OTS_OK) {
		writer->locked.status = status;
		writer->locked.err = *err;
	}
	(void)pthread_cond_broadcast(&writer->locked.changed);
	(void)pthread_mutex_unlock(&writer->locked.mutex);
}

static const struct ots_transfer_ops part_ops = {
	.prepare = part_prepare,
	.judge = part_judge,
	.done = part_done,
};

/* Whether the upload that is resumed has the same bytes under this number. */
static bool is_there(const struct writer *writer, const struct part *part)
{
	const struct sent_part *sent = &writer->sent[part->number];
	char hex[33];

	if (sent->etag[0] == '\0' || sent->size != part->len)
		return false;
	if (sent->has_crc)
		return sent->crc == part->crc;
	ots_hex(part->md5, sizeof part->md5, hex);
	for (char *c = hex; *c != '\0'; c++)
		*c = *c >= 'a' && *c <= 'f' ? (char)(*c - 'a' + 'A') : *c;
	return strstr(sent->etag, hex) != NULL;
}

enum ots_status upload_send(struct writer *writer, struct part *part, struct ots_error *err)
{
	const struct ots_transfer_task task = {.ops = &part_ops,
					       .arg = part,
					       .host = writer->oss->host,
					       .deadline_ms = writer->oss->options.timeout_ms};
	struct oss_call *call = &part->call;
	enum ots_status status;

	part->crc = ots_crc64(0, part->bytes, part->len);
	writer->crc = ots_crc64_combine(writer->crc, part->crc, part->len);
	writer->size += part->len;
	if (!write_md5(part->bytes, part->len, part->md5, part->md5_text))
		return ots_fail(err, OTS_NO_MEMORY, "MD5");
	if (is_there(writer, part))
		return OTS_OK;
	(void)snprintf(part->number_text, sizeof part->number_text, "%" PRIu32, part->number);
	oss_call_init(call, writer->oss, "PUT", key_of(writer));
	oss_call_query(call, "partNumber", ots_bytes_of(part->number_text));
	oss_call_query(call, "uploadId", upload_id(writer));
	oss_call_header(call, "Content-MD5", ots_bytes_of(part->md5_text));
	call->body = (struct ots_bytes){part->bytes, part->len};
	part->is_sending = true; /* nobody else knows it yet */
	ots_transfer_drop(part->transfer);
	part->transfer = NULL;
	status = ots_transfer_start(writer->oss->options.transfers, &task, &part->transfer, err);
	if (status != OTS_OK) {
		part->is_sending = false;
		oss_call_release(call);
	}
	return status;
}

static void cancel_all(struct writer *writer)
{
	for (size_t i = 0; i < PARTS_AT_ONCE; i++) {
		if (writer->parts[i].transfer != NULL)
			ots_transfer_cancel(writer->parts[i].transfer);
	}
}

/* Wait until some part is free, or all are. */
static enum ots_status await(struct writer *writer, bool all, struct part **out,
			     struct ots_error *err)
{
	enum ots_status status;
	size_t sending;

	(void)pthread_mutex_lock(&writer->locked.mutex);
	for (;;) { /* ends: transfers end */
		sending = 0;
		for (size_t i = 0; i < PARTS_AT_ONCE; i++) {
			if (writer->parts[i].is_sending)
				sending++;
			else
				*out = &writer->parts[i];
		}
		if (sending == 0 || (!all && sending < PARTS_AT_ONCE))
			break;
		if (ots_cancel_asked(writer->cancel))
			cancel_all(writer);
		ots_wait(&writer->locked.changed, &writer->locked.mutex, LOOK_MS);
	}
	status = writer->locked.status;
	if (status != OTS_OK && err != NULL)
		*err = writer->locked.err;
	(void)pthread_mutex_unlock(&writer->locked.mutex);
	return status;
}

enum ots_status upload_free_part(struct writer *writer, struct part **out, struct ots_error *err)
{
	return await(writer, false, out, err);
}

enum ots_status upload_wait_all(struct writer *writer, struct ots_error *err)
{
	struct part *any;

	return await(writer, true, &any, err);
}

struct completing {
	struct oss_call call;
	struct writer *writer;
};

static enum ots_status on_completed(void *arg, const struct ots_http_response *response,
				    struct ots_error *err)
{
	struct completing *c = arg;
	enum ots_status status = oss_completed_read(
		(struct ots_bytes){response->body.bytes, response->body.len}, err);

	if (status != OTS_OK)
		return status;
	status = write_check_crc(&c->call, response, c->writer->crc, err);
	/* The parts were right one by one: another attempt would bring the same. */
	return status == OTS_OK ? OTS_OK
				: ots_fail(err, OTS_CORRUPT, "%s: %s", c->writer->oss->name,
					   "the object has another CRC64 than its parts");
}

/* An answer that was lost: the second attempt finds no upload, though the first has worked. */
static enum ots_status look_whether_done(struct writer *writer, const struct ots_error *why,
					 struct ots_error *err)
{
	struct oss_object_head head;
	const enum ots_status status = oss_head(writer->oss, key_of(writer), 0, NULL, &head, err);

	if (status == OTS_OK && head.entry.size == writer->size && head.has_crc &&
	    head.crc == writer->crc)
		return OTS_OK;
	if (err != NULL)
		*err = *why;
	return why->status;
}

enum ots_status upload_complete(struct writer *writer, struct ots_error *err)
{
	struct completing c = {.writer = writer};
	struct ots_error why = {0};
	struct ots_buffer body;
	enum ots_status status;
	bool ok;

	ots_buffer_init(&body, ANSWER_MAX_BYTES);
	oss_call_init(&c.call, writer->oss, "POST", key_of(writer));
	ok = ots_buffer_puts(&body, "<CompleteMultipartUpload>");
	for (uint32_t i = 1; ok && i <= writer->part_count; i++)
		ok = ots_buffer_printf(&body,
				       "<Part><PartNumber>%" PRIu32 "</PartNumber><ETag>%s</ETag>"
				       "</Part>",
				       i, writer->sent[i].etag);
	ok = ok && ots_buffer_puts(&body, "</CompleteMultipartUpload>");
	if (!ok) {
		status = ots_buffer_fail(&body, 1, "list of parts", err);
		goto out;
	}
	oss_call_query(&c.call, "uploadId", upload_id(writer));
	oss_call_header(&c.call, "Content-Type", ots_bytes_of("application/xml"));
	if (writer->no_overwrite)
		oss_call_header(&c.call, "x-oss-forbid-overwrite", ots_bytes_of("true"));
	c.call.body = (struct ots_bytes){body.bytes, body.len};
	status = oss_call_run(&c.call, on_completed, &c, 0, writer->cancel, &why);
	if (status == OTS_NOT_FOUND || status == OTS_TIMEOUT || status == OTS_NETWORK)
		status = look_whether_done(writer, &why, err);
	else if (status != OTS_OK && err != NULL)
		*err = why;
out:
	oss_call_release(&c.call);
	ots_buffer_release(&body);
	return status;
}

void upload_abort(struct writer *writer)
{
	struct oss_call call;

	cancel_all(writer);
	(void)upload_wait_all(writer, NULL);
	if (writer->upload.len == 0 || writer->resume)
		return;
	oss_call_init(&call, writer->oss, "DELETE", key_of(writer));
	oss_call_query(&call, "uploadId", upload_id(writer));
	/* Best effort: what is left over costs storage until a rule of the bucket removes it. */
	if (oss_call_run(&call, NULL, NULL, 1, NULL, NULL) != OTS_OK)
		writer->upload.len = 0;

	oss_call_release(&call);
}

/* An object on its way into a bucket: small ones in one PUT, others in parts.
 * Source: oss-protocol 3.6, 3.8. */
#include "write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>
#include <otsfs/base/digest.h>
#include <otsfs/base/wait.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>

size_t part_size(uint32_t number)
{
	return OTS_WRITE_PART_BYTES << ((number - 1) / PARTS_OF_A_SIZE);
}

bool write_md5(const void *bytes, size_t len, uint8_t md5[16], char text[MD5_TEXT_BYTES])
{
	if (!ots_md5(bytes, len, md5))
		return false;
	ots_base64_encode(md5, 16, text);
	text[MD5_TEXT_BYTES - 1] = '\0';
	return true;
}

void write_headers(struct oss_call *call, const struct writer *writer)
{
	const struct oss *oss = writer->oss;

	oss_call_header(call, "Content-Type", ots_bytes_of(writer->content_type));
	if (writer->no_overwrite)
		oss_call_header(call, "x-oss-forbid-overwrite", ots_bytes_of("true"));
	if (oss->encryption != NULL)
		oss_call_header(call, "x-oss-server-side-encryption",
				ots_bytes_of(oss->encryption));
	if (oss->encryption_key_id != NULL)
		oss_call_header(call, "x-oss-server-side-encryption-key-id",
				ots_bytes_of(oss->encryption_key_id));
}

enum ots_status write_check_crc(const struct oss_call *call,
				const struct ots_http_response *response, uint64_t crc,
				struct ots_error *err)
{
	struct ots_bytes value;
	uint64_t theirs;

	if (!ots_http_response_header(response, "x-oss-hash-crc64ecma", &value) ||
	    !ots_parse_u64(value, &theirs) || theirs == crc)
		return OTS_OK;
	return ots_fail(err, OTS_NETWORK,
			"oss://%s/%.*s: the service has CRC64 %" PRIu64 " of what was sent, "
			"expected %" PRIu64,
			call->oss->bucket, (int)call->key.len, (const char *)call->key.at, theirs,
			crc);
}

bool writer_note(struct writer *writer, uint32_t number)
{
	size_t cap = writer->sent_cap == 0 ? 64 : writer->sent_cap;
	struct sent_part *sent;

	while (cap <= number) /* ends: doubles, and numbers are at most PARTS_MAX */
		cap *= 2;
	if (cap == writer->sent_cap)
		return true;
	sent = realloc(writer->sent, cap * sizeof *sent);
	if (sent == NULL)
		return false;
	memset(sent + writer->sent_cap, 0, (cap - writer->sent_cap) * sizeof *sent);
	writer->sent = sent;
	writer->sent_cap = cap;
	return true;
}

static void writer_free(struct writer *writer)
{
	if (writer == NULL)
		return;
	for (size_t i = 0; i < PARTS_AT_ONCE; i++) {
		ots_transfer_drop(writer->parts[i].transfer);
		free(writer->parts[i].bytes);
	}

	(void)pthread_cond_destroy(&writer->locked.changed);
	(void)pthread_mutex_destroy(&writer->locked.mutex);
	ots_buffer_release(&writer->upload);
	free(writer->content_type_copy);
	free(writer->sent);
	free(writer);
}

enum ots_status oss_write(void *self, const struct ots_write_request *request, void **handle,
			  struct ots_error *err)
{
	struct oss *oss = self;
	struct writer *writer = calloc(1, sizeof *writer);
	struct ots_bytes whole;
	enum ots_status status;

	if (writer == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: writing an object", oss->name);
	(void)pthread_mutex_init(&writer->locked.mutex, NULL);
	ots_wait_init(&writer->locked.changed);
	ots_buffer_init(&writer->upload, OTS_KEY_MAX_BYTES);
	writer->oss = oss;
	writer->cancel = request->cancel;
	writer->no_overwrite = request->no_overwrite;
	writer->resume = request->resume;
	writer->content_type = "application/octet-stream";
	status = oss_whole_key(oss, request->key, writer->key, &whole, err);
	writer->key_len = status == OTS_OK ? whole.len : 0;
	if (status == OTS_OK && request->content_type != NULL) {
		writer->content_type_copy = strdup(request->content_type);
		writer->content_type = writer->content_type_copy;
		if (writer->content_type == NULL)
			status = ots_fail(err, OTS_NO_MEMORY, "%s: writing an object", oss->name);
	}
	if (status == OTS_OK) {
		*handle = writer;
		writer = NULL;
	}
	writer_free(writer);
	return status;
}

/* A part to fill, of the next number. */
static enum ots_status next_part(struct writer *writer, struct ots_error *err)
{
	struct part *part = NULL;
	size_t cap;
	enum ots_status status;

	if (writer->part_count == PARTS_MAX)
		return ots_fail(err, OTS_LIMIT, "oss://%s/%.*s: more than %d parts of it",
				writer->oss->bucket, (int)writer->key_len,
				(const char *)writer->key, PARTS_MAX);
	status = upload_free_part(writer, &part, err);
	if (status != OTS_OK)
		return status;
	cap = part_size(writer->part_count + 1);
	if (part->cap < cap) {
		free(part->bytes);
		part->bytes = malloc(cap);
		part->cap = part->bytes != NULL ? cap : 0;
	}
	if (part->bytes == NULL || !writer_note(writer, writer->part_count + 1))
		return ots_fail(err, OTS_NO_MEMORY, "oss://%s/%.*s: a part of %zu bytes",
				writer->oss->bucket, (int)writer->key_len,
				(const char *)writer->key, cap);
	part->writer = writer;
	part->number = ++writer->part_count;
	part->len = 0;
	writer->filling = part;
	return OTS_OK;
}

/* The part in hand is as long as it gets. */
static enum ots_status part_done(struct writer *writer, struct ots_error *err)
{
	struct part *part = writer->filling;
	enum ots_status status = OTS_OK;

	if (writer->upload.len == 0)
		status = upload_begin(writer, err);
	if (status == OTS_OK)
		status = upload_send(writer, part, err);
	writer->filling = NULL;
	return status;
}

enum ots_status oss_put(void *handle, const void *bytes, size_t len, struct ots_error *err)
{
	struct writer *writer = handle;
	const uint8_t *at = bytes;
	enum ots_status status = OTS_OK;

	while (status == OTS_OK && len > 0) { /* ends: each turn takes bytes or sends a part */
		struct part *part = writer->filling;
		size_t n;

		if (part == NULL) {
			status = next_part(writer, err);
			continue;
		}
		/* A full one goes when more comes: so the last is never empty. */
		if (part->len == part_size(part->number)) {
			status = part_done(writer, err);
			continue;
		}
		n = part_size(part->number) - part->len;
		if (n > len)
			n = len;
		memcpy(part->bytes + part->len, at, n);
		part->len += n;
		at += n;
		len -= n;
	}
	return status;
}

/* A PUT whose answer must have our CRC. */
struct putting {
	struct oss_call call;
	uint64_t crc;
};

static enum ots_status on_put(void *arg, const struct ots_http_response *response,
			      struct ots_error *err)
{
	const struct putting *putting = arg;

	return write_check_crc(&putting->call, response, putting->crc, err);
}

/* All of it in one request. */
static enum ots_status put_whole(struct writer *writer, struct ots_error *err)
{
	const struct part *part = writer->filling;
	const void *bytes = part != NULL ? part->bytes : (const void *)"";
	const size_t len = part != NULL ? part->len : 0;
	struct putting putting = {.crc = ots_crc64(0, bytes, len)};
	struct oss_call *call = &putting.call;
	char md5_text[MD5_TEXT_BYTES];
	uint8_t md5[16];
	enum ots_status status;

	oss_call_init(call, writer->oss, "PUT", (struct ots_bytes){writer->key, writer->key_len});
	write_headers(call, writer);
	if (!write_md5(bytes, len, md5, md5_text)) {
		status = ots_fail(err, OTS_NO_MEMORY, "MD5");
		goto out;
	}
	oss_call_header(call, "Content-MD5", ots_bytes_of(md5_text));
	call->body = (struct ots_bytes){bytes, len};
	status = oss_call_run(call, on_put, &putting, 0, writer->cancel, err);
out:
	oss_call_release(call);
	return status;
}

enum ots_status oss_finish(void *handle, struct ots_error *err)
{
	struct writer *writer = handle;
	enum ots_status status;

	if (writer->upload.len == 0) {
		status = put_whole(writer, err);
	} else {
		status = writer->filling != NULL ? part_done(writer, err) : OTS_OK;
		if (status == OTS_OK)
			status = upload_wait_all(writer, err);
		if (status == OTS_OK)
			status = upload_complete(writer, err);
		if (status != OTS_OK) {
			oss_abort(writer);
			return status;
		}
	}
	writer_free(writer);
	return status;
}

void oss_abort(void *handle)
{
	struct writer *writer = handle;

	upload_abort(writer);
	writer_free(writer);
}

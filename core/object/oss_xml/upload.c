#include "answers.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>
#include <otsfs/text/percent.h>

#include "xml.h"

static enum ots_status on_upload(void *arg, const char *path, struct ots_bytes text,
				 struct ots_error *err)
{
	struct ots_buffer *out = arg;

	if (strcmp(path, "UploadId") != 0)
		return OTS_OK;
	if (out->len > 0 || text.len == 0 || memchr(text.at, '\0', text.len) != NULL)
		return ots_fail(err, OTS_CORRUPT, "an upload id that makes no sense");
	return ots_buffer_put(out, text.at, text.len) && ots_buffer_put_byte(out, '\0')
		       ? OTS_OK
		       : ots_buffer_fail(out, text.len, "upload id", err);
}

enum ots_status oss_upload_id_read(struct ots_bytes document, struct ots_buffer *out,
				   struct ots_error *err)
{
	const enum ots_status status =
		oss_xml_read(document, "InitiateMultipartUploadResult", on_upload, out, err);

	if (status == OTS_OK && out->len == 0)
		return ots_fail(err, OTS_CORRUPT, "no UploadId in the answer");
	return status;
}

/* Uploads of one key come with ascending ids, so the last is the one begun last. */
struct uploads {
	struct ots_bytes key;
	struct ots_buffer *out;
	struct ots_buffer name, id;
};

static enum ots_status on_uploads(void *arg, const char *path, struct ots_bytes text,
				  struct ots_error *err)
{
	struct uploads *u = arg;

	if (strcmp(path, "Upload/Key") == 0) {
		u->name.len = 0;
		if (!ots_percent_decode(&u->name, text, false))
			return ots_buffer_fail(&u->name, text.len, "key of an upload", err);
	} else if (strcmp(path, "Upload/UploadId") == 0) {
		u->id.len = 0;
		if ((text.len > 0 && memchr(text.at, '\0', text.len) != NULL) ||
		    !ots_buffer_put(&u->id, text.at, text.len))
			return ots_buffer_fail(&u->id, text.len, "upload id", err);
	} else if (strcmp(path, "Upload") == 0 && u->id.len > 0 &&
		   ots_bytes_equal((struct ots_bytes){u->name.bytes, u->name.len}, u->key)) {
		u->out->len = 0;
		if (!ots_buffer_put(u->out, u->id.bytes, u->id.len) ||
		    !ots_buffer_put_byte(u->out, '\0'))
			return ots_buffer_fail(u->out, u->id.len, "upload id", err);
	}
	return OTS_OK;
}

enum ots_status oss_uploads_read(struct ots_bytes document, struct ots_bytes key,
				 struct ots_buffer *out, struct ots_error *err)
{
	struct uploads u = {.key = key, .out = out};
	enum ots_status status;

	ots_buffer_init(&u.name, OTS_KEY_MAX_BYTES);
	ots_buffer_init(&u.id, OTS_KEY_MAX_BYTES);
	status = oss_xml_read(document, "ListMultipartUploadsResult", on_uploads, &u, err);
	ots_buffer_release(&u.name);
	ots_buffer_release(&u.id);
	return status;
}

static enum ots_status on_nothing(void *arg, const char *path, struct ots_bytes text,
				  struct ots_error *err)
{
	(void)arg;
	(void)path;
	(void)text;
	(void)err;
	return OTS_OK;
}

enum ots_status oss_completed_read(struct ots_bytes document, struct ots_error *err)
{
	return oss_xml_read(document, "CompleteMultipartUploadResult", on_nothing, NULL, err);
}

struct parts {
	oss_part_fn *fn;
	void *arg;
	uint64_t number, size, crc, next, last;
	bool has_number, has_size, has_crc, truncated;
	char etag[OTS_ETAG_BYTES];
	size_t etag_len;
};

static enum ots_status wrong(struct ots_error *err, const char *what)
{
	return ots_fail(err, OTS_CORRUPT, "list of parts: %s makes no sense", what);
}

static enum ots_status end_part(struct parts *p, struct ots_error *err)
{
	enum ots_status status;

	if (!p->has_number || !p->has_size || p->etag_len == 0 || p->number == 0 ||
	    p->number > 10000 || p->number <= p->last)
		return wrong(err, "a part");
	status = p->fn(p->arg, (uint32_t)p->number, p->size,
		       (struct ots_bytes){(const uint8_t *)p->etag, p->etag_len}, p->crc,
		       p->has_crc, err);
	p->last = p->number;
	p->has_number = p->has_size = p->has_crc = false;
	p->etag_len = 0;
	return status;
}

static enum ots_status on_part(void *arg, const char *path, struct ots_bytes text,
			       struct ots_error *err)
{
	struct parts *p = arg;
	bool ok = true;

	if (strcmp(path, "Part") == 0)
		return end_part(p, err);
	if (strcmp(path, "Part/PartNumber") == 0) {
		ok = p->has_number = ots_parse_u64(text, &p->number);
	} else if (strcmp(path, "Part/Size") == 0) {
		ok = p->has_size = ots_parse_u64(text, &p->size);
	} else if (strcmp(path, "Part/HashCrc64ecma") == 0) {
		ok = p->has_crc = ots_parse_u64(text, &p->crc);
	} else if (strcmp(path, "Part/ETag") == 0) {
		ok = text.len < sizeof p->etag;
		p->etag_len = ok ? text.len : 0;
		if (p->etag_len > 0)
			memcpy(p->etag, text.at, text.len);
	} else if (strcmp(path, "IsTruncated") == 0) {
		p->truncated = ots_bytes_are(text, "true");
	} else if (strcmp(path, "NextPartNumberMarker") == 0 && text.len > 0) {
		ok = ots_parse_u64(text, &p->next) && p->next <= 10000;
	}
	return ok ? OTS_OK : wrong(err, path);
}

enum ots_status oss_parts_read(struct ots_bytes document, oss_part_fn *fn, void *arg,
			       uint32_t *next_marker, struct ots_error *err)
{
	struct parts p = {.fn = fn, .arg = arg};
	const enum ots_status status = oss_xml_read(document, "ListPartsResult", on_part, &p, err);

	*next_marker = 0;
	if (status != OTS_OK)
		return status;
	if (p.truncated && p.next < p.last)
		return wrong(err, "NextPartNumberMarker");
	if (p.truncated)
		*next_marker = (uint32_t)p.next;
	return OTS_OK;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/number.h>

#include "../xml/xml_read.h"
#include "../xml/xml_write.h"
#include "calls.h"
#include "../objects/stored.h"

/* The parts that the request names, in its order. */
struct wanted {
	struct {
		uint32_t number;
		char etag[OTS_OSS_ETAG_BYTES];
	} * parts; /* in the arena, room for all numbers there are */
	size_t count;
	uint64_t number; /* of the part being read */
	char etag[OTS_OSS_ETAG_BYTES];
	bool has_number, has_etag;
};

static void take_etag(struct ots_bytes text, char out[OTS_OSS_ETAG_BYTES])
{
	if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"') {
		text.at++;
		text.len -= 2;
	}
	if (text.len >= OTS_OSS_ETAG_BYTES)
		text.len = 0; /* none has such a one */
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	for (size_t i = 0; i < text.len; i++)
		if (out[i] >= 'a' && out[i] <= 'f')
			out[i] = (char)(out[i] - ('a' - 'A'));
}

static bool on_element(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	struct wanted *wanted = arg;

	if (strcmp(parent, "Part") == 0 && strcmp(name, "PartNumber") == 0) {
		wanted->has_number = ots_parse_u64(text, &wanted->number) && wanted->number >= 1 &&
				     wanted->number <= OTS_OSS_PART_NUMBER_MAX;
		return wanted->has_number;
	}
	if (strcmp(parent, "Part") == 0 && strcmp(name, "ETag") == 0) {
		take_etag(text, wanted->etag);
		wanted->has_etag = true;
		return true;
	}
	if (strcmp(name, "Part") != 0)
		return true;
	if (!wanted->has_number || !wanted->has_etag || wanted->count == OTS_OSS_PART_NUMBER_MAX)
		return false;
	wanted->parts[wanted->count].number = (uint32_t)wanted->number;
	memcpy(wanted->parts[wanted->count].etag, wanted->etag, OTS_OSS_ETAG_BYTES);
	wanted->count++;
	wanted->has_number = wanted->has_etag = false;
	return true;
}

static bool part_fault(struct ots_oss_call *call, enum ots_oss_fault_kind kind, uint32_t number,
		       const char *message)
{
	char text[OTS_INTEGER_TEXT_BYTES];
	const size_t len = ots_print_u64(number, text);
	const char *copy = ots_oss_text(call, (struct ots_bytes){(const uint8_t *)text, len});

	if (copy != NULL)
		(void)ots_oss_detail(&call->fault, "PartNumber", ots_bytes_of(copy));
	return ots_oss_refuse(&call->fault, kind, "%s", message);
}

/* Pick the wanted parts out of those that are there, into the front of them. What is not wanted
 * stays behind, to be released with the others. */
static bool pick(struct ots_oss_call *call, const struct wanted *wanted,
		 struct ots_oss_upload_parts *parts, size_t *picked)
{
	size_t from = 0;

	*picked = 0;
	for (size_t i = 0; i < wanted->count; i++) {
		struct ots_oss_part part;

		if (i > 0 && wanted->parts[i].number <= wanted->parts[i - 1].number)
			return part_fault(call, OTS_OSS_INVALID_PART_ORDER, wanted->parts[i].number,
					  "The list of parts was not in ascending order.");
		while (from < parts->count && parts->parts[from].number < wanted->parts[i].number)
			from++; /* ends: from grows */
		if (from == parts->count || parts->parts[from].number != wanted->parts[i].number ||
		    strcmp(parts->parts[from].etag, wanted->parts[i].etag) != 0)
			return part_fault(call, OTS_OSS_INVALID_PART, wanted->parts[i].number,
					  "One or more of the specified parts could not be found "
					  "or the specified entity tag might not have matched the "
					  "part's entity tag.");
		part = parts->parts[*picked];
		parts->parts[*picked] = parts->parts[from];
		parts->parts[from] = part;
		(*picked)++;
		from++;
	}
	return true;
}

static bool read_wanted(struct ots_oss_call *call, struct ots_oss_upload_parts *parts,
			size_t *picked)
{
	const struct ots_bytes document = {call->document.bytes, call->document.len};
	struct wanted wanted = {.count = 0};

	if (ots_bytes_are(ots_oss_header_of(call, "x-oss-complete-all"), "yes") &&
	    document.len == 0) {
		*picked = parts->count;
		return *picked > 0 || ots_oss_refuse(&call->fault, OTS_OSS_INVALID_PART,
						     "The upload has no part.");
	}
	wanted.parts =
		ots_arena_alloc(&call->arena, OTS_OSS_PART_NUMBER_MAX * sizeof *wanted.parts);
	if (wanted.parts == NULL ||
	    !ots_oss_xml_read(document, "CompleteMultipartUpload", on_element, &wanted) ||
	    wanted.count == 0)
		return ots_oss_refuse(&call->fault, OTS_OSS_MALFORMED_XML,
				      "The XML you provided was not well-formed or did not "
				      "validate against our published schema.");
	return pick(call, &wanted, parts, picked);
}

/* The ETag of the whole: MD5 of the parts' MD5s, and how many. */
static bool whole_facts(struct ots_oss_call *call, const struct ots_oss_upload_parts *parts,
			size_t count, struct ots_oss_facts *out)
{
	EVP_MD_CTX *md5 = EVP_MD_CTX_new();
	uint8_t digest[OTS_MD5_BYTES];
	char hex[2 * OTS_MD5_BYTES + 1];
	bool good = md5 != NULL && EVP_DigestInit_ex(md5, EVP_md5(), NULL) == 1;

	*out = (struct ots_oss_facts){.key = call->request.key,
				      .mtime_us = call->now_us,
				      .has_crc = true,
				      .type = OTS_OSS_MULTIPART,
				      .headers = parts->headers};
	for (size_t i = 0; i < count; i++) {
		const struct ots_oss_part *part = &parts->parts[i];

		good = good && EVP_DigestUpdate(md5, part->etag, strlen(part->etag)) == 1;
		out->crc = ots_crc64_combine(out->crc, part->crc, part->size);
		out->size += part->size;
	}
	good = good && EVP_DigestFinal_ex(md5, digest, NULL) == 1;
	EVP_MD_CTX_free(md5);
	if (!good)
		return ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No MD5.");
	ots_hex(digest, sizeof digest, hex);
	for (size_t i = 0; i < sizeof hex - 1; i++)
		if (hex[i] >= 'a')
			hex[i] = (char)(hex[i] - ('a' - 'A'));
	(void)snprintf(out->etag, sizeof out->etag, "%s-%zu", hex, count);
	return true;
}

/* One content of all parts. A single part is taken as it is. */
static bool join(struct ots_oss_call *call, const struct ots_oss_upload_parts *parts, size_t count,
		 struct ots_oss_blob **out)
{
	struct ots_oss_blobs *blobs = ots_oss_bucket_blobs(call->bucket);
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = ots_oss_spool_open(blobs, false, &call->spool, &err);

	for (size_t i = 0; status == OTS_OK && i < count; i++) {
		struct ots_oss_content content;

		status = ots_oss_blob_open(blobs, parts->parts[i].blob, &content, &err);
		if (status == OTS_OK)
			status = ots_oss_spool_copy(call->spool, &content, 0, content.size, &err);
		ots_oss_content_close(&content);
	}
	if (status != OTS_OK)
		return ots_oss_refuse_error(&call->fault, &err);
	return ots_oss_take_content(call, out);
}

static bool finish(struct ots_oss_call *call, const struct ots_oss_upload_name *name,
		   struct ots_oss_upload_parts *parts, struct ots_oss_facts *facts)
{
	struct ots_oss_fault ignored = {.kind = OTS_OSS_NONE};
	struct ots_oss_object *stored = NULL;
	struct ots_oss_blob *blob = NULL;
	size_t count = 0;

	if (!read_wanted(call, parts, &count))
		return false;
	for (size_t i = 0; i + 1 < count; i++)
		if (parts->parts[i].size < OTS_OSS_PART_MIN_BYTES)
			return part_fault(call, OTS_OSS_ENTITY_TOO_SMALL, parts->parts[i].number,
					  "Your proposed upload is smaller than the minimum "
					  "allowed size.");
	if (!whole_facts(call, parts, count, facts) || !join(call, parts, count, &blob) ||
	    !ots_oss_bucket_put(call->bucket, facts, blob, ots_oss_forbids(call), &stored,
				&call->fault))
		return false;
	(void)ots_oss_upload_abort(call->bucket, name, &ignored);
	ots_oss_reply_version(call, stored->facts.version);
	ots_oss_object_drop(stored);
	return true;
}

bool ots_oss_complete_upload(struct ots_oss_call *call)
{
	const struct ots_oss_upload_name name = {call->request.key,
						 ots_oss_query(call, "uploadId")};
	struct ots_oss_upload_parts parts;
	struct ots_oss_facts facts = {.size = 0};
	struct ots_oss_xml xml;
	bool encoded, good;

	if (!ots_oss_encoding(call, &encoded) ||
	    !ots_oss_upload_parts(call->bucket, &name, &call->arena, &parts, &call->fault))
		return false;
	good = finish(call, &name, &parts, &facts);
	ots_oss_upload_parts_release(call->bucket, &parts);
	if (!good)
		return false;
	ots_oss_reply_etag(call, facts.etag);
	ots_oss_reply_crc(call, facts.crc);
	ots_oss_begin_xml(call, &xml, "CompleteMultipartUploadResult");
	if (encoded)
		ots_oss_xml_text(&xml, "EncodingType", "url");
	ots_oss_xml_open(&xml, "Location");
	xml.failed = xml.failed || !ots_buffer_printf(xml.out, "http://%s/", call->endpoint);
	ots_oss_xml_close(&xml, "Location");
	ots_oss_xml_bytes(&xml, "Bucket", call->request.bucket);
	ots_oss_xml_name(&xml, "Key", call->request.key, encoded);
	ots_oss_xml_open(&xml, "ETag");
	xml.failed = xml.failed || !ots_buffer_printf(xml.out, "\"%s\"", facts.etag);
	ots_oss_xml_close(&xml, "ETag");
	return ots_oss_reply_xml(call, &xml, "CompleteMultipartUploadResult");
}

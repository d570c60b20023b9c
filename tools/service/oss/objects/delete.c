#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>

#include "../xml/xml_read.h"
#include "../xml/xml_write.h"
#include "../calls/calls.h"
#include "stored.h"

#define DELETE_MAX 1000

bool ots_oss_delete_object(struct ots_oss_call *call)
{
	struct ots_oss_deleted deleted;

	call->reply.status = 204;
	if (!ots_oss_bucket_delete(call->bucket, call->request.key,
				   ots_oss_query(call, "versionId"), call->now_us, &deleted,
				   &call->fault))
		return false;
	if (deleted.marker)
		ots_oss_reply_header(call, "x-oss-delete-marker", "true");
	if (deleted.version[0] != '\0')
		ots_oss_reply_header(call, "x-oss-version-id", "%s", deleted.version);
	return true;
}

/* The keys that a request names. */
struct batch {
	struct ots_arena *arena;
	struct {
		struct ots_bytes key, version;
	} * objects; /* DELETE_MAX */
	size_t count;
	struct ots_bytes key, version; /* of the object being read */
	bool quiet, has_key;
};

static bool on_element(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	struct batch *batch = arg;
	struct ots_bytes copy = {ots_arena_copy(batch->arena, text.at, text.len), text.len};

	if (copy.at == NULL)
		return false;
	if (strcmp(parent, "Object") == 0 && strcmp(name, "Key") == 0) {
		batch->key = copy;
		batch->has_key = true;
	} else if (strcmp(parent, "Object") == 0 && strcmp(name, "VersionId") == 0) {
		batch->version = copy;
	} else if (strcmp(parent, "Delete") == 0 && strcmp(name, "Quiet") == 0) {
		batch->quiet = ots_bytes_are(text, "true") || ots_bytes_are(text, "True");
	} else if (strcmp(name, "Object") == 0) {
		if (!batch->has_key || batch->key.len == 0 || batch->count == DELETE_MAX)
			return false;
		batch->objects[batch->count].key = batch->key;
		batch->objects[batch->count].version = batch->version;
		batch->count++;
		batch->has_key = false;
		batch->version.len = 0;
	}
	return true;
}

static bool read_batch(struct ots_oss_call *call, struct batch *batch)
{
	const struct ots_bytes document = {call->document.bytes, call->document.len};
	uint8_t md5[OTS_MD5_BYTES];

	*batch = (struct batch){.arena = &call->arena};
	if (ots_oss_header_of(call, "content-md5").len == 0) {
		return ots_oss_refuse(&call->fault, OTS_OSS_MISSING_ARGUMENT,
				      "Missing Some Required Arguments: Content-MD5.");
	}
	if (!ots_md5(document.at, document.len, md5) || !ots_oss_check_md5(call, md5))
		return false;
	batch->objects = ots_arena_alloc(&call->arena, DELETE_MAX * sizeof *batch->objects);
	if (batch->objects == NULL || !ots_oss_xml_read(document, "Delete", on_element, batch) ||
	    batch->count == 0)
		return ots_oss_refuse(&call->fault, OTS_OSS_MALFORMED_XML,
				      "The XML you provided was not well-formed or did not "
				      "validate against our published schema.");
	for (size_t i = 0; i < batch->count; i++)
		if (batch->objects[i].version.len > 0 &&
		    !ots_oss_is_version(batch->objects[i].version))
			return ots_oss_bad_argument(call, "versionId", batch->objects[i].version,
						    "Invalid version id.");
	return true;
}

static void put_deleted(struct ots_oss_xml *xml, struct ots_bytes key, struct ots_bytes version,
			const struct ots_oss_deleted *deleted, bool encoded)
{
	ots_oss_xml_open(xml, "Deleted");
	ots_oss_xml_name(xml, "Key", key, encoded);
	if (version.len > 0)
		ots_oss_xml_bytes(xml, "VersionId", version);
	if (deleted->marker) {
		ots_oss_xml_bool(xml, "DeleteMarker", true);
		ots_oss_xml_text(xml, "DeleteMarkerVersionId", deleted->version);
	}
	ots_oss_xml_close(xml, "Deleted");
}

bool ots_oss_delete_objects(struct ots_oss_call *call)
{
	struct ots_oss_deleted deleted;
	struct ots_oss_xml xml;
	struct batch batch;
	bool encoded;

	if (!ots_oss_encoding(call, &encoded) || !read_batch(call, &batch))
		return false;
	ots_oss_begin_xml(call, &xml, "DeleteResult");
	if (encoded)
		ots_oss_xml_text(&xml, "EncodingType", "url");
	for (size_t i = 0; i < batch.count; i++) {
		const struct ots_bytes key = batch.objects[i].key;
		const struct ots_bytes version = batch.objects[i].version;

		if (!ots_oss_bucket_delete(call->bucket, key, version, call->now_us, &deleted,
					   &call->fault))
			return false;
		if (!batch.quiet)
			put_deleted(&xml, key, version, &deleted, encoded);
	}
	if (batch.quiet) { /* nothing to say, and two clients want a document then too */
		ots_oss_xml_text(&xml, "Quiet", "true");
	}
	return ots_oss_reply_xml(call, &xml, "DeleteResult");
}

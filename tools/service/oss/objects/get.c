#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>
#include <otsfs/text/percent.h>

#include "../range.h"
#include "../calls/calls.h"
#include "stored.h"

/* Files that people put into a folder have no CRC until somebody reads them; of larger ones none is
 * told, which clients take for what it is. */
#define CRC_MAX_BYTES ((uint64_t)64 * 1024 * 1024)
#define PIECE_BYTES ((size_t)256 * 1024)

static bool file_crc(const struct ots_oss_content *content, uint64_t *crc)
{
	uint8_t *piece = malloc(PIECE_BYTES);
	uint64_t done = 0;

	*crc = 0;
	while (piece != NULL && done < content->size) { /* ends: done grows, or the file ends */
		const uint64_t left = content->size - done;
		const ssize_t n = pread(content->fd, piece, left < PIECE_BYTES ? left : PIECE_BYTES,
					(off_t)(content->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*crc = ots_crc64(*crc, piece, (size_t)n);
		done += (uint64_t)n;
	}
	free(piece);
	return done == content->size;
}

/* Take the CRC of a file and remember it. Later requests find it; this one says it below. */
static void learn_crc(struct ots_oss_call *call, const struct ots_oss_found *found)
{
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	struct ots_oss_facts facts = found->object->facts;

	if (facts.has_crc || facts.delete_marker || found->content.fd < 0 ||
	    facts.size > CRC_MAX_BYTES || !file_crc(&found->content, &facts.crc))
		return;
	facts.has_crc = true;
	ots_oss_reply_crc(call, facts.crc);
	(void)ots_oss_bucket_amend(call->bucket, found->object, &facts, &fault);
}

/* Find what the request names; of a delete marker the reply says that it is one. */
static bool find(struct ots_oss_call *call, struct ots_oss_found *found)
{
	const struct ots_oss_query query = {.key = call->request.key,
					    .version = ots_oss_query(call, "versionId"),
					    .content = true};
	const bool good = ots_oss_bucket_find(call->bucket, &query, found, &call->fault);
	const struct ots_oss_object *object = found->object;

	if (object == NULL || !object->facts.delete_marker)
		return good;
	ots_oss_reply_header(call, "x-oss-delete-marker", "true");
	ots_oss_reply_header(call, "x-oss-version-id", "%s", object->facts.version);
	if (good)
		(void)ots_oss_refuse(&call->fault, OTS_OSS_METHOD_NOT_ALLOWED,
				     "The specified method is not allowed against this resource.");
	ots_oss_found_release(found);
	return false;
}

/* What a symbolic link points to, one step. @param link  released and replaced by the target */
static bool follow(struct ots_oss_call *call, struct ots_oss_found *found)
{
	const struct ots_bytes coded = ots_oss_object_header(found->object, "x-oss-symlink-target");
	struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
	struct ots_oss_query query = {.content = true};
	struct ots_oss_found target;
	struct ots_buffer key;
	bool good;

	ots_buffer_init(&key, 4096);
	good = ots_percent_decode(&key, coded, false);
	query.key = (struct ots_bytes){key.bytes, key.len};
	good = good && ots_oss_bucket_find(call->bucket, &query, &target, &fault);
	ots_buffer_release(&key);
	if (!good) {
		if (fault.kind != OTS_OSS_NONE)
			ots_oss_found_release(&target);
		return ots_oss_refuse(&call->fault, OTS_OSS_SYMLINK_TARGET_NOT_EXIST,
				      "The symlink target object does not exist");
	}
	if (target.object->facts.type == OTS_OSS_SYMLINK) {
		ots_oss_found_release(&target);
		return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_TARGET_TYPE,
				      "The symbolic link cannot link to another symbolic link");
	}
	ots_oss_found_release(found);
	*found = target;
	return true;
}

/* Replace a header of the reply, or add it. */
static void set_header(struct ots_oss_call *call, const char *name, struct ots_bytes value)
{
	struct ots_oss_reply *reply = &call->reply;

	for (size_t i = 0; i < reply->header_count; i++)
		if (strcasecmp(reply->headers[i].name, name) == 0) {
			const char *text = ots_oss_text(call, value);

			if (text != NULL)
				reply->headers[i].value = text;
			return;
		}
	ots_oss_reply_bytes(call, name, value);
}

/* `response-content-type` and its kin. @return false: not for callers without a key */
static bool override(struct ots_oss_call *call)
{
	static const struct {
		const char *parameter, *header;
	} names[] = {
		{"response-content-type", "Content-Type"},
		{"response-content-language", "Content-Language"},
		{"response-expires", "Expires"},
		{"response-cache-control", "Cache-Control"},
		{"response-content-disposition", "Content-Disposition"},
		{"response-content-encoding", "Content-Encoding"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct ots_bytes value = ots_oss_query(call, names[i].parameter);

		if (value.len == 0)
			continue;
		if (call->anonymous)
			return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_ARGUMENT,
					      "Response headers cannot be set by anonymous "
					      "requests.");
		for (size_t k = 0; k < value.len; k++)
			if (value.at[k] < 0x20)
				return ots_oss_bad_argument(call, names[i].parameter, value,
							    "A header cannot hold that.");
		set_header(call, names[i].header, value);
	}
	return true;
}

/* The part of the content that goes out, with its status and headers. */
static bool choose_range(struct ots_oss_call *call, uint64_t size)
{
	struct ots_bytes range = ots_oss_header_of(call, "range");
	const bool standard =
		ots_bytes_are(ots_oss_header_of(call, "x-oss-range-behavior"), "standard");
	struct ots_oss_reply *reply = &call->reply;

	if (call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_IGNORE_RANGE))
		range.len = 0;
	reply->offset = 0;
	reply->length = size;
	ots_oss_reply_header(call, "Accept-Ranges", "bytes");
	switch (ots_oss_range(range, standard, size, &reply->offset, &reply->length)) {
	case OTS_OSS_RANGE_WHOLE:
		reply->offset = 0;
		reply->length = size;
		return true;
	case OTS_OSS_RANGE_PART:
		reply->status = 206;
		ots_oss_reply_header(call, "Content-Range",
				     "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, reply->offset,
				     reply->offset + reply->length - 1, size);
		return true;
	case OTS_OSS_RANGE_INVALID: break;
	}
	ots_oss_reply_header(call, "Content-Range", "bytes */%" PRIu64, size);
	(void)ots_oss_detail(&call->fault, "Range", range);
	return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_RANGE,
			      "The requested range cannot be satisfied.");
}

/* Of a link that is followed: ETag, class, sizes are the target's, the later time counts. */
static bool read_object(struct ots_oss_call *call, bool all, bool follows)
{
	struct ots_oss_found *found = &call->reply.found;
	int64_t link_us = 0;

	if (!find(call, found))
		return false;
	if (follows && found->object->facts.type == OTS_OSS_SYMLINK) {
		link_us = found->object->facts.mtime_us;
		if (!follow(call, found))
			return false;
	}
	if (!ots_oss_check_conditions(call, "", found->object)) {
		if (call->fault.kind == OTS_OSS_NOT_MODIFIED)
			ots_oss_describe(call, found->object, false);
		return false;
	}
	if (link_us > 0)
		ots_oss_reply_header(call, "x-oss-object-type", "Symlink");
	ots_oss_describe(call, found->object, all);
	learn_crc(call, found);
	call->reply.has_content = true;
	call->reply.length = found->object->facts.size;
	return true;
}

bool ots_oss_get_object(struct ots_oss_call *call)
{
	size_t before;

	if (!read_object(call, true, true))
		return false;
	before = call->reply.header_count;
	if (!ots_oss_check_readable(call, call->reply.found.object) ||
	    !choose_range(call, call->reply.found.object->facts.size) || !override(call)) {
		/* Of a refusal only what it adds itself is said. */
		memmove(call->reply.headers, &call->reply.headers[before],
			(call->reply.header_count - before) * sizeof *call->reply.headers);
		call->reply.header_count -= before;
		return false;
	}
	return true;
}

bool ots_oss_head_object(struct ots_oss_call *call)
{
	if (!read_object(call, true, true))
		return false;
	ots_oss_reply_header(call, "Accept-Ranges", "bytes");
	return true;
}

bool ots_oss_get_object_meta(struct ots_oss_call *call)
{
	return read_object(call, false, false);
}

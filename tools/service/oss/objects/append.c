#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/base/digest.h>
#include <otsfs/text/number.h>

#include "../calls/calls.h"
#include "stored.h"

static bool read_position(struct ots_oss_call *call, uint64_t *position)
{
	const struct ots_bytes value = ots_oss_query(call, "position");

	if (!ots_oss_has(call, "position") || value.len == 0) {
		call->fault.ec = "0016-00000502";
		return ots_oss_refuse(&call->fault, OTS_OSS_MISSING_ARGUMENT,
				      "Missing Some Required Arguments: position.");
	}
	return ots_parse_u64(value, position) ||
	       ots_oss_bad_argument(call, "position", value, "The position is not valid.");
}

bool ots_oss_append_object(struct ots_oss_call *call)
{
	struct ots_oss_append append = {.position = 0};
	struct ots_oss_object *stored = NULL;
	struct ots_oss_facts facts;
	struct ots_bytes headers;
	uint64_t next = 0;
	bool good;

	if (!read_position(call, &append.position) || !ots_oss_pack_headers(call, &headers) ||
	    !ots_oss_facts_of_spool(call, OTS_OSS_APPENDABLE, &facts) ||
	    !ots_oss_take_content(call, &append.blob))
		return false;
	facts.headers = headers;
	append.facts = &facts;
	good = ots_oss_bucket_append(call->bucket, &append, &stored, &next, &call->fault);
	if (good || call->fault.kind == OTS_OSS_POSITION_NOT_EQUAL_TO_LENGTH)
		ots_oss_reply_header(call, "x-oss-next-append-position", "%" PRIu64, next);
	if (good) {
		ots_oss_reply_etag(call, stored->facts.etag);
		ots_oss_reply_crc(call, stored->facts.crc);
		ots_oss_reply_version(call, stored->facts.version);
		ots_oss_echo_encryption(call, headers);
	}
	ots_oss_object_drop(stored);
	return good;
}

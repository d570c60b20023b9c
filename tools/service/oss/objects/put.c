#include <string.h>

#include "../calls/calls.h"
#include "stored.h"

/* Conditions have no meaning for a PUT, and passing over them would mislead. */
static bool check_put_headers(struct ots_oss_call *call)
{
	static const char *const names[] = {"if-modified-since", "if-unmodified-since", "if-match",
					    "if-none-match"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (ots_oss_header_of(call, names[i]).len > 0) {
			call->fault.status = 400;
			return ots_oss_refuse(&call->fault, OTS_OSS_NOT_IMPLEMENTED,
					      "A header you provided implies functionality that is "
					      "not implemented.");
		}
	return true;
}

bool ots_oss_put_object(struct ots_oss_call *call)
{
	struct ots_oss_blob *blob = NULL;
	struct ots_oss_object *stored = NULL;
	struct ots_oss_facts facts;
	struct ots_bytes headers;
	bool good;

	if (!check_put_headers(call) || !ots_oss_pack_headers(call, &headers) ||
	    !ots_oss_facts_of_spool(call, OTS_OSS_NORMAL, &facts) ||
	    !ots_oss_take_content(call, &blob))
		return false;
	facts.headers = headers;
	good = ots_oss_bucket_put(call->bucket, &facts, blob, ots_oss_forbids(call), &stored,
				  &call->fault);
	if (good) {
		ots_oss_reply_etag(call, facts.etag);
		ots_oss_reply_crc(call, facts.crc);
		ots_oss_reply_version(call, stored->facts.version);
		ots_oss_reply_bytes(call, "Content-MD5", ots_oss_header_of(call, "content-md5"));
		ots_oss_echo_encryption(call, headers);
	}
	ots_oss_object_drop(stored);
	return good;
}

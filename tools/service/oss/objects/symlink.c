#include <string.h>

#include <otsfs/base/digest.h>

#include "../calls/calls.h"
#include "stored.h"

bool ots_oss_put_symlink(struct ots_oss_call *call)
{
	const struct ots_bytes target = ots_oss_header_of(call, "x-oss-symlink-target");
	struct ots_oss_facts facts = {.key = call->request.key,
				      .mtime_us = call->now_us,
				      .has_crc = true,
				      .type = OTS_OSS_SYMLINK};
	struct ots_oss_object *stored = NULL;
	uint8_t md5[OTS_MD5_BYTES];

	if (target.len == 0)
		return ots_oss_bad_argument(call, "x-oss-symlink-target", target,
					    "Missing x-oss-symlink-target.");
	if (!ots_oss_pack_headers(call, &facts.headers))
		return false;
	if (!ots_md5(target.at, target.len, md5))
		return ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No MD5.");
	ots_hex(md5, sizeof md5, facts.etag);
	for (size_t i = 0; facts.etag[i] != '\0'; i++)
		if (facts.etag[i] >= 'a')
			facts.etag[i] = (char)(facts.etag[i] - ('a' - 'A'));
	if (!ots_oss_bucket_put(call->bucket, &facts, NULL, ots_oss_forbids(call), &stored,
				&call->fault))
		return false;
	ots_oss_reply_etag(call, facts.etag);
	ots_oss_reply_version(call, stored->facts.version);
	ots_oss_object_drop(stored);
	return true;
}

bool ots_oss_get_symlink(struct ots_oss_call *call)
{
	const struct ots_oss_query query = {.key = call->request.key,
					    .version = ots_oss_query(call, "versionId")};
	struct ots_oss_found found;
	bool good = ots_oss_bucket_find(call->bucket, &query, &found, &call->fault);

	if (good && found.object->facts.type != OTS_OSS_SYMLINK)
		good = ots_oss_refuse(&call->fault, OTS_OSS_NOT_SYMLINK,
				      "The object you specified is not a symlink object.");
	if (good) {
		ots_oss_describe(call, found.object, true);
		ots_oss_reply_bytes(call, "x-oss-symlink-target",
				    ots_oss_object_header(found.object, "x-oss-symlink-target"));
	}
	ots_oss_found_release(&found);
	return good;
}

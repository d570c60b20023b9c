#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#include "../xml/xml_read.h"
#include "../calls/calls.h"
#include "stored.h"

#define DAY_US (INT64_C(86400) * 1000000)

struct wish {
	uint64_t days;
	const char *tier; /* static; NULL: not said */
	bool bad;
};

static bool on_element(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	static const char *const tiers[] = {"Expedited", "Standard", "Bulk"};
	struct wish *wish = arg;

	(void)parent;
	if (strcmp(name, "Days") == 0)
		wish->bad = wish->bad || !ots_parse_u64(text, &wish->days) || wish->days < 1;
	if (strcmp(name, "Tier") == 0) {
		for (size_t i = 0; i < 3; i++)
			if (ots_bytes_are(text, tiers[i]))
				wish->tier = tiers[i];
		wish->bad = wish->bad || wish->tier == NULL;
	}
	return true;
}

static bool find(struct ots_oss_call *call, struct ots_oss_found *found)
{
	const struct ots_oss_query query = {.key = call->request.key,
					    .version = ots_oss_query(call, "versionId")};

	return ots_oss_bucket_find(call->bucket, &query, found, &call->fault);
}

static bool read_wish(struct ots_oss_call *call, const char *class, struct wish *wish)
{
	const struct ots_bytes document = {call->document.bytes, call->document.len};

	*wish = (struct wish){.days = 1};
	if (document.len > 0 && !ots_oss_xml_read(document, "RestoreRequest", on_element, wish))
		return ots_oss_refuse(&call->fault, OTS_OSS_MALFORMED_XML,
				      "The XML you provided was not well-formed or did not "
				      "validate against our published schema.");
	if (wish->bad || wish->days > (strcmp(class, "Archive") == 0 ? 7 : 365))
		return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_ARGUMENT,
				      "The days or the tier of the restore request are not valid.");
	return true;
}

/* Ask for an object, or for it to stay readable longer. */
static bool restore(struct ots_oss_call *call, const struct ots_oss_object *object,
		    const struct wish *wish)
{
	const bool slow = call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_RESTORE_MS);
	struct ots_oss_facts facts = object->facts;
	const bool again = facts.restore_ready_us != 0 && facts.restore_until_us > call->now_us;

	if (again && facts.restore_ready_us > call->now_us)
		return ots_oss_refuse(&call->fault, OTS_OSS_RESTORE_ALREADY_IN_PROGRESS,
				      "The restore operation is in progress.");
	if (!again)
		facts.restore_ready_us = call->now_us + (slow ? call->act->restore_ms * 1000 : 0);
	facts.restore_until_us = facts.restore_ready_us + (int64_t)wish->days * DAY_US;
	if (again && facts.restore_until_us < call->now_us + (int64_t)wish->days * DAY_US)
		facts.restore_until_us = call->now_us + (int64_t)wish->days * DAY_US;
	call->reply.status = again ? 200 : 202;
	ots_oss_reply_header(call, "x-oss-object-restore-priority", "%s",
			     wish->tier != NULL ? wish->tier : "Standard");
	ots_oss_reply_version(call, facts.version);
	return ots_oss_bucket_amend(call->bucket, object, &facts, &call->fault);
}

bool ots_oss_restore_object(struct ots_oss_call *call)
{
	struct ots_oss_found found;
	struct wish wish;
	bool good = find(call, &found);

	if (good && !ots_oss_is_cold(ots_oss_class_of(call, found.object))) {
		call->fault.ec = "0016-00000702";
		good = ots_oss_refuse(&call->fault, OTS_OSS_OPERATION_NOT_SUPPORTED,
				      "The operation is not supported for this resource");
	}
	good = good && read_wish(call, ots_oss_class_of(call, found.object), &wish) &&
	       restore(call, found.object, &wish);
	ots_oss_found_release(&found);
	return good;
}

bool ots_oss_clean_restored_object(struct ots_oss_call *call)
{
	struct ots_oss_found found;
	struct ots_oss_facts facts;
	bool good = find(call, &found);

	if (good) {
		facts = found.object->facts;
		if (facts.restore_ready_us > call->now_us)
			good = ots_oss_refuse(&call->fault, OTS_OSS_ARCHIVE_RESTORE_NOT_FINISHED,
					      "The archive file's restore is not finished.");
		else if (facts.restore_ready_us == 0 || facts.restore_until_us <= call->now_us)
			good = ots_oss_refuse(&call->fault, OTS_OSS_ARCHIVE_RESTORE_FILE_STALE,
					      "The archive file's restore is stale.");
	}
	if (good) {
		facts.restore_ready_us = facts.restore_until_us = 0;
		good = ots_oss_bucket_amend(call->bucket, found.object, &facts, &call->fault);
	}
	ots_oss_found_release(&found);
	return good;
}

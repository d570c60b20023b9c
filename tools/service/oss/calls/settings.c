#include <string.h>

#include <otsfs/base/bytes.h>

#include "../xml/xml_read.h"
#include "../xml/xml_write.h"
#include "calls.h"
#include "../objects/stored.h"

#define OWNER "otsfs-local"

static bool reply_acl(struct ots_oss_call *call, const char *grant)
{
	struct ots_oss_xml xml;

	ots_oss_begin_xml(call, &xml, "AccessControlPolicy");
	ots_oss_xml_open(&xml, "Owner");
	ots_oss_xml_text(&xml, "ID", OWNER);
	ots_oss_xml_text(&xml, "DisplayName", OWNER);
	ots_oss_xml_close(&xml, "Owner");
	ots_oss_xml_open(&xml, "AccessControlList");
	ots_oss_xml_text(&xml, "Grant", grant);
	ots_oss_xml_close(&xml, "AccessControlList");
	return ots_oss_reply_xml(call, &xml, "AccessControlPolicy");
}

bool ots_oss_get_bucket_acl(struct ots_oss_call *call)
{
	struct ots_oss_bucket_facts facts;

	ots_oss_bucket_facts(call->bucket, &facts);
	return reply_acl(call, facts.acl);
}

bool ots_oss_put_bucket_acl(struct ots_oss_call *call)
{
	const struct ots_bytes acl = ots_oss_header_of(call, "x-oss-acl");
	struct ots_oss_bucket_facts facts;

	if (!ots_bytes_are(acl, "private") && !ots_bytes_are(acl, "public-read") &&
	    !ots_bytes_are(acl, "public-read-write"))
		return ots_oss_bad_argument(call, "x-oss-acl", acl,
					    "No such bucket access control exists.");
	ots_oss_bucket_facts(call->bucket, &facts);
	return ots_oss_bucket_set(call->bucket, facts.versioning, ots_oss_text(call, acl),
				  &call->fault);
}

bool ots_oss_get_bucket_versioning(struct ots_oss_call *call)
{
	static const char *const words[] = {NULL, "Enabled", "Suspended"};
	struct ots_oss_bucket_facts facts;
	struct ots_oss_xml xml;

	ots_oss_bucket_facts(call->bucket, &facts);
	ots_oss_begin_xml(call, &xml, "VersioningConfiguration");
	if (words[facts.versioning] != NULL)
		ots_oss_xml_text(&xml, "Status", words[facts.versioning]);
	return ots_oss_reply_xml(call, &xml, "VersioningConfiguration");
}

static bool on_status(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	enum ots_oss_versioning *versioning = arg;

	if (strcmp(name, "Status") != 0 || strcmp(parent, "VersioningConfiguration") != 0)
		return true;
	if (ots_bytes_are(text, "Enabled"))
		*versioning = OTS_OSS_VERSIONED;
	else if (ots_bytes_are(text, "Suspended"))
		*versioning = OTS_OSS_SUSPENDED;
	return *versioning != OTS_OSS_UNVERSIONED;
}

bool ots_oss_put_bucket_versioning(struct ots_oss_call *call)
{
	enum ots_oss_versioning versioning = OTS_OSS_UNVERSIONED;
	struct ots_oss_bucket_facts facts;

	if (!ots_oss_xml_read((struct ots_bytes){call->document.bytes, call->document.len},
			      "VersioningConfiguration", on_status, &versioning) ||
	    versioning == OTS_OSS_UNVERSIONED)
		return ots_oss_refuse(&call->fault, OTS_OSS_MALFORMED_XML,
				      "The XML you provided was not well-formed or did not "
				      "validate against our published schema.");
	ots_oss_bucket_facts(call->bucket, &facts);
	return ots_oss_bucket_set(call->bucket, versioning, facts.acl, &call->fault);
}

static bool find(struct ots_oss_call *call, struct ots_oss_found *found)
{
	const struct ots_oss_query query = {.key = call->request.key,
					    .version = ots_oss_query(call, "versionId")};

	return ots_oss_bucket_find(call->bucket, &query, found, &call->fault);
}

bool ots_oss_get_object_acl(struct ots_oss_call *call)
{
	struct ots_oss_found found;
	struct ots_bytes acl;
	bool good = find(call, &found);

	if (good) {
		acl = ots_oss_object_header(found.object, "x-oss-object-acl");
		ots_oss_reply_version(call, found.object->facts.version);
		good = reply_acl(call, acl.len > 0 ? (const char *)acl.at : "default");
	}
	ots_oss_found_release(&found);
	return good;
}

/* The stored headers with another ACL among them. */
static bool with_acl(struct ots_oss_call *call, struct ots_bytes headers, const char *acl,
		     struct ots_buffer *out)
{
	const char *name, *value;
	size_t at = 0;
	bool good = true;

	(void)call;
	while (good && ots_oss_headers_next(headers, &at, &name, &value))
		if (strcmp(name, "x-oss-object-acl") != 0)
			good = ots_buffer_put(out, name, strlen(name) + 1) &&
			       ots_buffer_put(out, value, strlen(value) + 1);
	return good && ots_buffer_put(out, "x-oss-object-acl", sizeof "x-oss-object-acl") &&
	       ots_buffer_put(out, acl, strlen(acl) + 1);
}

bool ots_oss_put_object_acl(struct ots_oss_call *call)
{
	const struct ots_bytes acl = ots_oss_header_of(call, "x-oss-object-acl");
	struct ots_oss_found found;
	struct ots_oss_facts facts;
	struct ots_buffer headers;
	bool good = false;

	if (!ots_bytes_are(acl, "default") && !ots_bytes_are(acl, "private") &&
	    !ots_bytes_are(acl, "public-read") && !ots_bytes_are(acl, "public-read-write"))
		return ots_oss_bad_argument(call, "x-oss-object-acl", acl,
					    "No such object access control exists.");
	ots_buffer_init(&headers, (size_t)128 * 1024);
	if (find(call, &found)) {
		facts = found.object->facts;
		good = with_acl(call, facts.headers, ots_oss_text(call, acl), &headers);
		facts.headers = (struct ots_bytes){headers.bytes, headers.len};
		ots_oss_reply_version(call, facts.version);
		good = good ? ots_oss_bucket_amend(call->bucket, found.object, &facts, &call->fault)
			    : ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	}
	ots_oss_found_release(&found);
	ots_buffer_release(&headers);
	return good;
}

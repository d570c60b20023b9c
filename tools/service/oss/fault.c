#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

#include <otsfs/base/bytes.h>

#include "xml/xml_write.h"

/* EC: those that the sources name; the others are not known and left out. */
static const struct {
	unsigned status;
	const char *code;
	const char *ec;
} faults[OTS_OSS_FAULT_COUNT] = {
	[OTS_OSS_NONE] = {200, "", NULL},
	[OTS_OSS_ACCESS_DENIED] = {403, "AccessDenied", "0003-00000001"},
	[OTS_OSS_ARCHIVE_RESTORE_FILE_STALE] = {409, "ArchiveRestoreFileStale", "0016-00000718"},
	[OTS_OSS_ARCHIVE_RESTORE_NOT_FINISHED] = {409, "ArchiveRestoreNotFinished",
						  "0016-00000719"},
	[OTS_OSS_BUCKET_ALREADY_EXISTS] = {409, "BucketAlreadyExists", NULL},
	[OTS_OSS_BUCKET_NOT_EMPTY] = {409, "BucketNotEmpty", NULL},
	[OTS_OSS_ENTITY_TOO_LARGE] = {400, "EntityTooLarge", NULL},
	[OTS_OSS_ENTITY_TOO_SMALL] = {400, "EntityTooSmall", "0042-00000213"},
	[OTS_OSS_FILE_ALREADY_EXISTS] = {409, "FileAlreadyExists", NULL},
	[OTS_OSS_INTERNAL_ERROR] = {500, "InternalError", NULL},
	[OTS_OSS_INVALID_ACCESS_KEY_ID] = {403, "InvalidAccessKeyId", NULL},
	[OTS_OSS_INVALID_ARGUMENT] = {400, "InvalidArgument", NULL},
	[OTS_OSS_INVALID_BUCKET_NAME] = {400, "InvalidBucketName", NULL},
	[OTS_OSS_INVALID_DIGEST] = {400, "InvalidDigest", NULL},
	[OTS_OSS_INVALID_ENCRYPTION] = {400, "InvalidEncryptionAlgorithmError", NULL},
	[OTS_OSS_INVALID_OBJECT_NAME] = {400, "InvalidObjectName", NULL},
	[OTS_OSS_INVALID_OBJECT_STATE] = {403, "InvalidObjectState", NULL},
	[OTS_OSS_INVALID_PART] = {400, "InvalidPart", NULL},
	[OTS_OSS_INVALID_PART_ORDER] = {400, "InvalidPartOrder", NULL},
	[OTS_OSS_INVALID_RANGE] = {416, "InvalidRange", NULL},
	[OTS_OSS_INVALID_SECURITY_TOKEN] = {403, "InvalidSecurityToken", NULL},
	[OTS_OSS_INVALID_TARGET_TYPE] = {400, "InvalidTargetType", NULL},
	[OTS_OSS_KEY_TOO_LONG] = {400, "KeyTooLongError", NULL},
	[OTS_OSS_MALFORMED_XML] = {400, "MalformedXML", NULL},
	[OTS_OSS_METHOD_NOT_ALLOWED] = {405, "MethodNotAllowed", NULL},
	[OTS_OSS_MISSING_ARGUMENT] = {400, "MissingArgument", NULL},
	[OTS_OSS_NO_SUCH_BUCKET] = {404, "NoSuchBucket", NULL},
	[OTS_OSS_NO_SUCH_KEY] = {404, "NoSuchKey", "0026-00000001"},
	[OTS_OSS_NO_SUCH_UPLOAD] = {404, "NoSuchUpload", NULL},
	[OTS_OSS_NO_SUCH_VERSION] = {404, "NoSuchVersion", NULL},
	[OTS_OSS_NOT_IMPLEMENTED] = {501, "NotImplemented", NULL},
	[OTS_OSS_NOT_MODIFIED] = {304, "NotModified", NULL},
	[OTS_OSS_NOT_SYMLINK] = {400, "NotSymlink", "0043-00000101"},
	[OTS_OSS_OBJECT_NOT_APPENDABLE] = {409, "ObjectNotAppendable", NULL},
	[OTS_OSS_OPERATION_NOT_SUPPORTED] = {400, "OperationNotSupported", NULL},
	[OTS_OSS_POSITION_NOT_EQUAL_TO_LENGTH] = {409, "PositionNotEqualToLength", NULL},
	[OTS_OSS_PRECONDITION_FAILED] = {412, "PreconditionFailed", NULL},
	[OTS_OSS_QUOTA_EXCEEDED] = {403, "QuotaExceeded", NULL},
	[OTS_OSS_REQUEST_TIME_TOO_SKEWED] = {403, "RequestTimeTooSkewed", NULL},
	[OTS_OSS_RESTORE_ALREADY_IN_PROGRESS] = {409, "RestoreAlreadyInProgress", "0016-00000701"},
	[OTS_OSS_SERVICE_UNAVAILABLE] = {503, "ServiceUnavailable", NULL},
	[OTS_OSS_SIGNATURE_DOES_NOT_MATCH] = {403, "SignatureDoesNotMatch", NULL},
	[OTS_OSS_SYMLINK_TARGET_NOT_EXIST] = {404, "SymlinkTargetNotExist", "0026-00000012"},
};

bool ots_oss_refuse(struct ots_oss_fault *fault, enum ots_oss_fault_kind kind, const char *format,
		    ...)
{
	va_list args;

	fault->kind = kind;
	va_start(args, format);
	(void)vsnprintf(fault->message, sizeof fault->message, format, args);
	va_end(args);
	return false;
}

bool ots_oss_refuse_error(struct ots_oss_fault *fault, const struct ots_error *err)
{
	return ots_oss_refuse(fault,
			      err->status == OTS_NO_SPACE ? OTS_OSS_QUOTA_EXCEEDED
							  : OTS_OSS_INTERNAL_ERROR,
			      "%s", err->text);
}

bool ots_oss_detail(struct ots_oss_fault *fault, const char *name, struct ots_bytes value)
{
	if (fault->detail_count < OTS_OSS_DETAILS_MAX) {
		fault->details[fault->detail_count].name = name;
		fault->details[fault->detail_count].value = value;
		fault->detail_count++;
	}
	return false;
}

const char *ots_oss_fault_code(const struct ots_oss_fault *fault)
{
	return fault->code[0] != '\0' ? fault->code : faults[fault->kind].code;
}

const char *ots_oss_fault_ec(const struct ots_oss_fault *fault)
{
	return fault->ec != NULL ? fault->ec : faults[fault->kind].ec;
}

unsigned ots_oss_fault_status(const struct ots_oss_fault *fault)
{
	return fault->status != 0 ? fault->status : faults[fault->kind].status;
}

bool ots_oss_fault_put(const struct ots_oss_fault *fault, const char *request_id,
		       struct ots_bytes host, struct ots_buffer *out)
{
	const char *ec = ots_oss_fault_ec(fault);
	struct ots_oss_xml xml;

	ots_oss_xml_begin(&xml, out, "Error");
	ots_oss_xml_text(&xml, "Code", ots_oss_fault_code(fault));
	ots_oss_xml_text(&xml, "Message", fault->message);
	ots_oss_xml_text(&xml, "RequestId", request_id);
	ots_oss_xml_bytes(&xml, "HostId", host);
	for (unsigned i = 0; i < fault->detail_count; i++)
		ots_oss_xml_bytes(&xml, fault->details[i].name, fault->details[i].value);
	if (ec != NULL)
		ots_oss_xml_text(&xml, "EC", ec);
	return ots_oss_xml_end(&xml, "Error");
}

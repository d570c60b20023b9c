#include "codes.h"

#include <stddef.h>

#include <otsfs/base/bytes.h>

static const struct code {
	const char *code;
	unsigned http_status;
	const char *message; /* NULL: the service has no text of its own */
} codes[] = {
	{"OTSParameterInvalid", 400, NULL},
	{"OTSInvalidPK", 400, NULL},
	{"OTSOutOfColumnCountLimit", 400, NULL},
	{"OTSOutOfRowSizeLimit", 400, NULL},
	{"OTSDataOutOfRange", 400, NULL},
	{"OTSMetaNotMatch", 400, NULL},
	{"OTSSessionExpired", 400, NULL},
	{"OTSAuthFailed", 403, "Signature mismatch."},
	{"OTSNoPermissionAccess", 403, NULL},
	{"OTSPermissionDenied", 403, NULL},
	{"OTSConditionCheckFail", 403, "Condition check failed."},
	{"OTSNotEnoughCapacityUnit", 403, "Remaining capacity unit is not enough."},
	{"OTSCapacityUnitExhausted", 403, NULL},
	{"OTSQuotaExhausted", 403, "Too frequent table operations."},
	{"OTSTooFrequentReservedThroughputAdjustment", 403, NULL},
	{"OTSObjectNotExist", 404, "Requested table does not exist."},
	{"OTSTableNotReady", 404, NULL},
	{"OTSMethodNotAllowed", 405, "Only POST method for requests is supported."},
	{"OTSRequestTimeout", 408, "Request timeout."},
	{"OTSObjectAlreadyExist", 409, "Requested table already exists."},
	{"OTSRowOperationConflict", 409, "Data is being modified by the other request."},
	{"OTSRequestBodyTooLarge", 413, "The size of POST data is too large."},
	{"OTSInternalServerError", 500, NULL},
	{"OTSPartitionUnavailable", 503, "The partition is not available."},
	{"OTSServerUnavailable", 503, "Server is not available."},
	{"OTSServerBusy", 503, "Server is busy."},
	{"OTSTimeout", 503, "Operation timeout."},
	{"OTSStorageServerBusy", 503, NULL},
	{"OTSOperationThrottled", 503, NULL},
	{"OTSFlowControl", 503, NULL},
	{"OTSTunnelServerUnavailable", 503, NULL},
	{"OTSTunnelExpired", 400, NULL},
	{"OTSResourceGone", 400, NULL},
	{"OTSSequenceNumberNotMatch", 400, NULL},
	{"OTSTunnelExist", 400, NULL},

	{"CallbackFailed", 203, NULL},
	{"BadRequest", 400, NULL},
	{"RequestTimeout", 400, NULL},
	{"InvalidArgument", 400, NULL},
	{"MalformedXML", 400, NULL},
	{"InvalidRequest", 400, NULL},
	{"InvalidURI", 400, NULL},
	{"InvalidObjectName", 400, NULL},
	{"KeyTooLongError", 400, NULL},
	{"InvalidBucketName", 400, NULL},
	{"InvalidDigest", 400, NULL},
	{"InvalidPart", 400, NULL},
	{"InvalidPartOrder", 400, NULL},
	{"PartNotSequential", 400, NULL},
	{"EntityTooSmall", 400, NULL},
	{"EntityTooLarge", 400, NULL},
	{"FileGroupTooLarge", 400, NULL},
	{"FilePartNotExist", 400, NULL},
	{"FilePartStale", 400, NULL},
	{"FilePartInterity", 400, NULL}, /* so the service spells it */
	{"OperationNotSupported", 400, NULL},
	{"InvalidTargetType", 400, NULL},
	{"InvalidEncryptionAlgorithmError", 400, NULL},
	{"NotSymlink", 400, NULL},
	{"NotImplemented", 501, NULL},
	{"ExternalRedirectForbidden", 400, NULL},
	{"AccessDenied", 403, NULL},
	{"SignatureDoesNotMatch", 403, NULL},
	{"InvalidAccessKeyId", 403, NULL},
	{"InvalidSecurityToken", 403, NULL},
	{"SecurityTokenExpired", 403, NULL},
	{"SecurityTokenNotSupported", 403, NULL},
	{"RequestTimeTooSkewed", 403, NULL},
	{"InvalidObjectState", 403, NULL},
	{"UserDisable", 403, NULL},
	{"AbnormalBucketOwnerStatus", 403, NULL},
	{"KmsServiceNotEnabled", 403, NULL},
	{"NoSuchKey", 404, "The specified key does not exist."},
	{"NoSuchVersion", 404, NULL},
	{"SymlinkTargetNotExist", 404, NULL},
	{"NoSuchBucket", 404, "The specified bucket does not exist."},
	{"NoSuchUpload", 404, NULL},
	{"MethodNotAllowed", 405, NULL},
	{"FileAlreadyExists", 409, NULL},
	{"ObjectAlreadyExists", 409, NULL},
	{"PositionNotEqualToLength", 409, NULL},
	{"ObjectNotAppendable", 409, NULL},
	{"RestoreAlreadyInProgress", 409, NULL},
	{"FileImmutable", 409, NULL},
	{"KeyDisabled", 409, NULL},
	{"KeyPendingDeletion", 409, NULL},
	{"BucketNotEmpty", 409, NULL},
	{"BucketAlreadyExists", 409, NULL},
	{"MissingContentLength", 411, NULL},
	{"MissingArgument", 411, NULL},
	{"PreconditionFailed", 412, NULL},
	{"InvalidRange", 416, NULL},
	{"InternalError", 500, NULL},
	{"ServiceUnavailable", 503, NULL},
	{"SlowDown", 503, NULL},
	{"TotalQpsLimitExceeded", 503, NULL},
	{"DownloadTrafficRateLimitExceeded", 503, NULL},
	{"UploadTrafficRateLimitExceeded", 503, NULL},
};

static const struct code *find(struct ots_bytes code)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (ots_bytes_are(code, codes[i].code))
			return &codes[i];
	return NULL;
}

unsigned ots_cue_code_status(struct ots_bytes code)
{
	const struct code *found = find(code);

	return found != NULL ? found->http_status : 500;
}

const char *ots_cue_code_message(struct ots_bytes code)
{
	const struct code *found = find(code);

	return found != NULL && found->message != NULL ? found->message : "Made on cue.";
}

#include "classify.h"

#include <string.h>

static const struct {
	const char *code;
	enum ots_out_class class;
} codes[] = {
	{"OTSServerBusy", OTS_CLASS_THROTTLE},
	{"OTSStorageServerBusy", OTS_CLASS_THROTTLE},
	{"OTSNotEnoughCapacityUnit", OTS_CLASS_THROTTLE},
	{"OTSCapacityUnitExhausted", OTS_CLASS_THROTTLE},
	{"OTSOperationThrottled", OTS_CLASS_THROTTLE},
	{"OTSFlowControl", OTS_CLASS_THROTTLE},
	{"OTSQuotaExhausted", OTS_CLASS_THROTTLE},
	{"OTSTimeout", OTS_CLASS_TRANSIENT},
	{"OTSInternalServerError", OTS_CLASS_TRANSIENT},
	{"OTSRequestTimeout", OTS_CLASS_TRANSIENT},
	{"OTSPartitionUnavailable", OTS_CLASS_MOVING},
	{"OTSServerUnavailable", OTS_CLASS_MOVING},
	{"OTSTableNotReady", OTS_CLASS_MOVING},
	{"OTSRowOperationConflict", OTS_CLASS_MOVING},
	{"OTSParameterInvalid", OTS_CLASS_POISON},
	{"OTSRequestBodyTooLarge", OTS_CLASS_POISON},
	{"OTSInvalidPK", OTS_CLASS_POISON},
	{"OTSOutOfColumnCountLimit", OTS_CLASS_ROW_FATAL},
	{"OTSOutOfRowSizeLimit", OTS_CLASS_ROW_FATAL},
	{"OTSConditionCheckFail", OTS_CLASS_ROW_FATAL},
	{"OTSAuthFailed", OTS_CLASS_JOB_FATAL},
	{"OTSNoPermissionAccess", OTS_CLASS_JOB_FATAL},
	{"OTSObjectNotExist", OTS_CLASS_JOB_FATAL},
};

static enum ots_out_class class_of_status(enum ots_status status)
{
	switch (status) {
	case OTS_THROTTLED: return OTS_CLASS_THROTTLE;
	case OTS_NETWORK:
	case OTS_TIMEOUT:
	case OTS_SERVER:
	case OTS_CORRUPT: /* an answer that fails its checks: the write may have been applied */
		return OTS_CLASS_TRANSIENT;
	case OTS_LIMIT: /* the client would not send so large a request */ return OTS_CLASS_POISON;
	case OTS_DENIED:
	case OTS_NOT_FOUND:
	case OTS_USAGE:
	case OTS_NO_MEMORY:
	case OTS_NO_SPACE:
	case OTS_IO: return OTS_CLASS_JOB_FATAL;
	case OTS_OK:
	case OTS_EXISTS:
	case OTS_UNSUPPORTED:
	case OTS_REFUSED:
	case OTS_CHANGED:
	case OTS_CANCELLED: break;
	}
	return OTS_CLASS_UNKNOWN;
}

enum ots_out_class ots_out_classify(const struct ots_error *error)
{
	/* Operations a second come back by themselves; tables and space that are used up do not. */
	if (error->status == OTS_REFUSED && strcmp(error->code, "OTSQuotaExhausted") == 0)
		return OTS_CLASS_JOB_FATAL;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].code, error->code) == 0)
			return codes[i].class;
	if (error->http_status >= 500)
		return OTS_CLASS_TRANSIENT;
	return error->code[0] != '\0' ? OTS_CLASS_UNKNOWN : class_of_status(error->status);
}

const char *ots_out_cause(const struct ots_error *error)
{
	return error->code[0] != '\0' ? error->code : ots_status_word(error->status);
}

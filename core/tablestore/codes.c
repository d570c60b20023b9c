#include "codes.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *code;
	enum ots_status status;
} codes[] = {
	{"OTSAuthFailed", OTS_DENIED},
	{"OTSNoPermissionAccess", OTS_DENIED},
	{"OTSPermissionDenied", OTS_DENIED},
	{"OTSObjectNotExist", OTS_NOT_FOUND},
	{"OTSObjectAlreadyExist", OTS_EXISTS},
	/* Nothing was done, come back later. */
	{"OTSServerBusy", OTS_THROTTLED},
	{"OTSStorageServerBusy", OTS_THROTTLED},
	{"OTSNotEnoughCapacityUnit", OTS_THROTTLED},
	{"OTSCapacityUnitExhausted", OTS_THROTTLED},
	{"OTSOperationThrottled", OTS_THROTTLED},
	{"OTSFlowControl", OTS_THROTTLED},
	/* It may have been done. */
	{"OTSTimeout", OTS_TIMEOUT},
	{"OTSRequestTimeout", OTS_TIMEOUT},
	{"OTSInternalServerError", OTS_SERVER},
	/* A partition or a table is on the move. */
	{"OTSServerUnavailable", OTS_SERVER},
	{"OTSPartitionUnavailable", OTS_SERVER},
	{"OTSTableNotReady", OTS_SERVER},
	{"OTSRowOperationConflict", OTS_SERVER},
	/* Sent again, it would be refused again. */
	{"OTSParameterInvalid", OTS_REFUSED},
	{"OTSInvalidPK", OTS_REFUSED},
	{"OTSConditionCheckFail", OTS_REFUSED},
	{"OTSOutOfColumnCountLimit", OTS_REFUSED},
	{"OTSOutOfRowSizeLimit", OTS_REFUSED},
	{"OTSDataOutOfRange", OTS_REFUSED},
	{"OTSRequestBodyTooLarge", OTS_REFUSED},
	{"OTSMethodNotAllowed", OTS_REFUSED},
	{"OTSTooFrequentReservedThroughputAdjustment", OTS_REFUSED},
};

static enum ots_status status_of_http(int http_status)
{
	if (http_status == 401 || http_status == 403)
		return OTS_DENIED;
	if (http_status == 408)
		return OTS_TIMEOUT;
	if (http_status == 429)
		return OTS_THROTTLED;
	if (http_status >= 300 && http_status < 500)
		return OTS_REFUSED;
	return OTS_SERVER; /* 5xx, and a row's unknown code: perhaps it passes */
}

enum ots_status ots_code_status(const char *code, const char *message, int http_status)
{
	/* A quota of operations a second passes by itself, a quota of tables does not. */
	if (strcmp(code, "OTSQuotaExhausted") == 0)
		return strncmp(message, "Too frequent", 12) == 0 ? OTS_THROTTLED : OTS_REFUSED;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (strcmp(code, codes[i].code) == 0)
			return codes[i].status;
	}
	/* No error of the service: somebody between it and us speaks, and may stop to. */
	if (code[0] == '\0' && status_of_http(http_status) == OTS_REFUSED)
		return OTS_SERVER;
	return status_of_http(http_status);
}

#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/text/utf8.h>

static const struct {
	unsigned http_status;
	const char *code;
} faults[] = {
	[OTS_FAULT_NONE] = {200, ""},
	[OTS_FAULT_PARAMETER] = {400, "OTSParameterInvalid"},
	[OTS_FAULT_INVALID_PK] = {400, "OTSInvalidPK"},
	[OTS_FAULT_ROW_SIZE] = {400, "OTSOutOfRowSizeLimit"},
	[OTS_FAULT_AUTH] = {403, "OTSAuthFailed"},
	[OTS_FAULT_CONDITION] = {403, "OTSConditionCheckFail"},
	[OTS_FAULT_QUOTA] = {403, "OTSQuotaExhausted"},
	[OTS_FAULT_NOT_EXIST] = {404, "OTSObjectNotExist"},
	[OTS_FAULT_METHOD] = {405, "OTSMethodNotAllowed"},
	[OTS_FAULT_EXISTS] = {409, "OTSObjectAlreadyExist"},
	[OTS_FAULT_BODY_TOO_LARGE] = {413, "OTSRequestBodyTooLarge"},
	[OTS_FAULT_INTERNAL] = {500, "OTSInternalServerError"},
	[OTS_FAULT_BUSY] = {503, "OTSServerBusy"},
};

static void make_utf8(char *text)
{
	for (char *p = text; *p != '\0';) { /* ends: each turn moves by one byte or more */
		const struct ots_bytes rest = {(const uint8_t *)p, strlen(p)};
		const size_t len = ots_utf8_length(rest);

		if (len == 0)
			*p = '?';
		p += len == 0 ? 1 : len;
	}
}

bool ots_refuse(struct ots_fault *fault, enum ots_fault_kind kind, const char *format, ...)
{
	va_list args;

	fault->kind = kind;
	va_start(args, format);
	(void)vsnprintf(fault->message, sizeof fault->message, format, args);
	va_end(args);
	make_utf8(fault->message);
	return false;
}

bool ots_refuse_error(struct ots_fault *fault, const struct ots_error *err)
{
	/* Full is full: clients repeat an internal error, and give up on a quota. */
	const bool full = err->status == OTS_NO_SPACE;

	return ots_refuse(fault, full ? OTS_FAULT_QUOTA : OTS_FAULT_INTERNAL, "%s", err->text);
}

bool ots_refuse_on_cue(struct ots_fault *fault, const char *code, unsigned http_status,
		       const char *message)
{
	fault->cued_code = code;
	fault->cued_status = http_status;
	return ots_refuse(fault, OTS_FAULT_CUED, "%s", message);
}

const char *ots_fault_code(const struct ots_fault *fault)
{
	return fault->kind == OTS_FAULT_CUED ? fault->cued_code : faults[fault->kind].code;
}

unsigned ots_fault_http_status(const struct ots_fault *fault)
{
	return fault->kind == OTS_FAULT_CUED ? fault->cued_status : faults[fault->kind].http_status;
}

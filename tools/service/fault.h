/** @file fault.h
 *  An answer that refuses: the service's code, its HTTP status and a message.
 *  Source: tablestore-protocol section 6.
 *  Threads: plain values. */
#ifndef OTSFS_SERVICE_FAULT_H
#define OTSFS_SERVICE_FAULT_H

#include <stdbool.h>

#include <otsfs/base/error.h>

enum ots_fault_kind {
	OTS_FAULT_NONE = 0,
	OTS_FAULT_PARAMETER,
	OTS_FAULT_INVALID_PK,
	OTS_FAULT_ROW_SIZE,
	OTS_FAULT_AUTH,
	OTS_FAULT_CONDITION,
	OTS_FAULT_QUOTA,
	OTS_FAULT_NOT_EXIST,
	OTS_FAULT_METHOD,
	OTS_FAULT_EXISTS,
	OTS_FAULT_BODY_TOO_LARGE,
	OTS_FAULT_INTERNAL,
	OTS_FAULT_BUSY,
	OTS_FAULT_CUED /**< its code and HTTP status are in the fault: made on cue */
};

#define OTS_FAULT_MESSAGE_BYTES 1024
/** The longest code and its NUL. */
#define OTS_FAULT_CODE_BYTES 64

struct ots_fault {
	enum ots_fault_kind kind;
	unsigned cued_status;  /**< of OTS_FAULT_CUED only */
	const char *cued_code; /**< the same; borrowed from who gave the cue */
	char message[OTS_FAULT_MESSAGE_BYTES];
};

/** Write a fault. What is no UTF-8 in the message (names come from requests, and a long text is
 *  cut) becomes `?`, since clients read it as UTF-8.
 *  @return false, so that `return ots_refuse(…)` reads well */
bool ots_refuse(struct ots_fault *fault, enum ots_fault_kind kind, const char *format, ...)
	OTS_PRINTF(3, 4);

/** Refuse with a code that a fault file names. @return false */
bool ots_refuse_on_cue(struct ots_fault *fault, const char *code, unsigned http_status,
		       const char *message);

/** Why a row of a batch is refused before anything looks at it. */
struct ots_row_refusal {
	const char *code; /**< NULL: it is not */
	const char *message;
};

/** A failure of our own: no memory, storage. One that is full is a quota, which no client repeats.
 *  @return false */
bool ots_refuse_error(struct ots_fault *fault, const struct ots_error *err);

/** `OTSParameterInvalid` and so on. */
const char *ots_fault_code(const struct ots_fault *fault);
unsigned ots_fault_http_status(const struct ots_fault *fault);

#endif

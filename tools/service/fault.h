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
	OTS_FAULT_BUSY
};

#define OTS_FAULT_MESSAGE_BYTES 1024

struct ots_fault {
	enum ots_fault_kind kind;
	char message[OTS_FAULT_MESSAGE_BYTES];
};

/** Write a fault. What is no UTF-8 in the message (names come from requests, and a long text is
 *  cut) becomes `?`, since clients read it as UTF-8.
 *  @return false, so that `return ots_refuse(…)` reads well */
bool ots_refuse(struct ots_fault *fault, enum ots_fault_kind kind, const char *format, ...)
	OTS_PRINTF(3, 4);

/** A failure of our own: no memory, storage. @return false */
bool ots_refuse_error(struct ots_fault *fault, const struct ots_error *err);

/** `OTSParameterInvalid` and so on. */
const char *ots_fault_code(enum ots_fault_kind kind);
unsigned ots_fault_http_status(enum ots_fault_kind kind);

#endif

/** @file fault.h
 *  An answer of OSS that refuses: code, HTTP status, message and what else the error document says.
 *  Source: oss-protocol 3.13.
 *  Threads: plain values. */
#ifndef OTSFS_SERVICE_OSS_FAULT_H
#define OTSFS_SERVICE_OSS_FAULT_H

#include <stdbool.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

enum ots_oss_fault_kind {
	OTS_OSS_NONE = 0,
	OTS_OSS_ACCESS_DENIED,
	OTS_OSS_ARCHIVE_RESTORE_FILE_STALE,
	OTS_OSS_ARCHIVE_RESTORE_NOT_FINISHED,
	OTS_OSS_BUCKET_ALREADY_EXISTS,
	OTS_OSS_BUCKET_NOT_EMPTY,
	OTS_OSS_ENTITY_TOO_LARGE,
	OTS_OSS_ENTITY_TOO_SMALL,
	OTS_OSS_FILE_ALREADY_EXISTS,
	OTS_OSS_INTERNAL_ERROR,
	OTS_OSS_INVALID_ACCESS_KEY_ID,
	OTS_OSS_INVALID_ARGUMENT,
	OTS_OSS_INVALID_BUCKET_NAME,
	OTS_OSS_INVALID_DIGEST,
	OTS_OSS_INVALID_ENCRYPTION,
	OTS_OSS_INVALID_OBJECT_NAME,
	OTS_OSS_INVALID_OBJECT_STATE,
	OTS_OSS_INVALID_PART,
	OTS_OSS_INVALID_PART_ORDER,
	OTS_OSS_INVALID_RANGE,
	OTS_OSS_INVALID_SECURITY_TOKEN,
	OTS_OSS_INVALID_TARGET_TYPE,
	OTS_OSS_KEY_TOO_LONG,
	OTS_OSS_MALFORMED_XML,
	OTS_OSS_METHOD_NOT_ALLOWED,
	OTS_OSS_MISSING_ARGUMENT,
	OTS_OSS_NO_SUCH_BUCKET,
	OTS_OSS_NO_SUCH_KEY,
	OTS_OSS_NO_SUCH_UPLOAD,
	OTS_OSS_NO_SUCH_VERSION,
	OTS_OSS_NOT_IMPLEMENTED,
	OTS_OSS_NOT_MODIFIED,
	OTS_OSS_NOT_SYMLINK,
	OTS_OSS_OBJECT_NOT_APPENDABLE,
	OTS_OSS_OPERATION_NOT_SUPPORTED,
	OTS_OSS_POSITION_NOT_EQUAL_TO_LENGTH,
	OTS_OSS_PRECONDITION_FAILED,
	OTS_OSS_QUOTA_EXCEEDED,
	OTS_OSS_REQUEST_TIME_TOO_SKEWED,
	OTS_OSS_RESTORE_ALREADY_IN_PROGRESS,
	OTS_OSS_SERVICE_UNAVAILABLE,
	OTS_OSS_SIGNATURE_DOES_NOT_MATCH,
	OTS_OSS_SYMLINK_TARGET_NOT_EXIST,
	OTS_OSS_FAULT_COUNT
};

#define OTS_OSS_MESSAGE_BYTES 512
#define OTS_OSS_DETAILS_MAX 6

struct ots_oss_fault {
	enum ots_oss_fault_kind kind;
	char code[64];   /**< empty: that of the kind */
	unsigned status; /**< 0: that of the kind */
	char message[OTS_OSS_MESSAGE_BYTES];
	const char *ec; /**< `0026-00000001`; NULL: that of the kind, if it has one. Static */
	/** Further elements. Names are static; values are borrowed from the request. */
	struct {
		const char *name;
		struct ots_bytes value;
	} details[OTS_OSS_DETAILS_MAX];
	unsigned detail_count;
};

/** Write a fault; details that are there stay.
 *  @return false, so that `return ots_oss_refuse(…)` reads well */
bool ots_oss_refuse(struct ots_oss_fault *fault, enum ots_oss_fault_kind kind, const char *format,
		    ...) OTS_PRINTF(3, 4);

/** A failure of our own. @return false */
bool ots_oss_refuse_error(struct ots_oss_fault *fault, const struct ots_error *err);

/** Say more about the fault; above OTS_OSS_DETAILS_MAX it is left out. @return false */
bool ots_oss_detail(struct ots_oss_fault *fault, const char *name, struct ots_bytes value);

const char *ots_oss_fault_code(const struct ots_oss_fault *fault);
const char *ots_oss_fault_ec(const struct ots_oss_fault *fault); /**< NULL: none is known */
unsigned ots_oss_fault_status(const struct ots_oss_fault *fault);

/** Append the error document. @return false without room */
bool ots_oss_fault_put(const struct ots_oss_fault *fault, const char *request_id,
		       struct ots_bytes host, struct ots_buffer *out);

#endif

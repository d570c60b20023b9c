/** @file classify.h
 *  What a failed write means: the table of classes. Source: design of the restore engine, B.4.
 *  Threads: pure. */
#ifndef OTSFS_CORE_RESTORE_SEND_CLASSIFY_H
#define OTSFS_CORE_RESTORE_SEND_CLASSIFY_H

#include <otsfs/base/error.h>

enum ots_out_class {
	OTS_CLASS_THROTTLE,  /**< nothing was done: send less, later */
	OTS_CLASS_TRANSIENT, /**< maybe applied; a write repeated gives the same row */
	OTS_CLASS_MOVING,    /**< a partition moves: short wait, then as transient */
	OTS_CLASS_POISON,    /**< one row spoils the request: halve it until the row stands alone */
	OTS_CLASS_ROW_FATAL, /**< this row cannot be written */
	OTS_CLASS_JOB_FATAL, /**< no row can be written until somebody acts: pause */
	OTS_CLASS_UNKNOWN    /**< as transient for five minutes, then the row is set aside */
};

/** By the server's code; without one by the HTTP status and the status. */
enum ots_out_class ots_out_classify(const struct ots_error *error);

/** What retries are counted under: the server's code, else the word of the status. */
const char *ots_out_cause(const struct ots_error *error);

#endif

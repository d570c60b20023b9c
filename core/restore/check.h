/** @file check.h
 *  What a job must pass before its first row is sent.
 *  Threads: that of submit. */
#ifndef OTSFS_CORE_RESTORE_CHECK_H
#define OTSFS_CORE_RESTORE_CHECK_H

#include "job.h"

/** Formats, the target's table (made where it is missing and that is wanted), and the records:
 *  dropped text to its end, of objects the first batch. Fills inputs, table_schema, records.
 *  Blocks on disk and on a few calls to the target.
 *  @return as ots_job_submit() */
enum ots_status ots_job_check(struct ots_job *job, struct ots_cancel *cancel,
			      struct ots_error *err) OTS_MUST_USE;

/** A deep copy. @param to  initialised */
enum ots_status ots_schema_copy(const struct ots_schema *from, struct ots_schema *to,
				struct ots_error *err) OTS_MUST_USE;

#endif

/** @file documents.h
 *  plan.json, status.json and report.json of a job. Each is one line of JSON; status and report
 * begin with `id, state, table, read, written, filtered, skipped, superseded, dead`. Threads: the
 * caller serialises for one job. */
#ifndef OTSFS_CORE_RESTORE_DOCUMENTS_H
#define OTSFS_CORE_RESTORE_DOCUMENTS_H

#include "job.h"

/** Not forced to the disk by itself: a status follows it, whose rename carries it along. */
enum ots_status ots_plan_write(const struct ots_job *job, struct ots_error *err) OTS_MUST_USE;

/** @param sync  to the disk too: at every change of state, not for progress */
enum ots_status ots_status_write(const struct ots_job *job, const struct ots_job_view *view,
				 bool sync, struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_report_write(const struct ots_job *job, const struct ots_job_view *view,
				 struct ots_error *err) OTS_MUST_USE;

/** Whether a job in this state is done with: nothing of it goes on. */
bool ots_job_state_ended(enum ots_job_state state);

/** The state that a status.json of job @p id tells, and where its word stands.
 *  @return false: the text is not one that this engine wrote */
bool ots_status_state(struct ots_bytes json, const char *id, enum ots_job_state *state,
		      struct ots_bytes *word);

#endif

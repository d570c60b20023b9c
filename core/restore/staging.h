/** @file staging.h
 *  Dropped text as the engine's other parts see it.
 *  Threads: a staging belongs to its writer until it is taken over; then it is only read. */
#ifndef OTSFS_CORE_RESTORE_STAGING_H
#define OTSFS_CORE_RESTORE_STAGING_H

#include "job.h"

/** Hand the folder to @p job: the text is complete and on the disk.
 *  @return OTS_OK, OTS_USAGE (taken before), OTS_NO_SPACE, OTS_IO; the job has the folder in every
 *          case but OTS_USAGE */
enum ots_status ots_staging_take(struct ots_staging *staging, struct ots_job *job,
				 struct ots_error *err) OTS_MUST_USE;

/** The folder comes back from a job that was never started: the text may grow again. */
void ots_staging_take_back(struct ots_staging *staging, struct ots_job *job);

/** At the engine's end: whoever did not discard his. */
void ots_staging_free_all(struct ots_engine *engine);

/** Remove what a killed writer left: folders without a status whose lock is free. */
void ots_staging_sweep(struct ots_engine *engine);

#endif

/** @file rig.h
 *  What the tests of restores share: an engine over a fake target and a folder, a clock that steps
 *  with each look, records built by hand. Nothing sleeps. */
#ifndef OTSFS_TESTS_UNIT_RESTORE_RIG_H
#define OTSFS_TESTS_UNIT_RESTORE_RIG_H

#include <stdatomic.h>

#include <otsfs/record/batch.h>
#include <otsfs/restore/engine.h>

#include "../../../core/restore/tuning.h"
#include "../../support/fake_target.h"

struct rig {
	char dir[64]; /* state folder */
	struct fake_target *fake;
	struct ots_target *target;
	struct ots_engine *engine;
	struct ots_clock clock;
	atomic_llong now_ms;
	atomic_llong step_ms; /* the clock moves so far with each look at it */
	struct ots_engine_options options;
	struct ots_engine_tuning tuning;
};

/** Table `t` with key (k STRING, n INTEGER). rig_open() may be preceded by changes of options. */
void rig_init(struct rig *rig);
void rig_open(struct rig *rig);
void rig_reopen(struct rig *rig);
void rig_close(struct rig *rig);

/** Drop text for @p table. @return what submit said; *job the caller's */
enum ots_status rig_drop(struct rig *rig, const char *table, const char *text, size_t len,
			 struct ots_job **job, struct ots_error *err);
/** As above with all of the request; its staging and table are filled in. */
enum ots_status rig_submit(struct rig *rig, struct ots_restore_request *request, const char *text,
			   size_t len, struct ots_job **job, struct ots_error *err);
/** Drop into `t`, wait to the end, check that counts add up. @return the state */
enum ots_job_state rig_restore(struct rig *rig, const struct ots_buffer *text,
			       struct ots_job_counts *counts, struct ots_error *err);
/** A document of a job, NUL-terminated, for free(). */
char *rig_file(struct rig *rig, const char *id, const char *name);
/** dead.jsonl of a job, for free(). */
char *rig_dead(struct rig *rig, const char *id);
bool rig_adds_up(const struct ots_job_counts *counts);

/** One record into @p text: key (k, n), one column `c` = @p value with version 1000 + value. */
void rig_put(struct ots_buffer *text, enum ots_op op, const char *k, int64_t n, int64_t value);
void rig_encode(struct ots_buffer *text, const struct ots_record *record);
void rig_init_text(struct ots_buffer *text);

#endif

/** @file engine.h
 *  Restores: a job takes records (an object, or text that was dropped), puts them into batches with
 *  distinct keys, writes them with retries, sets aside what cannot be written, and counts:
 *  read = written + filtered + skipped + superseded + dead.
 *  The room `restore`: read this, then target.h. Design: design of the restore engine, sections A
 * and B (docs/architecture.md has the short form).
 *
 *  Jobs of one table run one after another in the order they were submitted; of several tables side
 *  by side, at most OTS_JOBS_AT_ONCE. Each job has a folder `<state>/jobs/<id>/` (0700) with
 *  plan.json, status.json, report.json, dead.jsonl, control, journal (its lock), input (dropped
 *  text). Files of JSON are replaced by rename, so a reader never sees half of one.
 *  Threads: all functions from any thread; ots_engine_close() comes last. */
#ifndef OTSFS_RESTORE_ENGINE_H
#define OTSFS_RESTORE_ENGINE_H

#include <otsfs/base/buffer.h>
#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/log.h>
#include <otsfs/object/store.h>
#include <otsfs/record/form.h>
#include <otsfs/record/schema.h>
#include <otsfs/restore/target.h>

#define OTS_JOBS_AT_ONCE 4
#define OTS_JOB_ID_BYTES 40

struct ots_engine;
struct ots_job;

struct ots_engine_options {
	const char *state_dir;         /**< made when missing, 0700; jobs go below `jobs/` */
	struct ots_target *target;     /**< borrowed */
	struct ots_store *source;      /**< borrowed; NULL: no jobs from objects */
	const struct ots_clock *clock; /**< borrowed */
	struct ots_log *log;           /**< borrowed; NULL: silent */
	size_t batches_in_flight;      /**< 0: 8 */
	size_t memory_bytes;           /**< of one job; 0: 128 MiB */
	int64_t row_deadline_ms;       /**< without success a row is set aside; 0: 30 min */
	uint64_t staging_limit_bytes;  /**< of one dropped text; 0: 64 GiB */
};

enum ots_status ots_engine_open(const struct ots_engine_options *options, struct ots_engine **out,
				struct ots_error *err) OTS_MUST_USE;
/** Cancels what runs (state `cancelled`), waits for requests in flight, ends the threads. */
void ots_engine_close(struct ots_engine *engine);

enum ots_job_state {
	OTS_JOB_QUEUED,
	OTS_JOB_RUNNING,
	OTS_JOB_PAUSED,
	OTS_JOB_INTERRUPTED, /**< its driver died: to be dropped again */
	OTS_JOB_DONE,
	OTS_JOB_DONE_WITH_DEAD,
	OTS_JOB_CANCELLED,
	OTS_JOB_REFUSED,
	OTS_JOB_FAILED
};
/** `queued`, `running`, `paused`, `interrupted`, `done`, `done-with-dead`, `cancelled`, `refused`,
 *  `failed`. */
const char *ots_job_state_word(enum ots_job_state state);

struct ots_job_counts {
	uint64_t read, written, filtered, skipped, superseded, dead;
};

/** Text on its way in: becomes the job's `input`. Writes must be contiguous from 0 (whoever takes
 *  them checks and says so). */
struct ots_staging;
/** Makes the job's folder. @return OTS_OK, OTS_NO_SPACE, OTS_IO, OTS_NO_MEMORY */
enum ots_status ots_staging_open(struct ots_engine *engine, struct ots_staging **out,
				 struct ots_error *err) OTS_MUST_USE;
/** Append. Blocks on the local disk. @return OTS_OK, OTS_NO_SPACE (disk or limit), OTS_IO */
enum ots_status ots_staging_append(struct ots_staging *staging, const void *bytes, size_t len,
				   struct ots_error *err) OTS_MUST_USE;
uint64_t ots_staging_size(const struct ots_staging *staging);
/** Read back what was appended (a file stays readable after its restore). */
enum ots_status ots_staging_read(const struct ots_staging *staging, uint64_t offset, void *buf,
				 size_t len, size_t *got, struct ots_error *err) OTS_MUST_USE;
/** Forget it and remove the folder, unless a job took it over. The handle stays good for
 *  ots_staging_read() until then, after the submit too; at the latest ots_engine_close() frees it.
 *  NULL does nothing. */
void ots_staging_discard(struct ots_staging *staging);

/** One object of the engine's source, named, not copied. */
struct ots_job_object {
	struct ots_bytes key;
	const char *etag; /**< pinned; NULL: as it is now */
	enum ots_format format;
};

struct ots_restore_request {
	const char *table;                    /**< of the target */
	const struct ots_job_object *objects; /**< in order; or */
	size_t object_count;
	struct ots_staging *staging; /**< dropped text: its folder becomes the job's; the handle is
					  still the caller's, for ots_staging_discard() */
	const struct ots_schema *schema; /**< NULL: looked for beside each object. Copied */
	const char *name;                /**< of the dropped file or the object, for reports */
	bool has_max_dead;               /**< else the larger of 1000 and 0.1 % of the records */
	uint64_t max_dead;   /**< a job with more rows set aside pauses; 0: at the first */
	bool create_table;   /**< make a missing table from the keys (product.md section 2) */
	uint32_t uid;        /**< who asked, for reports */
	const char *command; /**< NULL: not known */
};

/** ots_job_prepare() and ots_job_start(): check what needs no request per row, then queue. Dropped
 * text is decoded to its end first: a record that does not decode refuses the job (OTS_CORRUPT with
 * line and byte). Blocks on disk and on one DescribeTable. A refused job is kept, state `refused`,
 * and *out is set for it too where a folder could be made.
 *  @param out  the caller's, for ots_job_release(); NULL: not wanted
 *  @return OTS_OK (queued), OTS_CORRUPT, OTS_REFUSED (schema), OTS_UNSUPPORTED (not records),
 *          OTS_DENIED, OTS_NOT_FOUND, OTS_NETWORK …, OTS_NO_SPACE, OTS_NO_MEMORY */
enum ots_status ots_job_submit(struct ots_engine *engine, const struct ots_restore_request *request,
			       struct ots_cancel *cancel, struct ots_job **out,
			       struct ots_error *err) OTS_MUST_USE;

/** The first half of ots_job_submit(), for text whose last word is still to come (a file under a
 *  temporary name): all checks, and the table made where it is missing, but nothing is queued.
 *  A prepared job has no documents, so that no list shows it and a driver that dies leaves nothing
 * of it; ots_job_progress() calls it queued. It must be started or discarded before its staging is
 *  appended to or discarded, and before ots_engine_close().
 *  @param out  the caller's: of a prepared job for ots_job_start() or ots_job_discard(), of a
 * refused one, which is kept as submit keeps it, for ots_job_release()
 *  @return as ots_job_submit(); OTS_OK: prepared */
enum ots_status ots_job_prepare(struct ots_engine *engine,
				const struct ots_restore_request *request,
				struct ots_cancel *cancel, struct ots_job **out,
				struct ots_error *err) OTS_MUST_USE;

/** The second half: queue a prepared job. Writes two small files and asks nobody. The job's time is
 *  that of this call. Once for each job; whatever it returns, the job is the caller's for
 *  ots_job_release() from then on.
 *  @param name  for reports, where it is another than was prepared; NULL: the same. Copied
 *  @return OTS_OK; the job is refused and kept: OTS_CANCELLED (the engine is closing),
 * OTS_NO_SPACE, OTS_IO, OTS_NO_MEMORY */
enum ots_status ots_job_start(struct ots_job *job, const char *name,
			      struct ots_error *err) OTS_MUST_USE;

/** A prepared job that will not be started: its folder goes, or back to its staging. Frees the job.
 *  NULL does nothing.
 *  @param why  for the log; NULL: silent */
void ots_job_discard(struct ots_job *job, const char *why);

const char *ots_job_id(const struct ots_job *job);

/** Wait until the job has ended or has paused on its own.
 *  @param err  why it failed, paused or was refused
 *  @return OTS_OK when done or done-with-dead; OTS_CANCELLED when @p cancel was asked (the job goes
 *          on) or the job was cancelled; else what stopped it */
enum ots_status ots_job_wait(struct ots_job *job, struct ots_cancel *cancel,
			     enum ots_job_state *state, struct ots_job_counts *counts,
			     struct ots_error *err) OTS_MUST_USE;

void ots_job_progress(struct ots_job *job, enum ots_job_state *state,
		      struct ots_job_counts *counts);

/** `pause`, `resume`, `cancel`, `rate=ROWS` (rows a second; 0: none). One word a line.
 *  @return OTS_OK, OTS_USAGE (not a command), OTS_NOT_FOUND (no such job of this engine),
 *          OTS_REFUSED (the job has ended) */
enum ots_status ots_engine_control(struct ots_engine *engine, const char *id,
				   struct ots_bytes commands, struct ots_error *err) OTS_MUST_USE;

/** Let go; the job goes on. NULL does nothing. */
void ots_job_release(struct ots_job *job);

/** Every job below a state folder, oldest first, whoever ran it. A job that says it runs but whose
 *  lock nobody holds is `interrupted`.
 *  @param fn  gets the id and the text of its status.json (state corrected, no LF at its end),
 *             borrowed; false stops */
typedef bool ots_jobs_fn(void *arg, const char *id, struct ots_bytes status_json);
enum ots_status ots_jobs_list(const char *state_dir, ots_jobs_fn *fn, void *arg,
			      struct ots_error *err) OTS_MUST_USE;

/** One small file of a job's folder, whole (`plan.json`, `status.json`, `report.json`), as people
 * see it: an interrupted job's status says so. @return OTS_OK, OTS_NOT_FOUND, OTS_IO, OTS_LIMIT */
enum ots_status ots_job_file(const char *state_dir, const char *id, const char *name,
			     size_t limit_bytes, struct ots_buffer *out,
			     struct ots_error *err) OTS_MUST_USE;

/** `dead.jsonl` of a job, open for reading: the caller's descriptor. */
enum ots_status ots_job_dead_open(const char *state_dir, const char *id, int *fd,
				  struct ots_error *err) OTS_MUST_USE;

#endif

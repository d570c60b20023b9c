/** @file job.h
 *  A job, and what the engine's parts share about it.
 *  Threads: fields before `tally` do not change once the job is queued; `tally` is the driver's (of
 *  submit before that); `locked` says it itself. Locks in order: the engine's, a job's, a wake's.
 */
#ifndef OTSFS_CORE_RESTORE_JOB_H
#define OTSFS_CORE_RESTORE_JOB_H

#include <pthread.h>

#include <otsfs/format/schema_find.h>
#include <otsfs/restore/engine.h>

#include "folder.h"
#include "tuning.h"
#include "wake.h"

#define OTS_HELD_ROWS_MAX ((size_t)16384)
#define OTS_CAUSES_MAX 32

/** One object, or the dropped text. */
struct ots_job_input {
	struct ots_bytes key; /**< allocated; of the staged text the name `input` */
	char etag[OTS_ETAG_BYTES];
	enum ots_format format;
	uint64_t size;
	struct ots_schema_place place; /**< of its schema.json, as it was when it was checked */
};

/** What was done, beyond the counts. */
struct ots_tally {
	uint64_t requests;
	uint64_t bytes;   /**< bodies of them */
	uint64_t unknown; /**< rows whose call was cut off by a cancel: written or not */
	struct {
		char code[48];
		uint64_t rows;
	} retries[OTS_CAUSES_MAX]; /**< by code; the last place takes what is beyond */
	size_t retry_count;
};

struct ots_job {
	struct ots_engine *engine;
	char id[OTS_JOB_ID_BYTES];
	struct ots_job_folder folder;
	char *table, *name, *command; /**< command NULL: not known */
	char host[64];
	uint32_t uid;
	bool has_max_dead;
	uint64_t max_dead;
	bool create_table;
	bool table_created;
	struct ots_job_input *inputs;
	size_t input_count;
	struct ots_staging *staging;     /**< NULL: objects */
	struct ots_schema source_schema; /**< key_count and column_count 0: none */
	struct ots_schema table_schema;
	bool has_source_schema;
	bool records_known;
	uint64_t records;
	int64_t submitted_us;

	int64_t started_us, ended_us;  /**< 0: not yet */
	int64_t started_ms, paused_ms; /**< monotonic; paused in all */
	struct ots_tally tally;
	struct ots_cancel calls; /**< cuts off calls in flight, after a grace */
	struct ots_wake wake;
	pthread_t thread;
	bool has_thread;
	struct ots_job *next; /**< of the engine's lists, under its lock */

	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed;
		enum ots_job_state state;
		bool paused_itself;
		bool want_pause, want_cancel;
		uint64_t rate; /**< rows a second; 0: none */
		struct ots_job_counts counts;
		struct ots_error error; /**< why it paused, failed, was refused */
		unsigned references;
	} locked;
};

struct ots_engine {
	struct ots_engine_options options; /**< defaults filled in; state_dir is not kept */
	struct ots_engine_tuning tuning;
	char *root_path; /**< `<state>/jobs` */
	int root_fd;
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed;
		struct ots_job *jobs;  /**< unfinished ones, in the order they were submitted */
		struct ots_job *ended; /**< whose threads wait to be joined */
		struct ots_staging *stagings;
		size_t running; /**< paused ones do not count */
		size_t threads; /**< of jobs, not joined yet */
		int64_t last_id_us;
		bool closing;
	} locked;
};

/** Where a job stands, copied at one moment: what its documents are written from. */
struct ots_job_view {
	enum ots_job_state state;
	struct ots_job_counts counts;
	struct ots_error error;
};

/** @return NULL without memory. One reference, the caller's */
struct ots_job *ots_job_new(struct ots_engine *engine);
void ots_job_keep(struct ots_job *job);
struct ots_job_view ots_job_look(struct ots_job *job);

/** Enter a state and tell who waits. @param error  NULL: none (an older one is forgotten) */
void ots_job_enter(struct ots_job *job, enum ots_job_state state, const struct ots_error *error);

/** The last words: report.json, status.json, the state, and the lock given up. Failures to write
 * are logged: nobody else can be told. */
void ots_job_end(struct ots_job *job, enum ots_job_state state, const struct ots_error *error);

/** A new id, sortable by time. */
void ots_engine_id(struct ots_engine *engine, char id[OTS_JOB_ID_BYTES]);

/** Start what may start. */
void ots_engine_schedule(struct ots_engine *engine);
/** A job that rests gives its place up, and waits for one to go on.
 *  @return false: it was cancelled meanwhile */
void ots_engine_place_leave(struct ots_engine *engine);
bool ots_engine_place_take(struct ots_engine *engine, struct ots_job *job);

#endif

/** @file dead.h
 *  `dead.jsonl` of a job being written: rows set aside, each with why. Lines are collected in
 *  memory and reach the disk together; a row counts as set aside only after that.
 *  Threads: the driver's. */
#ifndef OTSFS_CORE_RESTORE_DEAD_H
#define OTSFS_CORE_RESTORE_DEAD_H

#include <otsfs/base/buffer.h>
#include <otsfs/record/record.h>

#include "folder.h"

struct ots_dead {
	int fd;
	uint64_t size; /* what is safely on disk */
	struct ots_buffer lines;
	const char *path; /* of the folder, borrowed */
};

/** Where a row came from and what became of it. */
struct ots_dead_why {
	struct ots_bytes source; /**< key of the object, or name of what was dropped */
	const char *etag;        /**< NULL: none */
	uint32_t attempts;
	int64_t first_us; /**< 0: never sent */
	int64_t last_us;
};

enum ots_status ots_dead_open(struct ots_dead *dead, const struct ots_job_folder *folder,
			      struct ots_error *err) OTS_MUST_USE;
void ots_dead_close(struct ots_dead *dead);

/** Collect one. @return OTS_OK, OTS_NO_MEMORY, OTS_LIMIT */
enum ots_status ots_dead_add(struct ots_dead *dead, const struct ots_record *record,
			     const struct ots_dead_why *why, const struct ots_error *error,
			     struct ots_error *err) OTS_MUST_USE;

/** What was collected goes to the disk (fsync). On failure it stays collected and the file is as it
 *  was, so that the call can be made again. */
enum ots_status ots_dead_flush(struct ots_dead *dead, struct ots_error *err) OTS_MUST_USE;

#endif

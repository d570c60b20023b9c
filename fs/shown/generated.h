/** @file generated.h
 *  Texts that are made when somebody asks: README.txt, the files of status/ and of its jobs. Small,
 *  shown with direct_io, kept by the handle that opened them. */
#ifndef OTSFS_FS_GENERATED_H
#define OTSFS_FS_GENERATED_H

#include "../mount_state.h"

/** Append the text of a node to @p out. Blocks (a listing for README.txt; job files are local).
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_IO, OTS_LIMIT, OTS_NO_MEMORY, or what a listing returns */
enum ots_status ots_generated_text(struct mount *mount, uint64_t number, struct ots_cancel *cancel,
				   struct ots_buffer *out, struct ots_error *err) OTS_MUST_USE;

/** README.txt (readme_facts.c), the others of status/ (status_text.c). */
enum ots_status ots_generated_readme(struct mount *mount, struct ots_cancel *cancel,
				     struct ots_buffer *out, struct ots_error *err) OTS_MUST_USE;
bool ots_generated_mount_json(struct mount *mount, struct ots_buffer *out);
bool ots_generated_metrics(struct mount *mount, struct ots_buffer *out);

/** Which jobs there are, into a listing; the parts of one job. Blocks on the local disk. */
enum ots_status ots_job_folders_list(struct mount *mount, struct listing *listing,
				     struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_job_parts_list(struct mount *mount, uint64_t number, struct listing *listing,
				   struct ots_error *err) OTS_MUST_USE;
/** A job by its id, a part of a job by its name. @return OTS_OK, OTS_NOT_FOUND, … */
enum ots_status ots_jobs_find(struct mount *mount, const char *id, uint64_t *number,
			      struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_job_part_find(struct mount *mount, uint64_t job, const char *name,
				  uint64_t *number, struct ots_error *err) OTS_MUST_USE;
/** `dead.jsonl`, open; its size. */
enum ots_status ots_job_dead(struct mount *mount, uint64_t number, int *fd, uint64_t *size,
			     struct ots_error *err) OTS_MUST_USE;
/** The id that a number of a job or of a part of one stands for; NULL: none. */
const char *ots_job_id_of(struct mount *mount, uint64_t number);

#endif

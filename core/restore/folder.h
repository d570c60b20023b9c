/** @file folder.h
 *  A job's folder below `<state>/jobs/`: 0700, files 0600, its `journal` locked (flock) by who runs
 *  the job for as long as the folder is open. It appears under its name only with the lock held, so
 *  that nobody takes a new job for an abandoned one.
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_RESTORE_FOLDER_H
#define OTSFS_CORE_RESTORE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

struct ots_job_folder {
	int dir_fd;  /**< -1: none */
	int lock_fd; /**< of journal */
	char *path;  /**< as messages show it */
};

/** The folder of all jobs, made with what is missing above it (0700).
 *  @param path  the caller's, for free(). @param fd  the caller's, for close() */
enum ots_status ots_job_folder_root(const char *state_dir, bool make, char **path, int *fd,
				    struct ots_error *err) OTS_MUST_USE;

/** Make and lock a new one, with an empty journal and dead.jsonl.
 *  @param folder  filled on OTS_OK only, for ots_job_folder_close()
 *  @return OTS_OK, OTS_EXISTS, OTS_NO_SPACE, OTS_DENIED, OTS_IO, OTS_NO_MEMORY */
enum ots_status ots_job_folder_create(int root_fd, const char *root_path, const char *id,
				      struct ots_job_folder *folder,
				      struct ots_error *err) OTS_MUST_USE;
/** Gives the lock up. */
void ots_job_folder_close(struct ots_job_folder *folder);

/** Remove the folder @p id and the files that jobs have. */
void ots_job_folder_remove(int root_fd, const char *id);

/** Whether somebody holds the lock of @p id. */
bool ots_job_folder_locked(int root_fd, const char *id);

/** Write a small file whole: under another name, then renamed. @param sync  to the disk, too */
enum ots_status ots_job_folder_replace(const struct ots_job_folder *folder, const char *name,
				       struct ots_bytes bytes, bool sync,
				       struct ots_error *err) OTS_MUST_USE;

/** Letters, digits and '-', as ids are: nothing that leads out of the folder. */
bool ots_job_folder_id_valid(const char *id);

/** All of @p bytes to a descriptor. @return 0 or errno */
int ots_job_folder_write(int fd, struct ots_bytes bytes);

/** What an errno is here, with its words. */
enum ots_status ots_job_folder_fail(struct ots_error *err, int error, const char *what,
				    const char *path);

#endif

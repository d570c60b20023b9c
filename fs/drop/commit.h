/** @file commit.h
 *  From a dropped file to a job: at its close, or at the RENAME of one that arrived under a
 * temporary name. */
#ifndef OTSFS_FS_COMMIT_H
#define OTSFS_FS_COMMIT_H

#include "caller.h"
#include "../mount_state.h"

struct commit {
	struct content *content; /**< in its commit: ots_content_commit_begin() said true */
	size_t table;
	const char *name; /**< in the table's folder; the link `<name>.job` appears beside it */
	uid_t uid;
	gid_t gid;
	const char *command; /**< of who dropped it; "": not visible */
	bool wait;           /**< for the end of the restore */
	bool later;          /**< a temporary name: checked now, started by ots_commit_start() */
};

/** Check; then queue and where asked wait, or keep it for later. Ends the content's commit. Blocks.
 *  @return 0, or the errno that is the verdict; EINTR where @p cancel was asked */
int ots_commit_run(struct mount *mount, const struct commit *commit, struct ots_cancel *cancel);

/** As ots_commit_run(), for a close that may find another close of the same file at work: waits for
 * that one and answers the same. */
int ots_commit_or_join(struct mount *mount, const struct commit *commit, struct ots_cancel *cancel);

/** The content has got its final name: start what was prepared of it. Checks nothing again and asks
 * nobody.
 *  @param commit  its `wait` and `later` do not count; its content is in no commit
 *  @return 0, also where nothing is prepared; else the errno that is the verdict */
int ots_commit_start(struct mount *mount, const struct commit *commit);

#endif

/** @file readme.h
 *  README.txt: one page about this mount, with examples that work on it. Pure function. */
#ifndef OTSFS_FS_README_H
#define OTSFS_FS_README_H

#include <stdbool.h>

#include <otsfs/base/buffer.h>

struct readme_facts {
	const char *mountpoint;
	const char *source;
	const char *table;      /**< a table there is, as its folder is named; NULL: none yet */
	const char *file;       /**< a text there is, relative to the mountpoint; NULL: none yet */
	const char *target;     /**< NULL: no restore/ */
	const char *restore_to; /**< a name that restore/ accepts, with target */
	bool restore_wait;
};

/** @return false without room */
bool ots_readme_write(struct ots_buffer *out, const struct readme_facts *facts);

#endif

/** @file folder_priv.h
 *  What the two halves of a folder share. Threads: as folder.h. */
#ifndef OTSFS_SERVICE_OSS_FILES_FOLDER_PRIV_H
#define OTSFS_SERVICE_OSS_FILES_FOLDER_PRIV_H

#include <sys/stat.h>

#include "../index/index.h"
#include "folder.h"

#define OTS_OSS_PATH_BYTES 1025 /* a key, a slash, a NUL */

struct ots_oss_folder {
	int root;
	char last[OTS_OSS_PATH_BYTES]; /* the folder that last_fd is: `a/b/`, `` for the root */
	int last_fd;                   /* -1: none is remembered */
	struct ots_oss_index folders;  /* of struct watched (folder_scan.c) */
	int64_t walked_ms;             /* when all folders were looked at last */
	int64_t walk_ms;               /* how long that took */
};

/** The folder of a key, opened: `a/b/` of `a/b/c`. @param make  missing folders are made
 *  @param fd  stays the folder's. @return 0 or an errno */
int ots_oss_folder_parent(struct ots_oss_folder *folder, struct ots_bytes key, bool make, int *fd,
			  const char **leaf, char leaf_bytes[256]);

/** Free what the looking for new files remembers. */
void ots_oss_folder_release_watched(struct ots_oss_folder *folder);

void ots_oss_file_of(const struct stat *st, struct ots_oss_file *out);

#endif

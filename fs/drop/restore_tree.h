/** @file restore_tree.h
 *  What stands below restore/<table>/: dropped files and the links to their jobs, and the tables
 *  that people made by mkdir. Memory only; gone with the mount, as the jobs are not.
 *
 *  An entry lives while it has a name, or the kernel knows its number, or a handle holds it.
 *  Threads: locked inside. */
#ifndef OTSFS_FS_RESTORE_TREE_H
#define OTSFS_FS_RESTORE_TREE_H

#include <sys/types.h>
#include <time.h>

#include "content.h"
#include "../node/name_table.h"

struct restore_tree;

/** @return NULL without memory */
struct restore_tree *ots_restore_tree_new(void);
void ots_restore_tree_free(struct restore_tree *tree);

/** Names of tables and their indexes, which are never forgotten. */
struct name_table *ots_restore_tree_names(struct restore_tree *tree);

/** mkdir and rmdir. @return 0, EEXIST, ENOENT (not made here), ENOTEMPTY */
int ots_restore_tree_make_table(struct restore_tree *tree, size_t table);
int ots_restore_tree_remove_table(struct restore_tree *tree, size_t table);
bool ots_restore_tree_is_made(struct restore_tree *tree, size_t table);

/** What people may set on a dropped file: kept, shown, and of no effect. */
struct entry_attr {
	mode_t mode; /**< permission bits */
	uid_t uid;
	gid_t gid;
	struct timespec atime, mtime, ctime;
};

struct entry_info {
	uint64_t number;
	size_t table;
	bool link;
	char job_id[OTS_JOB_ID_BYTES]; /**< of a link: where it points */
	uint64_t size;                 /**< of a file */
	struct entry_attr attr;
};

/** @param hold  count one for the kernel, as a LOOKUP's answer does
 *  @return false: no such entry */
bool ots_restore_tree_lookup(struct restore_tree *tree, size_t table, const char *name, bool hold,
			     struct entry_info *info);
bool ots_restore_tree_info(struct restore_tree *tree, uint64_t number, struct entry_info *info);

/** A new file; *content is held for the caller. The entry is held once, as by a LOOKUP, and once
 * for the caller's handle.
 *  @return 0, EEXIST, ENOMEM */
int ots_restore_tree_create(struct restore_tree *tree, size_t table, const char *name,
			    const struct entry_attr *attr, struct entry_info *info,
			    struct content **content);

/** The kernel, or a handle, forgets @p count times. */
void ots_restore_tree_forget(struct restore_tree *tree, uint64_t number, uint64_t count);

/** The content of a file, held for the caller, the entry too (for ots_restore_tree_forget).
 *  @param anew  give the file a new, empty content first (O_TRUNC)
 *  @return 0, ESTALE (no such entry), ENOMEM */
int ots_restore_tree_open(struct restore_tree *tree, uint64_t number, bool anew,
			  struct content **content);

bool ots_restore_tree_set_attr(struct restore_tree *tree, uint64_t number,
			       const struct entry_attr *attr);

/** @return 0 or ENOENT */
int ots_restore_tree_unlink(struct restore_tree *tree, size_t table, const char *name);

/** Within one table. What had the new name loses it.
 *  @return 0, ENOENT, EEXIST (only with @p no_replace), ENOMEM */
int ots_restore_tree_rename(struct restore_tree *tree, size_t table, const char *from,
			    const char *to, bool no_replace);

/** The name an entry has now. @return false: none any more, or no such entry */
bool ots_restore_tree_name(struct restore_tree *tree, uint64_t number, size_t *table, char *name,
			   size_t name_size);

/** Set the link `<name>.job` beside a file; an older one goes. A name too long for it has none. */
void ots_restore_tree_link_job(struct restore_tree *tree, size_t table, const char *name,
			       const char *job_id, const struct entry_attr *attr);

/** The names in a table, in no order. @return false when @p fn said so */
bool ots_restore_tree_list(struct restore_tree *tree, size_t table,
			   bool (*fn)(void *arg, const char *name, uint64_t number, bool link),
			   void *arg);
/** Indexes of the tables made by mkdir. */
bool ots_restore_tree_list_made(struct restore_tree *tree, bool (*fn)(void *arg, size_t table),
				void *arg);

#endif

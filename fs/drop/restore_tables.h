/** @file restore_tables.h
 *  Which tables `ls restore/` shows: the target's, the source's, and those made by mkdir. The
 * target's list is asked for when somebody looks and the last one is older than the refresh time.
 *  Threads: locked inside. "Blocks" means a LIST of the source or a call to the target. */
#ifndef OTSFS_FS_RESTORE_TABLES_H
#define OTSFS_FS_RESTORE_TABLES_H

#include <otsfs/fs/mount.h>

#include "../node/listing.h"
#include "restore_tree.h"

struct restore_tables;

/** @param options  borrowed, as @p tree
 *  @return NULL without memory */
struct restore_tables *ots_restore_tables_new(const struct ots_mount_options *options,
					      struct restore_tree *tree);
void ots_restore_tables_free(struct restore_tables *tables);

/** A table by name. Blocks, unless mkdir made it.
 *  @return OTS_OK, OTS_NOT_FOUND, or why the target cannot be asked */
enum ots_status ots_restore_tables_find(struct restore_tables *tables, const char *name,
					struct ots_cancel *cancel, size_t *index,
					struct ots_error *err) OTS_MUST_USE;

/** Add all to a listing. Blocks. A target that does not answer is logged, and its tables are
 * missing; the others are there.
 *  @return OTS_OK, OTS_CANCELLED, OTS_NO_MEMORY, or what the source's listing returns */
enum ots_status ots_restore_tables_list(struct restore_tables *tables, struct ots_cancel *cancel,
					struct listing *listing,
					struct ots_error *err) OTS_MUST_USE;

#endif

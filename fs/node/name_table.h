/** @file name_table.h
 *  Names that keep one index each for as long as the mount lives: tables of restore/, ids of jobs.
 *  An index is part of a node's number, so nothing is ever taken out.
 *  Threads: locked inside. A name handed out stays valid until ots_name_table_free(). */
#ifndef OTSFS_FS_NAME_TABLE_H
#define OTSFS_FS_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct name_table;

/** @return NULL without memory */
struct name_table *ots_name_table_new(void);
void ots_name_table_free(struct name_table *table);

/** The index of @p name, given one now if it has none. @return false without memory */
bool ots_name_table_index(struct name_table *table, const char *name, size_t *index);
/** @return NULL: no such index */
const char *ots_name_table_name(struct name_table *table, size_t index);

#endif

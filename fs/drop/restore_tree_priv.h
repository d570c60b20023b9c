/** @file restore_tree_priv.h
 *  Fields of the restore tree, for restore_tree.c and restore_tree_lists.c only. */
#ifndef OTSFS_FS_RESTORE_TREE_PRIV_H
#define OTSFS_FS_RESTORE_TREE_PRIV_H

#include <pthread.h>

#include "../node/number_map.h"
#include "restore_tree.h"

#define TREE_CHAINS 4096 /* a power of two */

struct entry {
	uint64_t number;
	uint64_t holders; /* its name, the kernel's lookups, handles */
	bool named;
	size_t table;
	char *name;
	struct content *content; /* NULL: a link */
	char job_id[OTS_JOB_ID_BYTES];
	struct entry_attr attr;
	struct entry *next; /* in its chain of names */
};

struct restore_tree {
	struct name_table *names;
	struct {
		pthread_mutex_t mutex;
		struct entry *chains[TREE_CHAINS]; /* by table and name */
		struct number_map by_number;       /* all entries: value is the address */
		struct number_map made;            /* by table index + 1 */
		uint64_t last_serial;
	} locked;
};

#endif

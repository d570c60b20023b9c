/** @file nodes.h
 *  Numbers of the tree's nodes. Those of the catalog are used as they are (catalog.h: form 8 bits,
 *  id 56); forms from 4 on are ours. The kernel's root is 1, which has form 0.
 *  Pure functions. */
#ifndef OTSFS_FS_NODES_H
#define OTSFS_FS_NODES_H

#include <otsfs/catalog/catalog.h>

enum ots_node_class {
	NODE_UNKNOWN, /**< no number of this mount */
	NODE_ROOT,
	NODE_CATALOG_FOLDER, /**< folders and links */
	NODE_CATALOG_FILE,
	NODE_README,
	NODE_STATUS,
	NODE_MOUNT_JSON,
	NODE_METRICS,
	NODE_LOG,
	NODE_JOBS,
	NODE_JOB,      /**< status/jobs/<id> */
	NODE_JOB_FILE, /**< one of the texts in it */
	NODE_JOB_DEAD, /**< dead.jsonl: may be large, so it is read from its file */
	NODE_JOB_CONTROL,
	NODE_RESTORE,
	NODE_TABLE, /**< restore/<table> */
	NODE_ENTRY  /**< a dropped file, or the link beside it */
};

enum ots_node_class ots_node_class(uint64_t number);

/** The one node of a class that has only one (README to JOBS, RESTORE). */
uint64_t ots_node_single(enum ots_node_class class);

enum job_part { JOB_FOLDER, JOB_PLAN, JOB_STATUS, JOB_REPORT, JOB_DEAD, JOB_CONTROL };
#define JOB_PART_COUNT 6

/** @param index  of the job's id in the mount's table of names */
uint64_t ots_node_job(size_t index, enum job_part part);
size_t ots_node_job_index(uint64_t number);
enum job_part ots_node_job_part(uint64_t number);
/** `plan.json`, `status.json`, …; of the folder "". */
const char *ots_job_part_name(enum job_part part);

uint64_t ots_node_table(size_t index);
size_t ots_node_table_index(uint64_t number);

/** @param serial  from 1, never used twice */
uint64_t ots_node_entry(uint64_t serial);

#endif

/** @file attr.h
 *  Attributes of nodes as the kernel wants them.
 *  Folders are 0555, files 0444, owned by who mounted; what is in restore/ is its owner's. */
#ifndef OTSFS_FS_ATTR_H
#define OTSFS_FS_ATTR_H

#include "../mount_state.h"

struct attr {
	struct stat st;
	double timeout_s; /**< 0: ask each time, as for sizes that are not exact */
};

/** Seconds that names in a folder of the catalog, and attributes of the folders among them, may be
 *  kept by the kernel: what is left of the refresh time since it was listed, so that both together
 *  stay within it. */
double ots_attr_catalog_timeout_s(struct mount *mount, uint64_t node);

/** A node of the catalog. Never blocks.
 *  @param timeout_s  of folders and links; a file's attributes live long once its size is exact */
void ots_attr_of_catalog(struct mount *mount, const struct ots_node *node, double timeout_s,
			 struct attr *attr);

/** A folder of ours, writable ones 0755. Never blocks. */
void ots_attr_of_folder(struct mount *mount, uint64_t number, struct attr *attr);

/** A dropped file or a link beside one. */
void ots_attr_of_entry(const struct entry_info *info, struct attr *attr);

/** Any node but generated texts, from memory.
 *  @return OTS_OK, OTS_CHANGED; OTS_UNSUPPORTED: it must be generated (ots_attr_generate()) */
enum ots_status ots_attr_of_number(struct mount *mount, uint64_t number, struct attr *attr,
				   struct ots_error *err) OTS_MUST_USE;

/** A generated text, by making it. Blocks. */
enum ots_status ots_attr_generate(struct mount *mount, uint64_t number, struct ots_cancel *cancel,
				  struct attr *attr, struct ots_error *err) OTS_MUST_USE;

/** Where a link of jobs points, from restore/<table>/. @return length without the NUL */
#define JOB_LINK_BYTES (OTS_JOB_ID_BYTES + 32)
size_t ots_attr_job_link(const char *job_id, char out[JOB_LINK_BYTES]);

#endif

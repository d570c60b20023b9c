/** @file walk.h
 *  Every file below a node of the tree. */
#ifndef OTSFS_TOOLS_WALK_H
#define OTSFS_TOOLS_WALK_H

#include "source.h"

struct walk_entry {
	char *path; /**< in the tree, without a leading slash */
	struct ots_node node;
};

/** Called in the order of names, folders before what is in them. @return OTS_OK to go on */
typedef enum ots_status walk_fn(void *arg, const struct walk_entry *entry, struct ots_error *err);

/** The children of @p folder (the root for number 0), and with @p deep all below them.
 *  @param path  of the folder, as entries continue it */
enum ots_status walk(struct source *source, uint64_t folder, const char *path, bool deep,
		     walk_fn *fn, void *arg, struct ots_error *err) OTS_MUST_USE;

#endif

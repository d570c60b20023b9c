/* The tree as it is known: which rows live, which folders show, what stands in each. It changes a
 * folder of the source at a time, as that is listed.
 *
 * A folder below raw/ shows when the listing of the folder above it says so. One below tables/ or
 * by-time/ shows while something holds it: a row with text in it, a folder in it that shows, or a
 * folder of the source that nobody has listed yet and whose place in the tree its path tells.
 * Threads: guarded by the catalog's lock. */
#ifndef CORE_CATALOG_TREE_H
#define CORE_CATALOG_TREE_H

#include "children.h"

struct ots_list {
	uint32_t *items;
	uint32_t count, capacity;
};

struct ots_dir {
	struct ots_children *children; /* NULL: to be put together when asked for */
	struct ots_list folders;       /* tree: whether they show or not */
	struct ots_list rows;          /* tree: whether they are shown or not */
	int64_t newest_us;             /* of what is below, as far as it is known */
	uint32_t holds;                /* tree: what makes it show */
	bool linked : 1;               /* tree: its parent's list has it */
	bool has_newest : 1;
	/* Folders of the source only: */
	bool present : 1;
	bool listed : 1;    /* at least once while it is present */
	bool listing : 1;   /* somebody does */
	bool unseen : 1;    /* what some objects of it hold nobody has looked at: enough for raw/ */
	bool tentative : 1; /* it holds the two below, as it is not listed */
	bool outside : 1;   /* nothing below it can be in the tree but below raw/ */
	bool placed : 1;    /* the two below are known */
	bool marked : 1;    /* while a listing is taken over */
	uint32_t table_folder, time_folder; /* where everything below it is, or deeper */
	/* Of the last listing; of a tree's folder, of all that it needs: */
	uint64_t expiry; /* the catalog's when it began */
	int64_t fresh_until_ms;
	uint64_t turn; /* as which it ended */
};

struct ots_tree {
	struct ots_index index;
	struct ots_slab dirs;             /* struct ots_dir, one for each folder of the index */
	struct ots_catalog_counts counts; /* of rows that live */
	bool mixed; /* a path has told another place than the keys below it: no path is trusted */
};

bool ots_tree_init(struct ots_tree *tree);
void ots_tree_release(struct ots_tree *tree);

static inline struct ots_dir *ots_tree_dir(const struct ots_tree *tree, uint32_t folder)
{
	return ots_slab_at(&tree->dirs, folder);
}

/* As ots_index_folder_at(), with its dir. */
uint32_t ots_tree_folder_at(struct ots_tree *tree, uint32_t parent, enum ots_folder_kind kind,
			    struct ots_bytes name);

static inline bool ots_tree_is_top(uint64_t folder)
{
	return folder >= OTS_FOLDER_TABLES && folder <= OTS_FOLDER_RAW_TOP;
}

static inline bool ots_tree_is_raw(const struct ots_tree *tree, uint32_t folder)
{
	return folder == OTS_FOLDER_RAW_TOP ||
	       ots_index_folder(&tree->index, folder)->kind == OTS_FOLDER_RAW;
}

bool ots_tree_shows(const struct ots_tree *tree, uint32_t folder);

/* Hold a folder below tables/ or by-time/, and those above it; let go. @return false without
 * memory, and then nothing is held */
bool ots_tree_hold(struct ots_tree *tree, uint32_t folder);
void ots_tree_let_go(struct ots_tree *tree, uint32_t folder);

/* A row begins to live or has ceased to; what it is has become known (as @p format, before which it
 * may have been shown). @return false without memory */
bool ots_tree_row_lives(struct ots_tree *tree, uint32_t row);
void ots_tree_row_dies(struct ots_tree *tree, uint32_t row);
bool ots_tree_row_is(struct ots_tree *tree, uint32_t row, unsigned format, bool guessed);

/* Something below a folder is from this moment. */
void ots_tree_newest(struct ots_tree *tree, uint32_t folder, int64_t us);

/* What stands in a folder has changed. */
static inline void ots_tree_stale(struct ots_tree *tree, uint32_t folder)
{
	struct ots_dir *dir = ots_tree_dir(tree, folder);

	ots_children_drop(dir->children);
	dir->children = NULL;
}

/* The children of a folder. @return NULL without memory; the tree's, hold it to keep it */
struct ots_children *ots_tree_children(struct ots_tree *tree, uint32_t folder);

/* The folder behind a number. @return OTS_FOLDER_NONE when it does not show (any more) */
uint32_t ots_tree_folder(const struct ots_tree *tree, uint64_t number);

/* What a number is. @return false when it is superseded, gone or never was */
bool ots_tree_node(const struct ots_tree *tree, uint64_t number, struct ots_node *node);

/* The folder that a table's `latest` means, as far as it is known: the newest in the newest.
 * @return the table itself when it has none; OTS_FOLDER_NONE without memory */
uint32_t ots_tree_latest(struct ots_tree *tree, uint32_t link);

bool ots_list_add(struct ots_list *list, uint32_t item);

#endif

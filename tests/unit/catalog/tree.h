/* A catalog over a store in memory, as the tests of the tree use it. */
#ifndef TESTS_UNIT_CATALOG_TREE_H
#define TESTS_UNIT_CATALOG_TREE_H

#include <otsfs/base/clock.h>
#include <otsfs/catalog/catalog.h>

#include "../../support/memory_store.h"

struct tree {
	struct memory_store *memory;
	struct ots_store *store;
	struct ots_layout *layout;
	struct ots_catalog *catalog;
	struct ots_log *log;
	struct ots_clock clock;
	_Atomic int64_t now_ms; /* what the clock says */
};

/* Contents: `T…` is a tunnel CSV, `J…` JSONL, `O…` ORC, which is not read, `L…` a tunnel CSV that
 * shows only behind the first 4 KiB, anything else unknown. 8 KiB are asked for. */
void tree_open(struct tree *tree, const struct ots_layout_options *options, int64_t refresh_ms);
/* Over the same store, listed a folder at a time; names that end in `.csv` are believed if so. */
void tree_open_lazy(struct tree *tree, const struct ots_layout_options *options, int64_t refresh_ms,
		    bool guess);
/* Another catalog over the store of @p tree, which closes it; close this one first. */
void tree_open_beside(struct tree *beside, const struct tree *tree, bool lazy, int64_t refresh_ms);
void tree_close_beside(struct tree *beside);
void tree_close(struct tree *tree);

struct ots_bytes tree_bytes(const char *text);

/* The node of a path; fails the test when it is not there. */
struct ots_node tree_node(struct tree *tree, const char *path);
bool tree_has(struct tree *tree, const char *path);

/* Names of a folder, one after the other with a space between, `/` behind folders and `@` behind
 * links. */
void tree_list(struct tree *tree, const char *path, char *out, size_t size);

#endif

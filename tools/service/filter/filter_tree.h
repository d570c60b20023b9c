/* A filter as it is held in memory: read by filter_read.c, held against rows by filter_pass.c. */
#ifndef OTSFS_SERVICE_FILTER_FILTER_TREE_H
#define OTSFS_SERVICE_FILTER_FILTER_TREE_H

#include "filter.h"

/* One filter of the tree. Children lie side by side behind their parent, so the tree is taken apart
 * from the front and evaluated from the back without recursion. */
struct ots_filter_node {
	int type; /* FilterType, checked */
	/* single column value */
	int comparator;
	struct ots_bytes name;
	struct ots_wire_value value;
	bool drop_if_missing;
	bool newest_only;
	/* composite */
	int combinator;
	size_t first_child;
	size_t child_count;
	/* column pagination, only ever the root */
	size_t offset;
	size_t limit;
};

struct ots_filter {
	struct ots_filter_node nodes[OTS_LIMIT_FILTERS];
	size_t count;
};

#endif

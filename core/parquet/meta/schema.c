#include "schema.h"

#include <inttypes.h>

static enum ots_status bad(struct ots_error *err, uint32_t index, const char *what)
{
	return ots_fail(err, OTS_CORRUPT, "bad schema: element %" PRIu32 ": %s", index, what);
}

static enum ots_status check(const struct schema_node *node, uint32_t index, struct ots_error *err)
{
	if (node->child_count < 0)
		return bad(err, index, "a negative count of children");
	if (node->type >= 0 && node->child_count > 0)
		return bad(err, index, "both a type and children");
	if (node->type >= TYPE_COUNT)
		return bad(err, index, "an unknown physical type");
	if (node->type == TYPE_FIXED && node->type_length <= 0)
		return bad(err, index, "FIXED_LEN_BYTE_ARRAY without a length");
	if (node->repetition != REQUIRED && node->repetition != OPTIONAL &&
	    node->repetition != REPEATED)
		return bad(err, index, "an unknown repetition");
	return OTS_OK;
}

/* Levels of a node below its parent. */
static void place(struct schema_node *node, const struct schema_node *parent, uint32_t parent_index)
{
	node->parent = parent_index;
	node->depth = (uint8_t)(parent->depth + 1);
	node->max_def = (uint8_t)(parent->max_def + (node->repetition != REQUIRED));
	node->max_rep = (uint8_t)(parent->max_rep + (node->repetition == REPEATED));
}

/* Where each subtree ends. Nodes stand depth first: an open group is closed by its last child. */
static enum ots_status shape(struct schema *schema, struct ots_error *err)
{
	uint32_t open[SCHEMA_DEPTH_MAX + 1];
	int32_t left[SCHEMA_DEPTH_MAX + 1];
	uint32_t depth = 1;

	open[0] = 0;
	left[0] = schema->nodes[0].child_count;
	for (uint32_t i = 1; i < schema->node_count; i++) {
		struct schema_node *node = &schema->nodes[i];
		const enum ots_status status = check(node, i, err);

		if (status != OTS_OK)
			return status;
		while (left[depth - 1] == 0) { /* ends: depth shrinks */
			schema->nodes[open[depth - 1]].end = i;
			if (--depth == 0)
				return bad(err, i, "left over behind the root's last child");
		}
		left[depth - 1]--;
		place(node, &schema->nodes[open[depth - 1]], open[depth - 1]);
		node->end = i + 1;
		if (node->child_count == 0)
			continue;
		if (depth > SCHEMA_DEPTH_MAX - 1)
			return bad(err, i, "nested deeper than 100 levels");
		open[depth] = i;
		left[depth] = node->child_count;
		depth++;
	}
	for (; depth > 0; depth--) {
		if (left[depth - 1] != 0)
			return bad(err, open[depth - 1], "more children than the schema has");
		schema->nodes[open[depth - 1]].end = schema->node_count;
	}
	return OTS_OK;
}

static enum ots_status number_leaves(struct schema *schema, struct ots_arena *arena,
				     struct ots_error *err)
{
	schema->leaves =
		ots_arena_alloc(arena, (size_t)schema->node_count * sizeof *schema->leaves);
	if (schema->leaves == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "schema of %" PRIu32 " elements: no memory",
				schema->node_count);
	for (uint32_t i = 0; i < schema->node_count; i++) {
		schema->nodes[i].first_leaf = schema->leaf_count;
		if (schema->nodes[i].type >= 0 && i > 0)
			schema->leaves[schema->leaf_count++] = i;
	}
	for (uint32_t i = 0; i < schema->node_count; i++) {
		const uint32_t end = schema->nodes[i].end;

		schema->nodes[i].leaf_end = end < schema->node_count ? schema->nodes[end].first_leaf
								     : schema->leaf_count;
	}
	return OTS_OK;
}

enum ots_status schema_build(struct schema *schema, struct ots_arena *arena, struct ots_error *err)
{
	enum ots_status status;

	if (schema->node_count == 0)
		return ots_fail(err, OTS_CORRUPT, "bad schema: no root");
	if (schema->nodes[0].child_count < 0)
		return bad(err, 0, "a negative count of children");
	schema->nodes[0].type = -1;
	schema->nodes[0].repetition = REQUIRED;
	status = shape(schema, err);
	if (status == OTS_OK)
		status = number_leaves(schema, arena, err);
	if (status == OTS_OK)
		status = schema_name(schema, arena, err);
	for (uint32_t i = 0; status == OTS_OK && i < schema->node_count; i++)
		schema_resolve(&schema->nodes[i]);
	return status;
}

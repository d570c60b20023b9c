#include "plan.h"

#include <stdlib.h>

#include <otsfs/base/bytes.h>

#include "../cell/cell.h"
#include "compile.h"

/* Whether a column was asked for, by its name as it is printed or as it is stored. */
static bool is_named(const struct schema_node *node, const char *name)
{
	return ots_bytes_are(node->name, name);
}

static enum ots_status select_columns(struct ots_parquet_plan *plan,
				      const struct ots_parquet_plan_options *options,
				      struct ots_error *err)
{
	const struct schema *schema = &plan->file->footer.schema;
	const struct schema_node *nodes = schema->nodes;

	for (size_t k = 0; k < options->column_count; k++) {
		uint32_t i = 1;

		while (i < schema->node_count && !is_named(&nodes[i], options->columns[k]))
			i = nodes[i].end; /* ends: behind the last */
		if (i >= schema->node_count)
			return ots_fail(err, OTS_USAGE, "no column '%s'", options->columns[k]);
	}
	plan->columns = ots_arena_alloc(&plan->arena,
					((size_t)nodes[0].child_count + 1) * sizeof *plan->columns);
	if (plan->columns == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a plan of columns");
	for (uint32_t i = 1; i < schema->node_count; i = nodes[i].end) {
		bool wanted = options->column_count == 0;

		for (size_t k = 0; !wanted && k < options->column_count; k++)
			wanted = is_named(&nodes[i], options->columns[k]);
		if (wanted)
			plan->columns[plan->column_count++] = i;
	}
	return OTS_OK;
}

/* Leaves of the columns that are printed become strips, in order. @param strip_of  by leaf */
static enum ots_status number_strips(struct ots_parquet_plan *plan, uint32_t **strip_of,
				     struct ots_error *err)
{
	const struct schema *schema = &plan->file->footer.schema;
	const struct schema_node *nodes = schema->nodes;
	const size_t leaves = (size_t)schema->leaf_count + 1;

	plan->strips = ots_arena_alloc(&plan->arena, leaves * sizeof *plan->strips);
	*strip_of = ots_arena_alloc(&plan->arena, leaves * sizeof **strip_of);
	if (plan->strips == NULL || *strip_of == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a plan of columns");
	for (uint32_t k = 0; k < plan->column_count; k++) {
		const struct schema_node *n = &nodes[plan->columns[k]];
		const bool plain = n->type >= 0 && n->repetition != REPEATED;

		for (uint32_t leaf = n->first_leaf; leaf < n->leaf_end; leaf++) {
			(*strip_of)[leaf] = plan->strip_count;
			plan->strips[plan->strip_count++] = (struct strip_plan){
				.leaf = leaf, .json = !plain || plan->form == OTS_PARQUET_ROWS};
		}
	}
	return OTS_OK;
}

enum ots_status ots_parquet_plan_new(const struct ots_parquet *file,
				     const struct ots_parquet_plan_options *options,
				     struct ots_parquet_plan **out, struct ots_error *err)
{
	struct ots_parquet_plan *plan = calloc(1, sizeof *plan);
	uint32_t *strip_of = NULL;
	enum ots_status status;

	if (plan == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a plan of columns");
	plan->file = file;
	plan->form = options->form;
	ots_arena_init(&plan->arena, PLAN_LIMIT_BYTES);
	if (file->footer.is_encrypted)
		status = ots_fail(err, OTS_UNSUPPORTED, "encrypted columns: not supported");
	else if (options->form == OTS_PARQUET_CSV && file->footer.schema.nodes[0].child_count == 0)
		status = ots_fail(err, OTS_UNSUPPORTED, "a file without columns has no CSV");
	else
		status = select_columns(plan, options, err);
	if (status == OTS_OK)
		status = number_strips(plan, &strip_of, err);
	if (status == OTS_OK)
		status = plan_compile(plan, strip_of, err);
	if (status == OTS_OK) {
		*out = plan;
		plan = NULL;
	}
	ots_parquet_plan_free(plan);
	return status;
}

void ots_parquet_plan_free(struct ots_parquet_plan *plan)
{
	if (plan == NULL)
		return;
	ots_arena_release(&plan->arena);
	free(plan);
}

enum ots_status ots_parquet_plan_begin(const struct ots_parquet_plan *plan, struct ots_buffer *out,
				       struct ots_error *err)
{
	const struct schema_node *nodes = plan->file->footer.schema.nodes;
	const size_t before = out->len;

	if (plan->form != OTS_PARQUET_CSV)
		return OTS_OK;
	for (uint32_t i = 0; i < plan->column_count; i++) {
		struct cell cell = {.kind = CELL_TEXT};
		const struct ots_bytes name = nodes[plan->columns[i]].name;

		if (!ots_buffer_reserve(out, cell_bound(&cell, name.len) + 1)) {
			out->len = before;
			return ots_buffer_fail(out, name.len, "a header line", err);
		}
		if (i > 0)
			out->bytes[out->len++] = ',';
		out->len += cell_put(&cell, name.at, name.len, (char *)out->bytes + out->len);
	}
	out->bytes[out->len++] = '\n'; /* of the last name's room */
	return OTS_OK;
}

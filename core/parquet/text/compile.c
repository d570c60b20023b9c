#include "compile.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/json_write.h>

/* What is left to compile, last first: a stack instead of recursion, since a schema is input. */
enum task_kind {
	TASK_FIELD,   /* a node with its repetition */
	TASK_CONTENT, /* a node whose repetition has been dealt with */
	TASK_TEXT,
	TASK_KEY,        /* a map's key */
	TASK_END_OPTION, /* step: where it jumps is here */
	TASK_END_LIST,
	TASK_QUOTE_END
};

struct task {
	enum task_kind kind;
	uint32_t node, step;
	struct ots_bytes text;
};

struct compiler {
	const struct schema *schema;
	struct ots_parquet_plan *plan;
	const uint32_t *strip_of; /* by leaf */
	struct ots_buffer steps, tasks, pending;
	enum ots_status status;
	struct ots_error *err;
};

static void no_memory(struct compiler *c)
{
	if (c->status == OTS_OK)
		c->status = ots_fail(c->err, OTS_NO_MEMORY, "no memory for a plan of columns");
}

static void push(struct compiler *c, struct task task)
{
	if (!ots_buffer_put(&c->tasks, &task, sizeof task))
		no_memory(c);
}

static struct ots_bytes keep(struct compiler *c, struct ots_bytes text)
{
	uint8_t *copy = ots_arena_alloc(&c->plan->arena, text.len + STEP_SLACK_BYTES);

	if (copy == NULL) {
		no_memory(c);
		return (struct ots_bytes){0};
	}
	memset(copy, 0, text.len + STEP_SLACK_BYTES);
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	return (struct ots_bytes){copy, text.len};
}

/* Text to stand in front of the next step. */
static void say(struct compiler *c, const char *text)
{
	if (!ots_buffer_puts(&c->pending, text))
		no_memory(c);
}

static void say_name(struct compiler *c, struct ots_bytes name)
{
	if (!ots_json_put_string(&c->pending, name) || !ots_buffer_put_byte(&c->pending, ':'))
		no_memory(c);
}

/* Append a step with the text that waits for it. @return its number */
static uint32_t emit(struct compiler *c, struct step step)
{
	const uint32_t index = (uint32_t)(c->steps.len / sizeof step);

	step.text = keep(c, (struct ots_bytes){c->pending.bytes, c->pending.len});
	c->pending.len = 0;
	if (!ots_buffer_put(&c->steps, &step, sizeof step))
		no_memory(c);
	return index;
}

static struct step *step_at(struct compiler *c, uint32_t index)
{
	return (struct step *)(void *)c->steps.bytes + index;
}

/* The number of the next step, as a place to jump to: text that waits belongs before it. */
static uint32_t here(struct compiler *c)
{
	if (c->pending.len > 0)
		(void)emit(c, (struct step){.code = STEP_TEXT});
	return (uint32_t)(c->steps.len / sizeof(struct step));
}

static struct step step_of(const struct compiler *c, enum step_code code, uint32_t node)
{
	const struct schema_node *n = &c->schema->nodes[node];
	const uint32_t leaves = n->leaf_end - n->first_leaf;
	const uint32_t first = leaves > 0 ? c->strip_of[n->first_leaf] : 0;

	return (struct step){.code = code,
			     .def = n->max_def,
			     .rep = n->max_rep,
			     .first = first,
			     .end = first + leaves};
}

/* A repeated level around what is pushed next; @p node has the levels. */
static void begin_list(struct compiler *c, uint32_t node, char open, char close)
{
	struct step step = step_of(c, STEP_LIST, node);
	const char empty[2] = {open, close};
	uint32_t index;

	step.open = open;
	step.close = close;
	step.other = keep(c, (struct ots_bytes){(const uint8_t *)empty, 2});
	index = emit(c, step);
	push(c, (struct task){.kind = TASK_END_LIST, .node = node, .step = index});
}

static void end_list(struct compiler *c, const struct task *task)
{
	struct step next = step_of(c, STEP_NEXT, task->node);

	if (c->status != OTS_OK)
		return;
	next.jump = task->step + 1;
	next.close = step_at(c, task->step)->close;
	(void)emit(c, next);
	if (c->status == OTS_OK)
		step_at(c, task->step)->jump = here(c);
}

/* Members in file order, pushed from the last to the first. */
static void push_struct(struct compiler *c, uint32_t node)
{
	const struct schema_node *nodes = c->schema->nodes;
	const uint32_t first = node + 1, end = nodes[node].end;
	const size_t bottom = c->tasks.len;
	struct task *tasks;
	size_t count;

	for (uint32_t i = first; i < end; i = nodes[i].end)
		push(c, (struct task){.kind = TASK_FIELD,
				      .node = i,
				      .text = ots_bytes_of(i == first ? "{" : ",")});
	push(c, (struct task){.kind = TASK_TEXT, .text = ots_bytes_of(first == end ? "{}" : "}")});
	if (c->status != OTS_OK)
		return;
	tasks = (struct task *)(void *)(c->tasks.bytes + bottom);
	count = (c->tasks.len - bottom) / sizeof *tasks;
	for (size_t i = 0; i < count / 2; i++) {
		const struct task swap = tasks[i];

		tasks[i] = tasks[count - 1 - i];
		tasks[count - 1 - i] = swap;
	}
}

/* The one repeated child of a list or map; 0: the shape is another. */
static uint32_t repeated_child(const struct compiler *c, uint32_t node)
{
	const struct schema_node *nodes = c->schema->nodes;

	return nodes[node].child_count == 1 && nodes[node + 1].repetition == REPEATED ? node + 1
										      : 0;
}

static bool is_tuple_of(const struct schema_node *rep, const struct schema_node *list)
{
	static const char suffix[] = "_tuple";
	const size_t len = list->stored_name.len;

	if (ots_bytes_are(rep->stored_name, "array"))
		return true;
	return rep->stored_name.len == len + sizeof suffix - 1 &&
	       (len == 0 || memcmp(rep->stored_name.at, list->stored_name.at, len) == 0) &&
	       memcmp(rep->stored_name.at + len, suffix, sizeof suffix - 1) == 0;
}

/* Source: parquet-format, 4.7: whether the repeated node is itself the element. */
static bool is_element(const struct compiler *c, uint32_t list, uint32_t rep)
{
	const struct schema_node *r = &c->schema->nodes[rep];

	return r->type >= 0 || r->child_count != 1 || r[1].repetition == REPEATED ||
	       r->meaning != MEANS_STRUCT || is_tuple_of(r, &c->schema->nodes[list]);
}

static void compile_list(struct compiler *c, uint32_t node, uint32_t rep)
{
	const bool direct = is_element(c, node, rep);

	begin_list(c, rep, '[', ']');
	push(c, (struct task){.kind = direct ? TASK_CONTENT : TASK_FIELD,
			      .node = direct ? rep : rep + 1});
}

/* A map whose key is one value; with a value an object, without one a list of keys. */
static bool compile_map(struct compiler *c, uint32_t node)
{
	const uint32_t rep = repeated_child(c, node), key = rep + 1;
	const struct schema_node *nodes = c->schema->nodes;

	if (rep == 0 || nodes[rep].child_count < 1 || nodes[rep].child_count > 2 ||
	    nodes[key].type < 0 || nodes[key].repetition == REPEATED)
		return false;
	if (nodes[rep].child_count == 1) {
		begin_list(c, rep, '[', ']');
		push(c, (struct task){.kind = TASK_FIELD, .node = key});
		return true;
	}
	begin_list(c, rep, '{', '}');
	push(c, (struct task){.kind = TASK_FIELD, .node = nodes[key].end});
	push(c, (struct task){.kind = TASK_KEY, .node = key});
	return true;
}

static bool is_shredded(const struct compiler *c, uint32_t node)
{
	const struct schema_node *nodes = c->schema->nodes;

	for (uint32_t i = node + 1; i < nodes[node].end; i = nodes[i].end) {
		if (ots_bytes_are(nodes[i].stored_name, "typed_value"))
			return true;
	}
	return false;
}

static void compile_content(struct compiler *c, uint32_t node)
{
	const struct schema_node *n = &c->schema->nodes[node];
	const uint32_t rep = repeated_child(c, node);

	if (n->type >= 0) {
		struct step cell = step_of(c, STEP_CELL, node);

		cell.def = n->max_def;
		(void)emit(c, cell);
	} else if (n->meaning == MEANS_VARIANT && is_shredded(c, node)) {
		if (c->status == OTS_OK)
			c->status = ots_fail(c->err, OTS_UNSUPPORTED,
					     "column %.*s: shredded variant not decoded",
					     (int)n->name.len, (const char *)n->name.at);
	} else if (n->meaning == MEANS_LIST && rep != 0 && n->leaf_end > n->first_leaf) {
		compile_list(c, node, rep);
	} else if (n->meaning != MEANS_MAP || !compile_map(c, node)) {
		push_struct(c, node);
	}
}

static void compile_field(struct compiler *c, uint32_t node)
{
	const struct schema_node *n = &c->schema->nodes[node];
	const bool has_leaves = n->leaf_end > n->first_leaf;

	if (n->repetition == REPEATED && has_leaves) {
		begin_list(c, node, '[', ']');
	} else if (n->repetition == OPTIONAL && n->type < 0 && has_leaves) {
		struct step option = step_of(c, STEP_OPTION, node);

		option.other =
			keep(c, ots_bytes_of(n->depth == 1 && c->plan->form == OTS_PARQUET_CSV
						     ? ""
						     : "null"));
		push(c, (struct task){.kind = TASK_END_OPTION, .step = emit(c, option)});
	}
	push(c, (struct task){.kind = TASK_CONTENT, .node = node});
}

static void run_task(struct compiler *c, const struct task *task)
{
	if (task->text.len > 0 && !ots_buffer_put(&c->pending, task->text.at, task->text.len))
		no_memory(c);
	switch (task->kind) {
	case TASK_FIELD:
		if (task->text.len > 0) /* a member of a struct */
			say_name(c, c->schema->nodes[task->node].name);
		compile_field(c, task->node);
		break;
	case TASK_CONTENT: compile_content(c, task->node); break;
	case TASK_TEXT: break;
	case TASK_KEY:
		(void)emit(c, step_of(c, STEP_KEY, task->node));
		say(c, ":");
		break;
	case TASK_END_OPTION: {
		const uint32_t end = here(c);

		if (c->status == OTS_OK)
			step_at(c, task->step)->jump = end;
		break;
	}
	case TASK_END_LIST: end_list(c, task); break;
	case TASK_QUOTE_END: (void)emit(c, (struct step){.code = STEP_QUOTE_END}); break;
	}
}

static void compile_column(struct compiler *c, uint32_t index)
{
	const bool csv = c->plan->form == OTS_PARQUET_CSV;
	const uint32_t node = c->plan->columns[index];
	const struct schema_node *n = &c->schema->nodes[node];
	const bool plain = n->type >= 0 && n->repetition != REPEATED;

	if (index > 0)
		say(c, ",");
	if (!csv)
		say_name(c, n->name);
	if (!plain) {
		if (csv) {
			(void)emit(c, (struct step){.code = STEP_QUOTE_BEGIN});
			push(c, (struct task){.kind = TASK_QUOTE_END});
		}
		(void)emit(c, step_of(c, STEP_COLUMN, node));
	}
	push(c, (struct task){.kind = TASK_FIELD, .node = node});
	while (c->status == OTS_OK && c->tasks.len > 0) { /* ends: each task pushes those of nodes
							     below its own only */
		struct task task;

		c->tasks.len -= sizeof task;
		memcpy(&task, c->tasks.bytes + c->tasks.len, sizeof task);
		run_task(c, &task);
	}
}

enum ots_status plan_compile(struct ots_parquet_plan *plan, const uint32_t *strip_of,
			     struct ots_error *err)
{
	struct compiler c = {.schema = &plan->file->footer.schema,
			     .plan = plan,
			     .strip_of = strip_of,
			     .err = err};
	const bool csv = plan->form == OTS_PARQUET_CSV;

	ots_buffer_init(&c.steps, PLAN_LIMIT_BYTES);
	ots_buffer_init(&c.tasks, PLAN_LIMIT_BYTES);
	ots_buffer_init(&c.pending, PLAN_LIMIT_BYTES);
	if (!csv)
		say(&c, "{");
	for (uint32_t i = 0; c.status == OTS_OK && i < plan->column_count; i++)
		compile_column(&c, i);
	say(&c, csv ? "\n" : "}\n");
	(void)emit(&c, (struct step){.code = STEP_END});
	if (c.status == OTS_OK) {
		plan->steps = ots_arena_copy(&plan->arena, c.steps.bytes, c.steps.len);
		plan->step_count = c.steps.len / sizeof *plan->steps;
		if (plan->steps == NULL)
			no_memory(&c);
	}
	ots_buffer_release(&c.steps);
	ots_buffer_release(&c.tasks);
	ots_buffer_release(&c.pending);
	return c.status;
}

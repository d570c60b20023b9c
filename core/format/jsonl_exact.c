/* The member `exact`: what jq, Node or Python rounded or retyped is taken from its text again, as
 * long as the number in the line still is the same double. */
#include "jsonl_line.h"

#include <stdlib.h>

#include <otsfs/text/number.h>

#include "jsonl_columns.h"

/* Columns come in the line's order here too unless a tool sorted: look this far ahead first. */
#define LOOK_AHEAD 32

struct exact {
	struct ots_jsonl_line *l;
	struct ots_record *record;
	size_t expected;                 /* the cell where the next name probably is */
	const struct ots_cell **by_name; /* NULL until a name was not found ahead */
	/* The values of the name at hand, in order: the key's, then those of the column. */
	struct ots_value *key;
	struct ots_jsonl_mark *key_mark;
	size_t cell; /* cell_count: none */
};

static enum ots_status find_cell(struct exact *x, struct ots_bytes name)
{
	const struct ots_jsonl_line *l = x->l;
	const struct ots_cell *found;

	for (size_t i = x->expected; i < l->cell_count && i - x->expected < LOOK_AHEAD; i++) {
		if (l->marks[i].first && ots_bytes_equal(l->cells[i].name, name)) {
			x->cell = i;
			x->expected = i + 1;
			return OTS_OK;
		}
	}
	x->cell = l->cell_count;
	if (l->cell_count == 0)
		return OTS_OK;
	if (x->by_name == NULL) {
		x->by_name = calloc(l->cell_count, sizeof(const struct ots_cell *));
		if (x->by_name == NULL)
			return ots_jsonl_no_memory(x->l);
		ots_columns_order(l->cells, l->cell_count, x->by_name);
	}
	found = ots_columns_find(x->by_name, l->cell_count, name);
	if (found != NULL) {
		x->cell = (size_t)(found - l->cells);
		x->expected = x->cell + 1;
	}
	return OTS_OK;
}

static enum ots_status find_values(struct exact *x, struct ots_bytes name)
{
	x->key = NULL;
	for (size_t i = 0; i < x->record->key_count; i++) {
		if (ots_bytes_equal(x->record->key[i].name, name)) {
			x->key = &x->record->key[i].value;
			x->key_mark = &x->l->key_marks[i];
		}
	}
	return find_cell(x, name);
}

/* The next value that `exact` counts; NULL behind the last. */
static struct ots_value *next_value(struct exact *x, struct ots_jsonl_mark **mark)
{
	struct ots_jsonl_line *l = x->l;

	if (x->key != NULL) {
		struct ots_value *key = x->key;

		x->key = NULL;
		*mark = x->key_mark;
		return key;
	}
	while (x->cell < l->cell_count) { /* ends: cells run up to the count */
		const size_t i = x->cell++;

		if (x->cell < l->cell_count && l->marks[x->cell].first)
			x->cell = l->cell_count;
		if (l->cells[i].action == OTS_CELL_PUT) {
			*mark = &l->marks[i];
			return &l->cells[i].value;
		}
	}
	return NULL;
}

static bool parse_exact(struct ots_bytes text, struct ots_value *value, double *as_double)
{
	value->type = OTS_INTEGER;
	if (ots_parse_i64(text, &value->as.integer)) {
		*as_double = (double)value->as.integer;
		return true;
	}
	value->type = OTS_DOUBLE;
	if (!ots_parse_double(text, &value->as.real))
		return false;
	*as_double = value->as.real;
	return memchr(text.at, '.', text.len) != NULL || memchr(text.at, 'e', text.len) != NULL ||
	       memchr(text.at, 'E', text.len) != NULL;
}

static enum ots_status apply(struct exact *x, const struct ots_json_text *text)
{
	struct ots_jsonl_mark *mark;
	struct ots_value *value = next_value(x, &mark), exact;
	struct ots_bytes bytes;
	double as_double;
	enum ots_status status = ots_jsonl_string(x->l, text, &bytes);

	if (status != OTS_OK)
		return status;
	if (!parse_exact(bytes, &exact, &as_double))
		return ots_jsonl_expected(x->l, text->at, "the text of a number in exact");
	if (value == NULL || (value->type != OTS_INTEGER && value->type != OTS_DOUBLE))
		return OTS_OK; /* edited away */
	if ((value->type == OTS_INTEGER ? (double)value->as.integer : value->as.real) != as_double)
		return OTS_OK; /* edited */
	*value = exact;
	mark->beyond = false;
	return OTS_OK;
}

static enum ots_status apply_list(struct exact *x)
{
	for (;;) { /* ends: each turn consumes a token at least, or returns */
		struct ots_jsonl_mark *mark;
		enum ots_json_token token;
		struct ots_json_text text;
		const uint8_t *at;
		enum ots_status status = ots_jsonl_next(x->l, &token, &text, &at);

		if (status != OTS_OK || token == OTS_JSON_ARRAY_END)
			return status;
		if (token == OTS_JSON_STRING)
			status = apply(x, &text);
		else if (token == OTS_JSON_NULL)
			(void)next_value(x, &mark);
		else
			status = ots_jsonl_expected(x->l, at, "texts and nulls in a list of exact");
		if (status != OTS_OK)
			return status;
	}
}

static enum ots_status apply_members(struct exact *x)
{
	for (;;) { /* ends: each turn consumes a token at least, or returns */
		enum ots_json_token token;
		struct ots_json_text text;
		struct ots_bytes name;
		const uint8_t *at;
		enum ots_status status = ots_jsonl_next(x->l, &token, &text, &at);

		if (status != OTS_OK || token == OTS_JSON_OBJECT_END)
			return status;
		status = ots_jsonl_string(x->l, &text, &name);
		if (status == OTS_OK)
			status = find_values(x, name);
		if (status == OTS_OK)
			status = ots_jsonl_next(x->l, &token, &text, &at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_STRING)
			status = apply(x, &text);
		else if (token == OTS_JSON_ARRAY)
			status = apply_list(x);
		else
			status = ots_jsonl_expected(x->l, at, "a text or a list in exact");
		if (status != OTS_OK)
			return status;
	}
}

enum ots_status ots_jsonl_apply_exact(struct ots_jsonl_line *l, struct ots_bytes text,
				      struct ots_record *record)
{
	struct exact x = {.l = l, .record = record};
	enum ots_status status;

	ots_json_init(&l->json, text.at, text.len,
		      (struct ots_json_options){.depth_limit = OTS_JSON_DEPTH_MAX});
	status = ots_jsonl_take(l, OTS_JSON_OBJECT, NULL, "an object of exact numbers");
	if (status == OTS_OK)
		status = apply_members(&x);
	free(x.by_name);
	return status;
}

/* The member `cols`: each column a plain value, a deletion, a list of versions, or a list of
 * actions. */
#include "jsonl_line.h"

#include <stdlib.h>

#include <otsfs/base/bytes.h>

#define FIRST_CELLS 64

static enum ots_status grow(struct ots_jsonl_line *l)
{
	const size_t cap = l->cell_cap == 0 ? FIRST_CELLS : l->cell_cap * 2;
	struct ots_jsonl_mark *marks;
	struct ots_cell *cells;

	if (l->cell_count >= l->cell_limit)
		return ots_fail_at(l->err, OTS_NO_MEMORY, l->place.line, l->place.offset,
				   "%.*s: a record of more than %zu cells needs more memory",
				   (int)l->object.len, (const char *)l->object.at, l->cell_limit);
	cells = realloc(l->cells, cap * sizeof *cells);
	if (cells == NULL)
		return ots_jsonl_no_memory(l);
	l->cells = cells;
	marks = realloc(l->marks, cap * sizeof *marks);
	if (marks == NULL)
		return ots_jsonl_no_memory(l);
	l->marks = marks;
	l->cell_cap = cap;
	return OTS_OK;
}

void ots_jsonl_line_release(struct ots_jsonl_line *l)
{
	free(l->cells);
	free(l->marks);
	l->cells = NULL;
	l->marks = NULL;
	l->cell_count = 0;
	l->cell_cap = 0;
}

static enum ots_status add_cell(struct ots_jsonl_line *l, const struct ots_cell *cell,
				const struct ots_jsonl_mark *mark)
{
	if (l->cell_count == l->cell_cap || l->cell_count >= l->cell_limit) {
		enum ots_status status = grow(l);

		if (status != OTS_OK)
			return status;
	}
	l->cells[l->cell_count] = *cell;
	l->marks[l->cell_count] = *mark;
	l->cell_count++;
	return OTS_OK;
}

static enum ots_status take_version(struct ots_jsonl_line *l, const struct ots_json_text *text,
				    int64_t *version)
{
	if (!ots_jsonl_integer(text, version) || *version < 0)
		return ots_jsonl_expected(l, text->at, "a version, an integer from 0");
	return OTS_OK;
}

/* Behind `{"$del":` */
static enum ots_status take_deletion(struct ots_jsonl_line *l, struct ots_bytes name)
{
	struct ots_cell cell = {.name = name, .action = OTS_CELL_DELETE_ALL};
	struct ots_jsonl_mark mark = {.at = NULL};
	enum ots_json_token token;
	struct ots_json_text text;
	enum ots_status status = ots_jsonl_next(l, &token, &text, &mark.at);

	if (status != OTS_OK)
		return status;
	if (token == OTS_JSON_NUMBER) {
		cell.action = OTS_CELL_DELETE_VERSION;
		cell.has_version = true;
		status = take_version(l, &text, &cell.version);
	} else if (token != OTS_JSON_STRING ||
		   !ots_bytes_are((struct ots_bytes){text.at, text.len}, "all")) {
		status = ots_jsonl_expected(l, mark.at, "a version or \"all\"");
	}
	if (status == OTS_OK)
		status = ots_jsonl_take(l, OTS_JSON_OBJECT_END, NULL, "the end of the object");
	return status == OTS_OK ? add_cell(l, &cell, &mark) : status;
}

/* `[version,value]`, behind its bracket. */
static enum ots_status take_pair(struct ots_jsonl_line *l, struct ots_bytes name)
{
	struct ots_cell cell = {.name = name, .action = OTS_CELL_PUT};
	struct ots_jsonl_mark mark;
	enum ots_json_token token;
	struct ots_json_text text;
	const uint8_t *at;
	enum ots_status status = ots_jsonl_next(l, &token, &text, &at);

	if (status != OTS_OK)
		return status;
	cell.has_version = token == OTS_JSON_NUMBER;
	if (cell.has_version)
		status = take_version(l, &text, &cell.version);
	else if (token != OTS_JSON_NULL)
		status = ots_jsonl_expected(l, at, "a version or null");
	if (status == OTS_OK)
		status = ots_jsonl_value(l, &cell.value, &mark);
	if (status == OTS_OK)
		status = ots_jsonl_take(l, OTS_JSON_ARRAY_END, NULL, "] behind version and value");
	return status == OTS_OK ? add_cell(l, &cell, &mark) : status;
}

/* Behind `{"$v":` */
static enum ots_status take_versions(struct ots_jsonl_line *l, struct ots_bytes name)
{
	enum ots_status status =
		ots_jsonl_take(l, OTS_JSON_ARRAY, NULL, "a list of [version,value]");
	const size_t before = l->cell_count;

	while (status == OTS_OK) { /* ends: each turn consumes a token at least, or returns */
		enum ots_json_token token;
		const uint8_t *at;

		status = ots_jsonl_next(l, &token, NULL, &at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_ARRAY_END) {
			if (l->cell_count == before)
				return ots_jsonl_expected(l, at, "one [version,value] at least");
			return ots_jsonl_take(l, OTS_JSON_OBJECT_END, NULL,
					      "the end of the object");
		}
		status = token == OTS_JSON_ARRAY ? take_pair(l, name)
						 : ots_jsonl_expected(l, at, "[version,value]");
	}
	return status;
}

/* An object that stands for one column or one element of `$ops`, behind its first name. */
static enum ots_status take_form(struct ots_jsonl_line *l, struct ots_bytes name,
				 struct ots_bytes form, const uint8_t *at)
{
	struct ots_cell cell = {.name = name, .action = OTS_CELL_PUT};
	struct ots_jsonl_mark mark;
	enum ots_status status;

	if (ots_bytes_are(form, "$del"))
		return take_deletion(l, name);
	if (ots_bytes_are(form, "$v"))
		return take_versions(l, name);
	status = ots_jsonl_value_object(l, form, at, &cell.value, &mark);
	mark.plain = true;
	return status == OTS_OK ? add_cell(l, &cell, &mark) : status;
}

static enum ots_status take_plain(struct ots_jsonl_line *l, struct ots_bytes name,
				  enum ots_json_token token, const struct ots_json_text *text,
				  const uint8_t *at)
{
	struct ots_cell cell = {.name = name, .action = OTS_CELL_PUT};
	struct ots_jsonl_mark mark;
	enum ots_status status = ots_jsonl_scalar(l, token, text, at, &cell.value, &mark);

	mark.plain = true;
	return status == OTS_OK ? add_cell(l, &cell, &mark) : status;
}

static enum ots_status take_form_name(struct ots_jsonl_line *l, struct ots_bytes *form,
				      const uint8_t **at)
{
	struct ots_json_text text;
	enum ots_status status = ots_jsonl_take(l, OTS_JSON_NAME, &text,
						"a form: $bin, $dbl, $str, $v, $del or $ops");

	if (status != OTS_OK)
		return status;
	*at = text.at;
	return ots_jsonl_string(l, &text, form);
}

/* Behind `{"$ops":` */
static enum ots_status take_actions(struct ots_jsonl_line *l, struct ots_bytes name)
{
	enum ots_status status = ots_jsonl_take(l, OTS_JSON_ARRAY, NULL, "a list of actions");
	const size_t before = l->cell_count;

	while (status == OTS_OK) { /* ends: each turn consumes a token at least, or returns */
		enum ots_json_token token;
		struct ots_json_text text;
		struct ots_bytes form;
		const uint8_t *at;

		status = ots_jsonl_next(l, &token, &text, &at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_ARRAY_END) {
			if (l->cell_count == before)
				return ots_jsonl_expected(l, at, "one action at least");
			return ots_jsonl_take(l, OTS_JSON_OBJECT_END, NULL,
					      "the end of the object");
		}
		if (token != OTS_JSON_OBJECT) {
			status = take_plain(l, name, token, &text, at);
			continue;
		}
		status = take_form_name(l, &form, &at);
		if (status == OTS_OK)
			status = take_form(l, name, form, at);
	}
	return status;
}

/* One member of `cols`, behind its name. */
static enum ots_status take_column(struct ots_jsonl_line *l, struct ots_bytes name)
{
	const size_t first = l->cell_count;
	enum ots_json_token token;
	struct ots_json_text text;
	struct ots_bytes form;
	const uint8_t *at;
	enum ots_status status = ots_jsonl_next(l, &token, &text, &at);

	if (status != OTS_OK)
		return status;
	if (token != OTS_JSON_OBJECT) {
		status = take_plain(l, name, token, &text, at);
	} else {
		status = take_form_name(l, &form, &at);
		if (status == OTS_OK)
			status = ots_bytes_are(form, "$ops") ? take_actions(l, name)
							     : take_form(l, name, form, at);
	}
	if (status == OTS_OK)
		l->marks[first].first = true;
	return status;
}

enum ots_status ots_jsonl_cells(struct ots_jsonl_line *l)
{
	enum ots_status status = OTS_OK;

	while (status == OTS_OK) { /* ends: each turn consumes a token at least, or returns */
		enum ots_json_token token;
		struct ots_json_text text;
		struct ots_bytes name;
		const uint8_t *at;

		status = ots_jsonl_next(l, &token, &text, &at);
		if (status != OTS_OK || token == OTS_JSON_OBJECT_END)
			return status;
		status = ots_jsonl_column_name(l, &text, &name);
		if (status == OTS_OK)
			status = take_column(l, name);
	}
	return status;
}

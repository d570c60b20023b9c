/* Record JSONL out. Source: product.md, "Records as text". */
#include <otsfs/format/jsonl.h>

#include <otsfs/text/json_write.h>
#include <otsfs/text/utf8.h>

#include "jsonl_columns.h"
#include "jsonl_emit.h"

/* One record on its way out. */
struct line {
	const struct ots_record *record;
	struct ots_buffer *out;
	struct ots_columns columns;
	bool has_version; /* every cell written has this version: said once, as `v` */
	int64_t version;
	bool at_risk; /* some value needs `exact` */
};

static const char *const key_names[OTS_KEY_COLUMNS_MAX] = {"pk1", "pk2", "pk3", "pk4"};

static bool put(struct line *l, const char *text)
{
	return ots_buffer_puts(l->out, text);
}

static struct ots_bytes key_name(const struct ots_record *record, size_t i)
{
	if (record->key[i].name.len > 0)
		return record->key[i].name;
	return (struct ots_bytes){(const uint8_t *)key_names[i], 3};
}

static bool put_name(struct line *l, struct ots_bytes name)
{
	return ots_json_put_string(l->out, name) && ots_buffer_put_byte(l->out, ':');
}

static bool put_value(struct line *l, const struct ots_value *value)
{
	l->at_risk = l->at_risk || ots_jsonl_at_risk(value);
	return ots_jsonl_put_value(l->out, value);
}

/* Whether a plain value says all about a cell that is written. */
static bool is_plain(const struct line *l, const struct ots_cell *cell)
{
	return cell->has_version == l->has_version;
}

/* `[version,value]` */
static bool put_versioned(struct line *l, const struct ots_cell *cell)
{
	const bool begun =
		ots_buffer_put_byte(l->out, '[') &&
		(cell->has_version ? ots_jsonl_put_integer(l->out, cell->version) : put(l, "null"));

	return begun && ots_buffer_put_byte(l->out, ',') && put_value(l, &cell->value) &&
	       ots_buffer_put_byte(l->out, ']');
}

/* One cell as it stands alone or in `$ops`. */
static bool put_cell(struct line *l, const struct ots_cell *cell)
{
	switch (cell->action) {
	case OTS_CELL_DELETE_ALL: return put(l, "{\"$del\":\"all\"}");
	case OTS_CELL_DELETE_VERSION:
		return put(l, "{\"$del\":") && ots_jsonl_put_integer(l->out, cell->version) &&
		       ots_buffer_put_byte(l->out, '}');
	case OTS_CELL_PUT:
		if (is_plain(l, cell))
			return put_value(l, &cell->value);
		return put(l, "{\"$v\":[") && put_versioned(l, cell) && put(l, "]}");
	}
	return false;
}

/* All cells of the column whose first cell is @p first, when there are several. */
static bool put_column(struct line *l, size_t first)
{
	const struct ots_cell *cells = l->record->cells;
	bool only_puts = true, ok;

	for (size_t i = first;;
	     i = ots_columns_next(&l->columns, i)) { /* ends: next is later or 0 */
		only_puts = only_puts && cells[i].action == OTS_CELL_PUT;
		if (ots_columns_next(&l->columns, i) == 0)
			break;
	}
	ok = put(l, only_puts ? "{\"$v\":[" : "{\"$ops\":[");
	for (size_t i = first; ok; i = ots_columns_next(&l->columns, i)) {
		ok = (i == first || ots_buffer_put_byte(l->out, ',')) &&
		     (only_puts ? put_versioned(l, &cells[i]) : put_cell(l, &cells[i]));
		if (ots_columns_next(&l->columns, i) == 0)
			break;
	}
	return ok && put(l, "]}");
}

static bool put_columns(struct line *l)
{
	const struct ots_record *record = l->record;

	if (!put(l, ",\"cols\":{"))
		return false;
	for (size_t i = 0; i < record->cell_count; i++) {
		if (ots_columns_follows(&l->columns, i))
			continue;
		if ((i > 0 && !ots_buffer_put_byte(l->out, ',')) ||
		    !put_name(l, record->cells[i].name))
			return false;
		if (ots_columns_next(&l->columns, i) == 0 ? !put_cell(l, &record->cells[i])
							  : !put_column(l, i))
			return false;
	}
	return ots_buffer_put_byte(l->out, '}');
}

static bool put_front(struct line *l)
{
	const struct ots_record *record = l->record;

	if (!put(l, "{\"ts\":") ||
	    !(record->ts_us < 0 ? put(l, "null") : ots_jsonl_put_integer(l->out, record->ts_us)) ||
	    !put(l, ",\"op\":\"") || !put(l, ots_op_word(record->op)) || !put(l, "\",\"pk\":{"))
		return false;
	for (size_t i = 0; i < record->key_count; i++) {
		if ((i > 0 && !ots_buffer_put_byte(l->out, ',')) ||
		    !put_name(l, key_name(record, i)) || !put_value(l, &record->key[i].value))
			return false;
	}
	if (!ots_buffer_put_byte(l->out, '}'))
		return false;
	return !l->has_version || (put(l, ",\"v\":") && ots_jsonl_put_integer(l->out, l->version));
}

static bool put_knowledge(struct line *l)
{
	const struct ots_record *record = l->record;

	if ((record->flags & OTS_SEQUENCE) != 0 &&
	    !(put(l, ",\"seq\":[") && ots_jsonl_put_integer(l->out, record->epoch) &&
	      ots_buffer_put_byte(l->out, ',') && ots_jsonl_put_integer(l->out, record->ts_us) &&
	      ots_buffer_put_byte(l->out, ',') &&
	      ots_jsonl_put_integer(l->out, record->row_index) && ots_buffer_put_byte(l->out, ']')))
		return false;
	return (record->flags & OTS_LOSSY_TYPE) == 0 || put(l, ",\"lossy\":true");
}

/* The values that share a name: a key column's, then those of a column, deletions left out. */
struct values {
	const struct ots_value *key; /* NULL: none, or passed */
	size_t cell;                 /* the next cell; cell_count: none */
};

static const struct ots_value *next_value(const struct line *l, struct values *values)
{
	const struct ots_record *record = l->record;

	if (values->key != NULL) {
		const struct ots_value *key = values->key;

		values->key = NULL;
		return key;
	}
	while (values->cell < record->cell_count) { /* ends: the next of a column is later, or 0 */
		const struct ots_cell *cell = &record->cells[values->cell];
		const size_t next = ots_columns_next(&l->columns, values->cell);

		values->cell = next == 0 ? record->cell_count : next;
		if (cell->action == OTS_CELL_PUT)
			return &cell->value;
	}
	return NULL;
}

/* A member of `exact`, if any of the values needs it: a text, or for several values a list. */
static bool put_exact_name(struct line *l, struct ots_bytes name, struct values values,
			   bool *filled)
{
	struct values again = values;
	const struct ots_value *value;
	bool at_risk = false, first = true;
	size_t count = 0;

	while ((value = next_value(l, &again)) != NULL) {
		at_risk = at_risk || ots_jsonl_at_risk(value);
		count++;
	}
	if (!at_risk)
		return true;
	if (!put(l, *filled ? "," : ",\"exact\":{") || !put_name(l, name))
		return false;
	*filled = true;
	if (count > 1 && !ots_buffer_put_byte(l->out, '['))
		return false;
	while ((value = next_value(l, &values)) != NULL) {
		if (!first && !ots_buffer_put_byte(l->out, ','))
			return false;
		if (ots_jsonl_at_risk(value) ? !ots_jsonl_put_exact_text(l->out, value)
					     : !put(l, "null"))
			return false;
		first = false;
	}
	return count == 1 || ots_buffer_put_byte(l->out, ']');
}

static bool put_exact(struct line *l)
{
	const struct ots_record *record = l->record;
	bool filled = false;

	for (size_t k = 0; k < record->key_count; k++) {
		const struct ots_bytes name = key_name(record, k);
		struct values values = {&record->key[k].value, 0};

		while (values.cell < record->cell_count &&
		       !ots_bytes_equal(record->cells[values.cell].name, name))
			values.cell++;
		if (!put_exact_name(l, name, values, &filled))
			return false;
	}
	for (size_t i = 0; i < record->cell_count; i++) {
		bool is_key = false;

		if (ots_columns_follows(&l->columns, i))
			continue;
		for (size_t k = 0; k < record->key_count; k++)
			is_key = is_key ||
				 ots_bytes_equal(key_name(record, k), record->cells[i].name);
		if (!is_key &&
		    !put_exact_name(l, record->cells[i].name, (struct values){NULL, i}, &filled))
			return false;
	}
	return !filled || ots_buffer_put_byte(l->out, '}');
}

/* Sets `v` when every cell that is written has one and the same version. */
static void factor_version(struct line *l)
{
	const struct ots_record *record = l->record;
	bool found = false;

	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];

		if (cell->action != OTS_CELL_PUT)
			continue;
		if (!cell->has_version || (found && cell->version != l->version))
			return;
		l->version = cell->version;
		found = true;
	}
	l->has_version = found;
}

static bool same_key_name_twice(const struct ots_record *record)
{
	for (size_t i = 1; i < record->key_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (ots_bytes_equal(key_name(record, k), key_name(record, i)))
				return true;
		}
	}
	return false;
}

/* What this form cannot say, by name: a member's name is text, and stands once. */
static enum ots_status check(const struct ots_record *record, struct ots_error *err)
{
	for (size_t i = 0; i < record->key_count; i++) {
		if (!ots_utf8_valid(record->key[i].name))
			return ots_fail(err, OTS_UNSUPPORTED,
					"the name of key column %zu is not UTF-8", i + 1);
	}
	if (same_key_name_twice(record))
		return ots_fail(err, OTS_UNSUPPORTED, "two key columns have the same name");
	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];

		if (!ots_utf8_valid(cell->name))
			return ots_fail(err, OTS_UNSUPPORTED,
					"the column name of cell %zu is not UTF-8", i + 1);
		if (cell->action == OTS_CELL_DELETE_VERSION && !cell->has_version)
			return ots_fail(err, OTS_UNSUPPORTED,
					"cell %zu deletes a version that is not told", i + 1);
	}
	return OTS_OK;
}

static bool put_line(struct line *l, const struct ots_bytes *why)
{
	factor_version(l);
	if (!put_front(l) || !put_columns(l) || !put_knowledge(l) || (l->at_risk && !put_exact(l)))
		return false;
	if (why != NULL && !(put(l, ",\"why\":") && ots_buffer_put(l->out, why->at, why->len)))
		return false;
	return put(l, "}\n");
}

/* No line is longer: names stand twice, a byte becomes six at most, a number 32. Tells the limit
 * from the allocator after a failure. */
static size_t most_bytes(const struct ots_record *record, const struct ots_bytes *why)
{
	return 256 + 12 * ots_record_data_bytes(record) +
	       128 * (record->cell_count + record->key_count) + (why == NULL ? 0 : why->len);
}

static enum ots_status encode(const struct ots_record *record, const struct ots_bytes *why,
			      struct ots_buffer *out, struct ots_error *err)
{
	struct line line = {.record = record, .out = out};
	const size_t before = out->len;
	enum ots_status status = check(record, err);

	if (status != OTS_OK)
		return status;
	if (!ots_columns_group(record->cells, record->cell_count, &line.columns)) {
		status = ots_fail(err, OTS_NO_MEMORY, "a record of %zu cells", record->cell_count);
	} else if (!put_line(&line, why)) {
		out->len = before;
		status = ots_buffer_fail(out, most_bytes(record, why), "JSONL of a record", err);
	}
	ots_columns_release(&line.columns);
	return status;
}

static enum ots_status encode_record(const struct ots_record *record, struct ots_buffer *out,
				     struct ots_error *err)
{
	return encode(record, NULL, out, err);
}

enum ots_status ots_jsonl_put_set_aside(const struct ots_record *record, struct ots_bytes why_json,
					struct ots_buffer *out, struct ots_error *err)
{
	return encode(record, &why_json, out, err);
}

const struct ots_encoder ots_jsonl = {.name = "jsonl", .record = encode_record};

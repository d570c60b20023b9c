#include "table_state.h"

#include <math.h>

#include <otsfs/tablestore/range.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/text/json_write.h>
#include <otsfs/text/number.h>

#define PAGE_ROWS 1000

static bool put_hex(struct ots_buffer *out, struct ots_bytes bytes)
{
	bool ok = ots_buffer_put_byte(out, '"');

	for (size_t i = 0; ok && i < bytes.len; i++)
		ok = ots_buffer_printf(out, "%02x", bytes.at[i]);
	return ok && ots_buffer_put_byte(out, '"');
}

static bool put_real(struct ots_buffer *out, double x)
{
	char text[OTS_DOUBLE_TEXT_BYTES];

	if (isnan(x))
		return ots_buffer_puts(out, "\"NaN\"");
	if (isinf(x))
		return ots_buffer_puts(out, x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	return ots_buffer_put_byte(out, '"') &&
	       ots_buffer_put(out, text, ots_print_double(x, text)) &&
	       ots_buffer_put_byte(out, '"');
}

static bool put_value(struct ots_buffer *out, const struct ots_value *value)
{
	if (!ots_buffer_printf(out, "\"%s\",", ots_type_word(value->type)))
		return false;
	switch (value->type) {
	case OTS_STRING: return ots_json_put_string(out, value->as.bytes);
	case OTS_BINARY: return put_hex(out, value->as.bytes);
	case OTS_INTEGER: return ots_buffer_printf(out, "\"%lld\"", (long long)value->as.integer);
	case OTS_DOUBLE: return put_real(out, value->as.real);
	case OTS_BOOLEAN: return ots_buffer_puts(out, value->as.boolean ? "true" : "false");
	}
	return false;
}

static bool same_name(const struct ots_cell *a, const struct ots_cell *b)
{
	return a->name.len == b->name.len && memcmp(a->name.at, b->name.at, a->name.len) == 0;
}

static bool put_row(struct ots_buffer *out, const struct ots_record *row)
{
	bool ok = ots_buffer_puts(out, "{\"pk\":[");

	for (size_t i = 0; ok && i < row->key_count; i++)
		ok = ots_buffer_puts(out, i > 0 ? ",[" : "[") &&
		     put_value(out, &row->key[i].value) && ots_buffer_put_byte(out, ']');
	ok = ok && ots_buffer_puts(out, "],\"cols\":{");
	for (size_t i = 0; ok && i < row->cell_count; i++) {
		const struct ots_cell *cell = &row->cells[i];
		const bool first = i == 0 || !same_name(cell, cell - 1);
		const bool last = i + 1 == row->cell_count || !same_name(cell, cell + 1);

		if (first)
			ok = ots_buffer_puts(out, i > 0 ? "," : "") &&
			     ots_json_put_string(out, cell->name) && ots_buffer_puts(out, ":[");
		ok = ok &&
		     ots_buffer_printf(out, "%s[%lld,", first ? "" : ",",
				       (long long)cell->version) &&
		     put_value(out, &cell->value) && ots_buffer_puts(out, last ? "]]" : "]");
	}
	return ok && ots_buffer_puts(out, "}}");
}

/* One page after the other, each from where the one before ended. */
static enum ots_status read_pages(struct ots_client *client, const char *table,
				  const struct ots_schema *schema, int32_t max_versions,
				  struct ots_buffer *out, struct ots_error *err)
{
	const struct ots_row_key none = {NULL, 0};
	struct ots_range range = {.limit = PAGE_ROWS, .selection.max_versions = max_versions};
	struct ots_buffer next, end;
	struct ots_batch page;
	enum ots_status status;
	size_t rows = 0;

	ots_buffer_init(&next, 65536);
	ots_buffer_init(&end, 65536);
	ots_batch_init(&page, (size_t)64 * 1024 * 1024);
	status = ots_range_bound(schema, none, OTS_VT_INF_MIN, &next, err);
	if (status == OTS_OK)
		status = ots_range_bound(schema, none, OTS_VT_INF_MAX, &end, err);
	range.end = (struct ots_bytes){end.bytes, end.len};
	while (status == OTS_OK && next.len > 0) { /* ends: a page without a next */
		range.start = (struct ots_bytes){next.bytes, next.len};
		status = ots_client_get_range(client, table, &range, &page, &next, NULL, NULL, err);
		for (size_t i = 0; status == OTS_OK && i < page.count; i++) {
			if (!ots_buffer_puts(out, rows++ > 0 ? ",\n" : "") ||
			    !put_row(out, &page.records[i]))
				status = ots_buffer_fail(out, 1, "table", err);
		}
	}
	ots_batch_release(&page);
	ots_buffer_release(&end);
	ots_buffer_release(&next);
	return status;
}

enum ots_status table_state_read(struct ots_client *client, const char *table, int32_t max_versions,
				 struct ots_buffer *out, struct ots_error *err)
{
	struct ots_schema schema;
	enum ots_status status;

	ots_schema_init(&schema);
	status = ots_client_describe_table(client, table, &schema, NULL, NULL, err);
	if (status == OTS_OK && !ots_buffer_puts(out, "[\n"))
		status = ots_buffer_fail(out, 2, "table", err);
	if (status == OTS_OK)
		status = read_pages(client, table, &schema, max_versions, out, err);
	if (status == OTS_OK && !ots_buffer_puts(out, "\n]\n"))
		status = ots_buffer_fail(out, 3, "table", err);
	ots_schema_release(&schema);
	return status;
}

#include "row.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/tablestore/wire/plainbuffer.h>

#include "../table_rules.h"

static bool has_bytes(const struct ots_value *value)
{
	return value->type == OTS_STRING || value->type == OTS_BINARY;
}

/* Sums of lengths of bytes that are all in memory at once: they cannot wrap. */
size_t ots_out_row_bytes(const struct ots_record *record)
{
	size_t sum = sizeof(struct ots_out_row) + record->cell_count * sizeof *record->cells;

	for (size_t i = 0; i < record->key_count; i++)
		if (has_bytes(&record->key[i].value))
			sum += record->key[i].value.as.bytes.len;
	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];

		sum += cell->name.len;
		if (cell->action == OTS_CELL_PUT && has_bytes(&cell->value))
			sum += cell->value.as.bytes.len;
	}
	return sum;
}

/* Move one run of bytes behind the others. */
static void keep(uint8_t **at, struct ots_bytes *bytes)
{
	if (bytes->len > 0)
		memcpy(*at, bytes->at, bytes->len);
	bytes->at = *at;
	*at += bytes->len;
}

static void copy_record(struct ots_out_row *row, const struct ots_record *from)
{
	struct ots_record *to = &row->record;
	struct ots_cell *cells = (struct ots_cell *)(void *)(row + 1);
	uint8_t *at = (uint8_t *)(cells + from->cell_count);

	*to = *from;
	to->cells = cells;
	if (from->cell_count > 0)
		memcpy(cells, from->cells, from->cell_count * sizeof *cells);
	for (size_t i = 0; i < to->key_count; i++)
		if (has_bytes(&to->key[i].value))
			keep(&at, &to->key[i].value.as.bytes);
	for (size_t i = 0; i < to->cell_count; i++) {
		keep(&at, &cells[i].name);
		if (cells[i].action == OTS_CELL_PUT && has_bytes(&cells[i].value))
			keep(&at, &cells[i].value.as.bytes);
	}
}

static enum ots_status inside_limits(const struct ots_record *record, struct ots_error *err)
{
	for (size_t i = 0; i < record->key_count; i++) {
		const struct ots_key_column *key = &record->key[i];

		if (has_bytes(&key->value) && key->value.as.bytes.len > OTS_KEY_VALUE_MAX_BYTES)
			return ots_fail(
				err, OTS_LIMIT,
				"key column %.*s has %zu bytes, a key value holds at most %d",
				(int)key->name.len, (const char *)key->name.at,
				key->value.as.bytes.len, OTS_KEY_VALUE_MAX_BYTES);
	}
	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];

		if (cell->name.len == 0 || cell->name.len > OTS_NAME_MAX_BYTES)
			return ots_fail(err, OTS_LIMIT,
					"the name of column %zu has %zu bytes, a name has 1 to %d",
					i + 1, cell->name.len, OTS_NAME_MAX_BYTES);
		if (cell->action == OTS_CELL_PUT && has_bytes(&cell->value) &&
		    cell->value.as.bytes.len > OTS_VALUE_MAX_BYTES)
			return ots_fail(err, OTS_LIMIT,
					"column %.*s has %zu bytes, a value holds at most %u",
					(int)cell->name.len, (const char *)cell->name.at,
					cell->value.as.bytes.len, OTS_VALUE_MAX_BYTES);
	}
	return OTS_OK;
}

/* The encoded body is never smaller than the service's count of data, so the count is made only
 * where the body is large. */
static bool needs_parts(const struct ots_out_row *row)
{
	return row->record.cell_count > OTS_WRITE_COLUMNS_MAX ||
	       (row->body_bytes > OTS_WRITE_DATA_MAX &&
		ots_record_data_bytes(&row->record) > OTS_WRITE_DATA_MAX);
}

enum ots_status ots_out_row_check(const struct ots_out_row *row, const struct ots_schema *table,
				  struct ots_error *err)
{
	enum ots_status status = inside_limits(&row->record, err);

	if (status == OTS_OK)
		status = ots_table_keeps(table, &row->record, row->op, err);
	if (status == OTS_OK && table->refuses_update && needs_parts(row))
		status = ots_fail(err, OTS_REFUSED,
				  "the row is too large for one write, and the table takes no "
				  "updates (its allow_update is false) that could add the rest");
	return status;
}

static enum ots_out_kind kind_of(const struct ots_out_row *row, const struct ots_schema *table)
{
	if (ots_out_row_check(row, table, NULL) != OTS_OK)
		return OTS_OUT_UNWRITABLE;
	if (row->record.op == OTS_PUT && row->record.cell_count == 0)
		return OTS_OUT_PUT_ROW;
	return needs_parts(row) ? OTS_OUT_PARTS : OTS_OUT_BATCH;
}

struct ots_out_row *ots_out_row_new(const struct ots_record *record, size_t bytes,
				    const struct ots_schema *table)
{
	struct ots_out_row *row = malloc(bytes);

	if (row == NULL)
		return NULL;
	*row = (struct ots_out_row){
		.op = record->op, .held_bytes = bytes, .first_ms = -1, .unknown_ms = -1};
	copy_record(row, record);
	if (record->op == OTS_BASE)
		row->record.op = OTS_UPDATE;
	row->body_bytes = ots_plainbuffer_record_size(&row->record);
	row->kind = kind_of(row, table);
	return row;
}

void ots_out_row_free(struct ots_out_row *row)
{
	free(row);
}

void ots_out_row_part(struct ots_out_row *row, struct ots_record *part)
{
	struct ots_record one = row->record;
	size_t sum, n = 0;

	one.cells = NULL;
	one.cell_count = 0;
	sum = ots_record_data_bytes(&one); /* the key goes with every part */
	while (row->part_begin + n < row->record.cell_count && n < OTS_WRITE_COLUMNS_MAX) {
		one.key_count = 0;
		one.cells = &row->record.cells[row->part_begin + n];
		one.cell_count = 1;
		sum += ots_record_data_bytes(&one);
		if (n > 0 && sum > OTS_WRITE_DATA_MAX)
			break;
		n++;
	}
	*part = row->record;
	part->cells = &row->record.cells[row->part_begin];
	part->cell_count = n;
	if (row->part_begin > 0) /* a second PUT would remove what the first one wrote */
		part->op = OTS_UPDATE;
	row->part_count = n;
}

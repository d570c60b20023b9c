/* Property: what decodes encodes again, and that decodes to the same: the two encodings are equal.
 * Names and values that were read lie inside the input. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/tablestore/wire.h>

#define CELL_LIMIT 4096
#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const uint8_t *data, size_t size, struct ots_bytes view)
{
	if (view.len > 0 &&
	    (view.at < data || view.len > size || (size_t)(view.at - data) > size - view.len))
		abort();
}

static void check_cell(const uint8_t *data, size_t size, const struct ots_wire_cell *cell)
{
	check_inside(data, size, cell->name);
	if (cell->has_value &&
	    (cell->value.kind == OTS_VT_STRING || cell->value.kind == OTS_VT_BLOB))
		check_inside(data, size, cell->value.as.bytes);
}

static void check_views(const uint8_t *data, size_t size, const struct ots_wire_row *row)
{
	for (size_t i = 0; i < row->key_count; i++)
		check_cell(data, size, &row->key[i]);
	for (size_t i = 0; i < row->cell_count; i++)
		check_cell(data, size, &row->cells[i]);
}

static void encode(struct ots_buffer *out, const struct ots_wire_row *row)
{
	if (!(out->len == 0 ? ots_plainbuffer_put_row(out, row)
			    : ots_plainbuffer_put_bare_row(out, row)))
		abort();
}

/* Every row of the input, encoded again. @return whether all of it was rows */
static bool again(const uint8_t *data, size_t size, bool lenient, struct ots_buffer *out)
{
	struct ots_plainbuffer_reader reader = {.in = {data, size, 0}, .lenient_tail = lenient};
	struct ots_error err = {0};
	struct ots_record record;
	struct ots_wire_row row;
	struct ots_arena arena;
	enum ots_status status;
	bool more;

	ots_arena_init(&arena, ARENA_BYTES);
	do { /* ends: each turn takes a row or is the last */
		ots_arena_reset(&arena);
		status = ots_plainbuffer_next(&reader, CELL_LIMIT, &arena, &row, &more, &err);
		if (status != OTS_OK || !more)
			break;
		check_views(data, size, &row);
		encode(out, &row);
		if (ots_wire_row_to_record(&row, &arena, &record, NULL) == OTS_OK &&
		    (row.delete_marker || record.cell_count != row.cell_count))
			abort();
	} while (more);
	if ((status == OTS_OK) != (err.text[0] == '\0'))
		abort(); /* a refusal says why, a success says nothing */
	ots_arena_release(&arena);
	return status == OTS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_buffer once, twice;
	const bool lenient = size > 0 && size % 2 == 1;

	/* A re-encoded row is never longer than what it was read from. */
	ots_buffer_init(&once, size + 1);
	ots_buffer_init(&twice, size + 1);
	if (again(data, size, lenient, &once)) {
		if (!again(once.bytes, once.len, false, &twice) || once.len != twice.len ||
		    (once.len > 0 && memcmp(once.bytes, twice.bytes, once.len) != 0))
			abort();
	}
	ots_buffer_release(&once);
	ots_buffer_release(&twice);
	return 0;
}

#include "decode_rows.h"

#include <otsfs/base/bytes.h>

/* A stored row has no limit of columns; the arena's cap ends it long before this. */
#define CELLS_MAX ((size_t)1 << 20)

/* Wire cells take at most some 20 times their bytes, records somewhat less; rows come one by one.
 */
static size_t rows_arena_cap(size_t len)
{
	return (size_t)64 * 1024 + (len < SIZE_MAX / 64 ? len * 64 : SIZE_MAX / 2);
}

enum ots_status ots_decode_rows(struct ots_bytes rows, size_t row_limit, struct ots_batch *batch,
				struct ots_error *err)
{
	struct ots_plainbuffer_reader reader = {.in = {rows.at, rows.len, 0}};
	struct ots_wire_row row;
	struct ots_record record;
	struct ots_arena arena;
	enum ots_status status;
	size_t count = 0;
	bool more = true;

	ots_arena_init(&arena, rows_arena_cap(rows.len));
	for (;;) { /* ends: each turn takes a row from the buffer or leaves */
		ots_arena_reset(&arena);
		status = ots_plainbuffer_next(&reader, CELLS_MAX, &arena, &row, &more, err);
		if (status != OTS_OK || !more)
			break;
		if (count++ == row_limit) {
			status = ots_fail(err, OTS_CORRUPT, "more than %zu rows", row_limit);
			break;
		}
		status = ots_wire_row_to_record(&row, &arena, &record, err);
		if (status == OTS_OK)
			status = ots_batch_add_copy(batch, &record, err);
		if (status != OTS_OK)
			break;
	}
	if (status != OTS_OK)
		(void)ots_context(err, "row %zu of the answer", count);
	ots_arena_release(&arena);
	return status;
}

bool ots_decoded_key_is(const struct ots_record *record, const struct ots_wire_cell *key,
			size_t key_count)
{
	struct ots_value value;

	if (record->key_count != key_count)
		return false;
	for (size_t i = 0; i < key_count; i++) {
		const struct ots_key_column *column = &record->key[i];

		if (!ots_bytes_equal(column->name, key[i].name))
			return false;
		if (key[i].value.kind == OTS_VT_AUTO_INCREMENT) {
			if (column->value.type != OTS_INTEGER)
				return false;
		} else if (!ots_wire_value_to(&key[i].value, &value) ||
			   !ots_value_equal(&column->value, &value)) {
			return false;
		}
	}
	return true;
}

enum ots_status ots_decode_key(struct ots_bytes bytes, struct ots_wire_row *key,
			       struct ots_error *err)
{
	struct ots_plainbuffer_reader reader = {.in = {bytes.at, bytes.len, 0}};
	struct ots_wire_row second;
	struct ots_arena arena;
	enum ots_status status;
	bool more = false, again = false;

	ots_arena_init(&arena, 4096); /* for cells, of which a key has none */
	status = ots_plainbuffer_next(&reader, 1, &arena, key, &more, err);
	if (status == OTS_OK && more)
		status = ots_plainbuffer_next(&reader, 1, &arena, &second, &again, err);
	if (status == OTS_OK &&
	    (!more || again || key->cell_count > 0 || key->delete_marker || key->has_sequence))
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no key", bytes.len);
	else if (status == OTS_LIMIT)
		status = ots_fail(err, OTS_CORRUPT, "a key with cells");
	ots_arena_release(&arena);
	return status;
}

struct ots_capacity ots_decoded_capacity(const Ots__Wire__ConsumedCapacity *consumed)
{
	struct ots_capacity capacity = {0, 0};

	if (consumed == NULL)
		return capacity;
	if (consumed->capacity_unit->has_read)
		capacity.read = consumed->capacity_unit->read;
	if (consumed->capacity_unit->has_write)
		capacity.write = consumed->capacity_unit->write;
	return capacity;
}

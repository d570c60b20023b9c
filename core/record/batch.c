#include <otsfs/record/batch.h>

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/checked.h>

#define FIRST_CAP ((size_t)64)

void ots_batch_init(struct ots_batch *batch, size_t cap_bytes)
{
	*batch = (struct ots_batch){.begin = {0, 1}, .end = {0, 1}};
	ots_arena_init(&batch->arena, cap_bytes);
}

void ots_batch_release(struct ots_batch *batch)
{
	free(batch->records);
	ots_arena_release(&batch->arena);
	batch->records = NULL;
	batch->count = 0;
	batch->cap = 0;
}

void ots_batch_reset(struct ots_batch *batch)
{
	ots_arena_reset(&batch->arena);
	batch->count = 0;
	batch->begin = (struct ots_place){0, 1};
	batch->end = (struct ots_place){0, 1};
}

static bool grow(struct ots_batch *batch)
{
	size_t cap = FIRST_CAP;
	size_t size;
	struct ots_record *records;

	if (batch->cap > 0 && !ots_size_mul(batch->cap, 2, &cap))
		return false;
	if (!ots_size_mul(cap, sizeof *records, &size))
		return false;
	records = realloc(batch->records, size);
	if (records == NULL)
		return false;
	batch->records = records;
	batch->cap = cap;
	return true;
}

struct ots_record *ots_batch_add(struct ots_batch *batch)
{
	struct ots_record *record;

	if (batch->count == batch->cap && !grow(batch))
		return NULL;
	record = &batch->records[batch->count++];
	memset(record, 0, sizeof *record);
	return record;
}

void ots_batch_drop_last(struct ots_batch *batch)
{
	if (batch->count > 0)
		batch->count--;
}

static bool copy_bytes(struct ots_arena *arena, struct ots_bytes *bytes)
{
	const uint8_t *copy = ots_arena_copy(arena, bytes->at, bytes->len);

	if (copy == NULL)
		return false;
	bytes->at = copy;
	return true;
}

static bool copy_value(struct ots_arena *arena, struct ots_value *value)
{
	if (value->type != OTS_STRING && value->type != OTS_BINARY)
		return true;
	return copy_bytes(arena, &value->as.bytes);
}

static bool copy_key(struct ots_arena *arena, struct ots_record *to)
{
	for (size_t i = 0; i < to->key_count; i++)
		if (!copy_bytes(arena, &to->key[i].name) || !copy_value(arena, &to->key[i].value))
			return false;
	return true;
}

static bool copy_cells(struct ots_arena *arena, struct ots_record *to)
{
	const struct ots_cell *from = to->cells;
	size_t size;

	if (to->cell_count == 0) {
		to->cells = NULL;
		return true;
	}
	if (!ots_size_mul(to->cell_count, sizeof *to->cells, &size))
		return false;
	to->cells = ots_arena_copy(arena, from, size);
	if (to->cells == NULL)
		return false;
	for (size_t i = 0; i < to->cell_count; i++) {
		struct ots_cell *cell = &to->cells[i];

		if (!copy_bytes(arena, &cell->name))
			return false;
		if (cell->action == OTS_CELL_PUT && !copy_value(arena, &cell->value))
			return false;
	}
	return true;
}

enum ots_status ots_batch_add_copy(struct ots_batch *batch, const struct ots_record *record,
				   struct ots_error *err)
{
	const struct ots_record from = *record; /* it may lie in this batch, whose records move */
	struct ots_record *to = ots_batch_add(batch);

	if (to == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "batch of %zu records", batch->count);
	*to = from;
	if (!copy_key(&batch->arena, to) || !copy_cells(&batch->arena, to)) {
		ots_batch_drop_last(batch);
		return ots_fail(err, OTS_NO_MEMORY,
				"batch of %zu records: its memory of %zu bytes is used up",
				batch->count, batch->arena.cap_bytes);
	}
	return OTS_OK;
}

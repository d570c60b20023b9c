/* Properties: what is a condition is a filter of reads too; a refusal says why; a row that passes
 * is one that the NOT of the filter leaves out; a page of columns only ever takes cells away. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/service/filter/filter.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct ots_row *row, const char *name, int64_t timestamp,
		struct ots_wire_value value)
{
	const struct ots_row_cell cell = {{(const uint8_t *)name, strlen(name)}, timestamp, value};

	if (!ots_row_put(row, &cell))
		abort();
}

static void fill(struct ots_row *row, struct ots_arena *arena)
{
	static const uint8_t text[] = "A";

	ots_row_init(row, arena);
	put(row, "a", 2, (struct ots_wire_value){.kind = OTS_VT_INTEGER, .as.integer = 2});
	put(row, "a", 1, (struct ots_wire_value){.kind = OTS_VT_STRING, .as.bytes = {text, 1}});
	put(row, "b", 1, (struct ots_wire_value){.kind = OTS_VT_DOUBLE, .as.real = 0.5});
	put(row, "c", 1, (struct ots_wire_value){.kind = OTS_VT_BOOLEAN, .as.boolean = true});
	put(row, "d", 1, (struct ots_wire_value){.kind = OTS_VT_BLOB, .as.bytes = {text, 1}});
}

static bool read_filter(struct ots_arena *arena, struct ots_bytes bytes, enum ots_filter_use use,
			const struct ots_filter **out)
{
	struct ots_fault fault = {.kind = OTS_FAULT_NONE};
	const bool good = ots_filter_read(arena, bytes, use, out, &fault);

	if (good != (fault.kind == OTS_FAULT_NONE) || (!good && fault.message[0] == '\0'))
		abort();
	return good;
}

/* The filter in a NOT, as a Filter message of its own. */
static struct ots_bytes negate(struct ots_arena *arena, const uint8_t *data, size_t size)
{
	Ots__Wire__CompositeColumnValueFilter body = OTS__WIRE__COMPOSITE_COLUMN_VALUE_FILTER__INIT;
	Ots__Wire__Filter filter = OTS__WIRE__FILTER__INIT;
	ProtobufCAllocator allocator = ots_wire_allocator(arena);
	Ots__Wire__Filter *inner = ots__wire__filter__unpack(&allocator, size, data);
	uint8_t *bytes, *whole;

	if (inner == NULL)
		abort(); /* it was read before */
	body.combinator = OTS__WIRE__LOGICAL_OPERATOR__LO_NOT;
	body.n_sub_filters = 1;
	body.sub_filters = &inner;
	bytes = malloc(ots__wire__composite_column_value_filter__get_packed_size(&body) + 1);
	if (bytes == NULL)
		abort();
	filter.type = OTS__WIRE__FILTER_TYPE__FT_COMPOSITE_COLUMN_VALUE;
	filter.filter.data = bytes;
	filter.filter.len = ots__wire__composite_column_value_filter__pack(&body, bytes);
	whole = malloc(ots__wire__filter__get_packed_size(&filter));
	if (whole == NULL)
		abort();
	size = ots__wire__filter__pack(&filter, whole);
	free(bytes);
	return (struct ots_bytes){whole, size};
}

static void check_not(struct ots_arena *arena, const uint8_t *data, size_t size, bool passed,
		      const struct ots_row *row)
{
	const struct ots_bytes bytes = negate(arena, data, size);
	const struct ots_filter *filter = NULL;

	/* A tree of 32 is full. */
	if (read_filter(arena, bytes, OTS_FILTER_CONDITION, &filter) &&
	    ots_filter_passes(filter, row) == passed)
		abort();
	free((void *)(uintptr_t)bytes.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ots_bytes bytes = {data, size};
	const struct ots_filter *condition = NULL;
	const struct ots_filter *filter = NULL;
	struct ots_arena arena, again; /* one each, so that both uses have the same room */
	struct ots_row row;
	bool passed = false;
	size_t before;

	ots_arena_init(&arena, ARENA_BYTES);
	ots_arena_init(&again, 2 * ARENA_BYTES);
	fill(&row, &arena);
	if (read_filter(&arena, bytes, OTS_FILTER_CONDITION, &condition)) {
		passed = ots_filter_passes(condition, &row);
		check_not(&arena, data, size, passed, &row);
	}
	if (read_filter(&again, bytes, OTS_FILTER_READ, &filter)) {
		before = row.count;
		if (condition != NULL && ots_filter_apply(filter, &row) != passed)
			abort();
		if (condition == NULL && ots_filter_apply(filter, &row) != (row.count > 0))
			abort();
		if (row.count > before)
			abort();
	} else if (condition != NULL) {
		abort();
	}
	ots_arena_release(&again);
	ots_arena_release(&arena);
	return 0;
}

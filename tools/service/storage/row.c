#include "row.h"

#include <inttypes.h>
#include <string.h>

#include <otsfs/base/checked.h>

#define FORM 0x01
#define FIRST_CAPACITY 16
/* A version takes at least ten bytes of a blob (8 time, 1 type, 1 BOOLEAN), so this bounds what a
 * damaged count can make us allocate. */
#define VERSION_MIN_BYTES 10

int ots_row_name_compare(struct ots_bytes a, struct ots_bytes b)
{
	const size_t common = a.len < b.len ? a.len : b.len;
	const int order = common > 0 ? memcmp(a.at, b.at, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int place_compare(const struct ots_row_cell *cell, struct ots_bytes name, int64_t timestamp)
{
	const int order = ots_row_name_compare(cell->name, name);

	if (order != 0)
		return order;
	return (cell->timestamp < timestamp) - (cell->timestamp > timestamp);
}

/* The first cell that is not before (name, timestamp). */
static size_t find_place(const struct ots_row *row, struct ots_bytes name, int64_t timestamp)
{
	size_t low = 0;
	size_t high = row->count;

	/* Clients mostly send columns in order: then the place is the end. */
	if (high > 0 && place_compare(&row->cells[high - 1], name, timestamp) < 0)
		return high;
	while (low < high) { /* ends: the gap shrinks every turn */
		const size_t middle = low + (high - low) / 2;

		if (place_compare(&row->cells[middle], name, timestamp) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(struct ots_row *row)
{
	const size_t capacity = row->capacity == 0 ? FIRST_CAPACITY : 2 * row->capacity;
	struct ots_row_cell *cells;
	size_t bytes;

	if (capacity < row->capacity || !ots_size_mul(capacity, sizeof *cells, &bytes))
		return false;
	cells = ots_arena_alloc(row->arena, bytes);
	if (cells == NULL)
		return false;
	if (row->count > 0)
		memcpy(cells, row->cells, row->count * sizeof *cells);
	row->cells = cells;
	row->capacity = capacity;
	return true;
}

bool ots_row_put(struct ots_row *row, const struct ots_row_cell *cell)
{
	const size_t at = find_place(row, cell->name, cell->timestamp);

	if (at < row->count && place_compare(&row->cells[at], cell->name, cell->timestamp) == 0) {
		row->cells[at].value = cell->value;
		return true;
	}
	if (row->count == row->capacity && !grow(row))
		return false;
	if (at < row->count)
		memmove(&row->cells[at + 1], &row->cells[at],
			(row->count - at) * sizeof *row->cells);
	row->cells[at] = *cell;
	row->count++;
	return true;
}

static void cut(struct ots_row *row, size_t from, size_t to)
{
	if (from == to)
		return;
	if (to < row->count)
		memmove(&row->cells[from], &row->cells[to], (row->count - to) * sizeof *row->cells);
	row->count -= to - from;
}

void ots_row_delete_version(struct ots_row *row, struct ots_bytes name, int64_t timestamp)
{
	const size_t at = find_place(row, name, timestamp);

	if (at < row->count && place_compare(&row->cells[at], name, timestamp) == 0)
		cut(row, at, at + 1);
}

void ots_row_delete_column(struct ots_row *row, struct ots_bytes name)
{
	const size_t from = find_place(row, name, INT64_MAX);
	size_t to = from;

	while (to < row->count && ots_row_name_compare(row->cells[to].name, name) == 0)
		to++;
	cut(row, from, to);
}

const struct ots_row_cell *ots_row_newest(const struct ots_row *row, struct ots_bytes name)
{
	const size_t at = find_place(row, name, INT64_MAX);

	if (at == row->count || ots_row_name_compare(row->cells[at].name, name) != 0)
		return NULL;
	return &row->cells[at];
}

static uint8_t *put_le(uint8_t *out, uint64_t n, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		*out++ = (uint8_t)(n >> (8 * i));
	return out;
}

static uint64_t double_bits(double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof bits);
	return bits;
}

static bool encode_version(const struct ots_row_cell *cell, struct ots_buffer *out)
{
	const struct ots_wire_value *value = &cell->value;
	const bool sized = value->kind == OTS_VT_STRING || value->kind == OTS_VT_BLOB;
	uint8_t head[8 + 1 + 8];
	uint8_t *end = put_le(head, (uint64_t)cell->timestamp, 8);

	*end++ = (uint8_t)value->kind;
	if (sized)
		end = put_le(end, value->as.bytes.len, 4);
	else if (value->kind == OTS_VT_BOOLEAN)
		*end++ = value->as.boolean;
	else if (value->kind == OTS_VT_DOUBLE)
		end = put_le(end, double_bits(value->as.real), 8);
	else
		end = put_le(end, (uint64_t)value->as.integer, 8);
	return ots_buffer_put(out, head, (size_t)(end - head)) &&
	       (!sized || ots_buffer_put(out, value->as.bytes.at, value->as.bytes.len));
}

static size_t versions_of(const struct ots_row *row, size_t from)
{
	size_t to = from + 1;

	while (to < row->count &&
	       ots_row_name_compare(row->cells[to].name, row->cells[from].name) == 0)
		to++;
	return to - from;
}

bool ots_row_encode(const struct ots_row *row, size_t max_versions, struct ots_buffer *out)
{
	const size_t start = out->len;
	bool good = ots_buffer_put_byte(out, FORM);

	for (size_t i = 0; good && i < row->count;) { /* ends: a column has a version at least */
		const struct ots_bytes name = row->cells[i].name;
		const size_t versions = versions_of(row, i);
		const size_t kept = versions < max_versions ? versions : max_versions;
		uint8_t count[4];

		(void)put_le(count, kept, sizeof count);
		good = kept <= UINT32_MAX && ots_buffer_put_byte(out, (uint8_t)name.len) &&
		       ots_buffer_put(out, name.at, name.len) &&
		       ots_buffer_put(out, count, sizeof count);
		for (size_t k = 0; good && k < kept; k++)
			good = encode_version(&row->cells[i + k], out);
		i += versions;
	}
	if (!good)
		out->len = start;
	return good;
}

bool ots_row_has_surplus(const struct ots_row *row, size_t max_versions)
{
	for (size_t i = 0; i < row->count;) { /* ends: a column has a version at least */
		const size_t versions = versions_of(row, i);

		if (versions > max_versions)
			return true;
		i += versions;
	}
	return false;
}

static bool take_value(struct ots_cursor *in, struct ots_wire_value *value)
{
	struct ots_cursor bytes;
	uint64_t n;
	uint32_t len;
	uint8_t kind, byte;

	if (!ots_u8(in, &kind))
		return false;
	switch (kind) {
	case OTS_VT_STRING:
	case OTS_VT_BLOB:
		if (!ots_u32le(in, &len) || !ots_take(in, len, &bytes))
			return false;
		value->as.bytes = (struct ots_bytes){bytes.at, len};
		break;
	case OTS_VT_INTEGER:
		if (!ots_u64le(in, &n))
			return false;
		memcpy(&value->as.integer, &n, sizeof n);
		break;
	case OTS_VT_DOUBLE:
		if (!ots_u64le(in, &n))
			return false;
		memcpy(&value->as.real, &n, sizeof n);
		break;
	case OTS_VT_BOOLEAN:
		if (!ots_u8(in, &byte) || byte > 1)
			return false;
		value->as.boolean = byte == 1;
		break;
	default: return false;
	}
	value->kind = (enum ots_variant)kind;
	return true;
}

/* A column whose name and versions continue the order of the row. */
static enum ots_status take_column(struct ots_cursor *in, struct ots_row *row,
				   struct ots_error *err)
{
	const uint64_t start = in->offset;
	struct ots_row_cell cell = {.timestamp = 0};
	struct ots_cursor name;
	uint64_t timestamp;
	uint32_t versions;
	uint8_t len;

	if (!ots_u8(in, &len) || len == 0 || !ots_take(in, len, &name) ||
	    !ots_u32le(in, &versions) || versions == 0 || versions > in->left / VERSION_MIN_BYTES)
		return ots_fail(err, OTS_CORRUPT, "stored row: bad column at byte %" PRIu64, start);
	cell.name = (struct ots_bytes){name.at, len};
	for (uint32_t i = 0; i < versions; i++) {
		const uint64_t at = in->offset;

		if (!ots_u64le(in, &timestamp) || !take_value(in, &cell.value))
			return ots_fail(err, OTS_CORRUPT,
					"stored row: version cut short at byte %" PRIu64, at);
		memcpy(&cell.timestamp, &timestamp, sizeof timestamp);
		if (row->count > 0 &&
		    place_compare(&row->cells[row->count - 1], cell.name, cell.timestamp) >= 0)
			return ots_fail(err, OTS_CORRUPT,
					"stored row: cells out of order at byte %" PRIu64, at);
		if (!ots_row_put(row, &cell))
			return ots_fail(err, OTS_NO_MEMORY, "stored row");
	}
	return OTS_OK;
}

enum ots_status ots_row_decode(struct ots_bytes blob, struct ots_row *row, struct ots_error *err)
{
	struct ots_cursor in = {blob.at, blob.len, 0};
	enum ots_status status = OTS_OK;
	uint8_t form;

	if (!ots_u8(&in, &form) || form != FORM)
		return ots_fail(err, OTS_CORRUPT, "stored row: expected form 1 at byte 0");
	while (status == OTS_OK && in.left > 0) /* ends: each column takes bytes or fails */
		status = take_column(&in, row, err);
	return status;
}

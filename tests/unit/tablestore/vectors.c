#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

cJSON *vectors_load(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = calloc(1, 4 * 1024 * 1024);
	cJSON *json = NULL;

	if (file != NULL && text != NULL && fread(text, 1, 4 * 1024 * 1024 - 1, file) > 0)
		json = cJSON_Parse(text);
	if (file != NULL)
		(void)fclose(file);
	free(text);
	cr_assert_not_null(json, "cannot read %s (tests run in the top folder)", path);
	return json;
}

const char *vectors_text(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	cr_assert(cJSON_IsString(member), "no text %s", name);
	return member->valuestring;
}

struct ots_bytes vectors_hex(struct ots_arena *arena, const char *hex)
{
	const size_t len = strlen(hex) / 2;
	uint8_t *out = ots_arena_alloc(arena, len);

	cr_assert_not_null(out);
	for (size_t i = 0; i < len; i++) {
		const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return (struct ots_bytes){out, len};
}

static double real_from_hex(struct ots_arena *arena, const char *hex)
{
	const struct ots_bytes bytes = vectors_hex(arena, hex);
	uint64_t bits = 0;
	double real;

	for (size_t i = 0; i < 8; i++)
		bits = bits << 8 | bytes.at[i];
	memcpy(&real, &bits, sizeof real);
	return real;
}

static struct ots_bytes text_bytes(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

struct ots_wire_value vectors_value(struct ots_arena *arena, const cJSON *from)
{
	static const struct {
		const char *word;
		enum ots_variant kind;
	} kinds[] = {{"INTEGER", OTS_VT_INTEGER}, {"DOUBLE", OTS_VT_DOUBLE},
		     {"BOOLEAN", OTS_VT_BOOLEAN}, {"STRING", OTS_VT_STRING},
		     {"BINARY", OTS_VT_BLOB},     {"INF_MIN", OTS_VT_INF_MIN},
		     {"INF_MAX", OTS_VT_INF_MAX}, {"AUTO_INCREMENT", OTS_VT_AUTO_INCREMENT}};
	struct ots_wire_value value = {.kind = OTS_VT_NULL};
	const char *type = vectors_text(from, "type");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(type, kinds[i].word) == 0)
			value.kind = kinds[i].kind;
	}
	cr_assert_neq(value.kind, OTS_VT_NULL, "type %s", type);
	if (value.kind == OTS_VT_INTEGER)
		value.as.integer = strtoll(vectors_text(from, "value"), NULL, 10);
	else if (value.kind == OTS_VT_DOUBLE)
		value.as.real = real_from_hex(arena, vectors_text(from, "ieee754_be_hex"));
	else if (value.kind == OTS_VT_BOOLEAN)
		value.as.boolean = cJSON_IsTrue(cJSON_GetObjectItem(from, "value"));
	else if (value.kind == OTS_VT_STRING)
		value.as.bytes = text_bytes(vectors_text(from, "value"));
	else if (value.kind == OTS_VT_BLOB)
		value.as.bytes = vectors_hex(arena, vectors_text(from, "value_hex"));
	return value;
}

static struct ots_wire_cell cell_from(struct ots_arena *arena, const cJSON *from)
{
	const cJSON *op = cJSON_GetObjectItem(from, "op");
	const cJSON *timestamp = cJSON_GetObjectItem(from, "timestamp");
	struct ots_wire_cell cell = {.name = text_bytes(vectors_text(from, "name"))};

	cell.has_value = cJSON_GetObjectItem(from, "type") != NULL;
	if (cell.has_value)
		cell.value = vectors_value(arena, from);
	if (op != NULL && strcmp(op->valuestring, "DELETE_ONE_VERSION") == 0)
		cell.op = OTS_WIRE_DELETE_ONE;
	else if (op != NULL && strcmp(op->valuestring, "DELETE_ALL_VERSION") == 0)
		cell.op = OTS_WIRE_DELETE_ALL;
	else if (op != NULL && strcmp(op->valuestring, "INCREMENT") == 0)
		cell.op = OTS_WIRE_INCREMENT;
	cell.has_timestamp = timestamp != NULL;
	if (timestamp != NULL)
		cell.timestamp = strtoll(timestamp->valuestring, NULL, 10);
	return cell;
}

static void add_sequence(struct ots_wire_row *row, const cJSON *sequence)
{
	if (sequence == NULL)
		return;
	row->has_sequence = true;
	row->epoch = cJSON_GetObjectItem(sequence, "epoch")->valueint;
	row->sequence_us = strtoll(vectors_text(sequence, "timestamp"), NULL, 10);
	row->row_index = cJSON_GetObjectItem(sequence, "row_index")->valueint;
}

struct ots_wire_row vectors_row(struct ots_arena *arena, const cJSON *vector)
{
	const cJSON *kind = cJSON_GetObjectItem(vector, "kind");
	const cJSON *cells = cJSON_GetObjectItem(vector, "columns");
	struct ots_wire_row row = {0};
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(vector, "primary_key"))
	{
		cr_assert_lt(row.key_count, OTS_KEY_COLUMNS_MAX);
		row.key[row.key_count++] = cell_from(arena, item);
	}
	if (cells == NULL)
		cells = cJSON_GetObjectItem(vector, "changes");
	row.cells = ots_arena_alloc(arena, (size_t)cJSON_GetArraySize(cells) * sizeof *row.cells);
	cJSON_ArrayForEach(item, cells)
	{
		row.cells[row.cell_count++] = cell_from(arena, item);
	}
	row.delete_marker = cJSON_IsTrue(cJSON_GetObjectItem(vector, "delete_marker")) ||
			    (kind != NULL && strcmp(kind->valuestring, "delete") == 0);
	add_sequence(&row, cJSON_GetObjectItem(vector, "sequence_info"));
	return row;
}

static bool same_bytes(struct ots_bytes a, struct ots_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static bool same_value(const struct ots_wire_value *a, const struct ots_wire_value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == OTS_VT_STRING || a->kind == OTS_VT_BLOB)
		return same_bytes(a->as.bytes, b->as.bytes);
	if (a->kind == OTS_VT_INTEGER || a->kind == OTS_VT_DOUBLE)
		return memcmp(&a->as, &b->as, 8) == 0;
	return a->kind != OTS_VT_BOOLEAN || a->as.boolean == b->as.boolean;
}

static bool same_cell(const struct ots_wire_cell *a, const struct ots_wire_cell *b)
{
	return same_bytes(a->name, b->name) && a->has_value == b->has_value && a->op == b->op &&
	       (!a->has_value || same_value(&a->value, &b->value)) &&
	       a->has_timestamp == b->has_timestamp &&
	       (!a->has_timestamp || a->timestamp == b->timestamp);
}

bool vectors_same_row(const struct ots_wire_row *a, const struct ots_wire_row *b)
{
	if (a->key_count != b->key_count || a->cell_count != b->cell_count ||
	    a->delete_marker != b->delete_marker || a->has_sequence != b->has_sequence)
		return false;
	for (size_t i = 0; i < a->key_count; i++) {
		if (!same_cell(&a->key[i], &b->key[i]))
			return false;
	}
	for (size_t i = 0; i < a->cell_count; i++) {
		if (!same_cell(&a->cells[i], &b->cells[i]))
			return false;
	}
	return !a->has_sequence || (a->epoch == b->epoch && a->sequence_us == b->sequence_us &&
				    a->row_index == b->row_index);
}

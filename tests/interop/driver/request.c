#include "driver.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

const char *driver_text(const cJSON *in, const char *name, const char *otherwise)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(in, name);

	return cJSON_IsString(member) ? member->valuestring : otherwise;
}

int64_t driver_number(const cJSON *in, const char *name, int64_t otherwise)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(in, name);
	int64_t n;

	if (cJSON_IsString(member) && ots_parse_i64(ots_bytes_of(member->valuestring), &n))
		return n;
	return cJSON_IsNumber(member) ? (int64_t)member->valuedouble : otherwise;
}

bool driver_flag(const cJSON *in, const char *name, bool otherwise)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(in, name);

	return cJSON_IsBool(member) ? cJSON_IsTrue(member) != 0 : otherwise;
}

bool driver_word(const cJSON *in, const char *name, const char *const *words, size_t *index)
{
	const char *word = driver_text(in, name, words[0]);

	for (*index = 0; words[*index] != NULL; (*index)++) /* ends at the list's end */
		if (strcmp(words[*index], word) == 0)
			return true;
	return false;
}

static bool read_hex(struct driver *d, const char *text, struct ots_bytes *out)
{
	const size_t len = strlen(text) / 2;
	uint8_t *bytes = ots_arena_alloc(&d->arena, len);

	if (bytes == NULL || strlen(text) % 2 != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
		char *end;

		bytes[i] = (uint8_t)strtoul(pair, &end, 16);
		if (*end != '\0')
			return false;
	}
	*out = (struct ots_bytes){bytes, len};
	return true;
}

bool driver_read_value(struct driver *d, const cJSON *in, struct ots_wire_value *value)
{
	const cJSON *word = cJSON_GetArrayItem(in, 0);
	const cJSON *content = cJSON_GetArrayItem(in, 1);
	const char *text = cJSON_IsString(content) ? content->valuestring : "";
	const char *type = cJSON_IsString(word) ? word->valuestring : "";
	char *end = NULL;

	*value = (struct ots_wire_value){.kind = OTS_VT_STRING, .as.bytes = ots_bytes_of(text)};
	if (strcmp(type, "STRING") == 0)
		return cJSON_IsString(content);
	if (strcmp(type, "STRING_HEX") == 0) /* cJSON ends a text at its first NUL */
		return cJSON_IsString(content) && read_hex(d, text, &value->as.bytes);
	if (strcmp(type, "INTEGER") == 0) {
		value->kind = OTS_VT_INTEGER;
		return ots_parse_i64(ots_bytes_of(text), &value->as.integer);
	}
	if (strcmp(type, "BINARY") == 0) {
		value->kind = OTS_VT_BLOB;
		return cJSON_IsString(content) && read_hex(d, text, &value->as.bytes);
	}
	if (strcmp(type, "DOUBLE") == 0) {
		value->kind = OTS_VT_DOUBLE;
		value->as.real = strtod(text, &end); /* reads hexadecimal ones, and nan and inf */
		return text[0] != '\0' && *end == '\0';
	}
	if (strcmp(type, "BOOLEAN") == 0) {
		value->kind = OTS_VT_BOOLEAN;
		value->as.boolean = cJSON_IsTrue(content);
		return cJSON_IsBool(content);
	}
	value->kind = OTS_VT_AUTO_INCREMENT;
	return strcmp(type, "AUTO") == 0;
}

bool driver_read_names(struct driver *d, const cJSON *in, struct ots_bytes **names, size_t *count)
{
	const int size = cJSON_GetArraySize(in);
	const cJSON *item;
	size_t at = 0;

	*count = (size_t)size;
	*names = ots_arena_alloc(&d->arena, *count * sizeof **names);
	if (*names == NULL)
		return false;
	cJSON_ArrayForEach(item, in)
	{
		if (!cJSON_IsString(item))
			return false;
		(*names)[at++] = ots_bytes_of(item->valuestring);
	}
	return true;
}

static bool read_key_cells(struct driver *d, const cJSON *in, struct ots_wire_cell *key,
			   size_t *count)
{
	const cJSON *item;

	*count = 0;
	cJSON_ArrayForEach(item, in)
	{
		const cJSON *name = cJSON_GetArrayItem(item, 0);
		struct ots_wire_value value;

		if (*count == OTS_KEY_COLUMNS_MAX || !cJSON_IsString(name) ||
		    !driver_read_value(d, cJSON_GetArrayItem(item, 1), &value))
			return false;
		key[(*count)++] = (struct ots_wire_cell){
			.name = ots_bytes_of(name->valuestring), .has_value = true, .value = value};
	}
	return true;
}

bool driver_read_key(struct driver *d, const cJSON *in, struct ots_row_key *key)
{
	struct ots_wire_cell cells[OTS_KEY_COLUMNS_MAX];
	struct ots_key_column *columns =
		ots_arena_alloc(&d->arena, OTS_KEY_COLUMNS_MAX * sizeof *columns);

	key->columns = columns;
	if (columns == NULL || !read_key_cells(d, in, cells, &key->count))
		return false;
	for (size_t i = 0; i < key->count; i++) {
		columns[i].name = cells[i].name;
		if (!ots_wire_value_to(&cells[i].value, &columns[i].value))
			return false;
	}
	return true;
}

static bool read_cell(struct driver *d, const cJSON *in, struct ots_wire_cell *cell)
{
	static const char *const words[] = {"put", "delete_all", "delete_one", "increment", NULL};
	static const enum ots_wire_cell_op ops[] = {OTS_WIRE_PUT, OTS_WIRE_DELETE_ALL,
						    OTS_WIRE_DELETE_ONE, OTS_WIRE_INCREMENT};
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(in, "value");
	size_t op;

	if (!driver_word(in, "op", words, &op))
		return false;
	*cell = (struct ots_wire_cell){
		.name = ots_bytes_of(driver_text(in, "name", "")),
		.has_value = value != NULL,
		.op = ops[op],
		.has_timestamp = cJSON_HasObjectItem(in, "version") != 0,
		.timestamp = driver_number(in, "version", 0),
	};
	return value == NULL || driver_read_value(d, value, &cell->value);
}

bool driver_read_row(struct driver *d, const cJSON *in, enum ots_op *op, struct ots_wire_row *row)
{
	const cJSON *cells = cJSON_GetObjectItemCaseSensitive(in, "cells");
	const cJSON *item;

	*row = (struct ots_wire_row){.key_count = 0};
	row->cells =
		ots_arena_alloc(&d->arena, (size_t)cJSON_GetArraySize(cells) * sizeof *row->cells);
	if (row->cells == NULL ||
	    !ots_op_from_word(ots_bytes_of(driver_text(in, "op", "PUT")), op) ||
	    !read_key_cells(d, cJSON_GetObjectItemCaseSensitive(in, "key"), row->key,
			    &row->key_count))
		return false;
	cJSON_ArrayForEach(item, cells)
	{
		if (!read_cell(d, item, &row->cells[row->cell_count++]))
			return false;
	}
	return true;
}

static bool to_record_cell(const struct ots_wire_cell *from, struct ots_cell *to)
{
	*to = (struct ots_cell){
		.name = from->name, .has_version = from->has_timestamp, .version = from->timestamp};
	switch (from->op) {
	case OTS_WIRE_PUT: return ots_wire_value_to(&from->value, &to->value);
	case OTS_WIRE_DELETE_ALL: to->action = OTS_CELL_DELETE_ALL; return true;
	case OTS_WIRE_DELETE_ONE: to->action = OTS_CELL_DELETE_VERSION; return true;
	case OTS_WIRE_INCREMENT: break;
	}
	return false;
}

bool driver_read_record(struct driver *d, const cJSON *in, struct ots_record *record)
{
	struct ots_wire_row row;
	enum ots_op op;

	if (!driver_read_row(d, in, &op, &row))
		return false;
	*record = (struct ots_record){.op = op, .key_count = (uint8_t)row.key_count};
	record->cells = ots_arena_alloc(&d->arena, row.cell_count * sizeof *record->cells);
	if (record->cells == NULL)
		return false;
	for (size_t i = 0; i < row.key_count; i++) {
		record->key[i].name = row.key[i].name;
		if (!ots_wire_value_to(&row.key[i].value, &record->key[i].value))
			return false;
	}
	for (size_t i = 0; i < row.cell_count; i++)
		if (!to_record_cell(&row.cells[i], &record->cells[i]))
			return false;
	record->cell_count = row.cell_count;
	return true;
}

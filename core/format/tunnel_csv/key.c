#include "decode.h"

#include <string.h>

static bool same_name(struct ots_bytes a, struct ots_bytes b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* A value for d->column into the key's place @p i, checked to be of a key's type. */
static enum ots_status key_value(struct tunnel_decoder *d, const struct tunnel_items *items,
				 size_t i)
{
	struct ots_key_column *const column = &d->record->key[i];
	const struct tunnel_item *const value = &items->slot[SLOT_VALUE];
	enum ots_status status;

	if (tunnel_absent(value) && tunnel_absent(&items->slot[SLOT_RAW]))
		return tunnel_refuse(d, OTS_CORRUPT, items->at, "expected a value, found none");
	status = tunnel_value(d, items, &column->value);
	if (status != OTS_OK)
		return status;
	if (column->value.type != OTS_STRING && column->value.type != OTS_INTEGER &&
	    column->value.type != OTS_BINARY)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected a key of STRING, INTEGER or BINARY, found %s",
				     ots_type_word(column->value.type));
	column->name = d->column;
	return OTS_OK;
}

/* One column of a list, its opening brace just read. */
static enum ots_status list_column(struct tunnel_decoder *d, struct ots_json *json)
{
	struct ots_record *const record = d->record;
	struct tunnel_items items;
	enum ots_status status;

	if (record->key_count == OTS_KEY_COLUMNS_MAX)
		return tunnel_refuse(d, OTS_LIMIT, json->at - 1,
				     "expected at most %d key columns, found more",
				     OTS_KEY_COLUMNS_MAX);
	status = tunnel_members(d, json, false, &items);
	if (status != OTS_OK)
		return status;
	status = tunnel_name(d, &items, &d->column);
	if (status != OTS_OK)
		return status;
	for (size_t i = 0; i < record->key_count; i++)
		if (same_name(record->key[i].name, d->column))
			return tunnel_refuse(d, OTS_CORRUPT, items.at,
					     "the key column is given twice");
	status = key_value(d, &items, record->key_count);
	if (status != OTS_OK)
		return status;
	record->key_count++;
	d->column = (struct ots_bytes){NULL, 0};
	return OTS_OK;
}

/* The list's opening bracket was just read. */
static enum ots_status key_list(struct tunnel_decoder *d, struct ots_json *json)
{
	const uint8_t *const start = json->at - 1;

	for (;;) { /* ends: each turn takes a token */
		const uint8_t *const at = json->at;
		const enum ots_json_token token = ots_json_next(json, NULL);
		enum ots_status status;

		if (token == OTS_JSON_ARRAY_END)
			break;
		if (token == OTS_JSON_SHORT || token == OTS_JSON_BAD)
			return tunnel_json_fail(d, json, token);
		if (token != OTS_JSON_OBJECT)
			return tunnel_expected(d, OTS_CORRUPT, at, "an object with a key column");
		status = list_column(d, json);
		if (status != OTS_OK)
			return status;
	}
	if (d->record->key_count == 0)
		return tunnel_refuse(d, OTS_CORRUPT, start,
				     "expected 1 to %d key columns, found none",
				     OTS_KEY_COLUMNS_MAX);
	return OTS_OK;
}

/* Shape C: the members of a whole PrimaryKey object. *found tells whether it is one. */
static enum ots_status key_object(struct tunnel_decoder *d, struct ots_json *json, bool *found)
{
	*found = false;
	for (;;) { /* ends: each turn takes a member */
		struct ots_json_text name;
		enum ots_json_token token = ots_json_next(json, &name);
		enum ots_status status;
		bool list;

		if (token == OTS_JSON_OBJECT_END)
			return OTS_OK;
		if (token != OTS_JSON_NAME)
			return tunnel_json_fail(d, json, token);
		list = ots_json_name_is(&name, "primarykey");
		token = ots_json_next(json, NULL);
		if (!list || token != OTS_JSON_ARRAY) {
			token = ots_json_skip_from(json, token);
			if (token != OTS_JSON_NULL)
				return tunnel_json_fail(d, json, token);
			continue;
		}
		if (*found)
			return tunnel_refuse(d, OTS_CORRUPT, name.at,
					     "member primaryKey is given twice");
		*found = true;
		status = key_list(d, json);
		if (status != OTS_OK)
			return status;
	}
}

static size_t schema_place(const struct ots_schema *schema, struct ots_bytes name)
{
	size_t i = 0;

	while (i < schema->key_count && !same_name(schema->key[i].name, name))
		i++;
	return i;
}

/* One member of shape F: the name is a column's, the schema knows its place. */
static enum ots_status map_member(struct tunnel_decoder *d, struct ots_json *json,
				  const struct ots_json_text *name, unsigned *seen)
{
	struct tunnel_items items;
	struct tunnel_item *const value = &items.slot[SLOT_VALUE];
	enum ots_status status = tunnel_name_from(d, name, &d->column);
	enum ots_json_token token;
	size_t place;

	if (status != OTS_OK)
		return status;
	tunnel_items_init(&items, name->at);
	place = schema_place(d->schema, d->column);
	if (place == d->schema->key_count)
		return tunnel_refuse(d, OTS_CORRUPT, name->at,
				     "expected a key column of the schema, found another");
	if ((*seen >> place & 1) != 0)
		return tunnel_refuse(d, OTS_CORRUPT, name->at, "the key column is given twice");
	*seen |= 1u << place;
	value->at = json->at;
	value->token = ots_json_next(json, &value->text);
	if (value->token == OTS_JSON_ARRAY)
		value->array = *json;
	token = ots_json_skip_from(json, value->token);
	if (token != OTS_JSON_NULL)
		return tunnel_json_fail(d, json, token);
	return key_value(d, &items, place);
}

/* Shape F: the object's opening brace was just read. */
static enum ots_status key_map(struct tunnel_decoder *d, struct ots_json *json)
{
	const uint8_t *const start = json->at - 1;
	unsigned seen = 0;

	if (d->schema == NULL || d->schema->key_count == 0)
		return tunnel_refuse(
			d, OTS_CORRUPT, start,
			"expected a list of key columns, found a map, whose order only "
			"a schema file can tell");
	for (;;) { /* ends: each turn takes a member */
		struct ots_json_text name;
		const enum ots_json_token token = ots_json_next(json, &name);
		enum ots_status status;

		if (token == OTS_JSON_OBJECT_END)
			break;
		if (token != OTS_JSON_NAME)
			return tunnel_json_fail(d, json, token);
		status = map_member(d, json, &name, &seen);
		if (status != OTS_OK)
			return status;
		d->column = (struct ots_bytes){NULL, 0};
	}
	if (seen != (1u << d->schema->key_count) - 1)
		return tunnel_refuse(d, OTS_CORRUPT, start,
				     "expected the %zu key columns of the schema, found fewer",
				     d->schema->key_count);
	d->record->key_count = (uint8_t)d->schema->key_count;
	return OTS_OK;
}

enum ots_status tunnel_key(struct tunnel_decoder *d, struct ots_json *json)
{
	const uint8_t *const start = json->at;
	const enum ots_json_token token = ots_json_next(json, NULL);
	const struct ots_json inside = *json;
	enum ots_status status;
	bool found;

	if (token == OTS_JSON_SHORT || token == OTS_JSON_BAD)
		return tunnel_json_fail(d, json, token);
	if (token == OTS_JSON_ARRAY)
		return key_list(d, json);
	if (token != OTS_JSON_OBJECT)
		return tunnel_expected(d, OTS_CORRUPT, start, "a list of key columns");
	status = key_object(d, json, &found);
	if (status != OTS_OK || found)
		return status;
	*json = inside;
	return key_map(d, json);
}

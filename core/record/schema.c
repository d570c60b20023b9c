#include <otsfs/record/schema.h>

#include <stdio.h>
#include <string.h>

/* Names of all the columns a table can have; a schema file is at most 1 MiB. */
#define SCHEMA_BYTES ((size_t)16 * 1024 * 1024)

void ots_schema_init(struct ots_schema *schema)
{
	*schema = (struct ots_schema){.key_count = 0};
	ots_arena_init(&schema->arena, SCHEMA_BYTES);
}

void ots_schema_release(struct ots_schema *schema)
{
	ots_arena_release(&schema->arena);
	schema->table = (struct ots_bytes){NULL, 0};
	schema->key_count = 0;
	schema->columns = NULL;
	schema->column_count = 0;
}

static bool same_name(struct ots_bytes a, struct ots_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

const struct ots_schema_column *ots_schema_column(const struct ots_schema *schema,
						  struct ots_bytes name)
{
	for (size_t i = 0; i < schema->key_count; i++)
		if (same_name(schema->key[i].name, name))
			return &schema->key[i];
	for (size_t i = 0; i < schema->column_count; i++)
		if (same_name(schema->columns[i].name, name))
			return &schema->columns[i];
	return NULL;
}

enum ots_status ots_schema_from_record(struct ots_schema *schema, const struct ots_record *record,
				       struct ots_error *err)
{
	struct ots_schema_column key[OTS_KEY_COLUMNS_MAX] = {{.type = OTS_STRING}};

	for (size_t i = 0; i < record->key_count; i++) {
		const struct ots_bytes name = record->key[i].name;

		if (name.len == 0)
			return ots_fail(err, OTS_REFUSED,
					"key column %zu of the record has no name: a schema file "
					"must tell it",
					i + 1);
		key[i].type = record->key[i].value.type;
		key[i].name = (struct ots_bytes){ots_arena_copy(&schema->arena, name.at, name.len),
						 name.len};
		if (key[i].name.at == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "names of a schema");
	}
	memcpy(schema->key, key, sizeof key);
	schema->key_count = record->key_count;
	return OTS_OK;
}

/* Whether the names say nothing: absent, or the pk1, pk2 … that text gives a key without names
 * (product.md, "Records as text"). */
static bool key_is_unnamed(const struct ots_record *record)
{
	bool absent = true, placeholders = true;

	for (size_t k = 0; k < record->key_count; k++) {
		const struct ots_bytes name = record->key[k].name;

		absent = absent && name.len == 0;
		placeholders = placeholders && name.len == 3 && name.at[0] == 'p' &&
			       name.at[1] == 'k' && name.at[2] == '1' + k;
	}
	return absent || placeholders;
}

static bool find_key_column(const struct ots_record *record, struct ots_bytes name, size_t *place)
{
	for (size_t k = 0; k < record->key_count; k++) {
		if (same_name(record->key[k].name, name)) {
			*place = k;
			return true;
		}
	}
	return false;
}

#define KEY_TEXT_BYTES 320

static void key_text_add(char *text, size_t *used, struct ots_bytes name, enum ots_type type)
{
	const int n = snprintf(text + *used, KEY_TEXT_BYTES - *used, "%s%.*s %s",
			       *used > 0 ? ", " : "", (int)(name.len < 64 ? name.len : 64),
			       (const char *)name.at, ots_type_word(type));

	*used += n < 0 ? 0 : (size_t)n;
	if (*used >= KEY_TEXT_BYTES)
		*used = KEY_TEXT_BYTES - 1;
}

/* Both sides, so that who reads it sees what to change. */
static enum ots_status key_mismatch(const struct ots_schema *schema,
				    const struct ots_record *record, struct ots_error *err)
{
	char has[KEY_TEXT_BYTES] = "", wants[KEY_TEXT_BYTES] = "";
	size_t used = 0;

	for (size_t k = 0; k < record->key_count; k++)
		key_text_add(has, &used, record->key[k].name, record->key[k].value.type);
	used = 0;
	for (size_t k = 0; k < schema->key_count; k++)
		key_text_add(wants, &used, schema->key[k].name, schema->key[k].type);
	return ots_fail(err, OTS_REFUSED, "the record's key is (%s), the table's is (%s)", has,
			wants);
}

enum ots_status ots_schema_align_key(const struct ots_schema *schema, struct ots_record *record,
				     struct ots_error *err)
{
	struct ots_key_column key[OTS_KEY_COLUMNS_MAX];
	bool by_name = false;
	size_t place;

	if (schema->key_count != record->key_count)
		return key_mismatch(schema, record, err);
	for (size_t i = 0; i < schema->key_count; i++)
		by_name = by_name || find_key_column(record, schema->key[i].name, &place);
	if (!by_name && !key_is_unnamed(record))
		return key_mismatch(schema, record, err);
	for (size_t i = 0; i < schema->key_count; i++) {
		const struct ots_schema_column *want = &schema->key[i];

		place = i;
		if (by_name && !find_key_column(record, want->name, &place))
			return key_mismatch(schema, record, err);
		key[i] = (struct ots_key_column){want->name, record->key[place].value};
		if (key[i].value.type != want->type)
			return key_mismatch(schema, record, err);
	}
	memcpy(record->key, key, schema->key_count * sizeof key[0]);
	return OTS_OK;
}

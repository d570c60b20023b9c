#include <otsfs/format/schema_file.h>

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/utf8.h>

static enum ots_status bad(struct ots_error *err, const char *member, const char *expected)
{
	return ots_fail(err, OTS_CORRUPT, "%s: expected %s", member, expected);
}

static enum ots_status copy_name(struct ots_schema *schema, const char *text, struct ots_bytes *out,
				 struct ots_error *err)
{
	const struct ots_bytes bytes = ots_bytes_of(text);

	out->len = bytes.len;
	out->at = ots_arena_copy(&schema->arena, bytes.at, bytes.len);
	if (out->at == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "names");
	return OTS_OK;
}

/* `{"name":…,"type":…}` of the list @p list. */
static enum ots_status read_column(struct ots_schema *schema, const char *list, const cJSON *item,
				   struct ots_schema_column *column, struct ots_error *err)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "type");
	const cJSON *option = cJSON_GetObjectItemCaseSensitive(item, "autoIncrement");

	*column = (struct ots_schema_column){.name = ots_bytes_of("")};
	if (!cJSON_IsString(name) || name->valuestring[0] == '\0' ||
	    strlen(name->valuestring) > OTS_NAME_MAX_BYTES)
		return bad(err, list, "columns with a name of 1 to 255 bytes");
	if (!cJSON_IsString(type) ||
	    !ots_type_from_word(ots_bytes_of(type->valuestring), &column->type))
		return ots_fail(err, OTS_CORRUPT,
				"%s: %s: expected a type of STRING, INTEGER, BINARY, "
				"DOUBLE or BOOLEAN",
				list, name->valuestring);
	if (option != NULL && !cJSON_IsBool(option))
		return bad(err, list, "autoIncrement of true or false");
	column->auto_increment = cJSON_IsTrue(option);
	return copy_name(schema, name->valuestring, &column->name, err);
}

static enum ots_status seen_twice(const char *list, struct ots_bytes name, struct ots_error *err)
{
	return ots_fail(err, OTS_CORRUPT, "%s: %.*s: expected each column once", list,
			(int)name.len, (const char *)name.at);
}

static enum ots_status read_key(struct ots_schema *schema, const cJSON *list, struct ots_error *err)
{
	const cJSON *item;

	if (list == NULL)
		return OTS_OK;
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) < 1 ||
	    cJSON_GetArraySize(list) > OTS_KEY_COLUMNS_MAX)
		return bad(err, "primaryKey", "a list of 1 to 4 columns");
	cJSON_ArrayForEach(item, list)
	{
		struct ots_schema_column *column = &schema->key[schema->key_count];
		enum ots_status status = read_column(schema, "primaryKey", item, column, err);

		if (status != OTS_OK)
			return status;
		if (ots_schema_column(schema, column->name) != NULL)
			return seen_twice("primaryKey", column->name, err);
		if (column->type == OTS_DOUBLE || column->type == OTS_BOOLEAN)
			return ots_fail(err, OTS_CORRUPT,
					"primaryKey: %.*s: expected STRING, INTEGER or "
					"BINARY, found %s",
					(int)column->name.len, (const char *)column->name.at,
					ots_type_word(column->type));
		schema->key_count++;
	}
	return OTS_OK;
}

static int name_compare(const void *left, const void *right)
{
	const struct ots_bytes a = ((const struct ots_schema_column *)left)->name;
	const struct ots_bytes b = ((const struct ots_schema_column *)right)->name;
	const int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Sorted, equal names stand side by side, however many columns a file claims to have. */
static enum ots_status refuse_repeats(struct ots_schema *schema, struct ots_error *err)
{
	const size_t size = schema->column_count * sizeof *schema->columns;
	struct ots_schema_column *sorted = malloc(size > 0 ? size : 1);
	enum ots_status status = OTS_OK;

	if (sorted == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "columns");
	if (size > 0)
		memcpy(sorted, schema->columns, size);
	qsort(sorted, schema->column_count, sizeof *sorted, name_compare);
	for (size_t i = 1; status == OTS_OK && i < schema->column_count; i++) {
		if (name_compare(&sorted[i - 1], &sorted[i]) == 0)
			status = seen_twice("columns", sorted[i].name, err);
	}
	free(sorted);
	return status;
}

static enum ots_status read_columns(struct ots_schema *schema, const cJSON *list,
				    struct ots_error *err)
{
	const cJSON *item;
	size_t count;

	if (list == NULL)
		return OTS_OK;
	if (!cJSON_IsArray(list))
		return bad(err, "columns", "a list of columns");
	count = (size_t)cJSON_GetArraySize(list);
	schema->columns = ots_arena_alloc(&schema->arena, count * sizeof *schema->columns);
	if (schema->columns == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu columns", count);
	cJSON_ArrayForEach(item, list)
	{
		struct ots_schema_column column;
		enum ots_status status = read_column(schema, "columns", item, &column, err);

		if (status != OTS_OK)
			return status;
		for (size_t i = 0; i < schema->key_count; i++) {
			const struct ots_schema_column pair[] = {schema->key[i], column};

			if (name_compare(&pair[0], &pair[1]) == 0)
				return seen_twice("columns", column.name, err);
		}
		schema->columns[schema->column_count++] = column;
	}
	return refuse_repeats(schema, err);
}

/* A whole number of at least 1, or -1 where @p never allows it; absent is 0. */
static enum ots_status read_option(const cJSON *root, const char *name, bool never, int64_t *out,
				   struct ots_error *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);
	double n;

	if (item == NULL)
		return OTS_OK;
	n = item->valuedouble;
	if (!cJSON_IsNumber(item) || !(n >= 1 || (never && n == -1)) || n > 2147483647 ||
	    (double)(int64_t)n != n)
		return bad(err, name,
			   never ? "-1 or an integer from 1 to 2147483647"
				 : "an integer from 1 to 2147483647");
	*out = (int64_t)n;
	return OTS_OK;
}

static enum ots_status read_root(struct ots_schema *schema, const cJSON *root,
				 struct ots_error *err)
{
	const cJSON *table = cJSON_GetObjectItemCaseSensitive(root, "table");
	enum ots_status status = OTS_OK;

	if (!cJSON_IsObject(root))
		return bad(err, "top", "an object");
	if (table != NULL && !cJSON_IsString(table))
		return bad(err, "table", "a string");
	if (table != NULL)
		status = copy_name(schema, table->valuestring, &schema->table, err);
	if (status == OTS_OK)
		status =
			read_key(schema, cJSON_GetObjectItemCaseSensitive(root, "primaryKey"), err);
	if (status == OTS_OK)
		status = read_columns(schema, cJSON_GetObjectItemCaseSensitive(root, "columns"),
				      err);
	if (status == OTS_OK)
		status = read_option(root, "maxVersions", false, &schema->max_versions, err);
	if (status == OTS_OK)
		status = read_option(root, "ttlSeconds", true, &schema->ttl_seconds, err);
	if (status == OTS_OK)
		status = read_option(root, "versionOffsetSeconds", false,
				     &schema->version_offset_seconds, err);
	return status;
}

/* The whole text as one JSON value, blanks around it allowed. */
static enum ots_status parse_json(struct ots_bytes json, cJSON **root, struct ots_error *err)
{
	const char *text = (const char *)json.at, *end = NULL;

	if (json.len > OTS_SCHEMA_FILE_MAX_BYTES)
		return ots_fail(err, OTS_CORRUPT, "%zu bytes, expected at most %zu", json.len,
				OTS_SCHEMA_FILE_MAX_BYTES);
	if (!ots_utf8_valid(json))
		return bad(err, "text", "UTF-8");
	*root = json.len == 0 ? NULL : cJSON_ParseWithLengthOpts(text, json.len, &end, 0);
	for (; *root != NULL && end < text + json.len; end++) {
		if (*end != ' ' && *end != '\t' && *end != '\r' && *end != '\n')
			break;
	}
	if (*root == NULL || end != text + json.len)
		return ots_fail_at(err, OTS_CORRUPT, 0, end == NULL ? 0 : (uint64_t)(end - text),
				   "expected one JSON object");
	return OTS_OK;
}

enum ots_status ots_schema_parse(struct ots_bytes json, struct ots_schema *schema,
				 struct ots_error *err)
{
	struct ots_schema read;
	cJSON *root = NULL;
	enum ots_status status = parse_json(json, &root, err);

	ots_schema_init(&read);
	if (status == OTS_OK)
		status = read_root(&read, root, err);
	cJSON_Delete(root);
	if (status != OTS_OK) {
		ots_schema_release(&read);
		return status;
	}
	ots_schema_release(schema);
	*schema = read;
	return OTS_OK;
}

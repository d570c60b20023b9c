#include "driver.h"

#include <stdlib.h>

#include <otsfs/base/bytes.h>

static bool read_schema(struct driver *d, struct ots_schema *schema)
{
	const cJSON *item;

	schema->table = ots_bytes_of(d->table);
	schema->ttl_seconds = driver_number(d->in, "ttl", 0);
	schema->max_versions = driver_number(d->in, "max_versions", 0);
	schema->version_offset_seconds = driver_number(d->in, "offset", 0);
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(d->in, "key"))
	{
		const cJSON *name = cJSON_GetArrayItem(item, 0);
		const cJSON *type = cJSON_GetArrayItem(item, 1);
		struct ots_schema_column *column = &schema->key[schema->key_count];

		if (schema->key_count == OTS_KEY_COLUMNS_MAX || !cJSON_IsString(name) ||
		    !cJSON_IsString(type) ||
		    !ots_type_from_word(ots_bytes_of(type->valuestring), &column->type))
			return false;
		column->name = ots_bytes_of(name->valuestring);
		column->auto_increment = cJSON_IsTrue(cJSON_GetArrayItem(item, 2));
		schema->key_count++;
	}
	return true;
}

enum ots_status driver_create_table(struct driver *d)
{
	struct ots_schema schema;
	enum ots_status status;

	ots_schema_init(&schema);
	status = read_schema(d, &schema)
			 ? ots_client_create_table(d->client, &schema, NULL, &d->err)
			 : driver_misused(d, "key");
	ots_schema_release(&schema);
	return status;
}

static void put_settings(struct driver *d, const struct ots_table_settings *settings)
{
	ots_json_put_integer(&d->out, "ttl", settings->ttl_seconds);
	ots_json_put_integer(&d->out, "max_versions", settings->max_versions);
	ots_json_put_integer(&d->out, "offset", settings->version_offset_seconds);
	ots_json_put_bool(&d->out, "allow_update", settings->allow_update);
	driver_put_capacity(d, "reserved", settings->reserved);
	ots_json_put_integer(&d->out, "increased_s", settings->increased_s);
	ots_json_put_integer(&d->out, "decreased_s", settings->decreased_s);
}

enum ots_status driver_describe_table(struct driver *d)
{
	struct ots_table_settings settings;
	struct ots_schema schema;
	enum ots_status status;

	ots_schema_init(&schema);
	status = ots_client_describe_table(d->client, d->table, &schema, &settings, NULL, &d->err);
	if (status == OTS_OK) {
		ots_json_array_begin(&d->out, "key");
		for (size_t i = 0; i < schema.key_count; i++) {
			ots_json_array_begin(&d->out, NULL);
			ots_json_put_bytes(&d->out, NULL, schema.key[i].name);
			ots_json_put_text(&d->out, NULL, ots_type_word(schema.key[i].type));
			ots_json_put_bool(&d->out, NULL, schema.key[i].auto_increment);
			ots_json_array_end(&d->out);
		}
		ots_json_array_end(&d->out);
		put_settings(d, &settings);
	}
	ots_schema_release(&schema);
	return status;
}

enum ots_status driver_update_table(struct driver *d)
{
	const cJSON *reserved = cJSON_GetObjectItemCaseSensitive(d->in, "reserved");
	struct ots_table_change change = {
		.ttl_seconds = (int32_t)driver_number(d->in, "ttl", 0),
		.max_versions = (int32_t)driver_number(d->in, "max_versions", 0),
		.version_offset_seconds = driver_number(d->in, "offset", 0),
	};
	struct ots_table_settings settings;
	enum ots_status status;

	if (cJSON_HasObjectItem(d->in, "allow_update"))
		change.updates = driver_flag(d->in, "allow_update", true) ? OTS_UPDATES_ALLOWED
									  : OTS_UPDATES_REFUSED;
	if (cJSON_GetArraySize(reserved) == 2) {
		change.has_reserved = true;
		change.reserved.read = cJSON_GetArrayItem(reserved, 0)->valueint;
		change.reserved.write = cJSON_GetArrayItem(reserved, 1)->valueint;
	}
	status = ots_client_update_table(d->client, d->table, &change, &settings, NULL, &d->err);
	if (status == OTS_OK)
		put_settings(d, &settings);
	return status;
}

enum ots_status driver_delete_table(struct driver *d)
{
	return ots_client_delete_table(d->client, d->table, NULL, &d->err);
}

static bool put_name(void *arg, struct ots_bytes name)
{
	struct driver *d = arg;

	ots_json_put_bytes(&d->out, NULL, name);
	return true;
}

enum ots_status driver_list_tables(struct driver *d)
{
	enum ots_status status;

	ots_json_array_begin(&d->out, "tables");
	status = ots_client_list_tables(d->client, put_name, d, NULL, &d->err);
	ots_json_array_end(&d->out);
	return status;
}
